"""The staff interface: what the desk's pages do, done by a program with a key."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from linli.access.models import ReadLog
from linli.bodies.actions import appoint, release
from linli.bodies.models import Holding, Seat
from linli.flow.models import Event
from linli.flow.verify import verify
from linli.matters.models import Matter
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.calling import Caller, caller, key_for
from linli.matters.tests.factories import jpeg, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
TOLD = {"text": "5号楼北门垃圾堆了三天没人清", "category": "environment.rubbish", "place": "150204006019"}


@pytest.fixture
def matter(town):
    return report(town, now=timezone.now()).matter


def number_of(response) -> str:
    assert response.status_code == 201, response.content.decode()
    return response.json()["number"]


# --- reading


def test_the_list_is_what_the_seat_sees_with_a_cursor_to_the_rest(town):
    numbers = [report(town, place=town.g1, now=timezone.now() + timedelta(seconds=n)).matter.number for n in range(5)]
    report(town, place=town.g9)
    api = caller(town.desk)
    first = api.get("/matters", {"limit": 2}).json()
    second = api.get("/matters", {"limit": 2, "cursor": first["next"]}).json()
    third = api.get("/matters", {"limit": 2, "cursor": second["next"], "count": 1}).json()
    assert [m["number"] for page in (first, second, third) for m in page["items"]] == numbers[::-1]
    assert (third["next"], third["count"], third["more"]) == (None, 5, False)


@pytest.mark.parametrize("many", [1, 20])
def test_a_list_of_twenty_takes_at_most_six_queries(town, many, django_assert_max_num_queries):
    for n in range(many):
        report(town, place=town.places["g1" if n % 2 else "g2"])
    api = caller(town.desk)
    api.get("/matters")
    with django_assert_max_num_queries(6):
        assert len(api.get("/matters", {"state": "open", "place": "150204006019"}).json()["items"]) == many


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "lost"}, "state"), ({"place": "nowhere"}, "place"), ({"since": "yesterday"}, "since"), ({"cursor": "x"}, "cursor"),
        ({"limit": "0"}, "limit"), ({"limit": "1000"}, "limit"), ({"sort": "name"}, "sort"), ({"sate": "open"}, "sate"), ({"q": "\0"}, "q"),
    ],
)  # fmt: skip
def test_what_a_filter_does_not_know_is_said_at_the_field(town, query, field):
    response = caller(town.desk).get("/matters", query)
    assert response.status_code == 422, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert [e["field"] for e in response.json()["errors"]] == [field]


def test_one_matter_says_what_may_be_done_and_its_version(town, matter):
    response = caller(town.desk).get(f"/matters/{matter.number}")
    said = response.json()
    assert response["ETag"] == f'"{said["version"]}"'
    assert {s["outcome"] for s in said["may"]["steps"]} == {"accepted", "refused"}
    assert "correct" in said["may"]["acts"]
    assert (said["reporter"], said["may"]["reporter"]) == ("named", True)
    assert "王秀兰" not in response.content.decode()


def test_outside_its_area_nothing_exists_for_a_key(town, matter):
    api = caller(town.stranger)
    assert api.get("/matters").json()["items"] == []
    for path in ("", "/history", "/messages", "/files", f"/files/{uuid.uuid4()}"):
        assert api.get(f"/matters/{matter.number}{path}").status_code == 404
    assert api.post(f"/matters/{matter.number}/urge", version="*").status_code == 404
    assert api.post(f"/matters/{matter.number}/reporter", {"purpose": "matter"}).status_code == 404


def test_a_key_does_less_than_its_post_where_it_was_given_less(town, matter):
    api = caller(town.desk, "matter.see")
    assert api.get(f"/matters/{matter.number}").json()["may"] == {"steps": [], "acts": [], "reporter": False}
    for path, data in (("steps", {"outcome": "accepted"}), ("note", {"text": "x"}), ("reporter", {"purpose": "matter"}), ("correct", {})):
        assert api.post(f"/matters/{matter.number}/{path}", data, version="*").status_code == 403
    assert api.post("/matters", TOLD, key="12345678").status_code == 403
    assert Event.objects.filter(flow=matter.flow).count() == 1


def test_a_key_of_one_seat_does_nothing_from_the_holders_other_seat(town):
    """Two seats of one person, a key of one: the other's work stays out of its reach, seen or not."""
    matter = report(town, place=town.g1, now=timezone.now()).matter
    appoint(by=None, seat=Seat.objects.get(post="street-desk", place=town.s1), user=town.checker)
    api = caller(town.checker, post="community-checker")
    assert api.get(f"/matters/{matter.number}").json()["may"]["steps"] == []
    assert api.post(f"/matters/{matter.number}/steps", {"outcome": "accepted"}, version="*").status_code == 403
    assert (
        caller(town.checker, post="street-desk").post(f"/matters/{matter.number}/steps", {"outcome": "accepted"}, version="*").status_code
        == 200
    )


# --- keys


def test_without_a_key_there_is_nothing_whoever_has_signed_in(town, matter):
    browser = Client()
    browser.force_login(town.desk)
    for response in (browser.get("/api/v1/matters"), browser.post("/api/v1/matters", TOLD, content_type="application/json")):
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert response.json()["code"] == "unauthorized"
    for wrong in ("", "x", "lk0000000000_nothing", key_for(town.desk)[:-1] + "~", "\u00e9" * 40):
        assert Caller(wrong).get("/me").status_code == 401


def test_a_key_ends_with_the_holding_the_same_minute(town):
    api = caller(town.desk)
    assert api.get("/me").json()["post"] == "street-desk"
    release(by=None, holding=Holding.objects.get(user=town.desk))
    assert api.get("/me").status_code == 401


def test_a_key_ends_on_its_last_day_and_with_the_account(town):
    api = caller(town.desk, days=1)
    from linli.access.models import ApiKey

    ApiKey.objects.update(made_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(seconds=1))
    assert api.get("/me").status_code == 401
    api = caller(town.counter)
    type(town.counter).objects.filter(pk=town.counter.pk).update(is_active=False)
    assert api.get("/me").status_code == 401


# --- raising


def test_the_same_idempotency_key_gives_the_same_answer_and_one_matter(town, django_assert_max_num_queries):
    api = caller(town.desk)
    api.get("/me")
    with django_assert_max_num_queries(15):
        first = api.post("/matters", TOLD | {"name": "王秀兰", "phone": "13812345678", "channel": "phone"}, key="first-one")
    again = api.post("/matters", TOLD | {"channel": "phone"}, key="first-one")
    assert number_of(first) == number_of(again)
    assert first.json() == again.json()
    assert Matter.objects.count() == 1
    assert api.post("/matters", TOLD | {"text": "完全不同的事情"}, key="first-one").json()["code"] == "idempotency_key"
    assert number_of(caller(town.counter).post("/matters", TOLD, key="first-one")) != number_of(first)
    matter = Matter.objects.get(number=number_of(first))
    assert matter.channel == "phone"
    assert matter.flow.events.get().data["key"] == "台账对接"
    assert verify().ok


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": "x"}, "text"), ({"category": "no.such"}, "category"), ({"place": "150204008015"}, "place"), ({"phone": "12"}, "phone"),
        ({"place": None}, "place"), ({"who": "everybody"}, "who"), ({"colour": "red"}, "colour"), ({"text": {"a": 1}}, "text"),
        ({"channel": "web"}, "channel"), ({"title": "t" * 121}, "title"), ({"lon": 999, "lat": 40.6}, "lon"), ({"lon": 109.8}, "lat"),
        ({"lon": 109.8, "lat": "abc"}, "lat"), ({"lat": 40.6, "channel": "field"}, "lon"), ({"place": None, "address": "火星9号"}, "address"),
        ({"datum": "mars", "lon": 109.8, "lat": 40.6}, "datum"),
    ],
)  # fmt: skip
def test_bad_input_is_said_at_the_field_and_nothing_is_kept(town, change, field):
    response = caller(town.desk).post("/matters", TOLD | change, key="12345678")
    assert response.status_code == 422, response.content
    assert field in [e["field"] for e in response.json()["errors"]]
    assert not Matter.objects.exists()


@pytest.mark.parametrize(
    "body", ["", "[]", "{", "null", '{"text": "\\ud800"}', '{"text": NaN}', "[" * 5000, '{"text": ' + "9" * 5000 + "}"]
)
def test_what_is_no_object_is_refused(town, body):
    api = caller(town.desk)
    response = api.client.post(
        "/api/v1/matters", body, content_type="application/json", headers={**api.headers, "Idempotency-Key": "12345678"}
    )
    assert response.status_code in (400, 422)
    assert response["Content-Type"] == "application/problem+json"


def test_errors_speak_the_callers_language_and_are_never_pages(town):
    token = key_for(town.desk)
    said = {lang: Caller(token, lang).post("/matters", {}, key="12345678").json()["errors"][0]["message"] for lang in ("zh-hans", "en")}
    assert said["zh-hans"] != said["en"] == "Tell us what happened."
    api = Caller(token)
    for response, status in (
        (api.get("/nothing"), 404), (api.client.put("/api/v1/matters", headers=api.headers), 405), (api.post("/matters", TOLD), 400),
        (api.client.post("/api/v1/matters", "a=b", content_type="text/plain", headers={**api.headers, "Idempotency-Key": "12345678"}), 415),
        (api.get("/matters/%00"), 404), (api.get("/matters/" + "x" * 300), 404), (api.get("/matters/1/files/no-uuid"), 422),
        (api.client.get("/api/v1/me", headers={**api.headers, "Content-Length": "900000000"}), 413),
    ):  # fmt: skip
        assert response.status_code == status, (response.status_code, status, response.content)
        assert response["Content-Type"] == "application/problem+json"


def test_from_the_field_no_reporter_is_taken(town):
    api = caller(town.worker)
    raised = api.post("/matters", {"channel": "field", "text": "路灯不亮了", "lon": town.g1.lon, "lat": town.g1.lat}, key="12345678")
    assert Matter.objects.get(number=number_of(raised)).place == town.g1
    assert api.post("/matters", {"channel": "field", "text": "路灯不亮了", "name": "王"}, key="another-one").status_code == 422


# --- steps and acts


def test_a_step_needs_the_version_and_tells_what_changed(town, matter, django_assert_max_num_queries):
    api, number = caller(town.desk), matter.number
    assert api.post(f"/matters/{number}/steps", {"outcome": "accepted"}).status_code == 428
    assert api.post(f"/matters/{number}/steps", {"outcome": "accepted"}, version="3").status_code == 400
    with django_assert_max_num_queries(3):
        response = api.post(f"/matters/{number}/steps", {"outcome": "accepted"}, version=1)
    assert response.status_code == 200, response.content
    assert response["ETag"] == '"2"'
    late = api.post(f"/matters/{number}/steps", {"outcome": "refused", "reason": "重复"}, version=1)
    assert late.status_code == 412
    assert len(late.json()["changed"]) == 1
    assert "台账对接" in late.json()["changed"][0]
    assert api.post(f"/matters/{number}/steps", {"outcome": "flown"}, version="*").json()["errors"][0]["field"] == "outcome"
    line = api.get(f"/matters/{number}/history").json()["items"][-1]
    assert (line["key"], line["by"], line["outcome"]) == ("台账对接", str(town.desk), "accepted")
    assert verify().ok


def test_the_whole_way_by_programs(town, matter):
    number = matter.number

    def step(who, **data):
        api = caller(who)
        version = api.get(f"/matters/{number}").json()["version"]
        response = api.post(f"/matters/{number}/steps", data, version=version)
        assert response.status_code == 200, response.content.decode()
        return response.json()

    step(town.desk, outcome="accepted")
    step(town.desk, outcome="dispatched")
    worker = caller(town.worker)
    assert [t["number"] for t in worker.get("/inbox").json()["items"]] == [number]
    missing = worker.post(f"/matters/{number}/steps", {"outcome": "done"}, version="*")
    assert missing.status_code == 422
    assert [e["field"] for e in missing.json()["errors"]] == ["result"]
    photo = SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")
    assert worker.post(f"/matters/{number}/attach", {"photos": [photo]}, files=True).status_code == 200
    step(town.worker, outcome="done", result="已清运")
    uid = worker.get(f"/matters/{number}/files").json()["items"][0]["uid"]
    file = worker.get(f"/matters/{number}/files/{uid}")
    assert (file.status_code, file["Content-Type"]) == (200, "image/jpeg")
    step(town.checker, outcome="passed", finding="现场已清")
    said = step(town.desk, outcome="answered", answer="垃圾已清运，感谢反映。")
    assert said["state"]["id"] == "rate"
    assert verify().ok


def test_every_act_is_offered_and_done_by_its_address(town, matter):
    number, desk, district = matter.number, caller(town.desk), caller(town.district)
    assert district.post(f"/matters/{number}/urge", {"reason": "尽快"}, version="*").status_code == 200
    assert desk.post(f"/matters/{number}/note", {"text": "已电话核实"}).status_code == 200
    for _twice in range(2):
        assert desk.post(f"/matters/{number}/ask", {"text": "几单元？"}, key="one-question").status_code == 200
    assert [m["text"] for m in desk.get(f"/matters/{number}/messages").json()["items"]] == ["几单元？"]
    right = {"title": "垃圾未清运", "category": "environment.rubbish", "place": town.g2.code, "reason": "在第二网格"}
    assert desk.post(f"/matters/{number}/correct", right, version=3).status_code == 200
    assert Matter.objects.get().place == town.g2
    assert desk.post(f"/matters/{number}/public", {"public": "no", "reason": "住所"}).status_code in (200, 403)
    assert desk.post(f"/matters/{number}/extend", {"days": 2, "reason": "x"}, version="*").json()["code"] == "not_now"
    assert desk.post(f"/matters/{number}/fly", {}).status_code == 404


def test_joining_and_handing_on_by_programs(town, matter):
    desk, other = caller(town.desk), report(town).matter
    a, b = matter.number, other.number

    def post(number, act, said, status=200, **more):
        response = desk.post(f"/matters/{number}/{act}", {"reason": "因为", **said}, **({"version": "*"} | more))
        assert response.status_code == status, response.content.decode()
        return response.json()

    assert {"merge", "split", "link", "transfer", "outside"} <= set(desk.get(f"/matters/{a}").json()["may"]["acts"])
    far = report(town, place=town.g9).matter.number
    said = [post(a, "merge", {"other": n, "into": "other"}, 422)["errors"] for n in (far, "QS-2026-999999")]
    assert said[0] == said[1]
    assert post(a, "merge", {"other": b, "into": "other"}, version=1)["state"]["id"] == "merged"
    assert post(a, "merge", {"other": b, "into": "other"}, 412, version=1)["changed"]
    assert desk.get(f"/matters/{b}/joined").json()["items"][0]["how"] == "merged"
    assert desk.get(f"/matters/{b}/joined").json()["merged_count"] == 1
    assert desk.get(f"/matters/{a}/joined").json()["items"][0] == {
        "number": b, "title": other.title, "state": {"id": "accept", "name": "Accept"}, "how": "main"
    }  # fmt: skip
    assert post(a, "separate", {})["state"]["id"] == "accept"
    part = {"text": "路灯也不亮", "category": "facilities.streetlamp", "place": town.g1.code}
    assert post(a, "split", part, key="split-once-1")["said"] == post(a, "split", part, key="split-once-1")["said"]
    assert [i["how"] for i in desk.get(f"/matters/{a}/joined").json()["items"]] == ["part"]
    new = desk.get(f"/matters/{a}/joined").json()["items"][0]["number"]
    again = desk.post(f"/matters/{a}/split", part | {"reason": "因为", "text": "井盖也坏了"}, key="split-once-1", version="*")
    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key")
    assert post(new, "unsplit", {})["state"]["id"] == "undone"
    assert [desk.get(f"/matters/{n}/joined").json()["items"] for n in (a, new)] == [[], []]
    for kind, back in (("follow", "followed"), ("cause", "cause"), ("related", "related")):
        post(a, "link", {"other": b, "kind": kind})
        assert [[i["how"] for i in desk.get(f"/matters/{n}/joined").json()["items"]] for n in (a, b)] == [[kind], [back]]
        post(b, "unlink", {"other": a})
    assert post(a, "outside", {"authority": "包头市水务局", "told": "phone"})["state"]["id"] == "elsewhere"
    assert post(a, "cameback", {})["state"]["id"] == "accept"
    assert post(a, "transfer", {"place": town.c9.code})["state"]["id"] == "accept"
    assert caller(town.stranger).post(f"/matters/{a}/sendback", {"reason": "不是"}, version="*").status_code == 200
    assert desk.get(f"/matters/{a}").json()["place"]["code"] == town.g1.code
    assert verify().ok


def test_the_history_names_the_other_matter_to_whoever_sees_it(town, matter, django_assert_max_num_queries):
    desk, station, a = caller(town.desk), caller(town.station), matter.number
    b = report(town, place=town.g3, now=timezone.now()).matter.number
    for number, act, more in ((a, "link", {"other": b, "kind": "cause"}), (a, "merge", {"other": b, "into": "other"}), (a, "separate", {})):
        assert desk.post(f"/matters/{number}/{act}", {"reason": "因为", **more}, version="*").status_code == 200

    def others(api, number):
        lines = [line for line in api.get(f"/matters/{number}/history").json()["items"] if line["kind"] not in ("began", "taken")]
        assert all((line["other"] or "another matter") in line["said"] for line in lines)
        return [(line["kind"], line["other"]) for line in lines]

    assert others(desk, a) == [("linked", b), ("merged", b), ("unmerged", b)]
    assert others(desk, b) == [("linked", a), ("absorbed", a), ("released", a)]
    assert others(station, a) == [("linked", None), ("merged", None), ("unmerged", None)]  # the other lies in another community
    part = {"text": "路灯也不亮", "category": "facilities.streetlamp", "place": town.g1.code, "reason": "两件事"}
    assert desk.post(f"/matters/{a}/split", part, version="*").status_code == 200
    new = Matter.objects.get(split_from=matter).number
    assert desk.get(f"/matters/{new}/history").json()["items"][0]["other"] == a
    assert desk.post(f"/matters/{new}/unsplit", {"reason": "一件事"}, version="*").status_code == 200
    assert others(desk, new) == [("unsplit", a)]
    assert others(desk, a)[-2:] == [("split", new), ("rejoined", new)]
    with django_assert_max_num_queries(3):
        desk.get(f"/matters/{a}/history")


def test_what_the_state_stands_in_the_way_of_is_told_apart_from_what_the_key_may_not_do(town, matter):
    desk, narrow = caller(town.desk), caller(town.desk, "matter.see")
    for act, said in (("separate", {}), ("unsplit", {}), ("unlink", {"other": "QS-2026-000009"}), ("cameback", {}), ("reopen", {})):
        address = f"/matters/{matter.number}/{act}"
        answer = desk.post(address, {"reason": "因为"} | said, version="*")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_now"), act
        assert narrow.post(address, {"reason": "因为"} | said, version="*").status_code == 403, act
    assert caller(town.worker).post(f"/matters/{matter.number}/cameback", {"reason": "因为"}, version="*").status_code == 403


def test_a_matter_without_a_category_says_that_accepting_it_needs_one(town):
    api = caller(town.desk)
    number = number_of(api.post("/matters", {k: v for k, v in TOLD.items() if k != "category"}, key="no-category"))
    offered = {o["outcome"]: o["needs"] for o in api.get(f"/matters/{number}").json()["may"]["steps"]}
    assert offered["accepted"] == ["category"]
    refused = api.post(f"/matters/{number}/steps", {"outcome": "accepted"}, version="*")
    assert refused.json()["errors"][0]["field"] == "category"
    assert api.post(f"/matters/{number}/steps", {"outcome": "accepted", "category": TOLD["category"]}, version="*").status_code == 200


def test_a_program_that_says_nobody_and_gives_a_name_is_refused_instead_of_losing_it(town):
    said = TOLD | {"who": "anonymous", "name": "王秀兰", "phone": "13812345678"}
    refused = caller(town.desk).post("/matters", said, key="nobody-or-wang").json()
    assert [(e["field"], e["code"]) for e in refused["errors"]] == [("who", "dropped")]
    assert not Matter.objects.exists()


def test_who_raised_it_is_told_for_a_purpose_and_written_down_with_the_key(town, matter):
    api = caller(town.desk)
    assert api.post(f"/matters/{matter.number}/reporter", {}).json()["errors"][0]["field"] == "purpose"
    assert not ReadLog.objects.exists()
    assert api.post(f"/matters/{matter.number}/reporter", {"purpose": "matter", "note": "回访"}).json()["name"] == "王秀兰"
    line = ReadLog.objects.get()
    assert (line.by, line.note) == (town.desk, "[台账对接] 回访")
    withheld = report(town, reporter=ReporterInfo("李四", "", withheld=True)).matter
    assert caller(town.coordinator).post(f"/matters/{withheld.number}/reporter", {"purpose": "matter"}).status_code == 403
    anonymous = report(town, reporter=None).matter
    assert api.post(f"/matters/{anonymous.number}/reporter", {"purpose": "matter"}).status_code == 204


# --- lookups


def test_lookups(town):
    api = caller(town.desk)
    kinds = {c["id"]: c for c in api.get("/categories").json()["items"]}
    assert "environment.rubbish" in kinds
    assert [p["code"] for p in api.get("/places", {"q": "都兰"}).json()["items"]] == ["150204006019"]
    far = town.c9
    assert api.get("/places", {"q": far.code}).json()["items"] == []
    assert [p["code"] for p in api.get("/places", {"q": far.code, "beyond": "true"}).json()["items"]] == [far.code]
    assert api.get("/places", {"q": town.g9.code, "beyond": "true"}).json()["items"] == []
    here = api.get("/places/at", {"lon": town.g1.lon, "lat": town.g1.lat}).json()
    assert (here["grid"]["code"], here["exact"]) == (town.g1.code, True)
    assert api.get("/places/at", {"lon": 500, "lat": "x"}).status_code == 422
    assert api.get("/places/at", {"lon": "nan", "lat": "1"}).status_code == 422


# --- telling the same; asking whether anything is new


def test_whoever_tells_the_same_gets_a_code_of_their_own_and_a_retry_gives_the_same(town, matter):
    desk, address = caller(town.desk), f"/matters/{matter.number}/voice"
    told = desk.post(address, {"text": "三单元也有住户反映"}, key="counter-3-voice-7")
    assert told.status_code == 201, told.content.decode()
    assert desk.post(address, {"text": "三单元也有住户反映"}, key="counter-3-voice-7").json() == told.json()
    assert matter.followers.count() == 1
    other = desk.post(
        address, {"text": "另有一位老人在门口滑倒过"}, key="counter-3-voice-7"
    )  # lost, were it answered with the first one's code
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key")
    assert desk.client.get(told.json()["url"]).status_code == 200
    assert desk.post(address, {"text": "又有人来说"}).status_code == 400
    assert desk.post(address, {"text": "13812345678打来"}, key="counter-3-voice-8").status_code == 422
    assert caller(town.worker).post(address, {"text": "又有人来说"}, key="counter-3-voice-9").status_code == 403


def test_whoever_asks_again_with_the_version_they_have_is_told_that_nothing_is_new(town, matter):
    desk = caller(town.desk)
    first = desk.get(f"/matters/{matter.number}")
    again = desk.get(f"/matters/{matter.number}", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    desk.post(f"/matters/{matter.number}/note", {"text": "已联系"})
    assert desk.get(f"/matters/{matter.number}", **{"If-None-Match": first["ETag"]}).status_code == 200
