"""From the first word to the last thing done: the way of a dispute, its turnings, and who may take them."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from linli.bodies.models import Holding, Seat
from linli.flow import actions as flow
from linli.flow import words
from linli.flow.jobs import run_clock
from linli.flow.models import Flow
from linli.flow.procedure import Refused
from linli.flow.verify import verify
from linli.frame.refusal import Refusal
from linli.matters import actions as matters
from linli.matters.disputes import actions
from linli.matters.disputes.actions import Owed
from linli.matters.disputes.models import Agreement, Party
from linli.matters.disputes.parties import PartyInfo
from linli.matters.disputes.prints import sheet
from linli.matters.disputes.tests.factories import DAY, SECRET, agree, agreed, at_consent, go, mediating, name_them, performing, raised
from linli.matters.models import Matter
from linli.matters.tests.factories import START, report

pytestmark = pytest.mark.django_db
LATER = START + timedelta(hours=5)


def work(matter):
    return Flow.objects.select_related("owner").get(pk=matter.flow_id)


def whole(matter):
    report = verify([matter.flow_id])
    assert report.ok, report.faults


def test_a_dispute_goes_from_acceptance_to_performance(town):
    matter = agreed(town)
    agreement = matter.agreements.get()
    assert work(matter).due_at.astimezone().date() >= date(2026, 12, 16)
    assert (agreement.apply_by - agreement.effective_on).days == 30
    matter = go(matter, town.mediator, "refuse", LATER, reason="都不需要")
    first, second = agreement.obligations.order_by("due_on")
    assert work(matter).due_at.isoformat() == "2026-11-19T16:00:00+00:00"  # the end of the day on which the first thing is due
    actions.perform_obligation(
        by=town.mediator, matter=matter, obligation=first, performed_on=DAY + timedelta(days=2), now=LATER + timedelta(days=2)
    )
    matter = go(matter, town.mediator, "return", LATER + timedelta(days=3), finding="门禁已通", reason="费用未到期")
    assert work(matter).due_at.isoformat() == "2026-12-06T16:00:00+00:00"
    with pytest.raises(Refusal, match="not_performed"):
        go(matter, town.mediator, "agree", LATER + timedelta(days=4), finding="都说好了")
    actions.perform_obligation(
        by=town.mediator, matter=matter, obligation=second, performed_on=DAY + timedelta(days=4), now=LATER + timedelta(days=4)
    )
    matter = go(matter, town.mediator, "agree", LATER + timedelta(days=5), finding="全部履行")
    assert work(matter).end == "performed"
    whole(matter)


def test_the_court_is_asked_within_thirty_days_or_not_at_all(town):
    matter = agreed(town)
    late = START + timedelta(days=40)
    for day, at in ((DAY + timedelta(days=31), late), (DAY - timedelta(days=1), late)):
        with pytest.raises(Refusal) as refusal:
            actions.note_application(by=town.mediator, matter=matter, applied_on=day, court="青山区人民法院", now=at)
        assert (refusal.value.field, refusal.value.code) == ("applied_on", "thirty_days")
    with pytest.raises(Refusal, match="future"):
        actions.note_application(by=town.mediator, matter=matter, applied_on=DAY + timedelta(days=9), court="青山区人民法院", now=LATER)
    with pytest.raises(Refusal, match="not_applied"):
        go(matter, town.mediator, "agree", LATER)
    actions.note_application(by=town.mediator, matter=matter, applied_on=DAY + timedelta(days=30), court="青山区人民法院", now=late)
    matter = go(matter, town.mediator, "agree", late)
    assert work(matter).step == "perform"
    actions.note_decision(by=town.mediator, matter=matter, decided_on=DAY + timedelta(days=35), decision="confirmed", now=late)
    with pytest.raises(Refusal, match="decided"):
        actions.note_application(by=town.mediator, matter=matter, applied_on=DAY, court="别的法院", now=late)


def test_the_database_holds_the_thirty_days_too(town):
    matter = agreed(town)
    for broken in (
        "apply_by = apply_by + 1",
        "applied_on = apply_by + 1, court = 'x'",
        "decision = 'confirmed'",
        "facts = 'other'",
        "applied_on = apply_by",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"update matters_agreement set {broken} where matter_id = %s", [matter.pk])
    with pytest.raises(IntegrityError), transaction.atomic():
        matter.agreements.get().obligations.update(what="更多")


def test_a_reminder_comes_before_the_thirty_days_are_over(town):
    matter = agreed(town)
    run_clock(now=START + timedelta(days=25))
    assert matter.flow.events.filter(kind="reminded", step_from="confirm").exists()
    run_clock(now=START + timedelta(days=32))
    assert matter.flow.events.filter(kind="overdue", step_from="confirm").exists()
    whole(matter)


def test_mediation_begins_only_when_both_sides_are_known_and_agree(town):
    matter = go(report(town, category="disputes.property").matter, town.desk, "accepted", START)
    with pytest.raises(Refusal, match="no_sides"):
        go(matter, town.mediator, "agree", LATER)
    matter = at_consent(town)
    matter = go(matter, town.mediator, "refuse", LATER, reason="乙方不愿调解")
    assert work(matter).step == "declined"
    matter = go(matter, town.mediator, "answered", LATER, answer="对方不愿调解，您可以向法院起诉，也可以找法律援助。")
    assert work(matter).end == "declined"
    assert not work(matter).events.filter(kind="taken", step_from="mediate").exists()


def test_no_agreement_ends_with_where_else_to_turn(town):
    matter = go(mediating(town), town.mediator, "refuse", LATER, reason="分歧太大")
    matter = go(matter, town.mediator, "answered", LATER, answer="没有谈成，可以向法院起诉。")
    assert work(matter).end == "unreached"


def test_an_agreement_is_owed_before_it_can_be_said_that_one_was_reached(town):
    matter = mediating(town)
    with pytest.raises(Refusal, match="no_agreement"):
        go(matter, town.mediator, "agree", LATER, result="谈妥")
    with pytest.raises(Refusal, match="not_mediating"):
        agree(town, at_consent(town))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"signed_on": DAY + timedelta(days=9)}, "signed_on"),
        ({"signed_on": DAY - timedelta(days=1)}, "signed_on"),
        ({"effective_on": DAY - timedelta(days=1)}, "effective_on"),
        ({"obligations": []}, "obligations"),
        ({"obligations": [Owed(3, "修好", DAY)]}, "obligations"),
        ({"obligations": [Owed(1, "修好", DAY - timedelta(days=1))]}, "obligations"),
        ({"obligations": [Owed(1, "修好", date(2036, 11, 17))]}, "obligations"),
        ({"obligations": [Owed(1, "付给孙玉梅一百元", DAY)]}, "obligations"),
        ({"facts": "钱德旺家漏水"}, "facts"),
        ({"facts": "电话13911112222联系"}, "facts"),
    ],
)
def test_an_agreement_that_does_not_hold_together_is_refused_at_its_field(town, more, field):
    matter = mediating(town)
    with pytest.raises(Refusal) as refusal:
        agree(town, matter, **more)
    assert refusal.value.field == field
    assert not Agreement.objects.exists()


def test_another_agreement_takes_the_place_of_the_first_when_it_is_mediated_anew(town):
    matter = go(agreed(town), town.mediator, "return", LATER, reason="双方要改期限")
    assert work(matter).step == "mediate"
    agree(town, matter, signed_on=DAY, now=LATER, obligations=[Owed(1, "一次付清", DAY)])
    assert [a.number for a in matter.agreements.all()] == [1, 2]
    assert matter.agreements.get(replaced_on=None).number == 2
    assert work(go(matter, town.mediator, "agree", LATER, result="谈妥")).step == "confirm"


def test_court_and_enquiries_come_after_the_agreement_was_reached(town):
    matter = mediating(town)
    name_them(matter, town.mediator)
    agree(town, matter)

    def entries():
        actions.note_application(by=town.mediator, matter=matter, applied_on=DAY, court="青山区人民法院", now=LATER)
        actions.note_decision(by=town.mediator, matter=matter, decided_on=DAY, decision="confirmed", now=LATER)
        actions.note_enquiry(by=town.mediator, matter=matter, on=DAY, found="part", now=LATER)

    with pytest.raises(Refusal, match="not_concluded"):
        entries()
    matter = go(matter, town.mediator, "agree", LATER, result="谈妥")
    entries()
    matter = go(matter, town.mediator, "return", LATER, reason="双方要改")
    with pytest.raises(Refusal, match="not_concluded"):
        entries()
    matter = go(matter, town.mediator, "refuse", LATER, reason="分歧太大")
    matter = go(matter, town.mediator, "answered", LATER, answer="可以向法院起诉。")
    actions.note_enquiry(by=town.mediator, matter=matter, on=DAY, found="part", now=LATER)  # ended; the agreement was reached


def test_once_the_court_was_asked_nobody_says_that_it_was_not(town):
    matter = agreed(town)
    with pytest.raises(Refusal) as refusal:
        actions.note_application(by=town.mediator, matter=matter, applied_on=DAY, court="院", now=LATER)
    assert refusal.value.field == "court"
    actions.note_application(by=town.mediator, matter=matter, applied_on=DAY, court="青山区人民法院", now=LATER)
    with pytest.raises(Refusal, match="applied"):
        go(matter, town.mediator, "refuse", LATER, reason="都不需要")
    assert work(go(matter, town.mediator, "agree", LATER)).step == "perform"


def test_what_was_found_and_when_it_was_done_fit_what_is_entered(town):
    matter = performing(town)
    first, second = matter.agreements.get().obligations.all()
    later = {"by": town.mediator, "matter": matter, "now": LATER + timedelta(days=30)}
    with pytest.raises(Refusal) as refusal:
        actions.perform_obligation(obligation=first, performed_on=DAY - timedelta(days=1), **later)
    assert (refusal.value.field, refusal.value.code) == ("performed_on", "early")
    actions.note_enquiry(on=DAY + timedelta(days=2), found="all", **later)  # nothing was due yet
    with pytest.raises(Refusal) as refusal:
        actions.note_enquiry(on=first.due_on, found="all", **later)
    assert (refusal.value.field, refusal.value.code) == ("found", "not_all")
    actions.perform_obligation(obligation=first, performed_on=first.due_on, **later)
    actions.note_enquiry(on=first.due_on, found="all", **later)
    with pytest.raises(Refusal, match="not_all"):
        actions.note_enquiry(on=second.due_on, found="all", **later)


def test_what_the_court_does_not_confirm_is_mediated_anew_when_it_says_so(town):
    """It decides weeks after it was asked: performance is followed by then."""
    matter = agreed(town)
    actions.note_application(by=town.mediator, matter=matter, applied_on=DAY, court="青山区人民法院", now=LATER)
    matter = go(matter, town.mediator, "agree", LATER)
    assert matter.flow.step == "perform"
    actions.note_decision(by=town.mediator, matter=matter, decided_on=LATER.date(), decision="refused", now=LATER)
    with pytest.raises(Refusal, match="evidence"):
        go(matter, town.mediator, "anew", LATER)
    matter = go(matter, town.mediator, "anew", LATER, reason="法院不予确认，双方同意重新协商")
    assert (matter.flow.step, matter.flow.owner.post) == ("mediate", "mediation-chair")
    again = agree(town, matter, now=LATER + timedelta(hours=1), signed_on=LATER.date())
    matter = go(matter, town.mediator, "agree", LATER + timedelta(hours=2), result="双方重新谈妥")
    assert (matter.flow.step, again.number, again.applied_on) == ("confirm", 2, None)


def test_what_ended_as_performed_stays_so_until_it_is_taken_up_again(town):
    matter = performing(town)
    owed = list(matter.agreements.get().obligations.all())
    for o in owed:
        actions.perform_obligation(by=town.mediator, matter=matter, obligation=o, performed_on=DAY, now=LATER)
    matter = go(matter, town.mediator, "agree", LATER, finding="全部履行")
    with pytest.raises(Refusal, match="ended_performed"):
        actions.perform_obligation(by=town.mediator, matter=matter, obligation=owed[0], performed_on=None, now=LATER)
    matters.reopen_matter(by=town.desk, matter=matter, seq=None, reason="有一期没有付", now=LATER)
    actions.perform_obligation(by=town.mediator, matter=matter, obligation=owed[0], performed_on=None, now=LATER)


def test_what_is_mediated_anew_takes_a_new_agreement(town):
    """Whatever the old one says, and where the court refused it all the more."""
    matter = go(agreed(town), town.mediator, "return", LATER, reason="双方要改期限")
    with pytest.raises(Refusal, match="old_agreement"):
        go(matter, town.mediator, "agree", LATER, result="谈妥")
    handed = mediating(town)
    name_them(handed, town.mediator)
    agree(town, handed)
    ask = {"by": town.mediator, "flow": handed.flow_id, "seq": None, "seat": seat(town, "street-mediator", "s1").pk, "now": LATER}
    flow.ask_handover(reason="请街道盖章", **ask)
    flow.decide_request(by=town.street_mediator, flow=handed.flow_id, seq=None, grant=True, now=LATER)
    assert work(go(handed, town.street_mediator, "agree", LATER, result="谈妥")).step == "confirm"  # still the same mediation


@pytest.mark.parametrize("stage", [raised, at_consent, mediating])
def test_either_side_can_step_back_until_they_have_agreed(town, stage):
    """The one who raised it by the code, the other by telling the mediator."""
    ours, theirs = stage(town), stage(town)
    matters.withdraw_matter(matter=ours, now=LATER)
    end = "terminated" if stage is mediating else "withdrawn"
    assert work(ours).end == end
    by = town.desk if stage is raised else town.mediator
    actions.leave(by=by, matter=theirs, seq=None, reason="乙方不再参加", now=LATER)
    assert work(theirs).end == end
    with pytest.raises(PermissionDenied):
        actions.leave(by=town.elsewhere, matter=stage(town), seq=None, reason="x", now=LATER)
    whole(ours)
    whole(theirs)


def not_performed(town):
    return go(performing(town), town.mediator, "refuse", START + timedelta(hours=5), finding="没有付", reason="经督促仍不付")


@pytest.mark.parametrize("stage", [agreed, performing, not_performed])
def test_an_agreement_binds_the_sides_and_nobody_ends_it_by_leaving(town, stage):
    matter = stage(town)
    before = work(matter).step
    with pytest.raises(Refusal, match="bound"):
        matters.withdraw_matter(matter=matter, now=LATER)
    with pytest.raises(Refusal, match="bound"):
        actions.leave(by=town.mediator, matter=matter, seq=None, reason="乙方不想付了", now=LATER)
    with pytest.raises(PermissionDenied):
        actions.leave(by=town.elsewhere, matter=matter, seq=None, reason="x", now=LATER)
    assert work(matter).step == before
    whole(matter)


# -- handing over 移交


def seat(town, post, place):
    return Seat.objects.get(post=post, place=town.places[place])


@pytest.mark.parametrize(("who", "post", "place", "level"), [
    ("street_mediator", "street-mediator", "s1", "street"),
    ("property_mediator", "property-mediator", "d", "district"),
])  # fmt: skip
def test_a_dispute_is_handed_over_upwards_or_to_a_trade_and_the_receipt_moves_it(town, who, post, place, level):
    matter, receiver = mediating(town), town.people[who]
    assert not Matter.objects.visible_to(receiver).filter(pk=matter.pk).exists()
    flow.ask_handover(
        by=town.mediator, flow=matter.flow_id, seq=None, seat=seat(town, post, place).pk, reason="超出本会能力，材料三份", now=LATER
    )
    now = work(matter)
    assert now.owner.post == "mediation-chair"  # until the receipt the sender stays responsible
    assert now.todos.get(role="approve", done_at=None).due_at is not None
    go_on = mediating(town)
    assert work(go_on).owner.post == "mediation-chair"
    with pytest.raises(PermissionDenied):
        flow.decide_request(by=town.elsewhere, flow=matter.flow_id, seq=None, grant=True, now=LATER)
    flow.decide_request(by=receiver, flow=matter.flow_id, seq=None, grant=True, now=LATER + timedelta(hours=1))
    now = work(matter)
    assert (now.owner.post, now.level) == (post, level)
    assert Matter.objects.visible_to(town.mediator).filter(pk=matter.pk).exists()  # a copy of the file stays
    with pytest.raises(PermissionDenied):
        agree(town, matter, now=LATER + timedelta(hours=2))
    name_them(matter, receiver, now=LATER + timedelta(hours=2))
    agree(town, matter, by=receiver, now=LATER + timedelta(hours=2))
    matter = go(matter, receiver, "agree", LATER + timedelta(hours=3), result="谈妥")
    assert work(matter).owner.post == post  # whoever mediated sees it through
    whole(matter)


def test_a_handover_can_be_sent_back_with_the_reason_and_nothing_has_changed(town):
    matter = mediating(town)
    flow.ask_handover(
        by=town.mediator, flow=matter.flow_id, seq=None, seat=seat(town, "street-mediator", "s1").pk, reason="请街道调解", now=LATER
    )
    with pytest.raises(Refused):
        flow.decide_request(by=town.street_mediator, flow=matter.flow_id, seq=None, grant=False, reason=" ", now=LATER)
    flow.decide_request(by=town.street_mediator, flow=matter.flow_id, seq=None, grant=False, reason="材料不齐，补齐再移交", now=LATER)
    now = work(matter)
    assert (now.owner.post, now.level, now.memory.get("ask")) == ("mediation-chair", "community", None)
    whole(matter)


def test_a_step_taken_while_a_handover_is_under_way_says_that_the_handover_lapsed(town):
    matter = mediating(town)
    flow.ask_handover(
        by=town.mediator, flow=matter.flow_id, seq=None, seat=seat(town, "street-mediator", "s1").pk, reason="请街道调解", now=LATER
    )
    matter = go(matter, town.mediator, "refuse", LATER, reason="双方差距太大")
    assert "随之失效" in words.sentence(matter.flow.events.latest("seq"), matter.flow)


def test_whoever_hands_it_over_takes_it_back_until_the_receipt_and_nobody_else_does(town):
    matter = mediating(town)
    with pytest.raises(Refused):
        flow.recall_request(by=town.mediator, flow=matter.flow_id, seq=None, now=LATER)
    ask = {"by": town.mediator, "flow": matter.flow_id, "seq": None, "seat": seat(town, "street-mediator", "s1").pk, "now": LATER}
    flow.ask_handover(reason="请街道调解", **ask)
    for other in (town.street_mediator, town.desk, town.elsewhere):
        with pytest.raises(PermissionDenied):
            flow.recall_request(by=other, flow=matter.flow_id, seq=None, now=LATER)
    flow.recall_request(by=town.mediator, flow=matter.flow_id, seq=None, reason="双方改变主意", now=LATER)
    with pytest.raises(PermissionDenied):
        flow.decide_request(by=town.street_mediator, flow=matter.flow_id, seq=None, grant=True, now=LATER)
    with pytest.raises(Refused):
        flow.decide_request(by=town.coordinator, flow=matter.flow_id, seq=None, grant=True, now=LATER)
    flow.ask_handover(reason="还是请街道调解", **ask)
    flow.decide_request(by=town.street_mediator, flow=matter.flow_id, seq=None, grant=True, now=LATER)
    assert work(matter).owner.post == "street-mediator"
    whole(matter)


def test_a_receipt_not_given_in_time_is_told_to_whoever_stands_above_and_the_sender_keeps_it(town):
    matter = mediating(town)
    flow.ask_handover(
        by=town.mediator, flow=matter.flow_id, seq=None, seat=seat(town, "street-mediator", "s1").pk, reason="请街道调解", now=LATER
    )
    run_clock(now=LATER + timedelta(days=4))
    late = matter.flow.events.get(kind="handover_overdue")
    assert late.data["told_post"] == "street-coordinator"
    assert work(matter).owner.post == "mediation-chair"
    flow.decide_request(by=town.street_mediator, flow=matter.flow_id, seq=None, grant=True, now=LATER + timedelta(days=4, hours=1))
    assert work(matter).owner.post == "street-mediator"
    whole(matter)


def test_only_the_body_that_is_responsible_hands_over_and_only_where_the_place_lies(town):
    matter = mediating(town)
    with pytest.raises(PermissionDenied):
        flow.ask_handover(
            by=town.street_mediator, flow=matter.flow_id, seq=None, seat=seat(town, "street-mediator", "s1").pk, reason="x", now=LATER
        )
    for other in (seat(town, "mediation-chair", "c9"), seat(town, "grid-guide", "g1")):
        with pytest.raises(Refused):
            flow.ask_handover(by=town.mediator, flow=matter.flow_id, seq=None, seat=other.pk, reason="x", now=LATER)
    done = performing(town)
    with pytest.raises(Refused) as no:
        flow.ask_handover(by=town.mediator, flow=done.flow_id, seq=None, seat=seat(town, "street-mediator", "s1").pk, reason="x", now=LATER)
    assert no.value.code == "no_handover"


def test_a_dispute_not_settled_in_time_goes_one_level_up(town):
    """小事不出社区: and what is not settled there is the street's."""
    matter = mediating(town)
    run_clock(now=START + timedelta(days=60))
    assert work(matter).escalations >= 1
    first = matter.flow.events.filter(kind="escalated").first()
    assert first.data["post"] == "street-mediator"
    whole(matter)


def test_police_or_labour_are_called_in_and_the_mediator_stays_responsible(town):
    from linli.charter.schema import Duration

    matter = mediating(town)
    flow.join_bodies(
        by=town.mediator, flow=matter.flow_id, seq=None, seats=[seat(town, "justice-officer", "d").pk], duration=Duration(days=3),
        task="派律师到场释法", now=LATER,
    )  # fmt: skip
    flow.finish_part(by=town.justice, flow=matter.flow_id, seq=None, result="已到场", now=LATER)
    assert work(matter).owner.post == "mediation-chair"


def test_a_matter_that_turns_out_to_be_a_dispute_is_mediated(town):
    """Raised without a kind, it begins as any matter; the desk sees at the door what it is. Further on it stays what it is."""
    matter = report(town, category="environment.rubbish", text="楼上漏水泡了我家").matter
    assert work(matter).procedure == "matter"
    matter = matters.correct_matter(by=town.desk, matter=matter, seq=None, category="disputes.property", reason="属于纠纷", now=START)
    assert work(matter).procedure == "mediation"
    assert not Matter.objects.get(pk=matter.pk).is_public
    matter = go(matter, town.desk, "accepted", START)
    assert (work(matter).step, work(matter).owner.post) == ("consent", "mediation-chair")
    whole(matter)
    further = go(report(town).matter, town.desk, "accepted", START)
    matters.correct_matter(by=town.desk, matter=further, seq=None, category="disputes.property", reason="属于纠纷", now=START)
    assert work(further).procedure == "matter"


def test_a_dispute_is_never_public_whatever_was_decided_before(town):
    matter = report(town, category="environment.rubbish").matter
    matters.decide_public(by=town.desk, matter=matter, public=True, reason="大家关心", now=START)
    matter = matters.correct_matter(by=town.desk, matter=matter, seq=None, category="disputes.damage", reason="属于纠纷", now=START)
    assert not Matter.objects.get(pk=matter.pk).is_public
    with pytest.raises(Refusal, match="dispute"):
        matters.decide_public(by=town.desk, matter=matter, public=True, reason="大家关心", now=START)


def test_parties_are_entered_by_desk_and_mediator_and_taken_out_without_a_trace(town):
    matter = at_consent(town)
    with pytest.raises(PermissionDenied):
        actions.add_party(by=town.worker, matter=matter, info=PartyInfo(3, "某人"))
    for wrong, field in (
        (PartyInfo(1), "name"),
        (PartyInfo(0, "某人"), "side"),
        (PartyInfo(1, "某人", speaker=True, has_custodian=True), "has_custodian"),
    ):
        with pytest.raises(Refusal) as refusal:
            actions.add_party(by=town.mediator, matter=matter, info=wrong)
        assert refusal.value.field == field
    for write in (  # it has been taken in: the desk and the counter leave it to whoever mediates
        lambda: actions.add_party(by=town.desk, matter=matter, info=PartyInfo(3, "某人")),
        lambda: actions.remove_party(by=town.desk, matter=matter, party=matter.parties.first()),
    ):
        with pytest.raises(PermissionDenied):
            write()
    extra = actions.add_party(by=town.mediator, matter=matter, info=PartyInfo(3, "郑多余"))
    actions.remove_party(by=town.mediator, matter=matter, party=extra)
    assert matter.parties.count() == 2
    done = agreed(town)
    with pytest.raises(Refusal, match="agreed"):
        actions.remove_party(by=town.mediator, matter=done, party=done.parties.first())
    with pytest.raises(IntegrityError), transaction.atomic():
        Party.objects.filter(matter=done).update(side=4)
    with pytest.raises(IntegrityError), transaction.atomic():
        Party.objects.filter(matter=done).delete()


def test_nobody_comes_into_an_agreement_that_binds_and_who_comes_in_for_the_next_is_not_printed_on_the_last(town):
    matter = performing(town)
    with pytest.raises(Refusal, match="agreed"):
        actions.add_party(by=town.mediator, matter=matter, info=PartyInfo(3, "某人"), now=LATER)
    first = matter.agreements.get()
    Matter.objects.get(pk=matter.pk).parties.create(side=3, organisation="某公司", at=LATER + timedelta(days=1))
    facts = sheet(matter, first, None, None, whole=False)
    assert [p["party"].side for p in facts["people"]] == [1, 2]
    assert facts["copies"] == 3


def test_mediators_are_named_of_those_who_hold_such_seats(town):
    from linli.matters.disputes.entries import candidates

    matter = mediating(town)
    names = {h.user.username for h in candidates(matter)}
    assert {"mediator", "street_mediator", "property_mediator"} <= names
    assert "elsewhere" not in names
    actions.name_mediators(by=town.mediator, matter=matter, holdings=[Holding.objects.get(user=town.mediator)])
    assert [m.user for m in matter.mediators.all()] == [town.mediator]


def test_no_agreement_is_reached_before_somebody_is_named_who_signs_it(town):
    """People's Mediation Law, art. 29: the mediators sign what is written, and write down what is said."""
    matter = mediating(town)
    agree(town, matter)
    with pytest.raises(Refusal, match="no_mediators"):
        go(matter, town.mediator, "agree", LATER, result="谈妥")
    name_them(matter, town.mediator, now=LATER)
    assert work(go(matter, town.mediator, "agree", LATER, result="谈妥")).step == "confirm"


def test_an_agreement_bears_the_seal_of_the_mediation_committee_whoever_of_the_community_mediates(town):
    matter = go(raised(town, category="neighbours.space"), town.desk, "accepted", START)
    assert work(matter).owner.body.name != "都兰社区人民调解委员会"  # a grid worker's, of the residents' committee
    assert sheet(matter, None, work(matter).owner, None, whole=True)["committee"] == "都兰社区人民调解委员会"
    go(matter, town.voice, "agree", START + timedelta(hours=1))
    assert agree(town, matter, by=town.voice).committee == "都兰社区人民调解委员会"


def test_an_agreement_keeps_who_mediated_it(town):
    matter = mediating(town)
    one, other = Holding.objects.get(user=town.mediator), Holding.objects.get(user=town.street_mediator)
    made = agree(town, matter)
    for holdings in ([one], [other, one]):  # the first naming goes on the agreement that waited for it
        actions.name_mediators(by=town.mediator, matter=matter, holdings=holdings)
        made.refresh_from_db()
        assert made.mediators == [str(town.mediator)]
    assert agree(town, matter).mediators == [str(town.street_mediator), str(town.mediator)]
    with pytest.raises(IntegrityError), transaction.atomic():
        matter.agreements.update(mediators=["别人"])


def test_the_history_holds_no_name_telephone_or_address_of_anybody_concerned(town):
    matter = performing(town)
    for text in (f"{SECRET[0]}说的", f"打{SECRET[3]}"):
        with pytest.raises(Refusal, match="indiscreet"):
            go(matter, town.mediator, "refuse", LATER, reason=text)
        with pytest.raises(Refusal, match="indiscreet"):
            matters.add_word(by=town.mediator, matter=matter, text=text)
        with pytest.raises(Refusal, match="indiscreet"):
            actions.note_enquiry(by=town.mediator, matter=matter, on=DAY, found="part", note=text, now=LATER)
    actions.note_enquiry(by=town.mediator, matter=matter, on=DAY, found="part", note="门禁已恢复", now=LATER)
    with connection.cursor() as cursor:
        for table in ("flow_event", "flow_flow", "matters_agreement", "matters_obligation", "matters_enquiry", "matters_party", "access_readlog",
                      "frame_actlog", "outbox_message"):  # fmt: skip
            cursor.execute("select to_regclass(%s) is not null", [table])
            if not cursor.fetchone()[0]:
                continue
            cursor.execute(f"select t::text from {table} t")
            said = " ".join(row for (row,) in cursor.fetchall())
            assert not [s for s in SECRET if s in said], table
