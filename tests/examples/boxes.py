"""Opinion boxes."""

from __future__ import annotations

from datetime import date

from django.core.files.base import ContentFile
from django.utils import timezone

from tests.examples.base import Example, example


def _box(world):
    """One at 甲社区, kept by its station."""
    from linli.matters.models import Box

    place = world.places["C1"]
    facts = {"name": "菜市场", "place": place, "path": place.path, "where": "北门", "keeper": world.seat("community-counter", "C1")}
    return Box.objects.get_or_create(number="YJX-1", defaults={**facts, "hung_on": date(2026, 1, 1)})[0]


def _round(world):
    from linli.matters.models import Round

    facts = {"opened_at": timezone.now(), "opened_by": world.visitors["station-head inside"].user, "slips": 2, "enter_by": timezone.now()}
    return Round.objects.get_or_create(box=_box(world), due_on=date(2026, 1, 5), defaults=facts)[0]


for _name in ("box", "box_notice", "box_change", "box_retire", "box_open"):
    example(f"matters:{_name}")(lambda world: Example({"pk": _box(world).pk}, path="C1"))
for _name in ("get_box", "change_box", "retire_box", "list_rounds", "open_box"):
    example(f"api:{_name}")(lambda world: Example({"id": _box(world).pk}))
for _name in ("get_round", "enter_slip", "set_slip_aside", "take_slip_up", "count_slips"):
    example(f"api:{_name}")(lambda world: Example({"uid": _round(world).uid}))
for _name in ("box_round", "box_slip"):
    example(f"matters:{_name}")(lambda world: Example({"uid": _round(world).uid}, path="C1"))


@example("matters:box_photo")
def _(world):

    from linli.matters.models import RoundPhoto

    kept = RoundPhoto.objects.first()
    if kept is None:
        kept = RoundPhoto(round=_round(world), mime="image/jpeg")
        kept.file.save("slips.jpg", ContentFile(b"-"))
    return Example({"uid": kept.uid}, path="C1")
