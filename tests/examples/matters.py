"""Matters: the reporter's side, the public's and the desk."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import timezone

from linli.access.models import User
from linli.charter.schema import Duration
from linli.flow.actions import supervise_flow
from linli.matters.actions import follow_matter
from linli.matters.models import Notice, OrderFile, Pressing
from tests.examples.base import Example, example
from tests.examples.world import Visitor, World

# --- matters: the reporter's side and the public's


def _by_code(world):
    return Example({"code": world.raised.follow_code})


for _name in ("raised", "slip", "follow_code", "follow_word", "follow_rate", "follow_withdraw", "follow_reopen"):
    example(f"matters:{_name}")(_by_code)


@example("matters:follow_file")
def _(world):
    return Example({"code": world.raised.follow_code, "uid": world.photo.uid})


@example("matters:public")
def _(world):
    return Example({"number": world.matter.number})


@example("matters:watch")
def _(world):
    return Example({"number": world.matter.number})


@example("matters:watching")
@example("matters:unwatch")
def _(world):
    return Example({"code": follow_matter(matter=world.matter, request_id=uuid.uuid4())})


@example("matters:public_attachment")
def _(world):
    return Example({"number": world.matter.number, "uid": world.photo.uid})


@example("matters:area")
def _(world):
    return Example({"code": world.places["C1"].code})


# --- matters: the desk


@example("matters:hotline_check")
def _(world):
    owner = world.visitors["street-desk inside"]
    kept = OrderFile.objects.create(by=owner.user, at=timezone.now(), name="工单.csv", orders=0)
    return Example({"uid": kept.uid}, only=lambda v: v.key == owner.key)


@example("matters:detail")
def _(world):
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:call")
def _(world):
    # it isn't to be rung up about: whoever sees it is led on to its page
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:supervision")
def _(world):
    if not Pressing.objects.filter(flow=world.matter.flow_id).exists():
        by = User.objects.get(pk=world.visitors["district-coordinator inside"].user.pk)
        supervise_flow(by=by, flow=world.matter.flow_id, seq=None, duration=Duration(days=2), task="今天答复")
    seq = Pressing.objects.values_list("seq", flat=True).get(flow=world.matter.flow_id)
    return Example({"number": world.matter.number, "seq": seq}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:root")
def _(world):
    # nothing came before it: whoever sees it is led back to its page
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:notice")
def _(world):
    place, owner = world.places["S1"], world.visitors["street-coordinator inside"]
    Notice.objects.get_or_create(
        place=place, month=date(2026, 1, 1),
        defaults={"lines": [], "signed_at": timezone.now(), "signed_by": owner.user, "signed_as": "street-coordinator"},
    )  # fmt: skip
    paths = {str(place.path)}
    return Example(
        {"code": place.code, "month": "2026-01"},
        only=lambda v: any("matter.see" in post.abilities and _touches(world, at, paths) for post, at in v.posts),
    )


def _touches(world, at: str, paths: set[str]) -> bool:
    """Whether a place lies in one of the areas or around it."""
    path = str(world.places[at].path)
    return any(path == p or path.startswith(f"{p}.") or p.startswith(f"{path}.") for p in paths)


@example("matters:attachment")
def _(world):
    return Example({"uid": world.photo.uid}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:step")
def _(world):
    # nothing is sent, so no outcome is offered: whoever sees it is refused
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved, refused=lambda v: True)


@example("matters:act")
def _(world):
    return Example(
        {"number": world.matter.number, "name": "correct"},
        path="G11",
        ability="matter.see",
        involved=world.involved,
        refused=lambda v: not world.covers(v, "matter.intake", "G11"),
    )


def _dispute(page: str, refused: Callable[[World, Visitor], bool], **kwargs: Any) -> None:
    @example(f"matters:dispute_{page}")
    def _(world):
        matter = world.dispute
        given = {k: v(world) if callable(v) else v for k, v in kwargs.items()}
        return Example(
            {"number": matter.number, **given}, path="G11", ability="matter.see", involved=world.disputing,
            refused=lambda v: refused(world, v),
        )  # fmt: skip


def _mediates(world: World, visitor: Visitor) -> bool:
    """Whether the visitor does the work of the seat that mediates."""
    return any((post.id, place) == ("mediation-chair", "C1") for post, place in visitor.posts)


_dispute("enter", lambda w, v: not _mediates(w, v), name="agreement")
_dispute("print", lambda w, v: not _mediates(w, v), what="agreement")
_dispute("receipt", lambda w, v: False, seq=lambda w: w.dispute.flow.events.get(kind="handover_asked").seq)
_dispute("reveal", lambda w, v: False)
_dispute("remove", lambda w, v: not _mediates(w, v), pk=lambda w: w.dispute.parties.first().pk)
_dispute("perform", lambda w, v: not _mediates(w, v), pk=lambda w: w.dispute.agreements.get().obligations.get().pk)


@example("matters:reveal")
def _(world):
    return Example({"number": world.matter.number}, path="G11", ability="matter.see", involved=world.involved)


@example("matters:erase")
def _(world):
    return Example(
        {"number": world.matter.number},
        path="G11",
        ability="matter.see",
        involved=world.involved,
        refused=lambda v: not world.covers(v, "matter.intake", "G11") or not world.covers(v, "matter.contact", "G11"),
    )


@example("matters:show")
def _(world):
    return Example({"number": world.matter.number, "uid": world.photo.uid}, path="G11", ability="matter.see", involved=world.involved)
