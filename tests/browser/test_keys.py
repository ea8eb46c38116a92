"""The desk by keyboard alone."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.work import raise_matter


def test_slash_searches_g_and_a_letter_go_and_a_question_mark_tells_the_keys(browse):
    page = browse("desk")
    page.goto("/desk/")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("g m / ?")
    expect(page.locator("#search")).to_have_value("g m / ?")
    page.locator("body").evaluate("() => document.activeElement.blur()")
    for letter, path in (("m", "/matters/"), ("t", "/tasks/"), ("h", "/desk/")):
        page.keyboard.press("g")
        with page.expect_navigation():
            page.keyboard.press(letter)
        assert page.url.endswith(path)
    page.keyboard.press("?")
    dialog = page.locator("dialog#keys")
    expect(dialog).to_be_visible()
    for letter in "mth":
        expect(dialog.locator("kbd", has_text=letter).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_first_tab_skips_to_the_content_and_the_next_ones_reach_the_main_action(browse, town):
    number, _code = raise_matter(browse(phone=True), photos=town.photo(), category="environment.rubbish")
    page = browse("desk")
    page.goto(f"/matters/{number}/")
    page.keyboard.press("Tab")
    skip = page.locator("a.skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    action = page.locator("form:has(input[value=accepted]) .btn-primary")
    for _press in range(12):
        page.keyboard.press("Tab")
        if action.evaluate("e => e === document.activeElement"):
            break
    expect(action).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".notice-good").first).to_be_visible()


def test_a_resident_reports_by_keyboard_alone(browse):
    page = browse()
    page.goto("/report/")
    reached = []
    for _press in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.name || document.activeElement.className")
        reached.append(name)
        if name == "text":
            page.keyboard.type("键盘也能报：单元门关不上")
        elif name == "place" or name == "who":
            page.keyboard.press("ArrowDown")
        elif "btn-wide" in name:
            break
    order = [reached.index(name) for name in ("text", "photos", "place", "address", "category", "name", "phone", "who")]
    assert order == sorted(order)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".slip")).to_be_visible()


def test_a_menu_opens_and_closes_by_keyboard(browse):
    page = browse("desk")
    page.goto("/desk/")
    page.locator("details[data-drop] summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".drop-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".drop-panel")).to_be_hidden()
    expect(page.locator("details[data-drop] summary")).to_be_focused()
