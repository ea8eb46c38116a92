"""Merging, splitting, linking and handing on, through the actions: what stops, what goes on, who may, and that all of it can be undone."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from linli.flow.actions import ask_suspension, decide_request
from linli.flow.jobs import run_clock
from linli.flow.models import Todo
from linli.flow.verify import verify
from linli.frame.refusal import Conflict, Refusal
from linli.matters import actions
from linli.matters.acts import Situation, acts_for
from linli.matters.joined import joined_to
from linli.matters.models import Link, Matter
from linli.matters.reporter_acts import reporter_acts
from linli.matters.reporters import ReporterInfo, open_reporter
from linli.matters.tests.factories import START, flow_of, go, photo, report
from linli.matters.tests.visiting import signed_in
from linli.places.models import Place

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def fresh(matter):
    return Matter.objects.select_related("flow", "place", "main__flow", "reporter").get(pk=matter.pk)


def handled(town, **told):
    matter = report(town, **told).matter
    matter = go(matter, town.desk, "accepted", START + HOUR / 6)
    return go(matter, town.desk, "dispatched", START + HOUR / 3)


def merge(town, one, main, **more):
    more.setdefault("by", town.desk)
    more.setdefault("now", START + HOUR)
    return actions.merge_matter(matter=one, main=main, seq=None, reason="同一处垃圾", **more)


def separate(town, one, now, **more):
    return actions.separate_matter(by=town.desk, matter=fresh(one), seq=None, reason="不是同一处", now=now, **more)


def answer(town, matter, now):
    go(matter, town.worker, "done", now, texts={"result": "已清运"})
    go(matter, town.checker, "passed", now + HOUR, texts={"finding": "干净"})
    return go(matter, town.desk, "answered", now + 2 * HOUR, texts={"answer": "垃圾已清运。"})


# merging ------------------------------------------------------------------------------------------------------------------------------


def test_the_merged_one_stops_and_the_history_of_both_says_so(town):
    main, one = handled(town), handled(town)
    merge(town, one, main)
    one = fresh(one)
    assert (one.flow.end, one.flow.step, one.flow.due_at, one.flow.wake_at) == ("merged", "", None, None)
    assert (one.main_id, one.merged_into_id) == (main.pk, main.pk)
    assert not Todo.objects.filter(flow=one.flow, done_at=None).exists()
    assert list(one.flow.events.order_by("-seq").values_list("kind", "data__ref")[:1]) == [("merged", main.number)]
    assert list(flow_of(main).events.order_by("-seq").values_list("kind", "data__ref")[:1]) == [("absorbed", one.number)]
    assert verify().ok
    run_clock(now=START + 30 * DAY)
    assert fresh(one).flow.end == "merged"


def test_separated_it_goes_on_where_it_stood_and_the_time_in_between_is_nobodys(town):
    main, one = handled(town), handled(town)
    due, owner, whole = one.flow.due_at, one.flow.owner_id, one.flow.whole_due_at
    merge(town, one, main, now=START + HOUR)
    one = separate(town, one, START + 7 * DAY + HOUR)  # a working week
    assert (one.flow.step, one.flow.owner_id, one.flow.end) == ("handle", owner, "")
    assert one.flow.due_at == due + 7 * DAY
    assert one.flow.whole_due_at > whole
    assert not one.flow.overdue
    assert one.main_id is None
    assert Todo.objects.filter(flow=one.flow, seat=owner, role="lead", done_at=None).count() == 1
    assert verify().ok


def test_work_on_the_ledger_lies_there_still_when_it_is_separated(town):
    main, one = handled(town), handled(town)
    ask_suspension(by=town.worker, flow=one.flow, seq=None, until=START + 3 * DAY, reason="结冰", now=START + HOUR / 2)
    decide_request(by=town.coordinator, flow=one.flow, seq=None, grant=True, now=START + HOUR / 2)
    merge(town, one, main)
    run_clock(now=START + 5 * DAY)
    one = separate(town, one, START + 5 * DAY)
    assert one.flow.suspended
    run_clock(now=START + 5 * DAY + HOUR)
    assert not fresh(one).flow.suspended
    assert verify().ok


def test_it_is_separated_only_while_the_main_one_is_under_way(town):
    main, one = handled(town), handled(town)
    merge(town, one, main)
    answer(town, main, START + 2 * HOUR)
    actions.rate_matter(matter=fresh(main), rating="satisfied", now=START + 6 * HOUR)
    with pytest.raises(Refusal) as no:
        separate(town, one, START + 7 * HOUR)
    assert no.value.code == "main_ended"


def test_a_merged_one_is_merged_into_no_more_and_takes_its_own_along(town):
    a, b, c = (handled(town) for _ in range(3))
    merge(town, b, a)
    for one, main in ((c, b), (b, c), (a, b), (a, a)):
        with pytest.raises(Refusal):
            merge(town, fresh(one), fresh(main))
    merge(town, a, c)
    assert (fresh(b).main_id, fresh(b).merged_into_id, fresh(a).main_id) == (c.pk, a.pk, c.pk)
    separate(town, a, START + DAY)
    assert (fresh(b).main_id, fresh(a).main_id) == (a.pk, None)
    separate(town, b, START + DAY)
    assert fresh(b).main_id is None
    assert verify().ok


def test_the_database_lets_no_circle_in(town):
    a, b, c = (report(town).matter for _ in range(3))
    Matter.objects.filter(pk=a.pk).update(main=b, merged_into=b)
    for one, main in ((b, a), (b, c), (c, a), (c, c)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Matter.objects.filter(pk=one.pk).update(main=main, merged_into=main)


def test_whoever_merges_second_is_told_what_changed(town):
    a, b, c = (handled(town) for _ in range(3))
    seen = a.flow.seq
    actions.merge_matter(by=town.desk, matter=a, main=b, seq=seen, reason="同一处", now=START + HOUR)
    with pytest.raises(Conflict) as conflict:
        actions.merge_matter(by=town.station, matter=a, main=c, seq=seen, reason="同一处", now=START + HOUR)
    assert conflict.value.changed
    with pytest.raises(Refusal) as no:  # into one that was merged itself meanwhile, without having seen it
        merge(town, c, a)
    assert no.value.code == "main_ended"


def test_who_may_merge(town):
    main, one, far = handled(town), report(town, place=town.g2).matter, report(town, place=town.g9).matter
    for nobody in (town.worker, town.counter, town.checker, town.auditor, town.stranger, town.urban):
        with pytest.raises(PermissionDenied):
            merge(town, one, main, by=nobody)
    with pytest.raises(PermissionDenied):
        merge(town, far, main)
    with pytest.raises(PermissionDenied):
        merge(town, one, far)
    for somebody in (town.station, town.coordinator, town.district):
        merge(town, fresh(one), main, by=somebody)
        separate(town, one, START + HOUR)
    with pytest.raises(Refusal):
        actions.merge_matter(by=town.desk, matter=one, main=main, seq=None, reason=" ")


def test_an_ordinary_matter_goes_into_an_urgent_one_and_never_the_other_way(town):
    urgent = report(town, category="facilities.manhole-open", text="井盖没了").matter
    assert urgent.flow.procedure == "urgent"
    ordinary = report(town).matter
    with pytest.raises(Refusal) as no:
        merge(town, urgent, ordinary)
    assert no.value.code == "other_procedure"
    merge(town, ordinary, urgent)


def test_the_answer_to_the_main_one_is_theirs_and_they_rate_it(town):
    main, one = handled(town), handled(town, reporter=ReporterInfo("李建国", "13912345678"))
    merge(town, one, main)
    assert reporter_acts(fresh(one), START + HOUR) == ["word", "withdraw"]
    with pytest.raises(Refusal):
        actions.rate_matter(matter=fresh(one), rating="satisfied")
    go(main, town.worker, "done", START + 2 * HOUR, texts={"result": "已清运"})
    go(main, town.checker, "passed", START + 3 * HOUR, texts={"finding": "干净"})
    for name in ("王秀兰", "李建国"):  # neither reads of the other
        with pytest.raises(Refusal) as no:
            go(main, town.desk, "answered", START + 4 * HOUR, texts={"answer": f"{name}反映的垃圾已清运。"})
        assert no.value.code == "indiscreet"
    go(main, town.desk, "answered", START + 4 * HOUR, texts={"answer": "垃圾已清运。"})
    one = fresh(one)
    assert one.answer == "垃圾已清运。"
    assert reporter_acts(one, START + 5 * HOUR) == ["rate", "word", "withdraw"]
    actions.rate_matter(matter=one, rating="satisfied", now=START + 5 * HOUR)
    assert fresh(one).rating == "satisfied"
    assert fresh(main).rating == ""
    assert "rate" not in reporter_acts(fresh(one), START + 5 * HOUR)
    separate(town, one, START + 6 * HOUR)
    assert (fresh(one).rating, fresh(one).answer) == ("", "")


def test_not_satisfied_with_the_answer_to_the_main_one_theirs_is_taken_up_by_itself(town):
    main, one = handled(town), handled(town)
    merge(town, one, main)
    answer(town, main, START + 2 * HOUR)
    actions.rate_matter(matter=fresh(main), rating="satisfied", now=START + 6 * HOUR)
    assert fresh(main).flow.end == "closed"
    with pytest.raises(Refusal):
        actions.rate_matter(matter=fresh(one), rating="dissatisfied", now=START + 7 * HOUR)
    actions.rate_matter(matter=fresh(one), rating="dissatisfied", reason="我说的是南门", now=START + 7 * HOUR)
    one = fresh(one)
    assert (one.flow.step, one.main_id, one.answer, one.rating) == ("handle", None, "", "")
    assert verify().ok


def test_when_the_main_one_is_taken_back_what_others_told_goes_on(town):
    main, one, two = handled(town), handled(town), handled(town)
    merge(town, two, one)
    merge(town, one, main)
    actions.withdraw_matter(matter=fresh(main), now=START + 2 * HOUR)
    assert fresh(main).flow.end == "withdrawn"
    assert (fresh(one).flow.step, fresh(one).main_id, fresh(two).main_id) == ("handle", None, one.pk)


def test_whoever_raised_the_merged_one_may_take_it_back_all_the_same(town):
    main, one = handled(town), handled(town)
    merge(town, one, main)
    actions.withdraw_matter(matter=fresh(one), reason="自己处理了", now=START + 2 * HOUR)
    assert (fresh(one).flow.end, fresh(one).main_id, fresh(main).flow.step) == ("withdrawn", None, "handle")
    assert verify().ok


def test_many_answered_at_once_are_held_to_what_those_merged_into_them_may_read(town):
    main, one, other = handled(town), handled(town, reporter=ReporterInfo("李建国", "13912345678")), handled(town)
    merge(town, one, main)
    for m in (main, other):
        go(m, town.worker, "done", START + 2 * HOUR, texts={"result": "已清运"})
        go(m, town.checker, "passed", START + 3 * HOUR, texts={"finding": "干净"})
    said = {"answer": "李建国反映的垃圾已清运。"}
    refused = actions.take_matter_steps(
        by=town.desk, matters=[fresh(main), fresh(other)], outcome="answered", texts=said, now=START + 4 * HOUR
    )
    assert list(refused) == [main.flow_id]


def test_who_told_the_same_of_what_is_refused_rates_nothing_but_can_have_theirs_taken_up_again(town):
    main, one = (report(town, now=START).matter for _n in range(2))
    merge(town, one, main)
    go(main, town.desk, "refused", START + HOUR, texts={"reason": "不归我们管"})
    go(main, town.desk, "answered", START + 2 * HOUR, texts={"answer": "请找供电公司。"})
    assert fresh(main).flow.end == "refused"
    now = START + 3 * HOUR
    assert (reporter_acts(fresh(one), now), reporter_acts(fresh(main), now)) == (["reopen"], ["reopen"])
    actions.reopen_by_reporter(matter=fresh(one), reason="灯还是不亮", now=now)
    assert (fresh(one).main, fresh(one).flow.end) == (None, "")


def test_a_merged_one_is_not_opened_again_but_separated(town):
    main, one = handled(town), handled(town)
    merge(town, one, main)
    with pytest.raises(Refusal) as no:
        actions.reopen_matter(by=town.desk, matter=fresh(one), seq=None, reason="再来")
    assert no.value.code == "aside"


def test_what_belongs_together_shows_only_what_one_may_see(town):
    main, near, far = handled(town), handled(town), report(town, place=town.g3).matter
    merge(town, near, main)
    merge(town, far, main)
    seen = joined_to(fresh(main), town.station)
    assert ([m.number for m in seen.merged], seen.voices, seen.unseen) == ([near.number], 2, 1)
    assert joined_to(fresh(far), town.station).main is not None
    assert joined_to(fresh(main), town.stranger).merged == []


# splitting ----------------------------------------------------------------------------------------------------------------------------


def split(town, matter, **more):
    more = {
        "by": town.desk, "seq": None, "request_id": uuid.uuid4(), "text": "路灯也不亮", "category": "facilities.streetlamp", "place": town.g2,
        "reason": "说了两件事", "now": START + HOUR,
    } | more  # fmt: skip
    return actions.split_matter(matter=matter, **more)


def test_a_part_is_a_matter_of_its_own_from_the_same_person(town):
    whole = report(town, photos=[photo(), photo("blue")], reporter=ReporterInfo("王秀兰", "13812345678", withheld=True)).matter
    file = whole.flow.attachments.first()
    part = split(town, whole, files=[file.pk])
    part, whole = fresh(part), fresh(whole)
    assert (part.split_from_id, part.category, part.place, part.raised_at) == (whole.pk, "facilities.streetlamp", town.g2, whole.raised_at)
    assert part.number != whole.number
    assert (part.flow.step, part.flow.began_at) == ("accept", START + HOUR)
    assert part.flow.due_at > START + HOUR
    assert open_reporter(part.reporter) == open_reporter(whole.reporter)
    assert part.reporter.withheld
    assert bytes(part.reporter.phone_sealed) != bytes(whole.reporter.phone_sealed)
    copy = part.flow.attachments.get()
    assert (copy.sha256, copy.file.name != file.file.name) == (file.sha256, True)
    assert whole.flow.step == "accept"
    assert flow_of(whole).events.order_by("-seq").first().kind == "split"
    assert verify().ok


def test_the_same_form_twice_is_one_part(town):
    whole = report(town).matter
    again = uuid.uuid4()
    assert split(town, whole, request_id=again).pk == split(town, fresh(whole), request_id=again).pk
    assert whole.parts.count() == 1


def test_splitting_is_undone_while_nobody_has_dealt_with_the_part(town):
    whole = report(town).matter
    part, other = split(town, whole), split(town, fresh(whole))
    actions.undo_split(by=town.desk, matter=fresh(part), seq=None, reason="其实是一件", now=START + 2 * HOUR)
    part = fresh(part)
    assert (part.flow.end, part.is_public) == ("undone", False)
    with pytest.raises(Refusal):
        actions.reopen_matter(by=town.desk, matter=part, seq=None, reason="再来")
    go(other, town.desk, "accepted", START + 2 * HOUR)
    with pytest.raises(Refusal) as no:
        actions.undo_split(by=town.desk, matter=fresh(other), seq=None, reason="其实是一件", now=START + 3 * HOUR)
    assert no.value.code == "dealt_with"
    assert verify().ok


def test_who_may_split_and_what_has_ended_is_not(town):
    whole = report(town).matter
    for nobody in (town.worker, town.counter, town.stranger):
        with pytest.raises(PermissionDenied):
            split(town, whole, by=nobody)
    with pytest.raises(PermissionDenied):
        split(town, whole, place=town.g9)
    actions.withdraw_matter(matter=whole, now=START + HOUR)
    with pytest.raises(Refusal):
        split(town, fresh(whole))
    assert Matter.objects.count() == 1


def test_whoever_asks_to_be_forgotten_is_forgotten_in_every_part(town):
    whole = report(town).matter
    part = split(town, whole)
    actions.erase_reporter(by=town.desk, matter=part, reason="本人要求", now=START + DAY)
    assert not hasattr(Matter.objects.get(pk=whole.pk), "reporter")
    assert not hasattr(Matter.objects.get(pk=part.pk), "reporter")


# linking ------------------------------------------------------------------------------------------------------------------------------


def test_a_link_is_seen_from_both_sides_and_taken_off_again(town):
    one, other = report(town).matter, report(town, place=town.g3).matter
    actions.link_matters(by=town.desk, matter=one, other=other, kind="cause", reason="同一施工", now=START)
    for m, n in ((one, other), (other, one)):
        assert [x.number for _link, x in joined_to(m, town.desk).links] == [n.number]
        assert joined_to(m, town.stranger).links == []
        with pytest.raises(Refusal):
            actions.link_matters(by=town.desk, matter=m, other=n, kind="related", reason="再来", now=START)
    assert joined_to(one, town.station).links == []  # the other one is not theirs to see
    with pytest.raises(IntegrityError), transaction.atomic():
        Link.objects.create(one=other, other=one, kind="related")
    with pytest.raises(PermissionDenied):
        actions.unlink_matters(by=town.worker, matter=one, other=other, reason="错了")
    actions.unlink_matters(by=town.desk, matter=other, other=one, reason="错了", now=START)
    assert not Link.objects.exists()
    assert [e.kind for e in one.flow.events.order_by("seq")] == ["began", "linked", "unlinked"]


# handing on ---------------------------------------------------------------------------------------------------------------------------


def hand_on(town, matter, place, now=START + HOUR, by=None):
    return actions.transfer_matter(by=by or town.desk, matter=fresh(matter), seq=None, place=place, reason="在那边", now=now)


def test_a_matter_is_handed_to_another_street_which_sends_it_back_or_takes_it(town):
    matter = handled(town)
    due, owner = matter.flow.due_at, matter.flow.owner_id
    whole = matter.flow.whole_due_at
    moved = hand_on(town, matter, town.c9)
    assert (moved.place, moved.flow.step, moved.flow.owner.post, moved.flow.owner.place) == (town.c9, "accept", "street-desk", town.s2)
    assert moved.flow.whole_due_at == whole
    line = moved.flow.events.order_by("-seq").first()
    assert (line.kind, line.data["held"]) == ("transferred", 40)
    with pytest.raises(PermissionDenied):
        actions.send_back_matter(by=town.worker, matter=moved, seq=None, reason="不是")
    back = actions.send_back_matter(by=town.stranger, matter=moved, seq=None, reason="不在我街道", now=START + DAY + HOUR)
    assert (back.place, back.flow.step, back.flow.owner_id, back.flow.due_at) == (town.g1, "handle", owner, due + DAY)
    again = hand_on(town, matter, town.c9, now=START + 2 * DAY)
    go(again, town.stranger, "accepted", START + 2 * DAY + HOUR)
    with pytest.raises(Refusal) as no:
        actions.send_back_matter(by=town.stranger, matter=fresh(matter), seq=None, reason="晚了", now=START + 2 * DAY + HOUR)
    assert no.value.code == "not_aside"
    with pytest.raises(Refusal) as no:
        hand_on(town, matter, town.c1, by=town.stranger, now=START + 2 * DAY + HOUR)
    assert no.value.code == "transfers_used"
    out = {"authority": "包头市水务局", "told": "phone", "reason": "市管河道"}
    for n in (3, 4):  # what went to and fro between places can still be an authority's outside, as often again
        gone = actions.hand_out_matter(by=town.stranger, matter=fresh(matter), seq=None, now=START + n * DAY, **out)
        actions.take_back_matter(by=town.stranger, matter=gone, seq=None, reason="退回", now=START + n * DAY + HOUR)
    with pytest.raises(Refusal) as no:
        actions.hand_out_matter(by=town.stranger, matter=fresh(matter), seq=None, now=START + 5 * DAY, **out)
    assert no.value.code == "transfers_used"
    assert verify().ok


def test_whoever_had_it_and_gave_it_away_disposes_of_it_no_more(town):
    matter = handled(town)
    hand_on(town, matter, town.c9)
    acts = {a.name for a in acts_for(Situation(fresh(matter), town.desk))}  # those who handed it on
    assert "sendback" in acts
    assert not acts & {"outside", "transfer", "merge", "split", "correct", "escalate", "reassign", "public"}
    with pytest.raises(PermissionDenied):
        actions.hand_out_matter(by=town.desk, matter=fresh(matter), seq=None, authority="市水务局", told="phone", reason="市管河道")
    actions.send_back_matter(by=town.desk, matter=fresh(matter), seq=None, reason="还是我们办", now=START + HOUR)
    acts = {a.name for a in acts_for(Situation(fresh(matter), town.stranger))}  # those to whom it had been handed
    assert not acts & {"sendback", "outside", "transfer", "merge", "split", "correct", "escalate", "reassign", "public"}
    with pytest.raises(PermissionDenied):
        actions.correct_matter(by=town.stranger, matter=fresh(matter), seq=None, place=town.c9, reason="在我们这儿")
    assert signed_in(town.stranger).get(reverse("matters:detail", args=[matter.number])).status_code == 200


def test_an_act_used_up_leads_back_to_the_matter_with_the_reason(town):
    matter = handled(town)
    for n in (1, 3):
        hand_on(town, matter, town.c9, now=START + n * HOUR)
        actions.send_back_matter(by=town.stranger, matter=fresh(matter), seq=None, reason="不在我街道", now=START + (n + 1) * HOUR)
    answer = signed_in(town.desk).get(reverse("matters:act", args=[matter.number, "transfer"]), follow=True)
    assert "现在不能办，或已不能再办" in answer.content.decode()


def test_what_the_charter_allows_no_more_is_told_beside_the_other_acts(town):
    matter = handled(town)
    for n in (1, 3):
        hand_on(town, matter, town.c9, now=START + n * HOUR)
        actions.send_back_matter(by=town.stranger, matter=fresh(matter), seq=None, reason="不在我街道", now=START + (n + 1) * HOUR)
    page = signed_in(town.desk).get(reverse("matters:detail", args=[matter.number])).content.decode()
    assert "“移送其他社区或街道”已达章程规定的次数" in page
    assert reverse("matters:act", args=[matter.number, "transfer"]) not in page
    assert reverse("matters:act", args=[matter.number, "outside"]) in page


def test_whoever_handed_a_matter_on_goes_on_seeing_it_and_no_longer_looks_up_who_raised_it(town):
    matter = handled(town)
    actions.reveal_reporter(by=town.desk, matter=fresh(matter), purpose="matter")
    hand_on(town, matter, town.c9)
    assert Matter.objects.visible_to(town.desk).filter(pk=matter.pk).exists()
    for look in (actions.reveal_reporter, actions.erase_reporter):
        with pytest.raises(PermissionDenied):
            look(by=town.desk, matter=fresh(matter), **({"purpose": "matter"} if look is actions.reveal_reporter else {"reason": "x"}))
    actions.reveal_reporter(by=town.stranger, matter=fresh(matter), purpose="matter")
    actions.send_back_matter(by=town.stranger, matter=fresh(matter), seq=None, reason="不在我街道", now=START + DAY)
    actions.reveal_reporter(by=town.desk, matter=fresh(matter), purpose="matter")


def test_who_may_hand_on_and_not_to_where_it_is(town):
    matter = report(town).matter
    for nobody in (town.worker, town.counter, town.checker, town.stranger):
        with pytest.raises(PermissionDenied):
            hand_on(town, matter, town.c9, by=nobody)
    for place in (town.g1, town.c1, town.s1):
        with pytest.raises(Refusal):
            hand_on(town, matter, Place.objects.get(pk=place.pk))
    assert hand_on(town, matter, town.c2, by=town.station).flow.owner.place == town.s1


def test_nobody_is_told_by_a_telephone_they_did_not_leave(town):
    with pytest.raises(Refusal) as no:
        actions.hand_out_matter(
            by=town.desk,
            matter=handled(town, reporter=None),
            seq=None,
            authority="市水务局",
            told="phone",
            reason="市管河道",
            now=START + HOUR,
        )
    assert (no.value.field, no.value.code) == ("told", "no_phone")


def test_a_matter_is_handed_to_an_authority_outside_and_comes_back(town):
    matter = handled(town)
    due = matter.flow.due_at

    def out(**more):
        given = {"by": town.desk, "matter": fresh(matter), "seq": None, "authority": "包头市水务局", "told": "phone", "reason": "市管河道"}
        return actions.hand_out_matter(**(given | {"now": START + HOUR} | more))

    for wrong in ({"authority": " "}, {"authority": "张科长13812345678"}, {"reason": ""}):
        with pytest.raises(Refusal):
            out(**wrong)
    with pytest.raises(PermissionDenied):
        out(by=town.worker)
    assert out().flow.end == "elsewhere"
    assert reporter_acts(fresh(matter), START + HOUR) == []
    back = actions.take_back_matter(by=town.desk, matter=fresh(matter), seq=None, reason="市里退回", now=START + DAY + HOUR)
    assert (back.flow.step, back.flow.due_at) == ("handle", due + DAY)
    assert verify().ok
