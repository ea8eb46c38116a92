"""What a mediation keeps, entered and read by a program: the rules of the pages, with the version that was read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.access.models import ReadLog
from linli.bodies.models import Holding, Seat
from linli.flow import actions as flow
from linli.matters.disputes.tests.factories import FACTS, SECRET, agreed, at_consent, mediating, performing
from linli.matters.tests.calling import caller
from linli.matters.tests.factories import START, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
AGREED = {
    "form": "written",
    "facts": FACTS,
    "obligations": [{"side": 2, "what": "恢复门禁", "due": "2026-11-19"}],
    "signed_on": "2026-11-16",
}


def at(matter, *more):
    return "/".join((f"/matters/{matter.number}/dispute", *map(str, more)))


def held(user):
    return Holding.objects.current().get(user=user).pk


def field(response):
    assert response.status_code == 422, response.content.decode()
    return [e["field"] for e in response.json()["errors"]]


def test_a_dispute_is_read_whole_and_without_a_name(town):
    matter = agreed(town)
    found = caller(town.mediator).get(at(matter)).json()
    assert [(p["side"], p["side_name"], p["organisation"]) for p in found["parties"]] == [(1, "甲方", ""), (2, "乙方", "和平物业公司")]
    assert found["agreement"]["apply_by"] == "2026-12-16"
    assert [o["what"] for o in found["obligations"]] == ["恢复门禁", "补交半年物业费"]
    assert set(found["may"]) == {"mediators", "application", "enquiry"}
    assert not [s for s in SECRET if s in str(found)]
    assert caller(town.worker).get(at(matter)).json()["may"] == []


def test_a_matter_that_is_no_dispute_and_one_elsewhere_are_not_there(town):
    plain, matter = report(town).matter, mediating(town)
    assert caller(town.desk).get(at(plain)).status_code == 404
    outsider = caller(town.elsewhere)
    assert outsider.get(at(matter)).status_code == 404
    for name in ("party", "mediators", "agreement", "application", "decision", "enquiry"):
        assert outsider.post(at(matter, name), {}, version="*").status_code == 404
    assert outsider.post(at(matter, "reveal"), {"purpose": "matter"}).status_code == 404


def test_whoever_mediates_enters_sides_and_takes_them_out_and_the_desk_no_longer_does(town):
    matter = mediating(town)
    mediator, party = caller(town.mediator), {"side": 3, "name": "周福"}
    assert caller(town.desk).post(at(matter, "party"), party, version="*").status_code == 403
    made = mediator.post(at(matter, "party"), party, version=matter.flow.seq)
    assert made.status_code == 200, made.content.decode()
    assert made["ETag"] == f'"{made.json()["version"]}"'
    assert mediator.post(at(matter, "party"), party, version=matter.flow.seq).status_code == 412  # a retry enters nobody twice
    new = mediator.get(at(matter)).json()["parties"][-1]["id"]
    assert mediator.post(at(matter, "party", new + 99, "remove"), version="*").status_code == 404
    assert caller(town.desk).post(at(matter, "party", new, "remove"), version="*").status_code == 403
    assert mediator.post(at(matter, "party", new, "remove"), version="*").status_code == 200
    assert len(mediator.get(at(matter)).json()["parties"]) == 2
    assert field(mediator.post(at(matter, "party"), {"side": 5, "name": "周福"}, version="*")) == ["side"]


def test_the_desk_enters_sides_while_it_takes_the_dispute_in(town):
    matter = report(town, category="disputes.property", text="门禁卡被停，双方各说各的理").matter
    desk = caller(town.desk)
    assert "party" in desk.get(at(matter)).json()["may"]
    assert desk.post(at(matter, "party"), {"side": 1, "name": "周福"}, version="*").status_code == 200
    assert desk.post(at(matter, "party"), {"side": 2, "organisation": "和平物业公司"}).status_code == 428


def test_mediators_are_chosen_among_those_who_could(town):
    matter = at_consent(town)
    mediator = caller(town.mediator)
    people = {p["holding"]: p for p in mediator.get(at(matter, "mediators")).json()["items"]}
    assert held(town.mediator) in people
    assert held(town.elsewhere) not in people
    assert caller(town.desk).get(at(matter, "mediators")).status_code == 403
    assert field(mediator.post(at(matter, "mediators"), {"mediators": [held(town.elsewhere)]}, version="*")) == ["mediators"]
    assert mediator.post(at(matter, "mediators"), {"mediators": [held(town.mediator)]}, version="*").status_code == 200
    assert [p["named"] for p in mediator.get(at(matter, "mediators")).json()["items"] if p["holding"] == held(town.mediator)] == [True]


def test_an_agreement_has_its_obligations_as_a_list_and_says_which_of_them_is_wrong(town):
    matter = mediating(town)
    mediator = caller(town.mediator)
    wrong = AGREED | {"obligations": [*AGREED["obligations"], {"side": 1, "what": "补交物业费"}]}
    assert field(mediator.post(at(matter, "agreement"), wrong, version="*")) == ["obligations[1].due"]
    assert field(mediator.post(at(matter, "agreement"), AGREED | {"obligations": "恢复门禁"}, version="*")) == ["obligations"]
    assert field(mediator.post(at(matter, "agreement"), AGREED | {"obligations": AGREED["obligations"] * 11}, version="*")) == [
        "obligations"
    ]
    assert field(mediator.post(at(matter, "agreement"), AGREED | {"obligations": [{"who": 1}]}, version="*")) == ["who_1"]
    assert field(mediator.post(at(matter, "agreement"), AGREED | {"facts": f"{SECRET[0]}家漏水"}, version="*")) == ["facts"]
    assert not matter.agreements.exists()
    assert mediator.post(at(matter, "agreement"), AGREED, version="*").status_code == 200
    assert matter.agreements.get().obligations.get().what == "恢复门禁"


def test_the_court_is_asked_within_thirty_days_and_decides(town):
    matter = agreed(town)
    mediator = caller(town.mediator)
    assert mediator.post(at(matter, "decision"), {"decided_on": "2026-11-28", "decision": "confirmed"}, version="*").status_code == 403
    assert field(mediator.post(at(matter, "application"), {"applied_on": "2026-11-10", "court": "青山区人民法院"}, version="*")) == [
        "applied_on"
    ]
    assert mediator.post(at(matter, "application"), {"applied_on": "2026-11-18", "court": "青山区人民法院"}, version="*").status_code == 200
    assert mediator.post(at(matter, "decision"), {"decided_on": "2026-11-20", "decision": "confirmed"}, version="*").status_code == 200
    assert mediator.get(at(matter)).json()["agreement"]["decision"] == "confirmed"


def test_what_is_owed_is_noted_as_done_and_as_not_done_after_all(town):
    matter = performing(town)
    mediator = caller(town.mediator)
    first = mediator.get(at(matter)).json()["obligations"][0]["id"]
    assert mediator.post(at(matter, "obligations", first), {"performed_on": "2026-11-18"}, version="*").status_code == 200
    assert mediator.get(at(matter)).json()["obligations"][0]["performed_on"] == "2026-11-18"
    assert mediator.post(at(matter, "obligations", first), {}, version="*").status_code == 200
    assert mediator.get(at(matter)).json()["obligations"][0]["performed_on"] is None
    assert field(mediator.post(at(matter, "obligations", first), {"performed_on": "昨天"}, version="*")) == ["performed_on"]
    assert caller(town.worker).post(at(matter, "obligations", first), {}, version="*").status_code == 403
    assert mediator.post(at(matter, "enquiry"), {"on": "2026-11-19", "found": "part"}, version="*").status_code == 200
    assert mediator.get(at(matter)).json()["enquiries"][0]["found"] == "part"


def test_who_they_are_is_told_for_a_purpose_and_the_look_names_the_key(town):
    matter = mediating(town)
    mediator = caller(town.mediator)
    assert field(mediator.post(at(matter, "reveal"), {"purpose": "curiosity"})) == ["purpose"]
    found = mediator.post(at(matter, "reveal"), {"purpose": "matter"}).json()["items"]
    assert [p["name"] for p in found] == list(SECRET[:2])
    assert {look.note for look in ReadLog.objects.filter(subject__startswith="matters.party")} == {"[台账对接]"}
    assert caller(town.worker).post(at(matter, "reveal"), {"purpose": "matter"}).status_code == 403


def test_a_handover_is_taken_back_through_the_interface(town):
    matter = mediating(town)
    to = Seat.objects.get(post="street-mediator", place=town.s1).pk
    flow.ask_handover(by=town.mediator, flow=matter.flow_id, seq=None, seat=to, reason="请街道调解", now=START + timedelta(hours=2))
    mediator, address = caller(town.mediator), f"/matters/{matter.number}/recall"
    assert mediator.get(at(matter)).json()["handovers"][0]["state"] == "waiting"
    assert caller(town.street_mediator).post(address, version="*").status_code == 403
    assert mediator.post(address, version="*").status_code == 200
    assert mediator.get(at(matter)).json()["handovers"][0]["state"] == "recalled"
