"""Everything that is read, and the simple forms, work where scripts don't run."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.work import follow, open_act, raise_matter, send, take


def test_a_resident_raises_and_follows_and_the_desk_acts_without_scripts(browse, town):
    resident = browse(phone=True, java_script_enabled=False)
    number, code = raise_matter(resident, photos=town.photo(), category="environment.rubbish")
    follow(resident, number, code)
    expect(resident.locator("main")).to_contain_text(town.grid)
    resident.locator("details summary").first.click()
    form = resident.locator("form[action$='/word/']")
    form.locator("textarea").fill("补充一句：昨天又多了两袋")
    send(form)
    expect(resident.locator(".talk")).to_contain_text("昨天又多了两袋")

    desk = browse(java_script_enabled=False)
    sign_in(desk, "desk")
    desk.wait_for_url("**/desk/")
    desk.goto(f"/matters/?q={number}")
    with desk.expect_navigation():
        desk.locator("main tbody a.row-link").first.click()
    take(desk, "accepted")
    take(desk, "dispatched")
    form = open_act(desk, "note")
    form.locator("textarea").fill("已电话告知网格员")
    send(form)
    expect(desk.locator("ol.history")).to_contain_text("已电话告知网格员")
    desk.locator("details[data-drop] summary").click()
    with desk.expect_navigation():
        desk.locator("form[action$='/logout/'] button").click()
    desk.goto(f"/matters/{number}/")
    assert "/accounts/login/" in desk.url


def test_lists_maps_and_places_are_there_without_scripts(browse, town):
    page = browse("station", java_script_enabled=False)
    page.goto(f"/places/map/?within={town.code}")
    expect(page.locator("[data-map-list] tbody tr")).to_have_count(9)
    expect(page.locator("[data-map]")).to_be_hidden()
    page.goto("/posts/")
    expect(page.locator("main tbody tr").first).to_be_visible()
