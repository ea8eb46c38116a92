"""Handing a matter to where it belongs 移送: another community or street, which may send it back, or an authority outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import require, scope_of
from linli.flow import commands
from linli.flow.engine import Context, run
from linli.flow.models import Event, Flow
from linli.flow.procedure import ELSEWHERE, Refused
from linli.frame.refusal import Refusal
from linli.kit.discreet import indiscretions
from linli.matters.actions.flowing import post_of, told_plainly
from linli.matters.actions.joining import need_reason
from linli.matters.models import Channel, FoundBy, Matter, Reporter
from linli.places.models import Place
from linli.places.queries import place_label


def transfer_matter(*, by, matter: Matter, seq: int | None, place: Place, reason: str, now: datetime | None = None) -> Matter:
    """Hand it to another place: it begins there anew, at whoever takes matters in. Until somebody there takes a step it can be sent back.

    Unlike ``correct_matter`` the giver needs nothing over the new place. Needs «matter.transfer» over the matter. As often as the
    charter allows (``transfers``); the time for the whole runs on.
    """
    require(by, "matter.transfer", matter)
    need_reason(reason)
    if f"{matter.path}.".startswith(f"{place.path}."):
        raise Refusal(_("It lies there already."), field="place", code="same_place")
    was, role = matter.place, post_of(by, "matter.transfer", str(matter.path))
    facts = {"place": place_label(place), "place_was": place_label(was), "was": was.pk}

    def make(c: Context) -> commands.Command:
        owner = c.seats.post_of(c.state.owner) if c.state.owner else ""
        return commands.Transfer(by=by.pk, role=role, facts=facts | {"from_post": owner})

    return _moved(by, matter, seq, place, reason, now, make)


def send_back_matter(*, by, matter: Matter, seq: int | None, reason: str, now: datetime | None = None) -> Matter:
    """Send back what was handed here and doesn't belong here, before any step is taken. For whoever has it now, «matter.transfer», and
    whoever handed it on.

    It goes on where it stood; deadlines there move by the time it lay here.
    """
    need_reason(reason)
    if (came := origin(matter)) is None:
        raise Refusal(_("There is nothing here to take back any more."), code="not_aside")

    last, home = came

    def make(c: Context) -> commands.Command:
        if not c.acts_as and not gave(by, last, home):
            require(by, "matter.transfer", matter)
        if not c.state.step:
            raise Refused("not_aside")
        role = c.acts_as or post_of(by, "matter.transfer", str(matter.path))
        return commands.TakeBack(by=by.pk, role=role, what="sent_back", facts={"place": place_label(home)})

    return _moved(by, matter, seq, home, reason, now, make)


def origin(matter: Matter) -> tuple[Event, Place] | None:
    """The line that tells of its last handing on, and the place it came from; None where it wasn't, or that place is no more."""
    line = matter.flow.events.filter(kind="transferred").order_by("-seq").first()
    home = Place.objects.current().select_related("parent").filter(pk=line.data.get("was")).first() if line else None
    return (line, home) if line and home else None


def gave(user: Any, line: Event, home: Place) -> bool:
    """Whether the user handed it on, or hands on what lies where it came from. Having had a part in it elsewhere is not enough."""
    scope = scope_of(user)
    return "matter.transfer" in scope.abilities and (line.by_id == user.pk or scope.covers("matter.transfer", str(home.path)))


def _moved(by, matter: Matter, seq: int | None, place: Place, reason: str, now: datetime | None, make) -> Matter:
    with transaction.atomic(), told_plainly("reason", flow=matter.flow):
        Flow.objects.filter(pk=matter.flow_id).update(place=place, path=place.path)
        run(matter.flow_id, make, by=by, seq=seq, now=now or timezone.now(), texts={"reason": reason.strip()})
        Matter.objects.filter(pk=matter.pk).update(place=place, path=place.path, found_by=FoundBy.CHOSEN)
    return Matter.objects.select_related("flow", "place").get(pk=matter.pk)


def hand_out_matter(*, by, matter: Matter, seq: int | None, authority: str, told: str, reason: str, now: datetime | None = None) -> Matter:
    """Hand it to an authority outside the platform: it ends here. ``told``: how the person was told (phone, face, page).

    Needs «matter.transfer». The person sees the authority's name with their code, so it is one of an office, not of somebody.
    """
    require(by, "matter.transfer", matter)
    need_reason(reason)
    if not authority.strip():
        raise Refusal(_("Say which authority."), field="authority", code="authority")
    if indiscretions(authority):
        raise Refusal(_("Write the name of the authority, without telephone number or person."), field="authority", code="indiscreet")
    if told == "phone" and matter.channel not in _BY_PHONE and not _has_phone(matter):
        raise Refusal(_("Nobody left a telephone number with this matter."), field="told", code="no_phone")
    role = post_of(by, "matter.transfer", str(matter.path))
    texts = {"reason": reason.strip(), "authority": authority.strip(), "told": told}
    with told_plainly("reason", flow=matter.flow):
        run(
            matter.flow_id,
            lambda c: commands.SetAside(by=by.pk, role=role, what="handed_out", end=ELSEWHERE),
            by=by, seq=seq, now=now or timezone.now(), texts=texts,
        )  # fmt: skip
    return Matter.objects.select_related("flow", "place").get(pk=matter.pk)


_BY_PHONE = (Channel.PHONE, Channel.HOTLINE)
"""Whoever comes by these is told while on the line, whether they leave a number or not."""


def _has_phone(matter: Matter) -> bool:
    return Reporter.objects.filter(matter=matter, phone_sealed__isnull=False).exists()


def take_back_matter(*, by, matter: Matter, seq: int | None, reason: str, now: datetime | None = None) -> Matter:
    """The authority outside sent it back: it goes on here where it stood. Needs «matter.transfer»."""
    require(by, "matter.transfer", matter)
    need_reason(reason)
    role = post_of(by, "matter.transfer", str(matter.path))

    def make(c: Context) -> commands.Command:
        if c.state.end != ELSEWHERE:
            raise Refused("not_aside")
        return commands.TakeBack(by=by.pk, role=role, what="came_back")

    with told_plainly("reason", flow=matter.flow):
        run(matter.flow_id, make, by=by, seq=seq, now=now or timezone.now(), texts={"reason": reason.strip()})
    return Matter.objects.select_related("flow", "place").get(pk=matter.pk)
