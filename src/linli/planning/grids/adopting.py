"""From an alternative to the division in force: what it would change, proposing it, deciding on it.

Adopting is one transaction: places, posts and open work change together, or nothing does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import shapely
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from shapely.geometry import Point, mapping
from shapely.geometry.base import BaseGeometry

from linli.access.scope import require, scope_of
from linli.bodies.actions import furnish
from linli.bodies.models import Holding, Seat
from linli.charter.store import charter_in_force
from linli.flow import actions as flow_actions
from linli.flow import commands
from linli.flow.engine import Context, run
from linli.flow.models import Flow, Todo
from linli.flow.words import refusal
from linli.frame.actlog import record_act
from linli.frame.refusal import Refusal
from linli.matters.models import Box, Matter
from linli.outbox.models import Subscription
from linli.places.actions import NewGrid, redivide
from linli.places.ltree import label
from linli.places.models import Place
from linli.planning.grids.actions import PLAN, SEE, SUBJECT, locked, number_in
from linli.planning.grids.reading import PLACES, Standing, standing
from linli.planning.grids.values import with_moves
from linli.planning.models import Alternative, State

_NUMBERED = re.compile(r"(.*?第)([一二三四五六七八九十]{1,3}|\d{1,3})(.*)")


def final(row: Alternative) -> list[int]:
    """Each site's unit, with what was moved by hand."""
    return with_moves(row.lab or [], row.moves, [s[0] for s in row.facts["sites"]])


def free_names(taken: Sequence[str], count: int) -> list[str]:
    """Names for new grids after the pattern of the present ones: «第九网格», «第十网格»."""
    shape = next((m for name in taken if (m := _NUMBERED.fullmatch(name))), None)
    before, after, arabic = (shape[1], shape[3], shape[2].isdigit()) if shape else ("第", "网格", False)
    found: list[str] = []
    n = 0
    while len(found) < count:
        n += 1
        name = f"{before}{n if arabic else _chinese(n)}{after}"
        if name not in taken:
            found.append(name)
    return found


def _chinese(n: int) -> str:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(n, 10)
    head = "" if not tens else "十" if tens == 1 else f"{digits[tens]}十"
    return head + (digits[ones] if ones or not tens else "")


def names_of(row: Alternative) -> list[str]:
    """What its grids are called: those that continue one by that name, new ones as proposed or by the next free number."""
    said = row.handover.get("names", {})
    taken = [u["name"] for u in row.units if u["grid"]] + [name for _code, name in row.facts["grids"]]
    fresh = [u for u, unit in enumerate(row.units) if not unit["grid"]]
    usual = dict(zip(fresh, free_names(taken, len(fresh)), strict=True))
    return [unit["name"] if unit["grid"] else said.get(str(u), usual[u]) for u, unit in enumerate(row.units)]


# --- what it would change -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leaving:
    """A grid that ends. ``heir``: the unit most of its households come to; ``holders``: who leaves which post with it."""

    code: str
    name: str
    heir: int
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """An open piece of work that comes to another grid. ``owner``: the seat responsible, where it is one of a grid here."""

    flow: int
    unit: int
    was: str  # code of the present grid
    placed: bool  # its place is the grid itself, and has to be written anew
    owner: int | None
    shelved: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A grid that goes on with other buildings than today."""

    name: str
    before: int  # households
    after: int
    came: int  # buildings
    left: int


@dataclass(slots=True)
class Change:
    """Everything that adopting does. ``stuck`` names what stands in its way."""

    units: list[NewGrid] = field(default_factory=list)
    ground: list[BaseGeometry] = field(default_factory=list)
    leaving: list[Leaving] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    kept: int = 0  # grids that nothing changes for
    changed: list[Changed] = field(default_factory=list)
    shelved: int = 0  # work on the ledger that stays with its former holder

    @property
    def fresh(self) -> list[int]:
        return [u for u, grid in enumerate(self.units) if not grid.code]

    def kept_words(self) -> dict[str, Any]:
        """What it was, to be read after it was adopted."""
        return {
            "kept": self.kept, "fresh": len(self.fresh), "moving": self.moving, "shelved": self.shelved, "changed": [asdict(c) for c in self.changed],
            "leaving": [{"name": one.name, "holders": list(one.holders)} for one in self.leaving],
        }  # fmt: skip

    @property
    def moving(self) -> int:
        return sum(not w.shelved for w in self.works)


def change_of(row: Alternative, found: Standing, successors: Mapping[str, int] | None = None) -> Change:
    """What adopting would do today. ``successors``: by code of a grid that ends, the unit that takes over what isn't bound to a building."""
    from linli.planning.grids.ground import redrawn, same

    lab, change = final(row), Change()
    change.stuck += _differences(row, found)
    if change.stuck:
        return change
    names, by_code = names_of(row), {g.code: g for g in found.grids}
    counted = None if found.uncounted else {b.code: b.households or 0 for b in found.buildings}
    change.ground = redrawn(
        [(s[3], s[4]) for s in row.facts["sites"]], [b.shape for b in found.buildings], lab, len(row.units), found.community.shape,
        [g.shape for g in found.grids],
    )  # fmt: skip
    before = {g.name: {b.code for b in found.buildings if b.grid == g.name} for g in found.grids}
    sizes = {s[0]: int(s[2]) for s in row.facts["sites"]}
    for u, unit in enumerate(row.units):
        mine = [n for n, x in enumerate(lab) if x == u]
        codes = frozenset(row.facts["sites"][n][0] for n in mine)
        old = by_code.get(unit["grid"])
        if change.ground[u].is_empty:
            said = _("%(name)s would have no ground: its buildings stand outside the community. Mend their positions.")
            change.stuck.append(said % {"name": names[u]})
        as_it_is = old is not None and same(change.ground[u], old.shape)
        change.kept += bool(as_it_is and old and before[old.name] == codes)
        if old and before[old.name] != codes:
            was = before[old.name]
            then, now = sum(sizes[c] for c in was), sum(sizes[c] for c in codes)
            change.changed.append(Changed(old.name, then, now, len(codes - was), len(was - codes)))
        households = None if counted is None else sum(counted[c] for c in codes)
        drawn = None if as_it_is or change.ground[u].is_empty else mapping(change.ground[u])
        change.units.append(NewGrid(names[u], unit["grid"], drawn, households, codes))
    _leaving(row, found, lab, change)
    chosen = {
        leaving.code: (successors or row.handover.get("successors", {})).get(leaving.code, leaving.heir) for leaving in change.leaving
    }
    _open_work(row, found, lab, change, chosen)
    return change


def _differences(row: Alternative, found: Standing) -> list[str]:
    """What has changed since the alternative was made: it was made for what was there then."""
    then = {s[0]: s[5] for s in row.facts["sites"]}
    now = {b.code: b.grid for b in found.buildings}
    said = []
    if new := sorted(set(now) - set(then)):
        said.append(_("%(n)s buildings were added since it was made. Make an alternative that has them.") % {"n": len(new)})
    if gone := sorted(set(then) - set(now)):
        said.append(_("%(n)s buildings are no more since it was made. Make an alternative without them.") % {"n": len(gone)})
    moved = [code for code in set(then) & set(now) if then[code] != now[code]]
    if moved or dict(row.facts["grids"]) != {g.code: g.name for g in found.grids}:
        said.append(_("The present division is another one than when it was made. Make it again for the division of today."))
    return said


def _leaving(row: Alternative, found: Standing, lab: Sequence[int], change: Change) -> None:
    continued = {unit["grid"] for unit in row.units if unit["grid"]}
    for grid in found.grids:
        if grid.code in continued:
            continue
        households: Counter[int] = Counter()
        buildings: Counter[int] = Counter()
        for site, unit in zip(row.facts["sites"], lab, strict=True):
            if site[5] == grid.name:
                households[unit] += site[2]
                buildings[unit] += 1
        if buildings:
            heir = max(buildings, key=lambda u: (households[u], buildings[u], -u))
        else:  # of one without buildings, whoever has most of its ground
            own = shapely.geometry.shape(grid.shape) if grid.shape else shapely.Polygon()
            heir = max(range(len(change.ground)), key=lambda u: (shapely.intersection(change.ground[u], own).area, -u))
        holders = Holding.objects.current().filter(seat__place=grid.pk).select_related("user").order_by("seat__post", "user__name")
        change.leaving.append(Leaving(grid.code, grid.name, heir, tuple(dict.fromkeys(str(h.user) for h in holders))))
    ending = [g.pk for g in found.grids if g.code not in continued]
    if not ending:
        return
    today = timezone.localdate()
    for name in Place.objects.filter(pk__in=ending, valid_from__gte=today).values_list("name", flat=True):
        change.stuck.append(_("%(name)s began today: it can end tomorrow at the earliest.") % {"name": name})
    at, of = "place__name", "seat__place__name"
    assists = Todo.objects.filter(done_at=None, role=Todo.Role.ASSIST, seat__place__in=ending)
    shelved = Flow.objects.filter(end="", suspended=True, owner__place__in=ending)
    for message, rows, names in (
        (_("%(name)s ends, but opinion boxes hang there (%(count)s). Move them or take them down."), Box.objects.hanging().filter(place__in=ending), at),
        (_("%(name)s ends, but systems are told of it (%(count)s). Pause these."), Subscription.objects.filter(place__in=ending, active=True), at),
        (_("%(name)s ends, but its posts assist in open work (%(count)s). Have these parts finished, or others named as mediators."), assists, of),
        (_("%(name)s ends, but work of its posts lies on the ledger (%(count)s). Have it taken up first."), shelved, "owner__place__name"),
    ):  # fmt: skip
        counted = Counter(rows.values_list(names, flat=True))
        change.stuck += [message % {"name": name, "count": count} for name, count in sorted(counted.items())]


def _open_work(row: Alternative, found: Standing, lab: Sequence[int], change: Change, chosen: Mapping[str, int]) -> None:
    """Open work about places whose grid changes, and work of posts of grids that end, wherever it is."""
    path = str(found.community.path)
    unit_of = {label(site[0]): unit for site, unit in zip(row.facts["sites"], lab, strict=True)}
    continues = {unit["grid"]: u for u, unit in enumerate(row.units) if unit["grid"]}
    grids, pks = {label(g.code): g.code for g in found.grids}, {g.pk: g.code for g in found.grids}
    depth = path.count(".") + 1
    tree = shapely.STRtree(change.ground)
    rows = Flow.objects.filter(Q(path__descends=path) | Q(owner__place__in=list(pks)), end="").exclude(subject=SUBJECT)
    for pk, where, level, owner, at, suspended, lon, lat in rows.order_by("pk").values_list(
        "pk", "path", "place__level", "owner", "owner__place", "suspended", "matter__lon", "matter__lat"
    ):
        labels = str(where).split(".")
        inside = str(where).startswith(f"{path}.")
        was = grids.get(labels[depth], "") if inside and len(labels) > depth else ""
        unit = next((unit_of[x] for x in labels[depth:] if x in unit_of), None) if inside else None
        stays = continues.get(was)
        if unit is None and stays is not None and change.units[stays].shape is None:
            continue  # its grid is as it was
        if unit is None and was:
            spot: Any = None if lon is None or lat is None else Point(lon, lat)
            hit: Any = () if spot is None else tree.query(spot, predicate="intersects")
            unit = int(hit[0]) if len(hit) else continues.get(was, chosen.get(was))
        mine = pks.get(at, "") if at else ""
        if unit is None and mine and mine not in continues:  # work elsewhere that lies with a post of a grid that ends
            unit, was = chosen[mine], mine
        if unit is None or continues.get(was) == unit:
            continue
        work = Work(
            pk, unit, was, level == "grid" and inside, owner if mine and (mine == was or mine not in continues) else None, suspended
        )
        change.works.append(work)
        change.shelved += suspended
        if suspended and work.placed and was not in continues:
            said = _("Work on the ledger is about %(name)s, which ends. Have it taken up first.")
            change.stuck.append(said % {"name": dict(row.facts["grids"])[was]})


# --- proposing and deciding ---------------------------------------------------------------------------------------------------------------


def propose_division(
    *, by: Any, alternative: Alternative, seq: int | None, names: Mapping[int, str], successors: Mapping[str, int], reason: str = "",
    now: datetime | None = None,
) -> Alternative:  # fmt: skip
    """Put an alternative to whoever decides by the charter. ``names`` of its new grids, ``successors`` of grids that end.

    Raises Refusal (at a field ``name_<unit>``, ``successor_<code>`` or ``reason``, which can't be left out where something is wrong with the
    division; as a whole where something stands in its way).
    """
    from linli.planning.grids.shown import Shown

    now = now or timezone.now()
    charter = charter_in_force()
    procedure = charter.dividing.procedure
    if not procedure:
        raise Refusal(gettext_lazy("The charter names no procedure by which a division is adopted."), code="no_procedure")
    with transaction.atomic():
        row = locked(by, PLAN, alternative, seq)
        if row.state != State.KEPT:
            raise Refusal(gettext_lazy("Only an alternative that is kept and not proposed can be proposed."), code="state")
        if Alternative.objects.filter(place=row.place, state=State.PROPOSED).exists():
            raise Refusal(gettext_lazy("Another alternative of this community has been proposed. It is decided on first."), code="other")
        found = standing(row.place, charter, PLACES)
        row.handover = {"names": _names(row, names), "successors": {code: int(unit) for code, unit in successors.items()}}
        change = change_of(row, found)
        _check_successors(row, change)
        if change.stuck:
            raise Refusal(gettext_lazy("It can't be adopted yet: %(what)s"), code="stuck", params={"what": " ".join(change.stuck)})
        if change.kept == len(change.units) and not change.leaving:
            raise Refusal(gettext_lazy("It is the present division: there is nothing to adopt."), code="nothing")
        if not reason.strip() and Shown(row).objections:
            raise Refusal(gettext_lazy("Say why it is proposed although something is wrong with it."), field="reason", code="reason")
        title = _("Dividing %(place)s into %(n)s grids") % {"place": row.place.name, "n": len(row.units)}
        row.flow = flow_actions.begin_flow(
            by=by, procedure=procedure, kind="", subject=SUBJECT, subject_ref=f"{row.place.code}-F{row.number}-{row.seq}", title=title, place=row.place,
            is_demo=row.is_demo, now=now, texts={"reason": reason}, role=_role(by, PLAN, str(row.path)),
        )  # fmt: skip
        row.state, row.proposed_by, row.seq = State.PROPOSED, by, row.seq + 1
        row.save()
        record_act(by, "planning.alternative.proposed", row, {"number": row.number, "moves": len(row.moves)}, now=now)
    return row


def _names(row: Alternative, names: Mapping[int, str]) -> dict[str, str]:
    fresh = [u for u, unit in enumerate(row.units) if not unit["grid"]]
    usual, kept = names_of(row), [unit["name"] for unit in row.units if unit["grid"]]
    found: dict[str, str] = {}
    for u in fresh:
        name = " ".join(names.get(u, usual[u]).split())
        if not 1 <= len(name) <= 100:
            raise Refusal(gettext_lazy("Enter a name of 1 to 100 characters."), field=f"name_{u}", code="name")
        if name in kept or name in found.values():
            raise Refusal(gettext_lazy("Another grid has this name."), field=f"name_{u}", code="name_taken")
        found[str(u)] = name
    return found


def _check_successors(row: Alternative, change: Change) -> None:
    for leaving in change.leaving:
        if not 0 <= row.handover["successors"].setdefault(leaving.code, leaving.heir) < len(row.units):
            raise Refusal(gettext_lazy("Choose a grid."), field=f"successor_{leaving.code}", code="successor")


def _role(by: Any, ability: str, path: str) -> str:
    """The nearest post by which somebody may."""
    held = [h for h in scope_of(by).held if ability in h.abilities and f"{path}.".startswith(f"{h.path}.")]
    return max(held, key=lambda h: len(h.path)).post


def movers(row: Alternative) -> set[int]:
    """Who may not decide on it: whoever proposed it or made it."""
    return {pk for pk in (row.proposed_by_id, row.made_by_id) if pk}


def decide_division(
    *, by: Any, alternative: Alternative, seq: int | None, outcome: str, reason: str = "", now: datetime | None = None
) -> Alternative:
    """Take the step of the procedure. Where that ends it well, the division is in force from today on: all of it, or nothing happened.

    Raises PermissionDenied; Refusal: the same person proposed it (code "same_person"), something stands in its way (code "stuck").
    """
    now = now or timezone.now()
    with transaction.atomic():
        row = locked(by, SEE, alternative, seq)
        if row.state != State.PROPOSED or row.flow_id is None:
            raise Refusal(gettext_lazy("It isn't proposed, or has been decided on."), code="state")
        if by.pk in movers(row):
            raise Refusal(gettext_lazy("Whoever made or proposed it can't decide on it: a second person does."), code="same_person")
        if outcome != "agree" and not reason.strip():
            raise Refusal(gettext_lazy("Say why."), field="reason", code="reason")
        try:
            flow = flow_actions.take_step(by=by, flow=row.flow_id, seq=None, outcome=outcome, texts={"reason": reason}, now=now)
        except flow_actions.Refused as refused:
            raise Refusal(str(refusal(refused, Flow.objects.get(pk=row.flow_id))), code=refused.code) from None
        row.seq += 1
        if flow.end:
            good = charter_in_force_of(flow).procedures[flow.procedure].ends[flow.end].good
            if good:
                _adopt(by, row, now)
            row.state = State.ADOPTED if good else State.KEPT if outcome == "return" else State.DECLINED
            row.adopted_on = timezone.localdate(now) if good else None
        row.save()  # sent back it can be changed and proposed again, by a flow of its own
        data = {"number": row.number, "outcome": outcome, "flow": row.flow_id, "state": row.state}
        record_act(by, "planning.alternative.decided", row, data, now=now)
    return row


def withdraw_proposal(*, by: Any, alternative: Alternative, seq: int | None, reason: str = "", now: datetime | None = None) -> Alternative:
    """Take back what one proposed oneself, as long as nobody has decided on it. It can then be changed, dropped or proposed again."""
    now = now or timezone.now()
    with transaction.atomic():
        row = locked(by, PLAN, alternative, seq)
        if row.state != State.PROPOSED or row.flow_id is None:
            raise Refusal(gettext_lazy("It isn't proposed, or has been decided on."), code="state")
        if by.pk != row.proposed_by_id:
            raise Refusal(gettext_lazy("Only whoever proposed it can take it back."), code="other_person")
        role = _role(by, PLAN, str(row.path))
        try:
            run(
                row.flow_id, lambda _c: commands.Withdraw(by=by.pk, role=role), by=by, now=now, texts={"reason": reason} if reason else None
            )
        except flow_actions.Refused as refused:
            raise Refusal(str(refusal(refused, Flow.objects.get(pk=row.flow_id))), code=refused.code) from None
        row.state, row.seq = State.KEPT, row.seq + 1
        row.save()
        record_act(by, "planning.alternative.withdrawn", row, {"number": row.number, "flow": row.flow_id}, now=now)
    return row


def charter_in_force_of(flow: Flow) -> Any:
    from linli.charter.store import charter_of

    return charter_of(flow.charter_id)


def _adopt(by: Any, row: Alternative, now: datetime) -> None:
    community, charter = Place.objects.get(pk=row.place_id), charter_in_force()
    change = change_of(row, standing(community, charter, PLACES))
    if change.stuck:
        raise Refusal(gettext_lazy("It can't be adopted yet: %(what)s"), code="stuck", params={"what": " ".join(change.stuck)})
    require(by, "place.edit", community)
    role = _role(by, "place.edit", str(community.path))

    # as it was drawn, and what it changed, that day
    row.result = row.result | {"ground": [mapping(one) for one in change.ground], "change": change.kept_words()}

    def hand_over(placed: list[Place], ended: list[Place]) -> None:
        furnish(charter, community)
        names = {p.code: p.name for p in [*placed, *ended]}
        for work in change.works:
            _hand_over(by, role, work, placed[work.unit], names.get(work.was, ""), now)

    try:
        redivide(community, by=by, grids=change.units, before_ending=hand_over, day=timezone.localdate(now))
    except ValidationError as error:
        raise Refusal(gettext_lazy("It can't be adopted yet: %(what)s"), code="stuck", params={"what": " ".join(error.messages)}) from None
    except flow_actions.Refused as refused:
        raise Refusal(gettext_lazy("It can't be adopted yet: %(what)s"), code="stuck", params={"what": refusal(refused)}) from None


def _hand_over(by: Any, role: str, work: Work, grid: Place, was: str, now: datetime) -> None:
    """One piece of work comes to a grid: its place where that was the grid itself, and the same post there where a post of a grid had it."""
    if work.placed:
        Flow.objects.filter(pk=work.flow).update(place=grid, path=str(grid.path))
        Matter.objects.filter(flow=work.flow).update(place=grid, path=str(grid.path))
    if work.shelved or (work.owner is None and not work.placed):
        return
    seat = Seat.objects.filter(post__in=Seat.objects.filter(pk=work.owner).values("post"), place=grid).first() if work.owner else None

    def make(c: Context) -> commands.Command:
        if seat is None or c.state.owner != work.owner or seat.pk == work.owner:
            return commands.Note(by=by.pk, role=role)
        return commands.Reassign(by=by.pk, role=role, seat=commands.Found(seat.pk, seat.post, "grid"), level=None)

    run(work.flow, make, by=by, now=now, texts={"reason": _("The grids were divided anew."), "place": f"{was} → {grid.name}"})


def reason_of(row: Alternative) -> str:
    """Why it was proposed, in the proposer's words."""
    said = row.flow.events.order_by("seq").values_list("texts", flat=True).first() if row.flow else None
    return (said or {}).get("reason", "")


def url_of(flow: Flow) -> str:
    """The page of the alternative a piece of work is about; "" where it was withdrawn and dropped."""
    code = flow.subject_ref.rsplit("-", 2)[0]
    uid = Alternative.objects.filter(place__code=code, number=number_in(flow.subject_ref)).values_list("uid", flat=True).first()
    return reverse("planning:alternative", args=[uid]) if uid else ""
