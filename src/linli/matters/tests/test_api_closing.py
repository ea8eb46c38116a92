"""What keeps coming, what presses, and the notices of the month for programs: the rules of the pages, and of keys besides."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from linli.bodies.models import Seat
from linli.flow import actions as flow
from linli.matters.models import Ground, Matter, Notice, Pressing
from linli.matters.tests.calling import caller
from linli.matters.tests.factories import START
from linli.matters.tests.test_pressing import DAY, handled, late
from linli.matters.tests.test_recurring import rubbish
from linli.measures.actions import compute_measures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
WHY = {"text": "只有两个桶，周末装不下，建议加桶"}


def codes(response) -> list[tuple[str, str]]:
    return [(e["field"], e["code"]) for e in response.json()["errors"]]


@pytest.fixture
def three(town) -> list[Matter]:
    found = [rubbish(town, day) for day in (50, 51, 52)]
    compute_measures()
    return found


# --- what keeps coming


def test_the_list_names_place_and_kind_with_the_records_it_counts(town, three):
    program = caller(town.coordinator)
    (row,) = program.get("/recurring", {"days": "365"}).json()["items"]
    assert (row["most"], row["seen"], row["newest"], row["category"]["id"]) == (3, 3, three[-1].number, "environment.rubbish")
    assert row["place"]["code"] == town.g1.code
    listed = program.get("/matters", {"again": row["again"]}).json()["items"]
    assert {m["number"] for m in listed} == {m.number for m in three}
    assert caller(town.stranger).get("/recurring", {"days": "365"}).json()["items"] == []


def test_a_misspelt_filter_and_an_unknown_number_of_days_are_told_at_their_field(town):
    program = caller(town.coordinator)
    assert codes(program.get("/recurring", {"dayz": "30"})) == [("dayz", "unknown")]
    assert codes(program.get("/recurring", {"days": "31"})) == [("days", "invalid_choice")]


def test_what_came_before_a_matter_is_told_by_number_and_what_the_key_does_not_see_only_counted(town, three):
    program = caller(town.coordinator)
    said = program.get(f"/matters/{three[-1].number}/root-cause").json()
    assert said["rule"] == {"times": 3, "near": 100, "days": 90}
    assert (said["nth"], said["recurs"], said["hidden"]) == (3, True, 0)
    assert said["earlier"] == [three[1].number, three[0].number]
    assert caller(town.stranger).get(f"/matters/{three[-1].number}/root-cause").status_code == 404


def test_a_program_raises_the_root_cause_of_all_or_of_those_it_names(town, three):
    program, address = caller(town.coordinator), f"/matters/{three[-1].number}/root-cause"
    made = program.post(address, WHY, key="why-0001")
    assert made.status_code == 201, made.content
    root = Matter.objects.get(number=made.json()["number"])
    assert (root.place_id, root.category, root.title) == (three[-1].place_id, three[-1].category, f"反复发生：{three[-1].title}"[:120])
    assert set(Ground.objects.filter(root=root).values_list("matter", flat=True)) == {m.pk for m in three}
    named = program.post(address, WHY | {"grounds": [three[0].number], "title": "点位不足"}, key="why-0002").json()["number"]
    assert set(Ground.objects.filter(root__number=named).values_list("matter", flat=True)) == {three[0].pk, three[-1].pk}
    assert program.get(address).json()["raised"] == [named, root.number]
    assert program.get("/recurring", {"days": "365"}).json()["items"][0]["roots"] == [named, root.number]


def test_the_same_key_again_raises_no_second_root_cause_and_for_something_else_is_refused(town, three):
    program, address = caller(town.coordinator), f"/matters/{three[-1].number}/root-cause"
    first = program.post(address, WHY, key="why-0001").json()
    assert program.post(address, WHY, key="why-0001").json() == first
    other = program.post(address, {"text": "别的原因，换一个说法"}, key="why-0001")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key")
    assert Ground.objects.values("root").distinct().count() == 1


def test_a_root_cause_needs_something_before_it_and_grounds_out_of_what_came(town, three):
    program, elsewhere = caller(town.coordinator), rubbish(town, 53, place=town.g2)
    first = program.post(f"/matters/{three[0].number}/root-cause", WHY, key="why-0001")
    assert (first.status_code, first.json()["code"]) == (422, "first")
    wrong = program.post(f"/matters/{three[-1].number}/root-cause", WHY | {"grounds": [elsewhere.number]}, key="why-0002")
    assert codes(wrong) == [("grounds", "invalid_choice")]
    assert codes(program.post(f"/matters/{three[-1].number}/root-cause", {}, key="why-0003")) == [("text", "required")]
    assert program.post(f"/matters/{three[-1].number}/root-cause", WHY).status_code == 400  # without a key of its own
    assert caller(town.coordinator, "matter.see").post(f"/matters/{three[-1].number}/root-cause", WHY, key="why-0004").status_code == 403
    assert not Ground.objects.exists()


# --- what presses


def test_a_key_of_who_supervises_supervises_accepts_and_lifts(town):
    matter = handled(town, now=timezone.now())
    program, worker = caller(town.coordinator), caller(town.worker)
    address = f"/matters/{matter.number}"
    assert program.post(f"{address}/supervise", {"task": "今天答复", "days": 1}, version="*").status_code == 200
    (row,) = program.get("/pressings", {"kind": "supervise"}).json()["items"]
    assert (row["number"], row["state"]["id"], row["responsible"]["post"]) == (matter.number, "open", "grid-worker")
    assert row["supervisor"]["post"] == "street-coordinator"
    assert worker.post(f"{address}/account", {"answer": "已清完"}, version="*").status_code == 200
    assert program.get("/pressings", {"state": "answered"}).json()["items"][0]["number"] == matter.number
    assert program.post(f"{address}/judge", {"accept": "yes"}, version="*").status_code == 200
    assert caller(town.coordinator, "matter.see").post(f"{address}/supervise", {"task": "x", "days": 1}, version="*").status_code == 403


def test_what_presses_is_listed_of_the_work_the_key_sees_the_newest_first_page_by_page(town):
    ours = [late(town), late(town)]
    flow.urge_flow(by=town.coordinator, flow=handled(town).flow_id, seq=None, reason="抓紧", now=START + 22 * DAY)
    program = caller(town.coordinator)
    first = program.get("/pressings", {"limit": 3}).json()
    rest = program.get("/pressings", {"limit": 100, "cursor": first["next"]}).json()
    items = first["items"] + rest["items"]
    assert [i["at"] for i in items] == sorted((i["at"] for i in items), reverse=True)
    assert len({(i["number"], i["seq"]) for i in items}) == len(items) == Pressing.objects.count() > 5
    assert {ours[0].number, ours[1].number} < {i["number"] for i in items}
    assert caller(town.stranger).get("/pressings").json()["items"] == []


# --- notices of the month


@pytest.fixture
def october(town) -> str:
    """The address of a notice of a month that is over, in which the street's desk is to be named."""
    work = handled(town).flow
    seat = Seat.objects.get(post="street-desk", place=town.s1)
    Pressing.objects.create(flow=work, seq=99, kind="notice", state="done", at=datetime(2026, 10, 15, 4, tzinfo=UTC), seat=seat)
    return f"/notices/{town.s1.code}/2026-10"


def test_a_key_signs_the_notice_puts_it_right_and_withdraws_it_as_it_was_read(town, october):
    program = caller(town.coordinator)
    draft = program.get(october)
    (line,) = draft.json()["draft"]
    assert (draft.json()["current"], draft.json()["over"], draft.json()["signs"], draft["ETag"]) == (None, True, True, '"0"')
    assert len(line["numbers"]) == 1
    signed = program.post(october, {"remark": "三日内书面说明"}, version=draft["ETag"])
    assert signed.status_code == 200, signed.content
    current = signed.json()["current"]
    assert (current["lines"], current["remark"], current["edition"], current["signed_as"]["id"]) == (
        [line],
        "三日内书面说明",
        1,
        "street-coordinator",
    )
    assert codes(program.post(october, {"remark": "两日内"}, version=signed["ETag"])) == [("reason", "required")]
    again = program.post(october, {"remark": "两日内", "reason": "期限有误"}, version=signed["ETag"])
    assert [(e["edition"], e["state"]["id"], e["reason"]) for e in again.json()["editions"]] == [
        (2, "signed", ""),
        (1, "replaced", "期限有误"),
    ]
    gone = program.post(f"{october}/withdraw", {"reason": "重算"}, version=again["ETag"])
    assert (gone.json()["current"], gone.json()["editions"][0]["reason"]) == (None, "重算")
    assert program.post(f"{october}/withdraw", {"reason": "重算"}, version="*").status_code == 404
    assert [(n["edition"], n["state"]["id"]) for n in program.get("/notices").json()["items"]] == [(2, "withdrawn"), (1, "replaced")]


def test_a_notice_read_before_somebody_signed_it_is_not_signed_over(town, october):
    program = caller(town.coordinator)
    read = program.get(october)["ETag"]
    assert program.post(october, {}, version=read).status_code == 200
    assert program.post(october, {"reason": "再来"}, version=read).status_code == 412
    assert program.post(october, {"reason": "再来"}).status_code == 428
    assert program.post(f"{october}/withdraw", {"reason": "再来"}, version=read).status_code == 412
    assert Notice.objects.get().state == "signed"


def test_who_may_not_sign_reads_what_is_signed_and_the_next_street_nothing(town, october):
    reader, outsider, program = caller(town.urban), caller(town.stranger), caller(town.coordinator)
    assert [p.get(october).status_code for p in (reader, outsider)] == [404, 404]
    assert [p.post(october, {}, version="*").status_code for p in (reader, outsider)] == [403, 403]
    narrow = caller(town.coordinator, "matter.see")
    assert narrow.post(october, {}, version="*").status_code == 403
    assert program.post(october, {}, version="*").status_code == 200
    assert reader.get(october).json()["draft"] == []
    assert len(reader.get(october).json()["current"]["lines"]) == 1
    assert (outsider.get(october).status_code, outsider.get("/notices").json()["items"]) == (404, [])


def test_months_that_are_not_over_or_are_none_and_words_about_people_are_refused(town, october):
    program, base = caller(town.coordinator), october.rpartition("/")[0]
    for month in ("2026-13", "十月", "1999-01", f"{timezone.localdate().year + 1}-01"):
        assert program.get(f"{base}/{month}").status_code == 404
    assert program.get("/notices/150204006019/2026-10").status_code == 404  # a community has none
    running = program.post(f"{base}/{timezone.localdate():%Y-%m}", {}, version="*")
    assert (running.status_code, running.json()["code"]) == (422, "month")
    assert codes(program.post(october, {"remark": "请张三回电13987654321"}, version="*")) == [("remark", "indiscreet")]
    assert codes(program.post(october, {"remarks": "x"}, version="*")) == [("remarks", "unknown")]
    assert not Notice.objects.exists()
