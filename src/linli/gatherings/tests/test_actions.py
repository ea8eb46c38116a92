"""What is planned, changed, called off, held, written down and corrected; by whom, and what is refused."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from linli.frame.models import ActLog
from linli.frame.refusal import Conflict, Refusal
from linli.gatherings import actions
from linli.gatherings.models import Attendance, Gathering, Minutes
from linli.gatherings.queries import turnout_of
from linli.gatherings.tests.factories import DAY, HOUR, START, a_plan, held, hold, planned, presence
from linli.gatherings.words import history, lines_of

pytestmark = pytest.mark.django_db


def names(gathering: Gathering) -> set[str]:
    return set(gathering.attendance.values_list("user__username", flat=True))


def refused(code: str):
    return pytest.raises(Refusal, match=f"^{code}(:|$)")


# --- planning -------------------------------------------------------------------------------------------------------------------------


def test_a_gathering_is_planned_with_those_chosen_and_whoever_convenes_it(town):
    row = planned(town, invite=("worker", "counter"))
    assert (row.state, row.seq, row.public, row.path) == ("planned", 1, False, str(town.places["c1"].path))
    assert names(row) == {"station", "worker", "counter"}
    assert row.minutes_due_at is not None  # three working days, the weekend left out
    assert row.minutes_due_at - row.ends_at >= 3 * DAY
    line = ActLog.objects.get(act="gatherings.gathering.planned")
    assert line.data["invited"] == 3
    assert row.title not in str(line.data)


def test_members_of_the_body_that_meets_are_invited_without_being_chosen(town):
    row = planned(town, kind="residents-council", by="chair")
    assert names(row) == {"chair", "vice", "vice2", "voice"}
    assert row.attendance.filter(member=True).count() == 4
    assert row.public


def test_the_same_form_sent_twice_is_one_gathering_and_another_s_form_is_not_taken(town):
    sent = uuid.uuid4()
    assert planned(town, request_id=sent).pk == planned(town, request_id=sent).pk
    assert Gathering.objects.count() == 1
    with pytest.raises(PermissionDenied):
        planned(town, by="chair", request_id=sent)


@pytest.mark.parametrize(
    ("by", "more"),
    [
        ("counter", {}),  # may record, not convene
        ("worker", {}),
        ("stranger", {}),  # another street
        ("auditor", {}),
        ("urban", {}),  # a department: only for its own place, or about work it takes part in
        ("station", {"kind": "residents-council"}),  # the committee's chair convenes that
        ("station", {"kind": "nothing"}),
        ("chair", {"seat": "station"}),  # somebody else's seat
    ],
)
def test_who_may_not_convene_is_refused(town, by, more):
    with pytest.raises(PermissionDenied):
        planned(town, by=by, **more)
    assert not Gathering.objects.exists()


def test_a_post_of_its_own_work_only_convenes_at_its_own_place(town):
    assert planned(town, kind="mediation", by="mediator").state == "planned"
    assert planned(town, kind="work-meeting", by="urban", place="d").place == town.places["d"]


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ({"starts_at": START - HOUR, "ends_at": START + HOUR}, "past"),
        ({"ends_at": START + DAY}, "times"),
        ({"title": "找王某13812345678谈话"}, "indiscreet"),
        ({"agenda": ("核对150204197001010012",)}, "indiscreet"),
    ],
)
def test_a_plan_that_can_not_be_is_refused_at_its_field(town, plan, code):
    with refused(code):
        planned(town, **plan)
    assert not Gathering.objects.exists()


def test_dwellings_stand_in_no_plan_that_residents_read(town):
    with refused("indiscreet"):
        planned(town, kind="residents-council", by="chair", title="3号楼2单元301室漏水")
    assert planned(town, title="3号楼2单元301室漏水现场").pk


def test_a_kind_is_held_for_places_of_its_levels(town):
    with refused("place"):
        planned(town, by="district", kind="site-meeting", place="d")


def test_being_invited_twice_at_a_time_is_warned_of_and_can_be_planned_all_the_same(town):
    planned(town, invite=("worker",), title="机密议题")
    with refused("clash") as warned:
        planned(town, by="chair", invite=("worker",), starts_at=START + DAY + HOUR / 2, ends_at=START + DAY + 2 * HOUR)
    assert "员工worker" in warned.value.message
    assert "机密议题" not in warned.value.message
    assert planned(
        town, by="chair", invite=("worker",), starts_at=START + DAY + HOUR, ends_at=START + DAY + 2 * HOUR
    ).pk  # one after the other
    assert planned(town, by="chair", invite=("worker",), anyway=True).pk


# --- changing and calling off ---------------------------------------------------------------------------------------------------------


def change(town, row, by="station", seq=None, now=START, anyway=False, **plan):
    invite = plan.pop("invite", ())
    return actions.change_gathering(
        by=town.who(by), gathering=row, seq=seq, plan=a_plan(invite=frozenset(held(town, "c1", *invite)), **plan), anyway=anyway, now=now
    )


def test_a_plan_is_changed_with_one_line_that_says_what(town):
    row = planned(town, invite=("worker",))
    after = change(
        town, row, seq=1, invite=("station", "counter"), starts_at=START + 2 * DAY, ends_at=START + 2 * DAY + HOUR, where="党群服务中心"
    )
    assert after.seq == 2
    assert names(after) == {"station", "counter"}
    assert after.minutes_due_at > row.minutes_due_at
    said = history(lines_of(after))[-1]["what"]
    assert "2026-11-18" in said
    assert (
        change(
            town,
            after,
            seq=2,
            invite=("station", "counter"),
            starts_at=START + 2 * DAY,
            ends_at=START + 2 * DAY + HOUR,
            where="党群服务中心",
        ).seq
        == 2
    )


def test_a_change_that_keeps_the_time_may_be_made_after_it_began(town):
    row = planned(town)
    assert change(town, row, invite=("station",), title="改了题目", now=row.starts_at + HOUR / 4).title == "改了题目"
    with refused("past"):
        change(town, row, invite=("station",), starts_at=START + HOUR, ends_at=START + 2 * HOUR, now=START + 2 * HOUR)


def test_of_two_who_change_it_at_once_the_second_is_told_what_changed(town):
    row = planned(town)
    change(town, row, seq=1, invite=("station",), title="先改的")
    with pytest.raises(Conflict) as conflict:
        change(town, row, by="chair", seq=1, invite=("station",), title="后改的")
    assert "员工station" in conflict.value.changed[0]
    row.refresh_from_db()
    assert row.title == "先改的"


def test_calling_off_needs_a_reason_and_is_the_end(town):
    row = planned(town)
    with refused("required"):
        actions.call_off_gathering(by=town.who("station"), gathering=row, seq=1, reason="  ")
    off = actions.call_off_gathering(by=town.who("station"), gathering=row, seq=1, reason="停电")
    assert (off.state, off.reason) == ("called_off", "停电")
    assert "停电" not in str(list(ActLog.objects.values_list("data", flat=True)))
    for act in (lambda: change(town, off), lambda: hold(town, off), lambda: actions.attach_papers(by=town.who("station"), gathering=off)):
        with refused("called_off"):
            act()


def test_only_who_may_convene_it_changes_it(town):
    row = planned(town, kind="residents-council", by="chair", invite=("station",))
    for name in ("station", "vice", "counter", "stranger"):
        with pytest.raises(PermissionDenied):
            change(town, row, by=name)
        with pytest.raises(PermissionDenied):
            actions.call_off_gathering(by=town.who(name), gathering=row, seq=None, reason="不想开")


# --- holding it -----------------------------------------------------------------------------------------------------------------------


def test_it_is_held_once_begun_with_who_came_and_the_minutes(town):
    row = planned(town, invite=("worker", "counter"))
    with refused("not_yet"):
        hold(town, row, now=row.starts_at - HOUR / 60)
    done = actions.hold_gathering(
        by=town.who("counter"), gathering=row, seq=1, now=row.ends_at, text="通报了情况。", result="月底前清完。",
        presence=presence(row, town.people["station"], excused=(town.people["worker"],), residents=12, others=2, besides=frozenset(held(town, "c1", "voice"))),
    )  # fmt: skip
    states = dict(done.attendance.values_list("user__username", "state"))
    assert states == {"station": "came", "worker": "excused", "counter": "absent", "voice": "came"}
    assert (done.residents, done.others, done.members, done.written_at) == (12, 2, None, row.ends_at)
    assert done.minutes.get().result == "月底前清完。"
    with refused("held"):
        hold(town, done)


def test_no_agenda_no_meeting_where_the_charter_asks_for_one(town):
    row = planned(town, agenda=())
    with refused("no_agenda"):
        hold(town, row)
    change(town, row, invite=("station",), agenda=("通报",), now=row.ends_at)
    assert hold(town, row).state == "held"


@pytest.mark.parametrize(("came", "met"), [(("chair", "vice"), False), (("chair", "vice", "voice"), True)])
def test_the_quorum_is_counted_over_the_members_of_the_body(town, came, met):
    row = hold(town, planned(town, kind="residents-council", by="chair", invite=("station",)), "station", *came, by="chair", residents=30)
    found = turnout_of(row)
    assert (found.members, found.came, found.needed, found.met) == (4, len(came), 3, met)


def test_minutes_come_later_once_and_are_corrected_with_a_reason(town):
    row = hold(town, planned(town), "station")
    by = town.who("station")
    assert row in Gathering.objects.unwritten(row.ends_at)
    with refused("not_written"):
        actions.correct_minutes(by=by, gathering=row, seq=None, text="x", result="", reason="早了")
    with refused("required"):
        actions.write_minutes(by=by, gathering=row, seq=None, text="", result="只有结果")  # this kind asks for minutes
    with refused("indiscreet"):
        actions.write_minutes(by=by, gathering=row, seq=None, text="联系13812345678")
    row = actions.write_minutes(by=by, gathering=row, seq=None, text="通报情况")
    with refused("written"):
        actions.write_minutes(by=by, gathering=row, seq=None, text="再写一次")
    for reason, text, code in (("", "改", "required"), ("漏记", "通报情况", "same")):
        with refused(code):
            actions.correct_minutes(by=by, gathering=row, seq=None, text=text, result="", reason=reason)
    row = actions.correct_minutes(by=by, gathering=row, seq=row.seq, text="通报情况,定了时间", result="月底前", reason="漏记了时间")
    assert list(row.minutes.values_list("number", "text", "reason")) == [(1, "通报情况", ""), (2, "通报情况,定了时间", "漏记了时间")]
    assert row not in Gathering.objects.unwritten(row.ends_at)


def test_who_came_is_corrected_and_what_stood_before_is_told(town):
    row = hold(town, planned(town, invite=("worker",)), "station", residents=3)
    again = actions.recount_gathering(
        by=town.who("station"), gathering=row, seq=row.seq, presence=presence(row, *map(town.people.get, ("station", "worker")), residents=5),
        reason="漏点两人",
    )  # fmt: skip
    assert again.residents == 5
    line = ActLog.objects.get(act="gatherings.gathering.recounted")
    assert (line.data["before"]["residents"], line.data["after"]["came"]) == (3, 2)
    assert history([line])[0]["texts"][0]["text"] == "漏点两人"


def test_being_invited_gives_no_right_to_write_it_down(town):
    row = planned(town, by="street", place="s1", invite=("station", "neighbour"))
    assert names(row) == {"street", "station", "neighbour"}
    for name in ("station", "neighbour", "worker", "auditor", "stranger"):
        with pytest.raises(PermissionDenied):
            hold(town, row, by=name)
    assert hold(town, row, by="district").state == "held"


def test_sides_are_those_of_the_kind(town):
    row = planned(town, kind="mediation", by="mediator")
    with refused("sides"):
        hold(town, row, by="mediator", sides=frozenset({"third"}))
    assert hold(town, row, by="mediator", sides=frozenset({"second", "first"})).sides == ["first", "second"]


# --- what the database keeps ----------------------------------------------------------------------------------------------------------


def broken(act) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


def test_minutes_and_endings_can_not_be_unmade(town):
    row = hold(town, planned(town), "station", text="通报")
    broken(lambda: Minutes.objects.update(text="别的"))
    broken(lambda: Minutes.objects.all().delete())
    broken(lambda: Gathering.objects.filter(pk=row.pk).update(state="planned", residents=None, others=None, written_at=None))
    broken(lambda: Gathering.objects.filter(pk=row.pk).update(kind="training"))
    broken(lambda: Gathering.objects.filter(pk=row.pk)._raw_delete("default"))


def test_no_state_without_what_belongs_to_it(town):
    row = planned(town)
    rows = Gathering.objects.filter(pk=row.pk)
    broken(lambda: rows.update(state="held"))
    broken(lambda: rows.update(state="called_off"))
    broken(lambda: rows.update(reason="无"))
    broken(lambda: rows.update(residents=3))
    broken(lambda: rows.update(ends_at=row.starts_at))
    broken(lambda: Attendance.objects.update(state="late"))
    broken(lambda: Attendance.objects.create(gathering=row, seat=row.seat, user=town.people["station"]))


def test_time_of_the_minutes_follows_the_official_calendar(town):
    friday = START + timedelta(days=4)
    row = planned(town, kind="work-meeting", starts_at=friday, ends_at=friday + HOUR)
    assert f"{row.minutes_due_at:%m-%d}" == "11-24"  # two working days, over a weekend


def test_that_people_met_about_a_piece_of_work_is_written_down_afterwards_within_a_month(town):
    flow, later = town.matter("g1"), START + 9 * DAY
    row = planned(town, kind="site-meeting", flow=flow, starts_at=START, ends_at=START + HOUR, now=later)
    actions.hold_gathering(
        by=town.who("station"), gathering=row, seq=None, presence=presence(row, town.who("station")), text="当场说好了", now=later
    )
    with refused("past"):
        planned(town, kind="site-meeting", flow=flow, starts_at=START, ends_at=START + HOUR, now=START + 32 * DAY)
    with refused("past"):  # what is convened is convened ahead
        planned(town, starts_at=START, ends_at=START + HOUR, now=later)
