"""Sides of disputes, reporters and photos of slips go when they have been kept for their time, and not before."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from linli.access import retention
from linli.access.fields import terms
from linli.bodies.models import Seat
from linli.flow.models import Flow
from linli.matters import letting_go
from linli.matters.boxes import actions as boxes
from linli.matters.disputes.models import Party
from linli.matters.disputes.tests.factories import raised
from linli.matters.models import Reporter, RoundPhoto
from linli.matters.tests.factories import photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
DAY = timedelta(days=1)


def _ended(matter, day: date) -> None:
    at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    Flow.objects.filter(pk=matter.flow_id).update(end="closed", ended_at=at, step="", owner=None, wake_at=None)


ACTS = {"reporter": letting_go.forget_reporters, "party": letting_go.forget_parties, "slips": letting_go.forget_slips}


def _counts(today: date, *, dry: bool = False) -> dict[str, int]:
    """What the retention job of that day would do, or does, in this room."""
    found = {key: act(retention.years_before(today, terms()[key].years), not dry) for key, act in ACTS.items()}
    return {key: count for key, count in found.items() if count}


def test_reporters_go_two_years_after_the_end_and_sides_after_five(town):
    matter, running = raised(town), raised(town)
    end = date(2026, 11, 27)
    _ended(matter, end)
    assert _counts(end.replace(year=2028)) == {}
    assert _counts(end.replace(year=2028) + DAY, dry=True) == {"reporter": 1}
    assert Reporter.objects.count() == 2
    assert _counts(end.replace(year=2028) + DAY) == {"reporter": 1}
    assert list(Reporter.objects.values_list("matter", flat=True)) == [running.pk]
    assert Party.objects.count() == 4
    assert _counts(end.replace(year=2031) + DAY) == {"party": 2}
    assert set(Party.objects.values_list("matter", flat=True)) == {running.pk}
    matter.refresh_from_db()  # itself stays, with its history
    assert matter.flow.events.exists()


def test_photos_of_slips_go_a_year_after_the_last_slip_was_entered_with_their_files(town, django_capture_on_commit_callbacks):
    now = timezone.now()
    keeper = Seat.objects.get(post="community-counter", place=town.c1)
    box = boxes.hang_box(by=town.station, number="YJX-9", name="北门", place=town.c1, where="北门", keeper=keeper, now=now)
    given = {"box": box, "second": "李老师", "opened_at": now, "now": now, "photos": [photo()]}
    boxes.open_box(by=town.counter, slips=0, request_id=uuid.uuid4(), **given)
    boxes.open_box(by=town.counter, slips=1, request_id=uuid.uuid4(), **given)  # one slip waits
    file = RoundPhoto.objects.order_by("pk")[0].file
    today = timezone.localdate(now)
    with django_capture_on_commit_callbacks(execute=True):
        assert _counts(retention.years_before(today, -1) + 2 * DAY) == {"slips": 1}
    assert RoundPhoto.objects.count() == 1
    assert not file.storage.exists(file.name)
