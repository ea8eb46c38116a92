"""What people do with a matter, by its forms: as a resident, at the desk, on the phone."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.conftest import Browse, confirm
from tests.browser.town import Town, zh

NUMBER = re.compile(r"[A-Z]{2,4}-\d{4}-\d{6}")
CODE = re.compile(r"(?<!\w)[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(?!\w)")
TEXT = "北门口的垃圾堆了三天没人清，天热味道很大"


def send(form: Locator) -> Response:
    """Press the form's own button, and wait for the page that follows: what it was answered with."""
    with form.page.expect_navigation() as navigation:
        form.locator("button:not([type=button])").last.click()
    assert navigation.value
    return navigation.value


def fill(form: Locator, **fields: Any) -> None:
    """Fill by name. A list ticks boxes or radios, a dict is a file, text goes into what can be typed in or chosen from."""
    for name, value in fields.items():
        found = form.locator(f"[name='{name}'], [name$='-{name}']")
        kind = found.first.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
        if kind == "select":
            found.select_option(value)
        elif kind == "file":
            found.set_input_files(value)
        elif kind in ("radio", "checkbox"):
            for one in value if isinstance(value, list) else [value]:
                (found if one is True else form.locator(f"[name$='{name}'][value='{one}']")).check()
        else:
            found.fill(value)


def raise_matter(page: Page, *, text: str = TEXT, **fields: Any) -> tuple[str, str]:
    """As a resident. Returns number and code as the slip shows them."""
    page.goto("/report/")
    form = page.locator("main form")
    fill(form, text=text, **fields)
    send(form)
    expect(page.locator(".slip")).to_be_visible()
    slip = page.locator(".slip").inner_text()
    number, code = NUMBER.search(slip), CODE.search(slip)
    assert number, slip
    assert code, slip
    return number[0], code[0]


def follow(page: Page, number: str, code: str) -> None:
    page.goto("/follow/")
    form = page.locator("main form")
    fill(form, number=number, code=code)
    send(form)
    expect(page.locator("main")).to_contain_text(number)


def rate(page: Page, rating: str, reason: str = "") -> None:
    form = page.locator("form[action$='/rate/']")
    fill(form, rating=rating, reason=reason)
    send(form)
    expect(page.locator("main")).to_contain_text(zh("Thank you. Your rating has been recorded; below you see how it goes on."))


def step_form(page: Page, outcome: str) -> Locator:
    """The form of one outcome of the step, unfolded."""
    form = page.locator(f"form:has(input[name=outcome][value={outcome}])")
    expect(form).to_have_count(1)
    if not form.is_visible():
        page.locator("details", has=page.locator(f"input[name=outcome][value={outcome}]")).locator("summary").click()
    return form


def take(page: Page, outcome: str, **fields: Any) -> None:
    """Take the step and see that it was taken."""
    form = step_form(page, outcome)
    fill(form, **fields)
    send(form)
    expect(page.locator(".notice-good").first).to_be_visible()


def open_act(page: Page, name: str) -> Locator:
    """One of the things that can be done besides the step, by its link beside the matter."""
    link = page.locator(f"a[href*='/act/{name}/']").first
    with page.expect_navigation():
        link.click()
    return page.locator("main form[enctype]")


def act(page: Page, name: str, **fields: Any) -> None:
    form = open_act(page, name)
    fill(form, **fields)
    send(form)
    expect(page.locator(".notice-good").first).to_be_visible()


def open_matter(page: Page, number: str) -> None:
    page.goto(f"/matters/{number}/")
    expect(page.locator("main")).to_contain_text(number)


def find_matter(page: Page, number: str) -> None:
    """By the search box of the desk."""
    page.goto("/desk/")
    page.locator("#search").fill(number)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    with page.expect_navigation():
        page.locator("main tbody a.row-link").first.click()
    expect(page.locator("main")).to_contain_text(number)


def dispatched(
    browse: Browse, town: Town, *, to: str = "", text: str = TEXT, category: str = "environment.rubbish", **fields: Any
) -> tuple[str, str, Page]:
    """A matter of the first grid, accepted and dispatched by the desk. Returns number, code and the desk's page."""
    number, code = raise_matter(browse(phone=True), text=text, photos=town.photo(), **fields)
    desk = browse("desk")
    open_matter(desk, number)
    take(desk, "accepted", category=category)
    take(desk, "dispatched", level=[to])
    return number, code, desk


def subscribe(page: Page) -> tuple[str, str]:
    """A department's system is to be told of matters, and is sent a test. Returns the keys of the subscription and of the test."""
    page.goto("/outbox/subscriptions/new/")
    confirm(page)
    form = page.locator("main form")
    fill(form, name="城管工单系统", url="https://example.org/linli")
    send(form)
    expect(page.locator("main .facts code").last).to_be_visible()
    page.locator("main a.btn-primary").click()
    subscription = page.url.rstrip("/").rpartition("/")[2]
    with page.expect_navigation():
        page.locator(f"form[action='/outbox/subscriptions/{subscription}/test/'] button").click()
    return subscription, page.url.rstrip("/").rpartition("/")[2]
