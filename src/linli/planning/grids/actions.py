"""The only writers of alternatives and of what they are made from. Permission first, one transaction, one line in the log of acts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.access.scope import require
from linli.charter.schema import fraction
from linli.charter.store import charter_in_force
from linli.flow.models import Flow
from linli.flow.procedure import WITHDRAWN
from linli.frame.actlog import record_act
from linli.frame.jobs import Progress, start
from linli.frame.models import Job
from linli.frame.refusal import Conflict, Refusal
from linli.places.models import Place
from linli.places.reports import Problem
from linli.planning.grids.reading import MOST_BUILDINGS, Standing, read_barriers, read_counts, read_walked, standing
from linli.planning.grids.values import Options, digest, given_of, with_moves
from linli.planning.models import Alternative, Kind, Material, State
from linli.planning.network import OFF
from linli.planning.words import several

SEE, PLAN = "plan.see", "plan.grids"
SUBJECT = "planning.alternative"  # of the work by which one is adopted
SEARCH, AGAIN = "planning.grids", "planning.grids_again"  # kinds of jobs
MOST_BYTES = 10_000_000
MOST = 12  # alternatives of a community that are neither proposed nor decided on
SHOWN = 30  # things to mend that are kept


class Unplannable(Refusal):
    """It can't be divided so; ``problems`` says why, each with what to do."""

    def __init__(self, problems: Sequence[Problem | str]) -> None:
        super().__init__(gettext_lazy("It can't be divided so. Mend what stands below first."), code="unplannable")
        self.problems = [_said(p) for p in problems[:SHOWN]]
        if len(problems) > SHOWN:
            self.problems.append(_("… and %(n)s more") % {"n": len(problems) - SHOWN})


def _said(problem: Problem | str) -> str:
    if isinstance(problem, str):
        return problem
    return problem.message if problem.number is None else str(problem)


# --- what is planned with -------------------------------------------------------------------------------------------------------------


def bring_material(*, by: Any, community: Place, kind: str, name: str, data: bytes, now: datetime | None = None) -> Material:
    """Keep household counts, barriers or ways for the plans of ``community``. Raises Refusal at ``file``, or Unplannable row by row."""
    require(by, PLAN, community)
    if kind not in Kind.values:
        raise Refusal(gettext_lazy("Choose what the file holds."), field="kind", code="kind")
    if len(data) > MOST_BYTES:
        raise Refusal(gettext_lazy("The file is larger than 10 MB."), field="file", code="too_large")
    if kind == Kind.COUNTS:
        values, problems = read_counts(name, data, standing(community, charter_in_force(), "places").buildings)
    elif kind == Kind.WAYS:
        values, problems = read_walked(name, data, standing(community, charter_in_force(), "places").buildings)  # type: ignore[assignment]
    else:
        values, problems = read_barriers(name, data, standing(community, charter_in_force(), "places").buildings)  # type: ignore[assignment]
    if problems:
        raise Unplannable(problems)
    with transaction.atomic():
        kept, _made = Material.objects.update_or_create(
            place=community, kind=kind,
            defaults={
                "path": str(community.path), "name": name[:100], "sha256": hashlib.sha256(data).hexdigest(), "values": values, "by": by,
                "at": now or timezone.now(),
            },
        )  # fmt: skip
        record_act(by, "planning.material.brought", kept, {"kind": kind, "sha256": kept.sha256, "count": len(values)}, str(community.path))
    return kept


def drop_material(*, by: Any, community: Place, kind: str) -> None:
    """Plan without it from now on. Alternatives made with it keep it."""
    require(by, PLAN, community)
    with transaction.atomic():
        if Material.objects.filter(place=community, kind=kind).delete()[0]:
            record_act(by, "planning.material.dropped", f"planning.material:{community.code}", {"kind": kind}, str(community.path))


# --- making alternatives ---------------------------------------------------------------------------------------------------------------


def check_standing(found: Standing) -> None:
    """Raises Unplannable where the community can't be planned for: nothing in it, no position, no households."""
    problems = []
    if not found.buildings:
        problems.append(_("No buildings are stored for this community. Import them as GeoJSON first."))
    if len(found.buildings) > MOST_BUILDINGS:
        problems.append(_("%(n)s buildings are too many for one community (%(most)s at most).") % {"n": len(found.buildings), "most": MOST_BUILDINGS})  # fmt: skip
    if found.nowhere:
        problems.append(_("%(name)s has no position. Enter it on the building's page.") % {"name": several(found.nowhere)})
    if found.uncounted and len(found.uncounted) == len(found.buildings):
        problems.append(_("No building has a number of households. Bring a file with them, or count them from the register."))
    elif found.uncounted:
        message = _("%(name)s has no number of households. Bring it in a file, or enter it on the building's page; 0 where nobody lives.")
        problems.append(message % {"name": several(found.uncounted)})
    if problems:
        raise Unplannable(problems)


def start_search(
    *, by: Any, community: Place, options: Options, counts: str = "", fixed: Mapping[str, str] | None = None, note: str = "",
    now: datetime | None = None,
) -> Alternative:  # fmt: skip
    """Look for a division as a job. Raises PermissionDenied; Refusal; Unplannable with everything that can be seen before searching."""
    from linli.planning.plan import Refused, prepare

    require(by, PLAN, community)
    found = standing(community, charter_in_force(), counts)
    check_standing(found)
    facts = found.facts(fixed)
    try:
        prepare(given_of(facts), options.asked())
    except Refused as refused:
        raise Unplannable(refused.problems) from None
    with transaction.atomic():
        made = _new(by, community, facts, options, note, now or timezone.now(), state=State.SEARCHING)
        job = start(
            SEARCH, by=by, title=_("Dividing %(place)s into grids") % {"place": community.name}, args={"alternative": made.pk}, total=100
        )
        Alternative.objects.filter(pk=made.pk).update(job=job.uid)
        made.job = job.uid
    return made


def start_from_present(*, by: Any, community: Place, counts: str = "", note: str = "", now: datetime | None = None) -> Alternative:
    """An alternative that is the present division, to be changed by hand."""
    require(by, PLAN, community)
    charter = charter_in_force()
    found = standing(community, charter, counts)
    check_standing(found)
    if lost := [b.name for b in found.buildings if not b.grid]:
        raise Unplannable([_("%(name)s is in no grid.") % {"name": name} for name in lost])
    if not found.grids:
        raise Unplannable([_("This community has no grids yet: let it be divided.")])
    names = {g.name: n for n, g in enumerate(found.grids)}
    usual = charter.dividing
    options = Options(
        target=None,
        units=len(found.grids),
        tolerance=float(fraction(usual.tolerance)),
        link=usual.link,
        off_way=int(OFF),
        stay=usual.stay,
        anyway=True,
    )
    with transaction.atomic():
        return _new(
            by, community, found.facts(), options, note, now or timezone.now(), state=State.KEPT,
            lab=[names[b.grid] for b in found.buildings], units=[{"name": g.name, "grid": g.code} for g in found.grids],
            result={"by_hand": True},
        )  # fmt: skip


def _new(by: Any, community: Place, facts: dict[str, Any], options: Options, note: str, now: datetime, **more: Any) -> Alternative:
    Place.objects.select_for_update().get(pk=community.pk)  # one number at a time
    mine = Alternative.objects.filter(place=community)
    undecided = mine.filter(state__in=[State.SEARCHING, State.KEPT, State.FAILED])
    if undecided.count() >= MOST:
        raise Refusal(gettext_lazy("%(most)s alternatives are kept already. Drop one first."), code="too_many", params={"most": MOST})
    if more["state"] == State.SEARCHING and any(live(a) for a in undecided.filter(state=State.SEARCHING)):
        raise Refusal(gettext_lazy("An alternative is being searched for already. Wait for it, or stop it."), code="searching")
    asked = asdict(options)
    made = Alternative.objects.create(
        place=community, path=str(community.path), number=_next_number(community), note=note.strip()[:80],
        facts=facts, options=asked, digest=digest(facts, asked), made_by=by, made_at=now, is_demo=community.is_demo, **more,
    )  # fmt: skip
    record_act(by, "planning.alternative.made", made, {"number": made.number, "digest": made.digest, "state": made.state}, now=now)
    return made


def _next_number(community: Place) -> int:
    """One that no other has or had when it was proposed: what is dropped after it was withdrawn is still named in the history."""
    last = Alternative.objects.filter(place=community).aggregate(n=Max("number"))["n"] or 0
    refs = Flow.objects.filter(subject=SUBJECT, place=community).values_list("subject_ref", flat=True)
    return max([last, *(number_in(ref) for ref in refs)]) + 1


def number_in(ref: str) -> int:
    """The number of the alternative in what its proposal is called: «150204001001-F3-7»."""
    return int(ref.rsplit("-", 2)[1][1:])


def flows_of(row: Alternative) -> Any:
    """Every time it was proposed, the newest first."""
    return Flow.objects.filter(subject=SUBJECT, place=row.place_id, subject_ref__startswith=f"{row.place.code}-F{row.number}-").order_by(
        "-began_at"
    )


def live(alternative: Alternative) -> bool:
    """Whether its search is still under way: a worker may have died, or somebody stopped it."""
    return (
        alternative.job is not None and Job.objects.filter(uid=alternative.job, state__in=[Job.State.WAITING, Job.State.RUNNING]).exists()
    )


def run_search(progress: Progress | None, alternative: int) -> str:
    """Search, and keep what is found, or why there is nothing. Returns a line for whoever asked. Called by the job."""
    from linli.planning.plan import Refused, make

    row = Alternative.objects.get(pk=alternative, state=State.SEARCHING)
    options = Options(**row.options)
    watch = (lambda part: progress(int(100 * part), 100)) if progress else None
    try:
        made = make(given_of(row.facts), options.asked(), watch=watch)
    except Refused as refused:
        _store(row, state=State.FAILED, problems=[_said(p) for p in refused.problems[:SHOWN]])
        return _("It can't be divided so; its page says why.")
    [result] = made.results
    codes = {name: code for code, name in row.facts["grids"]}
    units = [{"name": name, "grid": codes.get(name, "") if result.division.heir[u] >= 0 else ""} for u, name in enumerate(result.units)]
    _store(
        row, state=State.KEPT, lab=result.division.lab.tolist(), units=units, problems=[_said(p) for p in made.problems[:SHOWN]],
        result={"bound": round(result.bound, 4), "walking": round(result.division.walking, 4), "proven": bool(result.proven), "rounds": made.rounds},
    )  # fmt: skip
    return _("Alternative %(number)s is ready.") % {"number": row.number}


def _store(row: Alternative, **values: Any) -> None:
    Alternative.objects.filter(pk=row.pk, state=State.SEARCHING).update(seq=row.seq + 1, **values)


def start_again(*, by: Any, alternative: Alternative) -> Job:
    """Make it again from what is kept of it, as a job, and see whether it comes out the same."""
    require(by, PLAN, alternative)
    if alternative.lab is None or "rounds" not in alternative.result:
        raise Refusal(gettext_lazy("This alternative was not searched: there is nothing to make again."), code="by_hand")
    with transaction.atomic():
        title = _("Making alternative %(number)s again") % {"number": alternative.number}
        return start(AGAIN, by=by, title=title, args={"alternative": alternative.pk}, total=100)


def run_again(progress: Progress | None, alternative: int) -> str:
    """Search by the same facts, options, seed and number of rounds. Called by the job."""
    from dataclasses import replace

    from linli.planning.plan import Refused, make

    row = Alternative.objects.get(pk=alternative)
    options = replace(Options(**row.options), rounds=row.result["rounds"], seconds=None)
    try:
        made = make(given_of(row.facts), options.asked(), watch=(lambda part: progress(int(100 * part), 100)) if progress else None)
        same = made.results[0].division.lab.tolist() == row.lab
    except Refused:
        same = False
    intact = digest(row.facts, row.options) == row.digest
    Alternative.objects.filter(pk=row.pk).update(checked_at=timezone.now(), checked_same=same and intact)
    return _("It comes out the same.") if same and intact else _("It comes out differently: it is not as it was made.")


# --- by hand ----------------------------------------------------------------------------------------------------------------------------


def locked(by: Any, ability: str, alternative: Alternative, seq: int | None) -> Alternative:
    """The row, held until the transaction ends. Raises PermissionDenied, or Conflict where somebody changed it meanwhile."""
    row = Alternative.objects.select_for_update(of=("self",)).select_related("place").get(pk=alternative.pk)
    require(by, ability, row)
    if seq is not None and seq != row.seq:
        raise Conflict(gettext_lazy("Somebody else changed this alternative. See how it is now, then decide again."))
    return row


def _kept(row: Alternative) -> None:
    if row.state != State.KEPT:
        raise Refusal(gettext_lazy("Only an alternative that is kept and not proposed can be changed."), code="state")


def move_building(*, by: Any, alternative: Alternative, seq: int | None, building: str, unit: int) -> Alternative:
    """Move a building (by its code) to another unit of the alternative. Raises Refusal at the field."""
    with transaction.atomic():
        row = locked(by, PLAN, alternative, seq)
        _kept(row)
        codes = [s[0] for s in row.facts["sites"]]
        if building not in codes:
            raise Refusal(gettext_lazy("Choose a building."), field="building", code="building")
        if not 0 <= unit < len(row.units):
            raise Refusal(gettext_lazy("Choose a grid."), field="unit", code="unit")
        lab = with_moves(row.lab or [], row.moves, codes)
        was = lab[codes.index(building)]
        if was == unit:
            raise Refusal(gettext_lazy("It is in this grid already."), field="unit", code="same")
        if lab.count(was) == 1:
            raise Refusal(gettext_lazy("It is the last building of its grid: a grid needs one at least."), field="building", code="last")
        row.moves = [*row.moves, [building, unit]]
        row.seq += 1
        row.save(update_fields=["moves", "seq"])
        record_act(by, "planning.alternative.moved", row, {"building": building, "from": was, "to": unit})
    return row


def undo_move(*, by: Any, alternative: Alternative, seq: int | None) -> Alternative:
    """Take the last move by hand back."""
    with transaction.atomic():
        row = locked(by, PLAN, alternative, seq)
        _kept(row)
        if not row.moves:
            raise Refusal(gettext_lazy("Nothing was moved by hand."), code="nothing")
        last, row.moves = row.moves[-1], row.moves[:-1]
        row.seq += 1
        row.save(update_fields=["moves", "seq"])
        record_act(by, "planning.alternative.undone", row, {"building": last[0], "unit": last[1]})
    return row


def drop_alternative(*, by: Any, alternative: Alternative, seq: int | None) -> None:
    """Forget one that was never proposed, or whose proposals were all withdrawn before anybody decided."""
    with transaction.atomic():
        row = locked(by, PLAN, alternative, seq)
        if row.state not in (State.KEPT, State.FAILED) and not (row.state == State.SEARCHING and not live(row)):
            raise Refusal(gettext_lazy("Only an alternative that is kept and not proposed can be dropped."), code="state")
        if row.flow_id and flows_of(row).exclude(end=WITHDRAWN).exists():
            raise Refusal(gettext_lazy("It was proposed once and stays in the history."), code="history")
        record_act(by, "planning.alternative.dropped", row, {"number": row.number, "digest": row.digest})
        row.delete()
