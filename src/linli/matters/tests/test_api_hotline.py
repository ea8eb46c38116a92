"""The hotline's own system: each order once, answers until they are acknowledged, nothing of elsewhere."""

from __future__ import annotations

import pytest
from django.utils import timezone

from linli.matters.actions import correct_matter, merge_matter, rate_matter, take_matter_step, transfer_matter
from linli.matters.models import Matter, WorkOrder
from linli.matters.tests.calling import caller
from linli.matters.tests.test_hotline import answered, sheet_of
from linli.matters.tests.visiting import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
ORDER = {"number": "RX1", "text": "都兰社区5号楼北门垃圾堆了三天", "community": "都兰社区", "phone": "13812345678", "name": "王秀兰"}


@pytest.fixture
def api(town):
    """A key that can do nothing but exchange work orders."""
    return caller(town.desk, "hotline.exchange")


def refuse(matter, by):
    take_matter_step(by=by, matter=matter, seq=None, outcome="refused", texts={"reason": "不归区里管"})
    return take_matter_step(by=by, matter=matter, seq=None, outcome="answered", texts={"answer": "请拨打省热线。"})


def test_an_order_is_one_matter_however_often_it_is_handed_in(api, town):
    made = api.post("/hotline/orders", ORDER | {"due": "2026-11-20T18:00:00+08:00"})
    assert (made.status_code, made.json()["new"]) == (201, True)
    again = api.post("/hotline/orders", ORDER)
    assert again.status_code == 200
    assert again.json() == made.json() | {"new": False}
    order = WorkOrder.objects.select_related("matter__reporter").get()
    assert (order.matter.channel, order.matter.place, order.file) == ("hotline", town.c1, None)
    assert order.matter.reporter.name_sealed
    assert order.due_at


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone": "110x"}, "phone"), ({"community": "月球社区"}, "community"), ({"text": "没"}, "text"), ({"number": ""}, "number"),
        ({"due": "someday"}, "due"), ({"community": ""}, "address"), ({"community": "建华社区"}, "community"), ({"strange": "1"}, "strange"),
        ({"place": "nowhere"}, "place"), ({"received": "2999-01-01T08:00"}, "received"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_made(api, wrong, field):
    said = api.post("/hotline/orders", ORDER | wrong)
    assert said.status_code == 422, said.content
    assert [e["field"] for e in said.json()["errors"]] == [field]
    assert not Matter.objects.exists()


def test_an_address_that_leads_nowhere_goes_to_the_place_given(api, town):
    made = api.post("/hotline/orders", ORDER | {"community": "", "address": "某某小区后门", "place": town.c2.code})
    assert made.status_code == 201
    matter = Matter.objects.get()
    assert matter.place == town.c2
    assert "某某小区后门" in matter.text


def test_answers_come_until_they_are_acknowledged_and_count_once(api, town):
    for n in range(3):
        api.post("/hotline/orders", ORDER | {"number": f"RX{n}"})
    assert api.get("/hotline/answers").json() == {"items": [], "next": None}
    for order in WorkOrder.objects.exclude(number="RX2"):
        refuse(order.matter, town.desk)
    page = api.get("/hotline/answers", {"limit": 1}).json()
    first = page["items"][0]
    assert (first["order"], first["returned"], first["solved"], first["answer"]) == ("RX0", True, False, "请拨打省热线。")
    rest = api.get("/hotline/answers", {"cursor": page["next"]}).json()
    assert [a["order"] for a in rest["items"]] == ["RX1"]
    assert api.get("/hotline/answers").json()["items"][0] == first
    told = api.post("/hotline/answers", {"orders": ["RX0"]})
    assert told.status_code == 200
    assert api.post("/hotline/answers", {"orders": ["RX0"]}).json() == told.json()
    assert [a["order"] for a in api.get("/hotline/answers").json()["items"]] == ["RX1"]
    for orders in (["RX1", "RX2"], ["RX1", "RX9"]):
        assert api.post("/hotline/answers", {"orders": orders}).status_code == 422
    assert WorkOrder.objects.get(number="RX1").answered_back_at is None
    from linli.frame.models import ActLog

    assert ActLog.objects.filter(act="matters.hotline.answered").count() == 1


def merged(api, town):
    """RX0, merged into RX1; their matters as they stand."""
    for n in range(2):
        api.post("/hotline/orders", ORDER | {"number": f"RX{n}"})
    one, main = (WorkOrder.objects.get(number=f"RX{n}").matter for n in range(2))
    for matter in (one, main):
        correct_matter(by=town.desk, matter=matter, seq=None, reason="定类", category="environment.rubbish", place=town.g1)
    merge_matter(by=town.desk, matter=one, main=main, seq=None, reason="同一处垃圾")
    return (Matter.objects.select_related("flow").get(pk=m.pk) for m in (one, main))


SAME = ("result", "solved", "returned", "answer", "answered_at", "ended_at")


def test_a_merged_order_stands_and_is_answered_as_the_matter_it_was_merged_into_as_in_the_sheet(api, town):
    _one, main = merged(api, town)
    for state, found in (("open", ["RX1", "RX0"]), ("answer", [])):
        assert [o["order"] for o in api.get("/hotline/orders", {"state": state}).json()["items"]] == found
    first, second = api.get("/hotline/orders").json()["items"]
    assert all(first[n] == second[n] for n in ("state", "ended", "due_at", "overdue", "answered_at"))
    refuse(main, town.desk)
    one, other = api.get("/hotline/answers").json()["items"]
    assert [one[n] for n in SAME] == [other[n] for n in SAME]
    assert (one["result"]["id"], one["returned"], one["solved"], one["answer"]) == ("refused", True, False, "请拨打省热线。")
    assert one["number"] != other["number"]
    told = sheet_of(signed_in(town.desk).post("/matters/hotline/answers/"))
    assert {row["办理结果"] for row in told.values()} == {"不予受理"}


def test_a_rating_is_told_of_the_order_of_whoever_gave_it_alone(api, town):
    _one, main = merged(api, town)
    rate_matter(matter=answered(main, town), rating="satisfied")
    rated = [(a["order"], a["result"]["id"], a["solved"], a["rating"]) for a in api.get("/hotline/answers").json()["items"]]
    assert rated == [("RX0", "closed", True, ""), ("RX1", "closed", True, "satisfied")]


def test_what_waits_to_be_rated_is_answered_and_what_comes_of_it_after_it_was_acknowledged_the_order_says(api, town):
    api.post("/hotline/orders", ORDER)
    matter = WorkOrder.objects.get().matter
    correct_matter(by=town.desk, matter=matter, seq=None, reason="定类", category="environment.rubbish", place=town.g1)
    matter = answered(matter, town)
    [said] = api.get("/hotline/answers", **{"Accept-Language": "zh-hans"}).json()["items"]
    assert (said["result"], said["solved"], said["ended_at"]) == ({"id": "answered", "name": "已答复"}, False, None)
    api.post("/hotline/answers", {"orders": ["RX1"]})
    rate_matter(matter=matter, rating="satisfied")
    assert api.get("/hotline/answers").json()["items"] == []
    [order] = api.get("/hotline/orders", {"number": "RX1"}).json()["items"]
    assert (order["state"]["id"], order["ended"], order["solved"], order["returned"], order["rating"]) == (
        "closed", True, True, False, "satisfied",
    )  # fmt: skip
    assert order["ended_at"]


def test_how_orders_stand(api, town):
    for n in range(2):
        api.post("/hotline/orders", ORDER | {"number": f"RX{n}"})
    refuse(WorkOrder.objects.get(number="RX1").matter, town.desk)
    [one] = api.get("/hotline/orders", {"number": "RX0"}).json()["items"]
    assert (one["state"]["id"], one["ended"], one["answered_back_at"]) == ("accept", False, None)
    assert [o["order"] for o in api.get("/hotline/orders", {"state": "answer"}).json()["items"]] == ["RX1"]
    assert [o["order"] for o in api.get("/hotline/orders").json()["items"]] == ["RX1", "RX0"]


def test_a_key_for_the_hotline_does_nothing_else_and_sees_nothing_of_elsewhere(api, town):
    api.post("/hotline/orders", ORDER)
    number = Matter.objects.get().number
    assert api.get("/matters").status_code == 403
    assert api.get(f"/matters/{number}").status_code == 403
    assert api.post("/matters", {"text": "垃圾没人清"}, key="12345678").status_code == 403
    other = caller(town.stranger, "hotline.exchange")
    assert other.get("/hotline/orders").json()["items"] == []
    assert other.post("/hotline/answers", {"orders": ["RX1"]}).status_code == 422
    without = caller(town.district, "matter.see", "matter.intake")
    for path in ("/hotline/orders", "/hotline/answers"):
        assert without.get(path).status_code == 403
        assert without.post(path, ORDER).status_code == 403


def test_whoever_handed_an_order_in_reads_fetches_and_acknowledges_it_wherever_its_matter_was_handed_on_to(api, town):
    for n in range(2):
        api.post("/hotline/orders", ORDER | {"number": f"RX{n}"})
    moved = transfer_matter(by=town.desk, matter=WorkOrder.objects.get(number="RX1").matter, seq=None, place=town.c9, reason="在那边")
    [order] = api.get("/hotline/orders", {"number": "RX1"}).json()["items"]
    assert (order["number"], order["state"]["id"]) == (moved.number, "accept")
    there = caller(town.stranger, "hotline.exchange")
    assert [o["order"] for o in there.get("/hotline/orders").json()["items"]] == [
        "RX1"
    ]  # where it lies now, and nothing else of the giver's
    assert api.get(f"/matters/{moved.number}").status_code == 403
    refuse(moved, town.stranger)
    assert [a["order"] for a in api.get("/hotline/answers").json()["items"]] == ["RX1"]
    assert api.post("/hotline/answers", {"orders": ["RX1"]}).status_code == 200
    assert there.get("/hotline/answers").json()["items"] == []  # told once, whoever fetched it


def test_whoever_did_not_hand_an_order_in_loses_it_with_its_matter_and_an_outsider_never_has_it(api, town):
    above, there = caller(town.district, "hotline.exchange"), caller(town.stranger, "hotline.exchange")
    assert above.post("/hotline/orders", ORDER).status_code == 201

    def readers():
        return [bool(key.get("/hotline/orders", {"number": "RX1"}).json()["items"]) for key in (above, api, there)]

    assert readers() == [True, True, False]
    moved = transfer_matter(by=town.desk, matter=WorkOrder.objects.get().matter, seq=None, place=town.c9, reason="在那边")
    assert readers() == [True, False, True]
    refuse(moved, town.stranger)
    assert api.get("/hotline/answers").json()["items"] == []
    assert api.post("/hotline/answers", {"orders": ["RX1"]}).status_code == 422
    assert WorkOrder.objects.get().answered_back_at is None


def test_the_desk_sees_the_orders_handed_in_beside_those_of_files(api, town):
    api.post("/hotline/orders", ORDER)
    assert "RX1" in signed_in(town.desk).get("/matters/hotline/").content.decode()
    assert timezone.now()
