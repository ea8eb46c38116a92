"""The figures: each from a small history whose answer is known; the records behind each; late changes; the same as from nothing."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.flow.actions import ask_suspension, decide_request, escalate_flow, urge_flow
from linli.flow.jobs import run_clock
from linli.frame.refusal import Refusal
from linli.matters import actions
from linli.matters.measures import SOURCE
from linli.matters.models import Course, Matter
from linli.matters.tests.factories import START, flow_of, go, report, rung
from linli.matters.tests.visiting import signed_in
from linli.measures.actions import check_measures, compute_measures
from linli.measures.behind import Behind, read, records
from linli.measures.declare import measures
from linli.measures.models import Value
from linli.measures.periods import Period
from linli.measures.queries import times, totals, trend

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEKS = Period(date(2026, 11, 1), date(2026, 12, 31))
MONDAY = date(2026, 11, 16)


def handled(town, **told):
    matter = report(town, **told).matter
    began = told.get("now", START)
    matter = go(matter, town.desk, "accepted", began + HOUR / 6)
    return go(matter, town.desk, "dispatched", began + HOUR / 3)


def answered(town, began=START, **told):
    matter = handled(town, now=began, **told)
    matter = go(matter, town.worker, "done", began + HOUR, texts={"result": "已清运"})
    matter = go(matter, town.checker, "passed", began + 2 * HOUR, texts={"finding": "干净"})
    return go(matter, town.desk, "answered", began + 3 * HOUR, texts={"answer": "垃圾已清运。"})


def figure(place, key, part="", period=WEEKS):
    """Numerator and denominator; (0, 0) where nothing counts."""
    found = totals([place.pk], [key], period)[0].get((place.pk, key, part))
    return (found.numerator, found.denominator) if found else (0, 0)


def test_an_ordinary_matter_counts_once_for_each_measure_at_every_level(town):
    matter = answered(town)
    actions.rate_matter(matter=matter, rating="satisfied", now=START + 4 * HOUR)
    assert compute_measures().records == 1
    for key in ("g1", "c1", "s1", "d"):
        place = town.places[key]
        for measure in (
            "raised",
            "filed",
            "responded",
            "due",
            "closing",
            "on_time",
            "closed",
            "closed_in_time",
            "solved",
            "satisfied",
            "dispatch",
        ):
            assert figure(place, measure) == (1, 1), (key, measure)
        assert figure(place, "rework") == (0, 1)
        for measure in ("late", "returned", "urged", "shelved", "extended", "reopened", "silent"):
            assert figure(place, measure) == (0, 0), (key, measure)
        assert figure(place, "channel", "web") == (1, 1)
        assert figure(place, "kind", "environment.rubbish") == (0, 1)
    assert figure(town.c2, "raised") == (0, 0)
    assert figure(town.s2, "raised") == (0, 0)
    assert set(Value.objects.filter(measure="filed").values_list("day", flat=True)) == {MONDAY}


def test_days_are_those_of_shanghai(town):
    late = START.replace(hour=15, minute=59)  # 23:59 in China
    report(town, now=late)
    report(town, now=late + timedelta(minutes=2))
    compute_measures()
    assert figure(town.g1, "raised", period=Period(MONDAY, MONDAY)) == (1, 1)
    assert figure(town.g1, "raised", period=Period(MONDAY + DAY, MONDAY + DAY)) == (1, 1)


def test_what_nobody_looks_at_counts_as_not_responded_to_from_the_day_its_time_ran_out(town):
    report(town)
    compute_measures()
    assert figure(town.g1, "responded") == (0, 0)
    run_clock(now=START + 5 * HOUR)
    compute_measures()
    assert figure(town.g1, "responded") == (0, 1)
    assert figure(town.g1, "late") == (1, 1)
    assert figure(town.g1, "kind", "environment.rubbish") == (1, 1)


def test_sending_back_makes_the_dispatch_wrong_on_the_day_it_was_made(town):
    matter = handled(town)
    handled(town, place=town.g2)
    compute_measures()
    assert figure(town.c1, "dispatch") == (2, 2)
    go(matter, town.worker, "return", START + DAY, texts={"reason": "不归本网格"})
    compute_measures()
    assert figure(town.c1, "dispatch", period=Period(MONDAY, MONDAY)) == (1, 2)
    assert figure(town.c1, "returned", period=Period(MONDAY + DAY, MONDAY + DAY)) == (1, 1)


def test_rework_takes_the_closing_back_until_it_is_answered_again(town):
    matter = answered(town)
    compute_measures()
    assert figure(town.g1, "closing") == (1, 1)
    actions.rate_matter(matter=matter, rating="dissatisfied", reason="又堆起来了", now=START + 4 * HOUR)
    compute_measures()
    assert figure(town.g1, "closing") == (0, 1)
    assert figure(town.g1, "satisfied") == (0, 1)
    assert figure(town.g1, "closed") == (0, 0)
    matter = go(matter, town.worker, "done", START + 5 * HOUR, texts={"result": "再次清运"})
    matter = go(matter, town.checker, "rework", START + 6 * HOUR, texts={"reason": "地面未冲洗"})
    compute_measures()
    assert figure(town.g1, "rework") == (1, 1)
    assert figure(town.g1, "closing") == (0, 1)


def test_refused_and_withdrawn_matters_are_neither_due_nor_judged(town):
    refused = report(town).matter
    go(refused, town.desk, "refused", START + HOUR / 2, texts={"reason": "不属本区"})
    go(refused, town.desk, "answered", START + HOUR, texts={"answer": "请找市里。"})
    actions.withdraw_matter(matter=handled(town), now=START + HOUR)
    compute_measures()
    for key in ("due", "closing", "solved", "closed"):
        assert figure(town.g1, key) == (0, 0), key
    assert figure(town.g1, "responded") == (2, 2)
    assert figure(town.g1, "filed") == (1, 1)


def troubled(town):
    """Urged and shelved; escalated; answered and never rated; three weeks gone."""
    matter = handled(town)
    urge_flow(by=town.coordinator, flow=matter.flow_id, seq=None, reason="快些", now=START + HOUR)
    ask_suspension(by=town.worker, flow=matter.flow_id, seq=None, until=START + 9 * DAY, reason="等配件", now=START + HOUR)
    decide_request(by=town.coordinator, flow=flow_of(matter), seq=None, grant=True, now=START + 2 * HOUR)
    other = handled(town, place=town.g2)
    escalate_flow(by=town.worker2, flow=other.flow_id, seq=None, reason="办不了", now=START + HOUR)
    silent = answered(town, reporter=None)
    run_clock(now=START + 20 * DAY)
    assert flow_of(silent).end == "closed"


def test_lateness_urging_escalation_the_ledger_and_silence_are_counted(town):
    troubled(town)
    compute_measures()
    assert figure(town.c1, "urged") == (2, 2)  # one by hand; the late one, in the next grid, by the clock
    assert figure(town.g2, "supervised") == figure(town.g2, "named") == (1, 1)
    assert figure(town.c1, "shelved") == (1, 1)
    assert figure(town.g2, "escalated", "community") == (1, 1)
    assert figure(town.g2, "late") == (1, 1)
    assert figure(town.g1, "silent") == (1, 1)
    assert figure(town.g1, "satisfied") == (0, 0)
    # a deadline put off by the ledger is due on its new day
    assert figure(town.g1, "due", period=Period(MONDAY, MONDAY + 5 * DAY)) == (1, 1)


def test_shares_of_areas_and_periods_are_those_of_all_their_records(town):
    for place, late in (("g1", 0), ("g2", 0), ("g2", 1), ("g3", 1)):
        matter = report(town, place=town.places[place], now=START + DAY * late).matter
        if late:
            run_clock(now=START + DAY * late + 5 * HOUR)
        else:
            go(matter, town.desk, "accepted", START + HOUR)
    compute_measures()
    assert figure(town.g2, "responded") == (1, 2)
    assert figure(town.c1, "responded") == (2, 3)
    assert figure(town.c2, "responded") == (0, 1)
    assert figure(town.s1, "responded") == (2, 4)
    assert figure(town.d, "responded", period=Period(MONDAY, MONDAY)) == (2, 2)


def test_few_ratings_are_not_shown(town):
    for n in range(5):
        matter = answered(town, text=f"第{n}堆垃圾没人清理")
        compute_measures()
        shown = totals([town.g1.pk], ["satisfied"], WEEKS)[0].get((town.g1.pk, "satisfied", ""))
        assert shown is None or (shown.few and shown.value is None)
        actions.rate_matter(matter=matter, rating="satisfied", now=START + 4 * HOUR)
    compute_measures()
    assert totals([town.g1.pk], ["satisfied"], WEEKS)[0][town.g1.pk, "satisfied", ""].value == 1.0


def test_silence_takes_back_no_rating_and_the_last_one_given_counts(town):
    matter = answered(town)
    actions.rate_matter(matter=matter, rating="dissatisfied", reason="又堆起来了", now=START + 4 * HOUR)
    for by, outcome, texts in (
        (town.worker, "done", {"result": "再次清运"}),
        (town.checker, "passed", {"finding": "干净"}),
        (town.desk, "answered", {"answer": "已再次清运。"}),
    ):
        matter = go(matter, by, outcome, START + 5 * HOUR, texts=texts)
    compute_measures()
    assert figure(town.g1, "satisfied") == (0, 1)
    run_clock(now=START + 10 * DAY)
    assert Matter.objects.get(pk=matter.pk).rating == "silent"  # of the last answer
    compute_measures()
    assert figure(town.g1, "satisfied", period=Period(MONDAY, MONDAY)) == figure(town.g1, "satisfied_own") == (0, 1)
    assert figure(town.g1, "silent") == (0, 0)
    rung(matter, town.coordinator, "satisfied", START + 10 * DAY)
    compute_measures()
    assert figure(town.g1, "satisfied") == figure(town.g1, "satisfied_called") == (1, 1)
    assert figure(town.g1, "satisfied_own") == (0, 0)
    assert set(check_measures().values()) == {0}


def test_time_in_a_step_is_all_of_it_and_lies_within_its_class(town):
    answered(town)
    compute_measures()
    now, _then = totals([town.c1.pk], ["step"], WEEKS)
    found = {t.step: t for t in times(town.c1.pk, "step", now)}
    assert set(found) == {"accept", "dispatch", "handle", "check", "answer"}
    assert found["handle"].median == pytest.approx(40 * 60, rel=0.19)
    assert found["check"].median == pytest.approx(3600, rel=0.19)
    assert figure(town.g1, "step") == (0, 0)  # kept from the community up


def test_a_corrected_place_and_category_move_the_figures_with_them(town):
    matter = report(town).matter
    compute_measures()
    actions.correct_matter(
        by=town.district, matter=matter, seq=None, reason="报错了", place=town.g9, category="environment.bins", now=START + HOUR
    )
    compute_measures()
    assert figure(town.g1, "raised") == figure(town.s1, "raised") == (0, 0)
    assert figure(town.g9, "raised") == figure(town.s2, "raised") == figure(town.d, "raised") == (1, 1)
    assert figure(town.d, "kind", "environment.rubbish") == (0, 0)
    assert figure(town.d, "kind", "environment.bins") == (0, 1)
    assert not any(check_measures().values())


def test_a_place_that_moves_takes_its_figures_along(town):
    from linli.places.actions.editing import change_place

    report(town, place=town.g3)
    compute_measures()
    assert figure(town.c2, "raised") == (1, 1)
    change_place(by=town.district, place=town.g3, parent=town.c1)
    assert compute_measures().records == 1
    assert figure(town.c2, "raised") == (0, 0)
    assert figure(town.c1, "raised") == (1, 1)
    assert not any(check_measures().values())


def test_a_run_with_nothing_new_counts_nothing(town):
    answered(town)
    compute_measures()
    assert compute_measures().records == 0


# --- the records behind a figure ----------------------------------------------------------------------------------------------------


def lists(town, who="district"):
    client = signed_in(town.people[who])

    def count(what: Behind) -> int:
        listing = client.get(reverse("matters:list"), {"behind": str(what)}).context["listing"]
        assert listing.filters.is_valid()
        assert listing.chips
        return listing.count.number

    return count


def test_every_figure_leads_to_exactly_its_records(town):
    busy(town)
    compute_measures()
    count, seen = lists(town), set()
    for key in ("g1", "c1", "s1", "d"):
        place = town.places[key]
        now, _then = totals([place.pk], list(measures()), WEEKS)
        steps: dict[str, int] = {}
        for (_place, measure, part), f in now.items():
            if f.measure.kind == "times":
                steps[part.split()[0]] = steps.get(part.split()[0], 0) + f.denominator
                continue
            seen.add(measure)
            for which, number in (("d", f.denominator), ("n", f.numerator), ("m", f.denominator - f.numerator)):
                assert count(Behind(measure, which, part, WEEKS.since, WEEKS.until, place.code)) == number, (key, measure, part, which)
        for step, number in steps.items():
            assert count(Behind("step", "d", step, WEEKS.since, WEEKS.until, place.code)) == number
    assert seen == {m.key for m in SOURCE.measures} - {"step", "reopened", "extended"}


def test_a_figure_stands_for_the_moment_it_was_counted_and_so_does_its_list(town):
    matter = report(town).matter
    compute_measures()
    go(matter, town.desk, "accepted", START + HOUR)
    what = Behind("filed", "d", "", WEEKS.since, WEEKS.until, town.d.code)
    assert lists(town)(what) == 0 == figure(town.d, "filed")[1]
    compute_measures()
    assert lists(town)(what) == 1 == figure(town.d, "filed")[1]


@pytest.mark.parametrize(
    "text",
    ["", "nothing", "filed,x,,2026-11-01,2026-11-30,D", "filed,d,,2026-13-01,2026-11-30,D", "no,d,,2026-11-01,2026-11-30,D", "a," * 300],
)
def test_a_text_that_is_no_figure_is_none(text, db):
    assert read(text) is None


def test_an_unknown_figure_in_the_address_is_said_and_narrows_nothing(town):
    report(town)
    listing = signed_in(town.district).get(reverse("matters:list"), {"behind": "nonsense"}).context["listing"]
    assert listing.filters.errors["behind"]
    assert listing.count.number == 1


def test_the_list_of_a_figure_shows_only_what_the_visitor_may_see(town):
    report(town)
    report(town, place=town.g9)
    compute_measures()
    assert lists(town, "stranger")(Behind("raised", "d", "", WEEKS.since, WEEKS.until, town.d.code)) == 1


def test_the_records_are_those_of_the_digest(town):
    matter = report(town).matter
    compute_measures()
    sql, params = records(Behind("raised", "d", "", MONDAY, MONDAY, town.g1.code), town.g1.pk)
    assert [c.flow_id for c in Course.objects.raw(sql, params)] == [matter.flow_id]


# --- the same as from nothing ---------------------------------------------------------------------------------------------------------


def busy(town):
    """A bit of everything."""
    for n in range(5):
        matter = answered(town, began=START + n * HOUR / 4, place=town.places["g1"])
        actions.rate_matter(matter=matter, rating="satisfied" if n else "dissatisfied", reason="没好", now=START + (4 + n) * HOUR)
    go(handled(town), town.worker, "return", START + HOUR, texts={"reason": "不归本网格"})
    content, not_content = answered(town), answered(town)
    troubled(town)  # the time for rating is over: both are rung up
    rung(content, town.coordinator, "satisfied", START + 20 * DAY)
    rung(not_content, town.coordinator, "dissatisfied", START + 20 * DAY, texts={"reason": "没好"})
    matter = answered(town, began=START + 21 * DAY)
    actions.rate_matter(matter=matter, rating="dissatisfied", reason="没好", now=START + 21 * DAY + 4 * HOUR)
    matter = go(matter, town.worker, "done", START + 21 * DAY + 5 * HOUR, texts={"result": "再清"})
    go(matter, town.checker, "rework", START + 21 * DAY + 6 * HOUR, texts={"reason": "不净"})


def test_a_merged_matter_is_told_once_more_and_is_no_second_case(town):
    main, one = handled(town), handled(town)
    compute_measures()
    assert figure(town.c1, "filed") == (2, 2)
    actions.merge_matter(by=town.desk, matter=one, main=main, seq=None, reason="同一处", now=START + HOUR)
    compute_measures()
    for measure, counted in {"raised": 2, "filed": 1, "responded": 1, "due": 1, "dispatch": 1, "closed": 0}.items():
        assert figure(town.c1, measure)[1] == counted, measure
    assert figure(town.c1, "channel", "web") == (2, 2)
    main = go(main, town.worker, "done", START + 2 * HOUR, texts={"result": "已清运"})
    main = go(main, town.checker, "passed", START + 3 * HOUR, texts={"finding": "干净"})
    main = go(main, town.desk, "answered", START + 4 * HOUR, texts={"answer": "垃圾已清运。"})
    actions.rate_matter(matter=Matter.objects.get(pk=one.pk), rating="satisfied", now=START + 5 * HOUR)
    actions.separate_matter(by=town.desk, matter=Matter.objects.get(pk=one.pk), seq=None, reason="不是", now=START + 5 * HOUR)
    compute_measures()
    assert (figure(town.c1, "filed"), figure(town.c1, "satisfied")) == ((2, 2), (0, 0))
    actions.merge_matter(by=town.desk, matter=one, main=handled(town), seq=None, reason="另一处", now=START + 5 * HOUR)
    actions.rate_matter(matter=main, rating="satisfied", now=START + 6 * HOUR)
    compute_measures()
    assert (figure(town.c1, "closed"), figure(town.c1, "raised")) == ((1, 1), (3, 3))
    assert not any(check_measures().values())


def test_a_part_counts_as_long_as_the_splitting_stands_and_what_is_handed_outside_is_not_due(town):
    whole = report(town).matter
    _split(town, whole, {"seq": None, "reason": "两件事", "now": START + HOUR})
    compute_measures()
    assert figure(town.d, "raised") == (2, 2)
    _unsplit(town, Matter.objects.get(pk=whole.pk), {"seq": None, "reason": "一件事", "now": START + HOUR})
    compute_measures()
    assert figure(town.d, "raised") == (1, 1)
    matter = handled(town)
    compute_measures()
    assert figure(town.d, "due") == (1, 1)
    actions.hand_out_matter(by=town.desk, matter=matter, seq=None, authority="市水务局", told="page", reason="市管", now=START + HOUR)
    compute_measures()
    assert (figure(town.d, "due"), figure(town.d, "filed")) == ((0, 0), (1, 1))
    assert not any(check_measures().values())


DOINGS = (
    "accepted",
    "refused",
    "dispatched",
    "done",
    "return",
    "passed",
    "rework",
    "answered",
    "satisfied",
    "dissatisfied",
    "move",
    "clock",
    "count",
    "merge",
    "separate",
    "split",
    "unsplit",
    "out",
    "back",
    "hand on",
    "send back",
)
WHO = {"accepted": "desk", "refused": "desk", "dispatched": "desk", "answered": "desk", "done": "worker", "return": "worker"}
TEXTS = {"result": "好", "finding": "好", "answer": "已办好。", "reason": "因为"}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(doings=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(DOINGS)), max_size=25), gap=st.integers(1, 30))
def test_counting_bit_by_bit_leaves_what_counting_from_nothing_leaves(town, doings, gap):
    from django.db import transaction

    with transaction.atomic():
        now = START
        matters = [report(town, now=now, place=town.places[p]).matter for p in ("g1", "g1", "g2")]
        for which, doing in doings:
            now += gap * HOUR
            do(town, matters[which], doing, now)
        compute_measures(now=now)
        assert not any(check_measures().values())
        assert Value.objects.filter(measure="raised", place=town.d).exists()
        transaction.set_rollback(True)


def _split(town, m, said):
    told = {"request_id": uuid.uuid4(), "text": "路灯也不亮", "category": "facilities.streetlamp", "place": town.g2}
    actions.split_matter(by=town.desk, matter=m, **told, **said)


def _unsplit(town, m, said):
    for part in m.parts.all():
        actions.undo_split(by=town.desk, matter=part, **said)


def _merge(town, m, said):
    for main in Matter.objects.filter(flow__end="").exclude(pk=m.pk).order_by("pk")[:1]:
        actions.merge_matter(by=town.desk, matter=m, main=main, **said)


JOINING = {
    "merge": _merge,
    "separate": lambda town, m, said: actions.separate_matter(by=town.desk, matter=m, **said),
    "split": _split,
    "unsplit": _unsplit,
    "out": lambda town, m, said: actions.hand_out_matter(by=town.desk, matter=m, authority="市水务局", told="page", **said),
    "back": lambda town, m, said: actions.take_back_matter(by=town.desk, matter=m, **said),
    "hand on": lambda town, m, said: actions.transfer_matter(by=town.district, matter=m, place=town.c2, **said),
    "send back": lambda town, m, said: actions.send_back_matter(by=town.desk, matter=m, **said),
}


def do(town, matter, doing, now):
    """One doing, if the rules let it be done."""
    from django.core.exceptions import PermissionDenied
    from django.db import transaction

    matter = Matter.objects.select_related("flow", "place").get(pk=matter.pk)
    if doing == "clock":
        run_clock(now=now)
    elif doing == "count":
        compute_measures(now=now)
    else:
        try:
            with transaction.atomic():
                if doing == "move":
                    place = town.g2 if matter.place_id == town.g1.pk else town.g1
                    actions.correct_matter(by=town.district, matter=matter, seq=None, reason="报错", place=place, now=now)
                elif doing in JOINING:
                    JOINING[doing](town, matter, {"seq": None, "reason": "因为", "now": now})
                elif doing in ("satisfied", "dissatisfied"):
                    actions.rate_matter(matter=matter, rating=doing, reason="不好", now=now)
                else:
                    go(matter, town.people[WHO.get(doing, "checker")], doing, now, texts=TEXTS)
        except (Refusal, PermissionDenied):
            return


def test_what_is_due_on_a_day_counts_once_the_day_is_over_and_figure_and_list_agree(town, monkeypatch):
    matter = handled(town)
    compute_measures()
    due = timezone.localdate(Course.objects.get(flow=matter.flow).due_at)
    for today, counted in ((due - DAY, 0), (due, 0), (due + DAY, 1)):
        monkeypatch.setattr(timezone, "localdate", lambda value=None, timezone=None, today=today: today)
        for key in ("due", "closing", "on_time"):
            assert figure(town.c1, key)[1] == counted, (today, key)
            sql, values = records(Behind(key, "d", "", WEEKS.since, WEEKS.until, town.c1.code), town.c1.pk)
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                assert len(cursor.fetchall()) == counted
            assert sum(f.denominator for f in trend(town.c1.pk, [key], WEEKS)[1][key]) == counted
