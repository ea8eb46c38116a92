"""Gatherings for programs: convened, changed, written down and read by the forms, permissions and history of the pages."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from linli.frame.models import ActLog
from linli.gatherings.models import Gathering
from linli.gatherings.tests.factories import DAY, HOUR, hold, planned
from linli.matters.tests.calling import caller

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
HERE = {"kind": "joint-meeting", "place": "150204006019"}


@pytest.fixture
def api(town):
    return caller(town.who("station"))


def plan(**more) -> dict:
    day = timezone.localdate() + timedelta(days=3)
    given = {
        **HERE, "title": "楼道堆物整治", "day": day.isoformat(), "begin": "09:00", "until": "10:30", "where": "二楼会议室",
        "agenda": ["通报情况", "2. 商定办法"],
    }  # fmt: skip
    return given | more


def convened(api, **more) -> Gathering:
    made = api.post("/gatherings", plan(**more), key=uuid.uuid4().hex)
    assert made.status_code == 201, made.content
    return Gathering.objects.get(pk=made.json()["id"])


def holding(api, name: str, **where) -> int:
    found = api.get("/gatherings/people", HERE | where).json()["items"]
    return next(p["holding"] for p in found if p["name"] == f"员工{name}")


def soon(town, **more) -> Gathering:
    now = timezone.now()
    begin = timezone.localtime(now + DAY).replace(hour=9, minute=0)  # whatever the hour of the run: a meeting ends on its day
    return planned(town, now=now, starts_at=begin, ends_at=begin + HOUR, **more)


def fields(answer) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [e["field"] for e in answer.json()["errors"]]


def here(api, row) -> dict:
    return api.get(f"/gatherings/{row.pk}").json()


def of(whole: dict, name: str) -> int:
    return next(a["id"] for a in whole["attendance"] if a["name"] == f"员工{name}")


# convening ----------------------------------------------------------------------------------------------------------------------------


def test_a_gathering_is_convened_with_the_people_that_can_be_invited(api, town):
    people = api.get("/gatherings/people", HERE).json()["items"]
    by_name = {p["name"]: p for p in people}
    assert by_name["员工station"]["always"]
    assert not by_name["员工worker"]["always"]
    made = api.post("/gatherings", plan(invite=[by_name["员工worker"]["holding"], by_name["员工station"]["holding"]]), key="form-1188")
    assert made.status_code == 201, made.content
    row = Gathering.objects.get()
    assert (made.json()["id"], made["ETag"], made["Location"]) == (row.pk, '"1"', f"/api/v1/gatherings/{row.pk}")
    assert row.agenda == ["通报情况", "商定办法"]
    assert {a.user.username for a in row.attendance.all()} == {"station", "worker"}
    said = here(api, row)
    assert (said["kind"]["id"], said["state"]["id"], said["convened_by"]["post"]) == ("joint-meeting", "planned", "station-head")
    assert said["may"] == ["change", "off", "papers"]


def test_an_agenda_may_be_lines_and_the_seat_may_be_named(api, town):
    assert convened(api, agenda="一、通报\n二、商定", seat=town.seats["station"].pk).agenda == ["通报", "商定"]
    assert fields(api.post("/gatherings", plan(seat=town.seats["chair"].pk), key="form-1188")) == ["seat"]


def test_a_retry_gives_the_same_gathering_and_the_key_of_another_is_refused(api):
    first = api.post("/gatherings", plan(), key="form-1188")
    assert api.post("/gatherings", plan(), key="form-1188").json() == first.json()
    assert api.post("/gatherings", plan(title="别的事"), key="form-1188").json()["code"] == "idempotency_key"
    assert api.post("/gatherings", plan(), key="").status_code == 400
    assert Gathering.objects.count() == 1
    pk = first.json()["id"]
    api.post(f"/gatherings/{pk}/change", {"title": "改了题目"}, version=1)
    assert api.post("/gatherings", plan(), key="form-1188").json() == first.json() | {"version": 2}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"until": "08:00"}, "until"), ({"day": "2020-01-01"}, "day"), ({"title": ""}, "title"), ({"title": "联系13812345678"}, "title"),
        ({"agenda": []}, "agenda"), ({"invite": [1]}, "invite"), ({"begin": "25:00"}, "begin"), ({"where": None}, "where"),
        ({"kind": "nonsense"}, "kind"), ({"kind": "residents-council"}, "kind"), ({"place": "150204008015"}, "place"), ({"place": None}, "place"),
        ({"about": "QS-2026-999999"}, "about"), ({"strange": 1}, "strange"), ({"request_id": str(uuid.uuid4())}, "request_id"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_planned(api, wrong, field):
    assert fields(api.post("/gatherings", plan(**wrong), key="form-1188")) == [field]
    assert not Gathering.objects.exists()


def test_a_clash_is_refused_unless_it_is_planned_anyway(api, town):
    worker = holding(api, "worker")
    convened(api, invite=[worker])
    refused = api.post("/gatherings", plan(invite=[worker]), key="form-1189")
    assert fields(refused) == ["anyway"]
    assert refused.json()["errors"][0]["code"] == "clash"
    assert "员工worker" in refused.json()["errors"][0]["message"]
    assert convened(api, invite=[worker], anyway=True)


def test_kinds_are_those_the_post_convenes(api, town):
    kinds = {k["id"]: k for k in api.get("/gatherings/kinds").json()["items"]}
    assert "residents-council" not in kinds
    assert kinds["joint-meeting"]["agenda"]
    assert kinds["joint-meeting"]["about"] == ["matter", "urgent"]
    council = {k["id"]: k for k in caller(town.who("chair")).get("/gatherings/kinds").json()["items"]}["residents-council"]
    assert (council["levels"], council["public"], council["name"]) == (["community"], True, "Residents' council")


def test_one_about_work_is_convened_and_found_by_who_sees_the_work(api, town):
    flow, other = town.matter("g1"), town.matter("g1")
    about = {"about": flow.subject_ref}
    people = {p["name"] for p in api.get("/gatherings/people", HERE | about).json()["items"]}
    assert "员工worker" in people
    assert "员工vice" not in people
    row = convened(api, **about)
    convened(api, about=other.subject_ref, anyway=True)
    assert row.flow == flow
    assert [g["id"] for g in api.get("/gatherings", about).json()["items"]] == [row.pk]
    assert here(api, row)["about"] == flow.subject_ref
    vice = caller(town.who("vice"))
    assert vice.get("/gatherings", about).json()["items"] == []
    assert vice.get(f"/gatherings/{row.pk}").status_code == 404
    blind = caller(town.who("station"), "gathering.see", "gathering.convene")  # without «matter.see»
    assert fields(blind.post("/gatherings", plan(**about), key="form-1188")) == ["about"]
    assert blind.get(f"/gatherings/{row.pk}").status_code == 404
    assert blind.get("/gatherings").json()["items"] == []


def test_about_work_nothing_but_what_is_named_is_convened(town):
    flow = town.matter("c1", procedure="mediation", kind="neighbours.leak")
    flow.todos.create(seat=town.seats["mediator"], role="lead", since=flow.began_at)
    mediator = caller(town.who("mediator"))
    about = {"about": flow.subject_ref}
    assert fields(mediator.post("/gatherings", plan(kind="joint-meeting", **about), key="form-1188")) == ["kind"]
    row = convened(mediator, kind="mediation", agenda=[], **about)
    assert (row.kind, row.flow) == ("mediation", flow)


# changing -----------------------------------------------------------------------------------------------------------------------------


def test_a_change_leaves_what_is_left_out(api, town):
    row = convened(api, invite=[holding(api, "worker")])
    before = here(api, row)
    changed = api.post(f"/gatherings/{row.pk}/change", {"where": "三楼"}, version=1)
    assert changed.status_code == 200, changed.content
    assert (changed["ETag"], changed.json()["version"], changed.json()["state"]["id"]) == ('"2"', 2, "planned")
    after = here(api, row)
    assert after.pop("where") == "三楼"
    assert after | {"version": 1, "where": before["where"]} == before
    assert api.post(f"/gatherings/{row.pk}/change", {"invite": [holding(api, "counter")]}, version=2).status_code == 200
    assert {a["name"] for a in here(api, row)["attendance"]} == {"员工counter"}
    assert fields(api.post(f"/gatherings/{row.pk}/change", {"kind": "training"}, version="*")) == ["kind"]


def test_who_comes_with_an_old_version_is_told_what_changed(api, town):
    row = soon(town)
    address = f"/gatherings/{row.pk}/change"
    assert api.post(address, {"title": "先改的"}).status_code == 428
    assert api.post(address, {"title": "先改的"}, version="x").status_code == 400
    assert api.post(address, {"title": "先改的"}, version=1).status_code == 200
    late = api.post(address, {"title": "后改的"}, version=1)
    assert (late.status_code, late.json()["code"], len(late.json()["changed"])) == (412, "conflict", 1)
    assert api.post(address, {"title": "后改的"}, version="*").status_code == 200


def test_two_at_the_same_moment_are_told_like_one_after_the_other(api, town, monkeypatch):
    from linli.gatherings.api import writing

    row, form_of = soon(town), writing._form

    def meanwhile(name, gathering, given, files):
        Gathering.objects.filter(pk=row.pk).update(seq=2)
        return form_of(name, gathering, given, files)

    monkeypatch.setattr(writing, "_form", meanwhile)
    assert api.post(f"/gatherings/{row.pk}/off", {"reason": "停电"}, version=1).status_code == 412


def test_it_is_called_off_once(api, town):
    row = soon(town)
    assert fields(api.post(f"/gatherings/{row.pk}/off", {}, version=1)) == ["reason"]
    done = api.post(f"/gatherings/{row.pk}/off", {"reason": "停电"}, version=1)
    assert done.json()["state"]["id"] == "called_off"
    assert done.json()["said"]
    assert (here(api, row)["reason"], here(api, row)["may"]) == ("停电", [])
    again = api.post(f"/gatherings/{row.pk}/off", {"reason": "停电"}, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "called_off")


# writing down -------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def council(town):
    """A council that has begun, of which the committee's four members are invited, and the station's head."""
    return planned(town, kind="residents-council", by="chair", invite=("station",))


def test_everybody_came_who_is_in_no_list(town, council):
    chair = caller(town.who("chair"))
    before = here(chair, council)
    lists = {"excused": [of(before, "vice")], "absent": [of(before, "station")], "residents": 12, "text": "逐项议了", "result": "选定东门"}
    counter = holding(chair, "counter", kind="residents-council")
    done = chair.post(f"/gatherings/{council.pk}/hold", lists | {"besides": [counter]}, version=1)
    assert done.status_code == 200, done.content
    said = here(chair, council)
    assert {a["name"]: a["state"] for a in said["attendance"]} == {
        "员工chair": "came", "员工vice": "excused", "员工vice2": "came", "员工voice": "came", "员工station": "absent", "员工counter": "came",
    }  # fmt: skip
    assert (said["residents"], said["others"]) == (12, 0)
    assert said["turnout"] == {"members": 4, "came": 3, "needed": 3, "met": True}
    assert (said["minutes"]["number"], said["minutes"]["text"], said["minutes"]["by"]) == (1, "逐项议了", "员工chair")
    assert said["may"] == ["minutes", "recount", "papers"]


def test_who_is_not_invited_or_is_in_two_lists_is_refused(town, council):
    chair = caller(town.who("chair"))
    vice = of(here(chair, council), "vice")
    assert fields(chair.post(f"/gatherings/{council.pk}/hold", {"came": [0]}, version=1)) == ["came"]
    assert fields(chair.post(f"/gatherings/{council.pk}/hold", {"came": [vice], "absent": [vice]}, version=1)) == ["absent"]
    assert fields(chair.post(f"/gatherings/{council.pk}/hold", {f"a{vice}": "came"}, version=1)) == [f"a{vice}"]
    assert fields(chair.post(f"/gatherings/{council.pk}/hold", {"residents": -1}, version=1)) == ["residents"]
    council.refresh_from_db()
    assert council.state == "planned"


def test_a_recount_leaves_what_was_noted_of_those_left_out(town, council):
    held = hold(town, council, "chair", "vice", by="chair", residents=3)
    chair = caller(town.who("chair"))
    before = here(chair, held)
    assert fields(chair.post(f"/gatherings/{held.pk}/recount", {"came": [of(before, "voice")]}, version=2)) == ["reason"]
    done = chair.post(f"/gatherings/{held.pk}/recount", {"came": [of(before, "voice")], "reason": "漏记一人"}, version=2)
    assert done.status_code == 200, done.content
    after = here(chair, held)
    assert {a["name"] for a in after["attendance"] if a["state"] == "came"} == {"员工chair", "员工vice", "员工voice"}
    assert after["residents"] == 3


def test_minutes_are_written_and_corrected_with_a_reason(town, council):
    held = hold(town, council, "chair", by="chair")
    chair, address = caller(town.who("chair")), f"/gatherings/{held.pk}/minutes"
    assert here(chair, held)["unwritten"]
    assert fields(chair.post(address, {"result": "定了"}, version=2)) == ["text"]
    assert chair.post(address, {"text": "逐项议了", "result": "选定东门"}, version=2).status_code == 200
    assert fields(chair.post(address, {"text": "逐项议了，补充两点"}, version=3)) == ["reason"]
    assert chair.post(address, {"text": "逐项议了，补充两点", "reason": "漏记"}, version=3).status_code == 200
    minutes = here(chair, held)["minutes"]
    assert (minutes["number"], minutes["text"], minutes["result"], minutes["reason"]) == (2, "逐项议了，补充两点", "选定东门", "漏记")
    assert not here(chair, held)["unwritten"]


def test_it_is_not_written_down_before_it_begins_nor_twice(api, town):
    row = soon(town)
    early = api.post(f"/gatherings/{row.pk}/hold", {}, version=1)
    assert (early.status_code, early.json()["code"]) == (422, "not_yet")
    assert api.post(f"/gatherings/{row.pk}/minutes", {"text": "议了"}, version=1).json()["code"] == "planned"
    held = hold(town, planned(town), "station")
    again = api.post(f"/gatherings/{held.pk}/hold", {}, version="*")
    assert (again.status_code, again.json()["code"]) == (409, "held")


def test_papers_are_added_and_fetched_whatever_the_version(api, town):
    row = planned(town)
    Image.new("RGB", (64, 48), "red").save(file := io.BytesIO(), "JPEG")
    address = f"/gatherings/{row.pk}/papers"
    assert api.post(address, {}).status_code == 422
    for head in ({}, {"version": 1}):
        sent = {"photos": [SimpleUploadedFile("sheet.jpg", file.getvalue(), "image/jpeg")]}
        assert api.post(address, sent, files=True, **head).status_code == 200
    assert api.post(address, {}, version=9).status_code == 412
    papers = api.get(f"/gatherings/{row.pk}", **{"If-None-Match": '"1"'}).json()["papers"]  # though the version is the same
    assert [p["kind"] for p in papers] == ["photo", "photo"]
    fetched = api.get(f"{address}/{papers[0]['uid']}")
    assert len(b"".join(fetched.streaming_content)) == papers[0]["size"]
    assert caller(town.who("stranger")).get(f"{address}/{papers[0]['uid']}").status_code == 404
    assert api.get(f"{address}/{uuid.uuid4()}").status_code == 404


def test_the_history_names_the_key(api, town):
    row = convened(api)
    assert ActLog.objects.get(act="gatherings.gathering.planned").data["key"] == "台账对接"
    assert "台账对接" in town.signed_in("station").get(f"/gatherings/{row.pk}/").content.decode()


# who may ------------------------------------------------------------------------------------------------------------------------------

ACTS = ("change", "off", "hold", "recount", "minutes", "papers")


@pytest.mark.parametrize("outsider", ["stranger", "neighbour"])
def test_staff_of_another_community_find_nothing_and_convene_nothing_here(town, outsider):
    row, other = soon(town), caller(town.who(outsider))
    assert other.get("/gatherings").json()["items"] == []
    assert other.get(f"/gatherings/{row.pk}").status_code == 404
    for act in ACTS:
        assert other.post(f"/gatherings/{row.pk}/{act}", {"reason": "停电"}, version="*").status_code == 404, act
    assert fields(other.get("/gatherings/people", HERE)) == ["place"]
    assert fields(other.post("/gatherings", plan(), key="form-1188")) == ["place"]


def test_who_is_only_invited_reads_it_and_does_nothing_with_it(town):
    row = soon(town, invite=("vice",))
    vice = caller(town.who("vice"), "gathering.see", "gathering.record")
    assert here(vice, row)["may"] == ["papers"]  # a vice-chair writes down over the place
    worker = caller(town.who("worker"))
    assert worker.get(f"/gatherings/{row.pk}").status_code == 404
    invited = soon(town, invite=("worker",), anyway=True)
    assert here(worker, invited)["may"] == []
    for act in ACTS:
        assert worker.post(f"/gatherings/{invited.pk}/{act}", {"reason": "停电"}, version="*").status_code == 403, act


def test_a_key_does_what_it_was_given_and_no_more(town):
    row = soon(town)
    seeing, blind = caller(town.who("station"), "gathering.see"), caller(town.who("station"), "matter.see")
    assert here(seeing, row)["may"] == []
    for act in ACTS:
        assert seeing.post(f"/gatherings/{row.pk}/{act}", {"reason": "停电"}, version="*").status_code == 403, act
    for path in ("kinds", "people"):
        assert seeing.get(f"/gatherings/{path}", HERE).status_code == 403
    assert seeing.post("/gatherings", plan(), key="form-1188").status_code == 403
    assert [blind.get(f"/gatherings{path}").status_code for path in ("", f"/{row.pk}", f"/{row.pk}/papers/{uuid.uuid4()}")] == [403] * 3
    recording = caller(town.who("station"), "gathering.see", "gathering.record")
    assert recording.post(f"/gatherings/{row.pk}/off", {"reason": "停电"}, version="*").status_code == 403


# lists --------------------------------------------------------------------------------------------------------------------------------


def test_the_list_is_filtered_and_paged(api, town):
    held = hold(town, planned(town, kind="residents-council", by="chair"), "chair", by="chair")
    rows = [soon(town, title=f"第{n}次", anyway=True) for n in range(3)]
    for query, found in (
        ({"q": "第1次"}, [rows[1].pk]), ({"kind": "residents-council"}, [held.pk]), ({"state": "held"}, [held.pk]),
        ({"state": "unwritten"}, [held.pk]), ({"place": "150204006020"}, None), ({"mine": "1", "q": "第2次"}, [rows[2].pk]),
    ):  # fmt: skip
        said = api.get("/gatherings", query)
        assert (fields(said) == ["place"]) if found is None else ([g["id"] for g in said.json()["items"]] == found), query
    first = api.get("/gatherings", {"limit": 3}).json()
    rest = api.get("/gatherings", {"limit": 3, "cursor": first["next"]}).json()
    assert [g["id"] for g in first["items"] + rest["items"]] == [*(r.pk for r in reversed(rows)), held.pk]
    assert rest["next"] is None
    for wrong in ({"month": "2026-13"}, {"state": "x"}, {"cursor": "x"}, {"sort": "x"}):
        assert fields(api.get("/gatherings", wrong)) == list(wrong)


@pytest.mark.parametrize("many", [1, 25])
def test_reading_asks_a_constant_number_of_questions(api, town, many, django_assert_max_num_queries):
    flow = town.matter("g1")
    rows = [soon(town, title=f"第{n}次", anyway=True, invite=("worker", "counter"), flow=flow if n % 2 else None) for n in range(many)]
    for path, most in (("", 4), (f"/{rows[0].pk}", 8)):
        api.get(f"/gatherings{path}")
        with django_assert_max_num_queries(most, info=path):
            assert api.get(f"/gatherings{path}").status_code == 200
