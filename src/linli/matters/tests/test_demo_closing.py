"""The demonstration shows the closed loop, however small it is."""

import pytest
from django.utils import timezone

from linli.flow.models import Flow
from linli.matters.demo.closing import close_the_loop
from linli.matters.models import Course, Matter, Notice
from linli.measures.actions import compute_measures

pytestmark = pytest.mark.django_db


def test_the_smallest_demonstration_holds_what_recurs_a_call_to_make_and_a_notice(town):
    said = close_the_loop(town.d, seed=1)
    compute_measures()
    assert "notice signed" in said
    assert Course.objects.filter(recurs=True).exists()
    assert Flow.objects.get(step="callback").owner.post == "street-checker"
    month = timezone.localdate().replace(day=1)
    assert Notice.objects.get().month == (
        month.replace(year=month.year - 1, month=12) if month.month == 1 else month.replace(month=month.month - 1)
    )
    assert not Matter.objects.filter(is_demo=False).exists()
