"""Raising a matter: from what somebody tells to a numbered matter with a place, a code and work that has begun."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.guard import has_demo
from linli.access.scope import Held, can, scope_of
from linli.charter.models import CharterVersion
from linli.charter.schema import Category, Charter
from linli.charter.store import charter_of, version_in_force
from linli.flow.actions import begin_flow
from linli.frame.refusal import Refusal
from linli.frame.sql import fetch
from linli.frame.uploads import Document, Photo
from linli.kit.discreet import without_numbers
from linli.matters.categories import leaf
from linli.matters.codes import digest, follow_code
from linli.matters.files import keep_files, keeping
from linli.matters.models import Channel, Ground, Matter
from linli.matters.reporters import ReporterInfo, seal_reporter
from linli.matters.series import take_number
from linli.matters.suggest.keeping import model_of
from linli.matters.whereabouts import Nowhere, Position, Whereabouts, locate
from linli.places.models import Place
from linli.places.told import without_dwelling

SUBJECT = "matters.matter"
TITLE_LENGTH = 40

# any of which abilities raises through which channel; what residents come by needs none
RESIDENTS = {Channel.WEB, Channel.OPEN311, Channel.DIRECT}
BY_PROGRAM = {Channel.HOTLINE, Channel.OPEN311}  # no form stands behind them, and no telephone
NEEDS = {
    Channel.COUNTER: ("matter.intake",),
    Channel.PHONE: ("matter.intake",),
    Channel.DIRECT: ("matter.intake",),
    Channel.HOTLINE: ("matter.intake", "hotline.exchange"),
    Channel.BOX: ("box.keep",),
    Channel.FIELD: ("matter.report",),
}


@dataclass(frozen=True, slots=True)
class Raised:
    """The matter and the code its reporter follows it with. ``again``: it was there already, this was a retry."""

    matter: Matter
    follow_code: str
    again: bool = False


def raise_matter(
    *,
    by=None,
    request_id: UUID,
    channel: str,
    text: str,
    category: str = "",
    title: str = "",
    place: Place | None = None,
    position: Position | None = None,
    address: str = "",
    photos: Iterable[Photo] = (),
    documents: Iterable[Document] = (),
    reporter: ReporterInfo | None = None,
    now: datetime | None = None,
    is_demo: bool = False,
    key: str = "",
    line: str = "",
    grounds: Iterable[Matter] = (),
) -> Raised:
    """Raise a matter and begin its work. The same ``request_id`` again gives the same matter and the same code, and changes nothing.

    ``by`` is the member of staff, or None for a resident, on the residents' page or by another service, whose ``key`` the history names.
    ``category`` may stay empty: the intake desk settles it when it accepts. The place is the surest that is told: a grid chosen,
    ``position``, a photo's position, ``address``, a community chosen.
    ``reporter`` None or empty: anonymous. ``grounds``: it is the root cause of these. ``line`` is the direct line it comes by, which is then its channel.
    Raises PermissionDenied; Refusal with the field that has to be mended.
    """
    now, photos, code = now or timezone.now(), list(photos), follow_code(request_id)
    channel = Channel.DIRECT if line else channel
    if found := _already(request_id):
        return Raised(found, code, again=True)
    _may_raise(by, channel)
    version = version_in_force()
    charter = charter_of(version)
    kind, sure = (leaf(charter, category), 1.0) if category else provisional(version, text)
    procedure = way_of(charter, kind, line, chosen=bool(category), sure=sure)
    where = _locate(charter, place, position, photos, address, by_program=channel in BY_PROGRAM)
    if by is not None and channel != Channel.FIELD:
        _require_any(by, NEEDS[Channel(channel)], where.place)
    seat = _seat_of(by, channel, where)
    is_demo = is_demo or has_demo()  # what is tried out in a demonstration belongs to it
    number = take_number(charter.id, now)
    try:
        with keeping() as kept, transaction.atomic():
            title = title.strip() or title_of(text)
            flow = begin_flow(
                by=by,
                procedure=procedure,
                kind=kind.id,
                subject=SUBJECT,
                subject_ref=number,
                title=title,
                place=where.place,
                now=now,
                is_demo=is_demo,
                role=seat.post if seat else "",
                key=key,
            )
            matter = Matter.objects.create(
                number=number, request_id=request_id, follow_digest=digest(code), flow=flow, category=category, title=title,
                text=text.strip(), channel=channel, line=line, raised_from_id=seat.seat if seat else None, place=where.place, path=where.place.path,
                found_by=where.found_by, address=address.strip(), lon=where.lon, lat=where.lat, raised_at=now,
                is_public=bool(category) and kind.public, is_demo=is_demo,
            )  # fmt: skip
            seal_reporter(matter, reporter)
            Ground.objects.bulk_create([Ground(root=matter, matter=g) for g in grounds])
            keep_files(kept, flow, photos, documents, by=by, step=flow.step, at=now)
    except IntegrityError:
        # the same request twice at the same moment: the other was first
        if found := _already(request_id):
            return Raised(found, code, again=True)
        raise
    return Raised(matter, code)


def title_of(text: str) -> str:
    """A title from what was told: its first sentence or line, cut where it is long, without numbers of dwellings, telephones and people:
    lists show it."""
    lines = [line for line in without_numbers(without_dwelling(text)).splitlines() if line.strip()]
    line = " ".join((lines[0] if lines and len(lines[0].strip()) > 5 else " ".join(lines)).split())
    for sign in "。!?\uff01\uff1f;\uff1b":
        line = line.split(sign, 1)[0] or line
    if len(line) <= TITLE_LENGTH:
        return line
    kept = line[: TITLE_LENGTH - 1]
    if kept[-1].isascii() and kept[-1].isalnum() and line[TITLE_LENGTH - 1].isascii() and line[TITLE_LENGTH - 1].isalnum():
        kept = kept.rpartition(" ")[0] or kept  # words written with spaces stay whole
    return f"{kept.rstrip()}…"


SURE_OF_DANGER = 0.99
"""How sure the words have to be of an urgent kind for a letter not to go to whoever it is written to: hopes for a lift point to one that is stuck."""


def provisional(version: CharterVersion, text: str) -> tuple[Category, float]:
    """The category the work begins under while the person's own is still to be chosen: what the words point to, with how sure (0 to 1), else
    any ordinary one.

    Nothing depends on it but the way to the intake desk; words that point to a danger take the urgent one at once.
    """
    charter = charter_of(version)
    if found := model_of(version).propose(text, most=1):
        return charter.categories[found[0].category], found[0].share
    leaves = charter.leaves()
    return next((c for c in leaves if not c.urgent and c.procedure == "matter"), leaves[0]), 0.0


def way_of(charter: Charter, kind: Category, line: str, *, chosen: bool, sure: float) -> str:
    """The procedure of a matter: its kind's or, by a direct line, the line's. What is surely urgent goes the urgent way: it can't wait for one
    post.

    Raises Refusal for a line the charter doesn't have, or a kind ``chosen`` that it doesn't take.
    """
    if not line:
        return kind.procedure
    direct = charter.lines.get(line)
    if direct is None:
        raise Refusal(_("There is no such direct line any more. Raise it as an ordinary matter."), field="line", code="no_line")
    if chosen and kind not in charter.taken_by(direct):
        raise Refusal(_("This line isn't for matters of this kind. Choose another kind, or raise it as an ordinary matter."),
                      field="category", code="not_by_line")  # fmt: skip
    return kind.procedure if kind.urgent and sure >= SURE_OF_DANGER else direct.procedure


def _already(request_id: UUID) -> Matter | None:
    """The matter of this request, if it was here before; mostly it wasn't, so that is asked in the fewest words."""
    if not fetch("SELECT 1 FROM matters_matter WHERE request_id = %s", (request_id,)):
        return None
    return Matter.objects.select_related("flow", "place").filter(request_id=request_id).first()


def _may_raise(by, channel: str) -> None:
    """A resident comes by the residents' page or another service, and by no other way; staff by the others."""
    if channel not in (RESIDENTS if by is None else NEEDS):
        raise PermissionDenied(f"channel {channel}")
    if by is not None:
        _require_any(by, NEEDS[Channel(channel)])


def _require_any(by, abilities: tuple[str, ...], place: Place | None = None) -> None:
    if not any(can(by, ability, place) for ability in abilities):
        raise PermissionDenied(abilities[0])


def _locate(
    charter: Charter, place: Place | None, position: Position | None, photos: list[Photo], address: str, *, by_program: bool
) -> Whereabouts:
    seen = next((Position(p.lon, p.lat) for p in photos if p.lon is not None and p.lat is not None), None)
    try:
        return locate(place=place, position=position, photo=seen, address=address.strip())
    except Nowhere as nowhere:
        said = nowhere.to_program if by_program else str(nowhere)
        raise Refusal(said, field=nowhere.field, code="nowhere") from None


def _seat_of(by, channel: str, where: Whereabouts) -> Held | None:
    """The seat it was raised from: of those that may, the nearest to the place, else the first."""
    if by is None:
        return None
    held = [h for h in scope_of(by).held if h.abilities.intersection(NEEDS[Channel(channel)])]
    path = str(where.place.path)
    near = [h for h in held if path == h.path or path.startswith(f"{h.path}.")]
    return max(near or held, key=lambda h: (len(h.path), -h.seat))
