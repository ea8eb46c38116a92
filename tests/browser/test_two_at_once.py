"""Two people act on the same matter: one is first, the other is told what changed and loses no word."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.town import zh
from tests.browser.work import act, dispatched, fill, open_act, open_matter, send, step_form

TYPED = "两个人同时写的这一段话一个字也不能丢"


def test_of_two_who_take_the_same_step_the_second_sees_what_changed_and_what_they_typed(browse, town):
    number, _code, _desk = dispatched(browse, town)
    worker, station = browse("grid", expect=409), browse("station")
    open_matter(worker, number)
    fill(step_form(worker, "done"), result=TYPED)
    open_matter(station, number)
    act(station, "escalate", reason="由站里统一办理")
    send(step_form(worker, "done"))
    conflict = worker.locator(".conflict")
    expect(conflict).to_contain_text(zh("Somebody else was first"))
    expect(conflict).to_contain_text(TYPED)
    expect(conflict.locator("ul li")).not_to_have_count(0)
    expect(worker.locator("ol.history")).to_contain_text("由站里统一办理")
    expect(worker.locator("ol.history")).not_to_contain_text(TYPED)


def test_of_two_who_act_beside_a_step_the_second_keeps_their_text_too(browse, town):
    number, _code, desk = dispatched(browse, town)
    station, street = browse("station"), browse("street", expect=409)
    open_matter(street, number)
    form = open_act(street, "reassign")
    second = town.one(
        "select code from places_place where parent_id = %s and level = 'grid' order by code offset 1 limit 1", town.community_id
    )
    fill(form, seat=str(town.seat("grid-worker", second)), reason=TYPED)
    open_matter(station, number)
    act(station, "escalate", reason="由站里统一办理")
    send(form)
    expect(street.locator(".conflict")).to_contain_text(TYPED)
    desk.reload()
    expect(desk.locator("ol.history")).not_to_contain_text(TYPED)


def test_pressing_send_twice_raises_one_matter(browse, town):
    page = browse(phone=True)
    page.goto("/report/")
    text = "连按两次发送也只能有一件：楼道灯不亮"
    form = page.locator("main form")
    fill(form, text=text, place=town.code)
    button = form.locator("button:not([type=button])").last
    button.dblclick()
    page.wait_for_url("**/report/done/**")
    assert town.one("select count(*) from matters_matter where text = %s", text) == 1
