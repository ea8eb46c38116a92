"""Somebody new takes a post, and leaves it again: work stays with the post, access ends at once."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import confirm, sign_in
from tests.browser.town import zh
from tests.browser.work import dispatched, fill, open_matter, send, take

OWN_PASSWORD = "wild geese over the river 4"


def test_a_new_worker_gets_an_account_sees_the_posts_work_and_loses_it_when_released(browse, town):
    grid = town.one(
        "select code from places_place where parent_id = %s and level = 'grid' order by code offset 2 limit 1", town.community_id
    )
    seat = town.seat("grid-worker", grid)
    [(old, old_name)] = town.rows(
        """select h.id, u.name from bodies_holding h join access_user u on u.id = h.user_id where h.seat_id = %s and h.until is null""",
        seat,
    )
    number, _code, desk = dispatched(browse, town)
    station = browse("station")
    open_matter(station, number)
    with station.expect_navigation():
        station.locator("a[href*='/act/reassign/']").first.click()
    form = station.locator("main form[enctype]")
    fill(form, seat=str(seat), reason="属第三网格")
    send(form)

    # who was there leaves; the seat is vacant and says whose its work is meanwhile
    station.goto(f"/posts/held/{old}/release/")
    confirm(station)
    expect(station.locator("main")).to_contain_text(old_name)
    send(station.locator("main form").first)
    expect(station.locator("main")).to_contain_text(zh("This post is vacant"))
    station.goto(f"/tasks/?q={number}")
    expect(station.locator("main tbody tr")).to_have_count(1)
    expect(station.locator("main tbody tr")).to_contain_text(zh("vacant"))
    open_matter(desk, number)
    expect(desk.locator(".page-aside")).to_contain_text(zh("This post is vacant; until somebody holds it, its work is done by"))
    expect(desk.locator(".page-aside")).to_contain_text(town.name("station"))

    # somebody new: a password that is shown once
    station.goto(f"/posts/{seat}/new/")
    confirm(station)
    form = station.locator("main form").first
    fill(form, name="司徒新来", username="situ.xinlai", phone_last4="4321", duty=["A"])
    told = send(form)
    password = station.locator("dl.facts code").nth(1).inner_text()
    assert len(password) >= 12
    with station.expect_navigation():
        station.locator("main a.btn-primary").click()
    assert password not in station.content()
    assert "no-store" in told.header_value("cache-control")

    newcomer = browse()
    sign_in(newcomer, "situ.xinlai", password)
    newcomer.goto(f"/matters/{number}/")
    assert newcomer.url.endswith("/accounts/password/")
    form = newcomer.locator("main form").first
    fill(form, oldpassword=password, password1=OWN_PASSWORD, password2=OWN_PASSWORD)
    send(form)
    newcomer.goto("/tasks/")
    with newcomer.expect_navigation():
        newcomer.locator(f"main tbody a[href*='{number}']").first.click()
    expect(newcomer.locator("form:has(input[name=outcome][value=done])")).to_have_count(1)
    station.goto(f"/tasks/?q={number}")
    expect(station.locator("main tbody tr")).to_have_count(0)

    # released with the page still open: the next click does nothing any more
    station.goto(f"/posts/held/{town.holding('situ.xinlai', 'grid-worker')}/release/")
    confirm(station)
    send(station.locator("main form").first)
    expect(station.locator(".notice-good")).to_be_visible()
    browse.expected[newcomer] |= {403, 404}
    form = newcomer.locator("form:has(input[name=outcome][value=done])")
    fill(form, result="我来办")
    send(form)
    expect(newcomer.locator("main")).not_to_contain_text(number)
    newcomer.goto("/tasks/")
    expect(newcomer.locator("main tbody")).to_have_count(0)
    station.goto(f"/tasks/?q={number}")
    with station.expect_navigation():
        station.locator(f"main tbody a[href*='{number}']").first.click()
    expect(station.locator("ol.history")).not_to_contain_text("我来办")
    take(station, "done", result="站长代办")

    # the post is as it was before
    station.goto(f"/posts/{seat}/appoint/")
    confirm(station)
    form = station.locator("main form").first
    username = town.one("select u.username from bodies_holding h join access_user u on u.id = h.user_id where h.id = %s", old)
    fill(form, user=username, duty=["B"])
    send(form)
    expect(station.locator(".notice-good")).to_be_visible()
