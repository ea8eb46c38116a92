"""A place that is renamed or moved, seen from the matters raised there."""

import pytest

from linli.matters.models import Matter
from linli.matters.tests.factories import report
from linli.places.actions import change_place

pytestmark = pytest.mark.django_db


def test_matters_follow_a_place_that_is_renamed_and_then_moved(town):
    matter = report(town).matter
    renamed, _warnings = change_place(town.c1, by=None, name="新都兰社区")
    moved, _warnings = change_place(renamed, by=None, parent=town.s2)
    matter = Matter.objects.select_related("flow").get(pk=matter.pk)
    assert str(moved.path) == f"{town.s2.path}.{town.c1.code}"
    assert str(matter.path) == str(matter.flow.path) == f"{moved.path}.{str(town.g1.path).rpartition('.')[2]}"
    assert matter.place_id == matter.flow.place_id == town.g1.pk  # the grid itself is the same row
    assert matter in Matter.objects.visible_to(town.people["stranger"])  # the desk of the street it belongs to now


def test_a_matter_of_a_renamed_grid_stands_under_the_new_row(town):
    matter = report(town).matter
    new, _warnings = change_place(town.g1, by=None, name="第一新网格")
    matter.refresh_from_db()
    assert (matter.place, matter.flow.place) == (new, new)
