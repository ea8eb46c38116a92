"""A place that is renamed, moved or ended, seen from the work about it."""

import pytest
from django.core.exceptions import ValidationError

from linli.bodies.work import open_work
from linli.flow.models import Flow, Todo
from linli.flow.queries import inbox, visible
from linli.flow.tests.factories import MONDAY, at_handling, to_the_end
from linli.places.actions import change_place, end_place
from linli.places.models import Place

pytestmark = pytest.mark.django_db


def test_work_about_a_renamed_place_carries_its_new_name_and_stays_with_whoever_has_it(town):
    flow = at_handling(town)
    seat = town.seat("worker", "G1")
    new, _warnings = change_place(town.places["G1"], by=None, name="第一网格")
    flow.refresh_from_db()
    seat.refresh_from_db()
    assert (flow.place, flow.owner_id, seat.place) == (new, seat.pk, new)
    assert flow.pk in set(inbox(town.person("worker", "G1")).values_list("flow", flat=True))


def test_work_open_and_closed_moves_with_its_community_to_the_new_street(town):
    closed, still = to_the_end(town, at_handling(town), MONDAY), at_handling(town)
    change_place(town.places["C1"], by=None, parent=town.places["S2"])
    assert set(Flow.objects.values_list("path", flat=True)) == {"D.S2.C1.G1"}
    assert {closed.pk, still.pk} <= set(visible(town.person("desk", "S2")).values_list("pk", flat=True))
    assert still.pk not in set(visible(town.person("worker", "G3")).values_list("pk", flat=True))


def test_a_grid_with_open_work_can_t_end(town):
    flow = at_handling(town)
    with pytest.raises(ValidationError):
        end_place(town.places["G1"], by=None)
    assert Place.objects.get(code="G1").valid_to is None
    assert open_work([town.seat("worker", "G1").pk])[town.seat("worker", "G1").pk].open == 1
    to_the_end(town, flow, MONDAY)
    assert end_place(town.places["G1"], by=None).valid_to is not None


def test_work_that_went_up_still_holds_the_place_it_is_about(town):
    at_handling(town)
    Todo.objects.filter(done_at=None).update(seat=town.seat("desk", "S1"))
    with pytest.raises(ValidationError, match="1"):
        end_place(town.places["G1"], by=None)
