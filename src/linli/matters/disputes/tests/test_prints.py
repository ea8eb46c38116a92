"""The papers of a dispute: agreement, application, cover of the file; and whose names stand on them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.access.models import ReadLog
from linli.bodies.models import Holding
from linli.flow import actions as flow
from linli.matters import actions as matters
from linli.matters.disputes import actions
from linli.matters.disputes.entries import candidates
from linli.matters.disputes.tests.factories import DAY, SECRET, agree, agreed, at_consent, mediating
from linli.matters.disputes.tests.test_pages import LATER, NAMES, at, client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def test_what_is_printed_has_blanks_until_somebody_looks_with_a_purpose(town):
    matter = agreed(town)
    mediator = client(town.mediator)
    for what in ("agreement", "application", "cover"):
        url = at(matter, "dispute_print", what)
        page = mediator.get(url).content.decode()
        assert not [s for s in NAMES if s in page]
        looks = ReadLog.objects.count()
        assert mediator.post(url, {}).status_code == 422
        assert ReadLog.objects.count() == looks
        page = mediator.post(url, {"purpose": "matter"}).content.decode()
        assert SECRET[0] in page
        assert ReadLog.objects.count() == looks + 2
    assert mediator.get(at(matter, "dispute_print", "nonsense")).status_code == 404
    assert client(town.worker).get(at(matter, "dispute_print", "agreement")).status_code == 403


def test_papers_name_who_mediated_and_when(town):
    matter = mediating(town)
    mediator, cover = client(town.mediator), at(matter, "dispute_print", "cover")
    first, leading = (h.pk for h in candidates(matter)[:2])
    wrong = mediator.post(at(matter, "dispute_enter", "mediators"), {"mediators": [first], "lead": leading})
    assert wrong.status_code == 422
    assert list(wrong.context["form"].errors) == ["lead"]
    actions.name_mediators(by=town.mediator, matter=matter, holdings=[Holding.objects.get(user=town.mediator)])
    assert mediator.get(cover).context["days"] == {"since": DAY, "until": None}
    agree(town, matter, signed_on=DAY + timedelta(days=1), now=LATER)
    matters.take_matter_step(by=town.mediator, matter=matter, seq=None, outcome="agree", texts={"result": "谈妥"}, now=LATER)
    actions.name_mediators(by=town.mediator, matter=matter, holdings=[Holding.objects.get(user=town.street_mediator)])
    assert mediator.get(cover).context["days"] == {"since": DAY, "until": DAY + timedelta(days=1)}
    for what in ("agreement", "cover"):
        page = mediator.get(at(matter, "dispute_print", what))
        assert page.context["mediators"] == [str(town.mediator)]
    given_up = mediating(town)
    flow.take_step(by=town.mediator, flow=given_up.flow_id, seq=None, outcome="refuse", texts={"reason": "分歧太大"}, now=LATER)
    assert mediator.get(at(given_up, "dispute_print", "cover")).context["days"]["until"] == DAY + timedelta(days=2)
    never = client(town.desk).get(at(at_consent(town), "dispute_print", "cover"))
    assert never.status_code == 403
    assert mediator.get(at(at_consent(town), "dispute_print", "cover")).context["days"] is None


def test_nobody_is_asked_to_sign_what_was_agreed_on_by_word_of_mouth(town):
    day = str(timezone.localdate())
    told = {"facts": "卫生间漏水", "signed_on": day, "side_1": "2", "what_1": "修好漏点", "due_1": day}
    for form, words in (("oral", "口头协议已经记下"), ("written", "签字")):
        matter = mediating(town)
        said = client(town.mediator).post(at(matter, "dispute_enter", "agreement"), told | {"form": form}, follow=True)
        assert [words in str(m) for m in said.context["messages"]] == [True]
