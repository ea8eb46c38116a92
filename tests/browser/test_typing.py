"""Help while a matter is told: kinds, places and similar matters come up while typing; without a script the receipt offers them."""

import re


def _community(town, kind: str) -> tuple[str, str]:
    """A community that has an open public matter of the kind, and its number."""
    row = town.one(
        f"""select p.code || ' ' || m.number from matters_matter m join flow_flow f on f.id = m.flow_id
            join places_place g on g.id = m.place_id join places_place p on p.id = g.parent_id
            where m.is_public and f."end" = '' and m.category = '{kind}' and p.level = 'community' order by m.raised_at desc limit 1"""
    )
    code, number = row.split()
    return code, number


def _kind(town) -> str:
    return town.one(
        """select m.category from matters_matter m join flow_flow f on f.id = m.flow_id
           where m.is_public and f."end" = '' and starts_with(m.category, 'environment.') group by 1 order by count(*) desc limit 1"""
    )


def test_typing_shows_kinds_and_similar_matters_and_one_tap_follows(browse, town):
    kind = _kind(town)
    code, _number = _community(town, kind)
    page = browse(phone=True)
    page.goto("/report/")
    page.locator("[name=text]").fill("楼下垃圾堆了三天没人清，味儿大得很")
    page.locator("[data-choose]").first.wait_for()
    assert "很可能" in page.locator("[data-choose]").first.inner_text()
    assert page.locator("[name=category]").input_value() == ""  # nothing is chosen for anybody
    page.locator("[data-choose]").first.click()
    assert page.locator("[name=category]").input_value() == "environment.rubbish"
    page.locator("[name=category]").select_option(kind)
    page.locator("[name=place]").select_option(code)
    page.locator(".similar a").first.wait_for()
    page.locator(".similar a[href$='/watch/']").first.click()
    page.locator("main button.btn-primary").click()
    assert re.search(r"/w/[0-9A-Z-]{14}/$", page.url)
    page.locator("form[action$='/stop/'] button").click()
    assert page.url.endswith("/follow/")


def test_without_a_script_the_receipt_offers_them(browse, town):
    kind = _kind(town)
    code, _number = _community(town, kind)
    page = browse(java_script_enabled=False)
    page.goto("/report/")
    page.locator("[name=text]").fill("又是同一件事，没有人管")
    page.locator("[name=category]").select_option(kind)
    page.locator("[name=place]").select_option(code)
    page.locator("main form button.btn-primary").click()
    assert "/report/done/" in page.url
    assert page.locator(".similar a[href$='/watch/']").count() > 0


def test_staff_see_the_matter_to_open_while_writing_down(browse, town):
    kind = _kind(town)
    code, _number = _community(town, kind)
    title = town.one(
        f"""select m.title from matters_matter m join flow_flow f on f.id = m.flow_id join places_place g on g.id = m.place_id
            join places_place p on p.id = g.parent_id where p.code = '{code}' and f."end" = '' and m.category = '{kind}' limit 1"""
    )
    page = browse("desk")
    page.goto("/matters/new/")
    page.locator("[name=text]").fill(title)
    page.locator("[name=place]").select_option(code)
    page.locator(".similar a[href^='/matters/']").first.wait_for()
    assert page.locator(".similar").inner_text().strip()


def test_what_was_proposed_goes_with_the_words_it_was_for(browse, town):
    page = browse(phone=True)
    page.goto("/report/")
    page.locator("[name=text]").fill("楼下垃圾堆了三天没人清，味儿大得很")
    page.locator("[data-choose]").first.wait_for()
    page.locator("[name=text]").fill("")
    page.locator("[data-choose]").first.wait_for(state="detached")
