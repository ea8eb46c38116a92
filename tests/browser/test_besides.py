"""What happens to a matter besides its steps: urging, more time, the ledger, joint work, sending back, moving, looking who raised it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.town import zh
from tests.browser.work import act, dispatched, fill, open_matter, raise_matter, send, take

NAME, NUMBER = "尉迟敬言", "13722223333"


def test_the_street_urges_and_gives_more_time_the_worker_asked_for(browse, town):
    number, _code, _desk = dispatched(browse, town)
    street, worker = browse("street"), browse("grid", phone=True)
    open_matter(street, number)
    act(street, "urge", reason="今天务必到场")
    worker.goto(f"/matters/{number}/?phone=1")
    expect(worker.locator("ol.history")).to_contain_text("今天务必到场")
    due = worker.locator(".contact").locator("xpath=preceding-sibling::section[1]").inner_text()
    act(worker, "extend", days="3", reason="清运车明天才到")
    expect(worker.locator("main")).to_contain_text(zh("More time is asked for"))

    # the community's party secretary stands nearest above and decides; whoever asked can't
    assert worker.locator("a[href*='/act/decide/']").count() == 0
    decider = browse("party")
    decider.goto("/tasks/waits/")
    with decider.expect_navigation():
        decider.locator("main tbody a", has_text=number).or_(decider.locator(f"main tbody a[href*='{number}']")).first.click()
    act(decider, "decide", grant=["yes"], reason="情况属实")
    worker.reload()
    assert worker.locator(".contact").locator("xpath=preceding-sibling::section[1]").inner_text() != due
    assert worker.locator("a[href*='/act/extend/']").count() == 0


def test_a_matter_rests_on_the_ledger_with_its_reason_and_comes_off_it_again(browse, town):
    number, _code, _desk = dispatched(browse, town)
    worker, party = browse("grid"), browse("party")
    review = timezone.localdate() + timedelta(days=40)
    open_matter(worker, number)
    act(worker, "suspend", until=review.isoformat(), reason="冻土期无法开挖")
    open_matter(party, number)
    act(party, "decide", grant=["yes"])
    street = browse("street")
    street.goto(f"/tasks/ledger/?q={number}")
    row = street.locator("main tbody tr")
    expect(row).to_have_count(1)
    for said in (number, "冻土期无法开挖", review.isoformat()):
        expect(row).to_contain_text(said)
    worker.reload()
    expect(worker.locator("form:has(input[name=outcome])")).to_have_count(0)
    act(worker, "resume", reason="天气转暖")
    expect(worker.locator("form:has(input[name=outcome][value=done])")).to_have_count(1)
    street.reload()
    expect(street.locator("main tbody tr")).to_have_count(0)


def test_two_departments_are_called_in_and_each_finishes_its_part(browse, town):
    number, _code, _desk = dispatched(browse, town)
    station, worker = browse("station"), browse("grid")
    # the grid worker's post can't call others in: one level up it can
    open_matter(worker, number)
    assert worker.locator("a[href*='/act/join/']").count() == 0
    act(worker, "escalate", reason="涉及两个部门")
    open_matter(station, number)
    seats = [str(town.seat(post, "150204000000")) for post in ("urban-management-officer", "parks-officer")]
    act(station, "join", seats=seats, task="清运绿化带里的建筑垃圾并补种", days="1")
    for who, result in (("city", "建筑垃圾已清运"), ("parks-officer-0001", "已补种灌木")):
        department = browse(who)
        department.goto("/tasks/")
        with department.expect_navigation():
            department.locator(f"main tbody a[href*='{number}']").first.click()
        act(department, "part", result=result)
        department.reload()
        assert department.locator("a[href*='/act/part/']").count() == 0
    station.reload()
    for said in ("建筑垃圾已清运", "已补种灌木"):
        expect(station.locator("ol.history")).to_contain_text(said)
    take(station, "done", result="两个部门已处理完毕")


def test_a_worker_sends_back_what_is_not_theirs_and_the_station_moves_what_lies_wrong(browse, town):
    number, _code, desk = dispatched(browse, town)
    worker = browse("grid")
    open_matter(worker, number)
    take(worker, "return", reason="不在本网格，属于第二网格")
    desk.reload()
    expect(desk.locator("ol.history")).to_contain_text("不在本网格，属于第二网格")
    take(desk, "dispatched", level=["grid"])
    station = browse("station")
    open_matter(station, number)
    second = town.one(
        "select code from places_place where parent_id = %s and level = 'grid' order by code offset 1 limit 1", town.community_id
    )
    act(station, "reassign", seat=str(town.seat("grid-worker", second)), reason="按实际位置调整")
    worker.reload()
    expect(worker.locator("form:has(input[name=outcome])")).to_have_count(0)


def test_a_look_at_the_reporter_needs_a_purpose_and_shows_in_the_auditors_log(browse, town):
    number, _code, _desk = dispatched(browse, town, name=NAME, phone=NUMBER, who=["named"])
    worker = browse("grid")
    open_matter(worker, number)
    assert NAME not in worker.content()
    worker.locator("#contact summary").click()
    form = worker.locator("#contact form")
    fill(form, purpose=["matter"], note="约上门时间")
    send(form)
    expect(worker.locator("#contact")).to_contain_text(NAME)
    expect(worker.locator("#contact")).to_contain_text(NUMBER)
    worker.reload()
    worker.goto(f"/matters/{number}/")
    assert NAME not in worker.content()

    auditor = browse("audit")
    auditor.goto("/logs/looks/")
    line = auditor.locator("main tbody tr").first
    for said in (town.name("grid"), "约上门时间"):
        expect(line).to_contain_text(said)
    assert NAME not in auditor.content()


def test_a_withheld_name_is_hidden_from_who_handles_and_an_anonymous_one_is_kept_nowhere(browse, town):
    number, _code, _desk = dispatched(browse, town, to="district", name=NAME, phone=NUMBER, who=["withheld"])
    city = browse("city")
    open_matter(city, number)
    expect(city.locator("#contact")).to_contain_text(zh("The name is withheld: only the intake desk may see it."))
    expect(city.locator("#contact form")).to_have_count(0)
    assert NAME not in city.content()
    browse.expected[city].add(403)
    refused = city.request.post(
        f"/matters/{number}/contact/",
        form={"purpose": "matter", "csrfmiddlewaretoken": city.locator("input[name=csrfmiddlewaretoken]").first.input_value()},
        headers={"Referer": city.url},
    )
    assert NAME not in refused.text()
    desk = browse("desk")
    open_matter(desk, number)
    desk.locator("#contact summary").click()
    fill(desk.locator("#contact form"), purpose=["matter"])
    send(desk.locator("#contact form"))
    expect(desk.locator("#contact")).to_contain_text(NAME)

    hidden, _code = raise_matter(browse(phone=True), photos=town.photo(), name=NAME, phone=NUMBER, who=["anonymous"])
    open_matter(desk, hidden)
    expect(desk.locator("#contact form")).to_have_count(0)
    assert town.one("select count(*) from matters_reporter r join matters_matter m on m.id = r.matter_id where m.number = %s", hidden) == 0
