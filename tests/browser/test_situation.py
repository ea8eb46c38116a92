"""The situation page in a browser: map and charts are drawn from the tables beside them; without scripts the tables are all there."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import sign_in


def test_map_and_charts_are_drawn_from_the_tables(browse, town):
    page = browse("district")
    page.goto(f"/situation/{town.street_code}/?period=quarter&colour=raised")
    drawn = page.locator("[data-map]")
    expect(drawn).to_have_attribute("data-drawn", re.compile(r"[1-9]"), timeout=30_000)
    expect(page.locator(".sit-legend li").first).to_be_visible()
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-drawn", re.compile(r"[1-9]"), timeout=15_000)
        assert chart.locator("svg path").count() > 3
    row = page.locator("[data-map-list] tbody tr").first
    row.locator("a").first.focus()
    name, said = row.locator("th").inner_text(), page.locator(".places-map-said")
    expect(said).to_contain_text(row.locator("td").first.inner_text())
    with page.expect_navigation():
        said.locator("a").click()
    expect(page.locator("main h1")).to_contain_text(name)  # down to the community


PAPER = 703  # pixels of A4 within its margins


def on_paper(page):
    """As a page is laid out when it is printed: what it does before is done at the width of the screen."""
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER, "height": 1000})


def test_charts_fit_the_paper_whatever_the_screen(browse, town):
    for width in (1440, 360):
        page = browse("district", viewport={"width": width, "height": 800})
        page.goto(f"/situation/{town.street_code}/?period=quarter")
        for chart in page.locator("[data-chart]").all():  # all of them, without being scrolled to
            expect(chart).to_have_attribute("data-drawn", re.compile(r"[1-9]"), timeout=30_000)
        on_paper(page)
        for chart in page.locator("[data-chart]").all():
            card, drawn = chart.bounding_box(), chart.locator("svg").bounding_box()
            assert card
            assert drawn
            assert card["x"] >= 0
            assert card["x"] + card["width"] <= PAPER
            assert drawn["x"] >= card["x"]
            assert drawn["x"] + drawn["width"] <= card["x"] + card["width"]
            assert drawn["width"] > card["width"] / 2
        assert page.locator("svg[viewBox='0 0 320 220']").count() == 2
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator(".sit-chart svg[viewBox]").count() == 0


def test_a_chart_that_is_not_drawn_is_its_table_on_paper(browse, town):
    page = browse("district", alone=True)
    page.route("**/vendor/echarts*", lambda route: None)  # never comes
    page.goto(f"/situation/{town.street_code}/?period=quarter", wait_until="domcontentloaded")
    page.wait_for_selector("[data-print]:not([hidden])")
    on_paper(page)
    expect(page.locator(".sit-twin table").first).to_be_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".sit-twin table").first).to_be_hidden()


def test_the_print_button_waits_for_what_is_being_drawn(browse, town):
    page = browse("district")
    page.add_init_script("print = () => (document.body.dataset.printed = document.querySelectorAll('[data-chart][data-drawn]').length)")
    page.goto(f"/situation/{town.street_code}/?period=quarter")
    page.locator("[data-print]").click()
    expect(page.locator("body")).to_have_attribute("data-printed", "2")


BROKEN = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll("main :is(td, th)")) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode()); ) {
      for (const found of text.data.matchAll(/[0-9][0-9.,:%-]*/g)) {
        const range = document.createRange();
        range.setStart(text, found.index);
        range.setEnd(text, found.index + found[0].length);
        const tops = [...range.getClientRects()].map((r) => r.top);
        if (Math.max(...tops) - Math.min(...tops) > 6) broken.push(found[0]);
      }
    }
  }
  return broken;
}"""


def test_no_number_of_a_table_is_broken_on_a_phone(browse, town):
    page = browse("district", phone=True)
    for address in (f"/situation/{town.street_code}/", f"/situation/{town.street_code}/disputes/", "/matters/recurring/"):
        page.goto(f"{address}?period=year&days=365")
        for twin in page.locator(".sit-twin summary").all():
            twin.click()
        assert page.evaluate(BROKEN) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_number_leads_to_as_many_matters(browse, town):
    page = browse("district")
    page.goto(f"/situation/{town.code}/?period=quarter")
    card = page.locator(".stat", has_text="诉求数").first
    number = card.locator(".stat-value a").inner_text()
    card.locator(".stat-value a").click()
    page.wait_for_url("**/matters/?behind=*")
    expect(page.locator(".pager, .views").filter(has_text=number).first).to_be_visible()
    chips = page.locator(".chip").filter(has_text="诉求数")
    expect(chips).to_have_count(1)
    page.locator("select[name=state]").select_option("open")  # narrowed further, the figure stays
    page.locator("form.filters button").click()
    expect(page.locator(".chip").filter(has_text="诉求数")).to_have_count(1)


def test_without_scripts_the_tables_say_everything(browse, town):
    page = browse(java_script_enabled=False)
    sign_in(page, "district")
    page.goto(f"/situation/{town.street_code}/?period=quarter&sort=-raised")
    expect(page.locator("[data-map]")).to_be_hidden()
    expect(page.locator("[data-map-list] tbody tr").first).to_be_visible()
    page.locator(".sit-twin summary").first.click()
    expect(page.locator(".sit-twin table").first).to_be_visible()
    raised = [int(t.replace(",", "")) for t in page.locator("[data-map-list] tbody td:nth-of-type(1)").all_inner_texts()]
    assert raised == sorted(raised, reverse=True)
