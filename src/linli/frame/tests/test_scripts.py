"""The two scripts in a real browser, on pages that need no server."""

from pathlib import Path

import pytest

from linli.frame import assets

SCRIPTS = Path(assets.__file__).parent / "static" / "linli"
HOST = "http://linli.test"
FORM = """<!doctype html><meta charset=utf-8>
<form method=post action=/raise data-draft=intake data-restored="Kept from before." data-discard=Discard data-offline="No signal.">
<input type=hidden name=request_id value={number}><textarea name=text>{text}</textarea><input name=address>
<input type=checkbox name=anonymous value=1><input type=password name=password><input type=radio name=way value=a><input type=radio name=way value=b>
<button name=act value=send>Send</button></form>
<script type=module src=/drafts.js></script><script type=module src=/submit-once.js></script>"""


class Site:
    """Answers as a server would: the n-th form has number n; posts get ``answer``."""

    def __init__(self, context):
        self.forms, self.posts, self.answer, self.status, self.text = (
            0,
            [],
            "<p data-draft-done=intake>Thank you<script type=module src=/drafts.js></script>",
            200,
            "",
        )
        context.route(f"{HOST}/**", self.serve)
        self.page = context.new_page()

    def serve(self, route):
        request = route.request
        name = request.url.removeprefix(f"{HOST}/")
        if name.endswith(".js"):
            return route.fulfill(body=(SCRIPTS / name).read_text(), content_type="text/javascript")
        if request.method == "POST":
            self.posts.append(request.post_data)
            return route.fulfill(body=self.answer, content_type="text/html", status=self.status)
        if name == "slow":
            return None  # never answered
        self.forms += 1
        return route.fulfill(body=FORM.format(number=self.forms, text=self.text), content_type="text/html")

    def open(self):
        self.page.goto(f"{HOST}/raise")
        self.page.wait_for_load_state("networkidle")


@pytest.fixture
def site(browser):
    context = browser.new_context()
    yield Site(context)
    context.close()


def values(page):
    return page.evaluate("() => Object.fromEntries(new FormData(document.forms[0]))")


def test_text_survives_a_reload_and_can_be_discarded(site):
    site.open()
    site.page.fill("[name=text]", "三单元楼道灯坏了")
    site.page.check("[name=anonymous]")
    site.page.check("[name=way][value=b]")
    site.page.fill("[name=password]", "hunter2")
    assert "hunter2" not in site.page.evaluate("() => JSON.stringify(localStorage)")
    site.open()
    assert values(site.page) == {"request_id": "2", "text": "三单元楼道灯坏了", "address": "", "anonymous": "1", "way": "b", "password": ""}
    assert "Kept from before." in site.page.inner_text("[role=status]")
    site.page.click("text=Discard")
    site.page.wait_for_load_state("networkidle")
    assert values(site.page)["text"] == ""
    assert site.page.evaluate("() => localStorage.length") == 0


def test_what_the_server_has_is_forgotten_on_the_device(site):
    site.open()
    site.page.fill("[name=text]", "灯")
    site.page.click("text=Send")
    site.page.wait_for_selector("text=Thank you")
    site.page.wait_for_load_state("networkidle")
    site.open()
    assert values(site.page)["text"] == ""


def test_after_an_outage_text_and_number_are_the_same_so_it_is_entered_once(site):
    site.open()
    site.page.fill("[name=text]", "灯")
    site.status, site.answer = 503, "<p>Away"
    site.page.click("text=Send")
    site.page.wait_for_selector("text=Away")
    site.open()
    assert (values(site.page)["text"], values(site.page)["request_id"]) == ("灯", "1")
    site.page.click("text=Send")
    site.page.wait_for_selector("text=Away")
    assert len(site.posts) == 2
    assert site.posts[0] == site.posts[1]


def test_text_never_sent_gets_the_new_pages_number(site):
    site.open()
    site.page.fill("[name=text]", "灯")
    site.open()
    assert values(site.page)["request_id"] == "2"


def test_a_second_press_sends_nothing_and_the_button_pressed_is_told(site):
    site.open()
    site.page.fill("[name=text]", "x")
    site.page.evaluate("() => { const b = document.querySelector('button'); b.click(); b.click(); b.click() }")
    site.page.wait_for_selector("text=Thank you")
    assert len(site.posts) == 1
    assert "act=send" in site.posts[0]


def test_without_signal_the_page_says_so_and_keeps_the_text(site):
    site.open()
    site.page.fill("[name=text]", "灯")
    site.page.context.set_offline(True)
    site.page.wait_for_selector("text=No signal.")
    site.page.context.set_offline(False)
    site.page.wait_for_selector("text=No signal.", state="hidden")
    site.open()
    assert values(site.page)["text"] == "灯"


def test_markup_in_a_draft_stays_text(site):
    site.open()
    site.page.fill("[name=text]", "<img src=x onerror=document.title='hit'>")
    site.open()
    assert site.page.title() != "hit"
    assert site.page.query_selector("img") is None


def test_a_broken_or_foreign_draft_does_no_harm(site):
    site.open()
    for draft in ("{", "null", "[]", '{"at": 1, "kept": {"text": "old"}}', '{"at": 9e15}'):
        site.page.evaluate("d => localStorage.setItem('linli.draft.intake', d)", draft)
        site.open()
        assert values(site.page)["text"] == ""
