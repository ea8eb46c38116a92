"""Forgetting who raised a matter: by whom, on record, and without a trace of the person."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from linli.frame.models import ActLog
from linli.frame.refusal import Refusal
from linli.matters import actions
from linli.matters.disputes.tests.factories import raised as disputed
from linli.matters.models import Reporter
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.factories import report
from linli.matters.tests.visiting import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
WHY = "本人到站要求删除"


@pytest.fixture
def proved(monkeypatch):
    monkeypatch.setattr("allauth.account.internal.flows.reauthentication.did_recently_reauthenticate", lambda request: True)


def page_of(matter) -> str:
    return reverse("matters:erase", args=[matter.number])


def test_the_page_asks_for_the_password_before_it_does_anything(town):
    matter = report(town).matter
    asked = signed_in(town.desk).post(page_of(matter), {"reason": WHY})
    assert asked.status_code == 302
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert Reporter.objects.exists()


@pytest.mark.usefixtures("proved")
def test_the_desk_erases_on_the_page_and_both_logs_say_so_without_the_person(town):
    matter = report(town).matter
    desk, detail = signed_in(town.desk), reverse("matters:detail", args=[matter.number])
    assert page_of(matter) in desk.get(detail).content.decode()
    assert desk.get(page_of(matter)).status_code == 200
    assert desk.post(page_of(matter), {"reason": " "}).status_code == 422
    assert Reporter.objects.exists()
    assert desk.post(page_of(matter), {"reason": WHY}).status_code == 302
    assert not Reporter.objects.exists()
    after = desk.get(detail).content.decode()
    assert page_of(matter) not in after
    assert WHY in after
    assert "诉求人的姓名和电话" in after
    line = ActLog.objects.get(act="matters.reporter.erased")
    assert (line.by, line.subject, line.data, str(line.path)) == (
        town.desk,
        f"matters.matter:{matter.pk}",
        {"number": matter.number},
        str(matter.path),
    )
    assert "王秀兰" not in after + str(list(matter.flow.events.values_list("data", "texts")))
    again = desk.post(page_of(matter), {"reason": WHY}, follow=True)
    assert "没有留" in again.content.decode()
    assert ActLog.objects.filter(act="matters.reporter.erased").count() == 1


@pytest.mark.usefixtures("proved")
def test_the_page_of_a_dispute_says_that_its_sides_stay_in_the_file(town):
    desk = signed_in(town.desk)
    assert "调解卷宗" in desk.get(page_of(disputed(town))).content.decode()
    assert "调解卷宗" not in desk.get(page_of(report(town).matter)).content.decode()


@pytest.mark.usefixtures("proved")
def test_who_does_not_take_matters_in_or_may_not_see_the_person_does_not_erase(town):
    matter = report(town).matter
    for who in (town.worker, town.auditor, town.stranger):
        assert signed_in(who).post(page_of(matter), {"reason": WHY}).status_code in (403, 404)
        with pytest.raises(PermissionDenied):
            actions.erase_reporter(by=who, matter=matter, reason=WHY)
    assert page_of(matter) not in signed_in(town.worker).get(reverse("matters:detail", args=[matter.number])).content.decode()
    assert Reporter.objects.exists()


@pytest.mark.usefixtures("proved")
def test_a_withheld_name_is_erased_by_the_intake_desk_alone(town):
    matter = report(town, reporter=ReporterInfo("王秀兰", "13812345678", withheld=True)).matter
    assert signed_in(town.station).post(page_of(matter), {"reason": WHY}).status_code == 403
    with pytest.raises(PermissionDenied):
        actions.erase_reporter(by=town.station, matter=matter, reason=WHY)
    assert actions.erase_reporter(by=town.desk, matter=matter, reason=WHY)


@pytest.mark.parametrize("reason", ["王秀兰要求删除", "机主13812345678要求删除", ""])
def test_the_reason_does_not_bring_back_what_is_erased(town, reason):
    matter = report(town).matter
    with pytest.raises(Refusal):
        actions.erase_reporter(by=town.desk, matter=matter, reason=reason)
    assert Reporter.objects.exists()
