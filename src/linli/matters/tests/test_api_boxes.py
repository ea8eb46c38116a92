"""Opinion boxes for programs: the rules of the pages, and of keys besides."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from linli.access.models import User
from linli.bodies.actions import appoint, release
from linli.bodies.models import Holding, Seat
from linli.matters.boxes import actions
from linli.matters.boxes.tests.test_boxes import hang, opened
from linli.matters.models import Box, Matter, Round, Slip
from linli.matters.tests.calling import caller
from linli.matters.tests.factories import jpeg
from linli.matters.tests.visiting import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
DAY = timedelta(days=1)
HUNG = {"number": "YJX-02", "name": "社区门口", "place": "150204006019", "where": "大门左侧"}
ROUND = {"slips": 2, "second": "李老师"}
TEXT = {"text": "小区北门路灯不亮三天了"}


@pytest.fixture
def box(town) -> Box:
    """One that owes a round, and has missed some."""
    found = hang(town, hung_on=timezone.localdate() - 30 * DAY)
    actions.owe_rounds()
    return found


@pytest.fixture
def round_(town, box) -> Round:
    return opened(town, box, now=timezone.now(), slips=2)


@pytest.fixture
def keeper(town):
    return caller(town.counter)


@pytest.fixture
def manager(town):
    return caller(town.station)


@pytest.fixture
def elsewhere(town):
    """A key of the counter of another community, with all its post may."""
    user = User.objects.create(username="counter9", name="员工counter9")
    appoint(by=None, seat=Seat.objects.get(post="community-counter", place=town.c9), user=user, since=datetime(2026, 1, 1, tzinfo=UTC))
    return caller(user)


def fields(response) -> list[str]:
    assert response.status_code == 422, response.content
    return [e["field"] for e in response.json()["errors"]]


# --- boxes


def test_a_box_is_hung_once_with_the_nearest_keeper_and_found_again(manager, town):
    made = manager.post("/boxes", HUNG)
    assert made.status_code == 201, made.content
    said = made.json()
    assert said["keeper"] == {
        "seat": Seat.objects.get(post="community-counter", place=town.c1).pk, "post": "community-counter", "name": "Station counter (duty A)",
        "place": {"code": "150204006019", "name": "都兰社区", "level": "community"},
    }  # fmt: skip
    assert (said["stands_in"], said["may"]) == (None, {"keep": True, "manage": True})
    assert manager.get(made["Location"].removeprefix("/api/v1")).json() == said
    assert fields(manager.post("/boxes", HUNG)) == ["number"]
    assert Box.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"number": ""}, "number"), ({"place": "150204008015"}, "place"), ({"place": "150204006000"}, "place"), ({"keeper": 999999}, "keeper"),
        ({"hung_on": "2026-01-01"}, "hung_on"), ({"where": "墙" * 121}, "where"), ({"name": "a\0b"}, "name"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_box_is_told_at_its_field_and_nothing_is_hung(manager, wrong, field):
    assert fields(manager.post("/boxes", HUNG | wrong)) == [field]
    assert not Box.objects.exists()


def test_a_box_is_moved_within_the_managers_places_and_by_no_keeper_of_elsewhere(manager, town, box):
    sent = HUNG | {"number": box.number}
    moved = manager.post(f"/boxes/{box.pk}", sent | {"place": town.g1.code})
    assert (moved.status_code, moved.json()["place"]["code"], moved.json()["where"]) == (200, town.g1.code, "大门左侧")
    assert fields(manager.post(f"/boxes/{box.pk}", sent | {"place": town.c9.code})) == ["place"]
    wrong = Seat.objects.get(post="community-counter", place=town.c2)
    assert fields(manager.post(f"/boxes/{box.pk}", sent | {"keeper": wrong.pk})) == ["keeper"]


def test_a_vacant_keepers_work_is_told_to_fall_to_who_stands_in(manager, town):
    made = manager.post("/boxes", HUNG).json()
    release(by=None, holding=Holding.objects.current().get(user=town.counter))
    assert manager.get(f"/boxes/{made['id']}").json()["stands_in"]["post"] == "station-head"


def test_a_box_is_taken_down_for_a_reason_once_its_slips_are_entered_and_nothing_is_done_with_it_then(manager, keeper, box, round_):
    path = f"/boxes/{box.pk}/retire"
    assert fields(manager.post(path)) == ["reason"]
    assert manager.post(path, {"reason": "拆迁"}).json()["code"] == "open_round"
    for n in (1, 2):
        assert keeper.post(f"/boxes/rounds/{round_.uid}/aside", {"slip": n, "aside": "empty"}).status_code == 200
    gone = manager.post(path, {"reason": "拆迁"})
    assert (gone.status_code, gone.json()["may"]) == (200, {"keep": False, "manage": False})
    assert gone.json()["retired_on"]
    for answer in (
        manager.post(path, {"reason": "拆迁"}), manager.post(f"/boxes/{box.pk}", HUNG),
        keeper.post(f"/boxes/{box.pk}/rounds", ROUND, key="a-round-more"), keeper.post(f"/boxes/rounds/{round_.uid}/take-up", {"slip": 1}),
    ):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (422, "retired")
    assert manager.get("/boxes").json()["items"] == []
    assert [b["id"] for b in manager.get("/boxes", {"state": "retired"}).json()["items"]] == [box.pk]


def test_the_list_is_paged_and_narrowed_as_on_the_page(manager, town, box):
    for n in range(2, 5):
        hang(town, number=f"YJX-{n:02d}", name="社区花园", place=town.g1, hung_on=timezone.localdate())
    page = manager.get("/boxes", {"limit": 3}).json()
    rest = manager.get("/boxes", {"limit": 3, "cursor": page["next"]}).json()
    assert [b["number"] for b in page["items"] + rest["items"]] == ["YJX-01", "YJX-02", "YJX-03", "YJX-04"]
    assert rest["next"] is None
    for query, wanted in (
        ({"q": "菜市场"}, ["YJX-01"]), ({"q": "花园", "limit": 1}, ["YJX-02"]), ({"state": "waits"}, ["YJX-01"]), ({"place": town.g2.code}, []),
        ({"place": town.g1.code, "q": "-04"}, ["YJX-04"]), ({"state": "retired"}, []),
    ):  # fmt: skip
        assert [b["number"] for b in manager.get("/boxes", query).json()["items"]] == wanted
    for wrong in ({"state": "lost"}, {"place": town.c9.code}, {"stat": "late"}, {"cursor": "x"}):
        assert fields(manager.get("/boxes", wrong)) == list(wrong)


def test_the_figures_of_a_year_are_those_of_the_page(manager, keeper, town, box, round_):
    keeper.post(f"/boxes/rounds/{round_.uid}/slips", TEXT, key="slip-number-1")
    [row] = manager.get("/boxes").json()["items"]
    shown = manager.get(f"/boxes/{box.pk}").json()
    figures = signed_in(town.station).get(f"/boxes/{box.pk}/").context["box"]
    assert row["year"] == {n: getattr(figures, n) for n in ("owed", "kept", "slips", "matters")} == shown["year"]
    assert (row["year"]["slips"], row["year"]["matters"], row["entering"], row["due_on"]) == (2, 1, True, None)


# --- rounds


def test_rounds_come_the_latest_first_page_by_page(manager, keeper, box):
    made = keeper.post(f"/boxes/{box.pk}/rounds", ROUND | {"slips": 0}, key="opened-now-1").json()
    extra = keeper.post(f"/boxes/{box.pk}/rounds", ROUND | {"slips": 0}, key="opened-now-2").json()
    assert (extra["state"]["id"], extra["due_on"]) == ("extra", None)
    first = manager.get(f"/boxes/{box.pk}/rounds", {"limit": 2}).json()
    assert [r["id"] for r in first["items"]] == [extra["id"], made["id"]]
    rest = manager.get(f"/boxes/{box.pk}/rounds", {"cursor": first["next"]}).json()
    assert {r["state"]["id"] for r in rest["items"]} == {"missed"}
    assert len(rest["items"]) == Round.objects.count() - 2
    assert fields(manager.get(f"/boxes/{box.pk}/rounds", {"state": "late"})) == ["state"]


def test_a_round_is_written_down_once_however_often_it_is_sent(keeper, box):
    path = f"/boxes/{box.pk}/rounds"
    assert keeper.post(path, ROUND).json()["code"] == "idempotency_key"
    made = keeper.post(path, ROUND | {"seal": "0042", "note": "锁坏了"}, key="round-of-monday")
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["state"]["id"], said["slips"], said["entered"], said["next_slip"]) == ("entering", 2, 0, 1)
    assert (said["opened_by"], said["second"], said["seal"], said["note"]) == ("员工counter", "李老师", "0042", "锁坏了")
    assert made["Location"] == f"/api/v1/boxes/rounds/{said['id']}"
    again = keeper.post(path, ROUND | {"seal": "0042", "note": "锁坏了"}, key="round-of-monday")
    assert (again.status_code, again.json()) == (201, said)
    assert Round.objects.filter(opened_at__isnull=False).count() == 1


def test_a_key_of_another_round_or_box_is_refused(keeper, town, box):
    other = hang(town, number="YJX-07")
    assert keeper.post(f"/boxes/{box.pk}/rounds", ROUND, key="round-of-monday").status_code == 201
    for path, sent in (
        (f"/boxes/{other.pk}/rounds", ROUND),
        (f"/boxes/{box.pk}/rounds", ROUND | {"second": "王老师"}),
        (f"/boxes/{box.pk}/rounds", ROUND | {"slips": 3}),
    ):
        refused = keeper.post(path, sent, key="round-of-monday")
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key")
    assert not other.rounds.filter(opened_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"second": ""}, "second"), ({"second": "员工counter"}, "second"), ({"slips": 501}, "slips"), ({"slips": None}, "slips"),
        ({"opened_at": "2020-01-01T09:00:00+08:00"}, "opened_at"), ({"opened_at": "someday"}, "opened_at"), ({"box": 1}, "box"),
        ({"request_id": str(uuid.uuid4())}, "request_id"),
    ],
)  # fmt: skip
def test_a_round_is_opened_by_two_at_a_time_that_can_be(keeper, box, wrong, field):
    assert fields(keeper.post(f"/boxes/{box.pk}/rounds", ROUND | wrong, key="round-of-monday")) == [field]
    assert not Round.objects.filter(opened_at__isnull=False).exists()


def test_when_it_was_opened_is_said_with_a_zone_or_in_the_places_own_time(keeper, box):
    at = timezone.localtime().replace(microsecond=0) - timedelta(hours=1)
    for n, text in enumerate((at.isoformat(), at.astimezone(UTC).isoformat(), f"{at:%Y-%m-%dT%H:%M:%S}")):
        made = keeper.post(f"/boxes/{box.pk}/rounds", ROUND | {"opened_at": text}, key=f"opened-at-{n}").json()
        assert datetime.fromisoformat(made["opened_at"]) == at


def test_photos_of_the_slips_are_sent_along_and_told_by_their_number_only(keeper, manager, box):
    files = [SimpleUploadedFile(f"{n}.jpg", jpeg(), "image/jpeg") for n in range(2)]
    made = keeper.post(f"/boxes/{box.pk}/rounds", {"slips": "1", "second": "李老师", "photos": files}, key="with-photos", files=True)
    assert (made.status_code, made.json()["photos"]) == (201, 2)
    bad = SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")
    sent = {"slips": "1", "second": "李老师", "photos": [bad]}
    assert fields(keeper.post(f"/boxes/{box.pk}/rounds", sent, key="with-no-photo", files=True)) == ["photos"]


# --- slips


def test_a_slip_becomes_an_anonymous_matter_at_the_box_once_however_often_it_is_sent(keeper, town, round_):
    path = f"/boxes/rounds/{round_.uid}/slips"
    assert keeper.post(path, TEXT).status_code == 400
    made = keeper.post(path, TEXT, key="slip-number-1")
    assert made.status_code == 201, made.content
    again = keeper.post(path, TEXT, key="slip-number-1")
    assert (again.status_code, again.json()) == (201, made.json())
    matter = Matter.objects.get()
    assert made.json()["number"] == matter.number
    assert made["Location"] == f"/api/v1/matters/{matter.number}"
    assert made.json()["url"].endswith(f"/{made.json()['follow_code']}/")
    assert (matter.channel, matter.place, matter.slip.number, hasattr(matter, "reporter")) == ("box", town.c1, 1, False)
    different = keeper.post(path, {"text": "完全不同的意见"}, key="slip-number-1")
    assert (different.status_code, different.json()["code"]) == (422, "idempotency_key")
    assert Slip.objects.count() == 1


def test_a_key_of_another_rounds_slip_or_of_another_matter_makes_no_slip(keeper, town, box, round_):
    keeper.post(f"/boxes/rounds/{round_.uid}/slips", TEXT, key="slip-number-1")
    assert keeper.post("/matters", TEXT | {"place": town.c1.code}, key="at-the-counter").status_code == 201
    other = opened(town, box, now=timezone.now())
    for key in ("slip-number-1", "at-the-counter"):
        refused = keeper.post(f"/boxes/rounds/{other.uid}/slips", TEXT, key=key)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key")
    assert not other.entries.exists()


def test_a_name_on_a_slip_is_kept_only_as_it_is_said_and_told_to_nobody(keeper, round_):
    path, name = f"/boxes/rounds/{round_.uid}/slips", {"name": "王秀兰", "phone": "13812345678"}
    assert fields(keeper.post(path, TEXT | name, key="slip-number-1")) == ["who"]
    assert fields(keeper.post(path, TEXT | {"who": "named"}, key="slip-number-1")) == ["name"]
    assert fields(keeper.post(path, TEXT | name | {"who": "named", "phone": "110x"}, key="slip-number-1")) == ["phone"]
    assert not Matter.objects.exists()
    made = keeper.post(path, TEXT | name | {"who": "withheld"}, key="slip-number-1")
    assert made.status_code == 201
    reporter = Matter.objects.get().reporter
    assert (reporter.withheld, bool(reporter.name_sealed)) == (True, True)
    told = made.content + keeper.get(f"/boxes/rounds/{round_.uid}").content
    assert "王秀兰".encode() not in told
    assert b"13812345678" not in told


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"text": "灯"}, "text"), ({"place": "150204008015"}, "place"), ({"category": "no.such"}, "category"), ({"channel": "phone"}, "channel"),
     ({"who": "me"}, "who")],
)  # fmt: skip
def test_what_is_wrong_with_a_slip_is_told_at_its_field_and_the_slip_still_waits(keeper, round_, wrong, field):
    assert fields(keeper.post(f"/boxes/rounds/{round_.uid}/slips", TEXT | wrong, key="slip-number-1")) == [field]
    assert keeper.get(f"/boxes/rounds/{round_.uid}").json()["next_slip"] == 1


def test_no_slip_is_entered_of_a_round_nobody_opened_or_beyond_the_last(keeper, box):
    owed = box.rounds.get(missed=False)
    for path, sent in (("slips", TEXT), ("aside", {"slip": 1, "aside": "empty"}), ("take-up", {"slip": 1}), ("count", {"slips": 1})):
        refused = keeper.post(f"/boxes/rounds/{owed.uid}/{path}", sent, key="slip-number-1")
        assert (refused.status_code, refused.json()["code"]) == (422, "not_opened")
    made = keeper.post(f"/boxes/{box.pk}/rounds", ROUND | {"slips": 1}, key="round-of-monday").json()
    assert keeper.post(f"/boxes/rounds/{made['id']}/slips", TEXT, key="slip-number-1").status_code == 201
    assert keeper.post(f"/boxes/rounds/{made['id']}/slips", TEXT, key="slip-number-2").json()["code"] == "all_entered"
    assert keeper.get(f"/boxes/rounds/{made['id']}").json()["completed_at"]


def test_a_slip_is_set_aside_by_its_number_so_that_a_retry_loses_no_other(keeper, round_):
    path, sent = f"/boxes/rounds/{round_.uid}", {"slip": 1, "aside": "unreadable", "note": "被水泡过"}
    assert fields(keeper.post(f"{path}/aside", {"slip": 1})) == ["aside"]
    assert fields(keeper.post(f"{path}/aside", {"aside": "empty"})) == ["slip"]
    done = keeper.post(f"{path}/aside", sent).json()
    [entry] = done["entries"]
    assert (entry["slip"], entry["number"], entry["state"], entry["note"]) == (1, None, None, "被水泡过")
    assert entry["aside"]["id"] == "unreadable"
    assert done["next_slip"] == 2
    again = keeper.post(f"{path}/aside", sent)
    assert (again.status_code, again.json()["code"]) == (409, "not_next")
    assert keeper.get(path).json() == done


def test_a_slip_set_aside_by_mistake_is_taken_up_again_once(keeper, round_):
    path = f"/boxes/rounds/{round_.uid}"
    keeper.post(f"{path}/aside", {"slip": 1, "aside": "empty"})
    keeper.post(f"{path}/aside", {"slip": 2, "aside": "empty"})
    assert keeper.get(path).json()["completed_at"]
    done = keeper.post(f"{path}/take-up", {"slip": 1}).json()
    assert (done["next_slip"], done["completed_at"], [e["slip"] for e in done["entries"]]) == (1, None, [2])
    assert keeper.post(f"{path}/take-up", {"slip": 1}).json()["code"] == "not_aside"
    assert fields(keeper.post(f"{path}/take-up", {"take_up": 2})) == ["take_up"]


def test_the_number_of_slips_is_corrected_never_below_what_is_entered(keeper, round_):
    path = f"/boxes/rounds/{round_.uid}"
    keeper.post(f"{path}/slips", TEXT, key="slip-number-1")
    assert fields(keeper.post(f"{path}/count", {"slips": 0})) == ["slips"]
    for n, following in ((3, 2), (1, None)):
        done = keeper.post(f"{path}/count", {"slips": n}).json()
        assert (done["slips"], done["next_slip"], bool(done["completed_at"])) == (n, following, following is None)


# --- who may


def test_a_matters_number_is_told_only_to_keys_that_see_the_matter(keeper, town, round_):
    number = keeper.post(f"/boxes/rounds/{round_.uid}/slips", TEXT, key="slip-number-1").json()["number"]
    path = f"/boxes/rounds/{round_.uid}"
    assert caller(town.desk, "matter.see").get(path).json()["entries"][0]["number"] == number
    blind = caller(town.counter, "box.keep").get(path)
    assert (blind.json()["entries"][0]["number"], blind.json()["entries"][0]["state"]["id"]) == (None, "accept")
    assert number not in blind.content.decode()


def every(box: Box, round_: Round) -> list[tuple[str, str, dict]]:
    """Each endpoint of a box, what it takes, and whether it reads, keeps or manages."""
    one, of = f"/boxes/{box.pk}", f"/boxes/rounds/{round_.uid}"
    return [
        ("see", one, {}), ("see", f"{one}/rounds", {}), ("see", of, {}),
        ("manage", one, HUNG), ("manage", f"{one}/retire", {"reason": "拆迁"}),
        ("keep", f"{one}/rounds", ROUND), ("keep", f"{of}/slips", TEXT), ("keep", f"{of}/aside", {"slip": 1, "aside": "empty"}),
        ("keep", f"{of}/take-up", {"slip": 1}), ("keep", f"{of}/count", {"slips": 3}),
    ]  # fmt: skip


def answers(api, box: Box, round_: Round) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {"see": set(), "keep": set(), "manage": set()}
    for kind, path, sent in every(box, round_):
        said = api.get(path) if kind == "see" else api.post(path, sent, key=f"{kind}-{uuid.uuid4()}")
        found[kind].add(said.status_code)
    return found


def test_another_communitys_keeper_finds_no_box_here(elsewhere, town, box, round_):
    before = Box.objects.values().get()
    assert answers(elsewhere, box, round_) == {"see": {404}, "keep": {404}, "manage": {403}}
    assert answers(caller(town.stranger), box, round_) == {"see": {404}, "keep": {403}, "manage": {403}}
    assert elsewhere.get("/boxes").json()["items"] == []
    assert (Box.objects.values().get(), round_.entries.count()) == (before, 0)


def test_a_key_does_with_boxes_only_what_it_was_given(town, box, round_):
    before = Box.objects.values().get()
    for api in (caller(town.desk), caller(town.counter, "matter.see"), caller(town.station, "matter.see", "place.see")):
        assert answers(api, box, round_) == {"see": {200}, "keep": {403}, "manage": {403}}
        assert api.post("/boxes", HUNG).status_code == 403
    assert answers(caller(town.counter, "place.see"), box, round_) == {"see": {403}, "keep": {403}, "manage": {403}}
    assert caller(town.counter, "place.see").get("/boxes").status_code == 403
    manages = answers(caller(town.coordinator, "box.manage"), box, round_)
    assert (manages["see"], manages["keep"]) == ({200}, {403})
    assert round_.entries.count() == 0
    assert Box.objects.values("number", "retired_on").get() == {"number": HUNG["number"], "retired_on": None} != before


def test_what_isnt_there_is_not_found_and_what_isnt_an_id_neither(manager, keeper, box):
    for path in ("/boxes/0", "/boxes/99999999999999999999", "/boxes/x", f"/boxes/rounds/{uuid.uuid4()}", "/boxes/999/rounds"):
        assert manager.get(path).status_code == 404
    assert manager.get("/boxes/rounds/x").status_code == 422
    assert keeper.post("/boxes/999/rounds", ROUND, key="round-of-monday").status_code == 404


# --- as many questions for many as for one


@pytest.mark.parametrize("many", [1, 12])
def test_the_list_and_a_round_ask_as_much_for_many_as_for_one(manager, keeper, town, box, many, django_assert_max_num_queries):
    for n in range(2, many + 1):
        hang(town, number=f"YJX-{n:02d}", place=town.places["g1" if n % 2 else "c1"], hung_on=timezone.localdate() - 8 * DAY)
    actions.owe_rounds()
    made = keeper.post(f"/boxes/{box.pk}/rounds", ROUND | {"slips": many}, key="round-of-monday").json()
    for n in range(many):
        assert keeper.post(f"/boxes/rounds/{made['id']}/slips", TEXT, key=f"slip-number-{n}").status_code == 201
    manager.get("/boxes")  # whatever is remembered after the first
    for path, most in (("/boxes", 4), (f"/boxes/{box.pk}", 4), (f"/boxes/{box.pk}/rounds", 5), (f"/boxes/rounds/{made['id']}", 8)):
        with django_assert_max_num_queries(most):
            assert manager.get(path).status_code == 200
