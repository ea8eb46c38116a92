"""``linli plan circles``: who can walk to which kind of facility in time, and who is left out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

import numpy as np
from django.utils.translation import gettext as _

from linli.places.models import FacilityKind
from linli.planning.circles import Circle, circles, complete
from linli.planning.cli import Answer, Desk, Prepared, Watch, point
from linli.planning.cli.ways import Ways, ways
from linli.planning.tables import Table, flat_map, on_map
from linli.planning.words import number

KNOWN_OF = "elderly_households_left_out_known_of"
"""Of how many of the buildings left out it is known; not there where it is of all, and in answers of before."""
LOOK = 4.0
"""Walks are measured up to so many times what is in time."""


def prepare(args: argparse.Namespace, desk: Desk) -> Prepared:
    buildings = desk.table("in", args.source, "households")
    facilities = desk.table("facilities", args.facilities, "kind")
    before = len(buildings.problems)
    counts = {
        c: np.array([buildings.whole(row, c, None if c == "households" else 0) for row in buildings.rows])
        for c in ("households", "residents", "elderly")
    }
    unread = {p.number for p in buildings.problems[before:]}
    for row, all_, old in zip(buildings.rows, counts["households"], counts["elderly"], strict=True):
        if old > all_ and row.number not in unread:
            buildings.wrong(row, "elderly", _("There are more households with an elderly person than households."))
    buildings.named()
    kinds = [row.text("kind") for row in facilities.rows]
    for row, kind in zip(facilities.rows, kinds, strict=True):
        if not kind:
            facilities.wrong(row, "kind", _("It is empty. Enter it."))
    desk.refuse()
    if not counts["households"].sum():
        desk.wrong(_("Nobody lives there: every number of households is 0."), "source")
        desk.refuse()
    flat = flat_map([buildings, facilities])
    along = ways(args, desk, flat, buildings, facilities)
    sites = on_map(facilities.points, flat)
    wanted = [k.strip() for k in args.kinds.split(",") if k.strip()] or sorted(set(kinds))
    by_kind = {kind: sites[[k == kind for k in kinds]] for kind in wanted}
    return partial(_answer, args, buildings, counts, on_map(buildings.points, flat), by_kind, along)


def _answer(
    args: argparse.Namespace, buildings: Table, counts: dict[str, np.ndarray], at: np.ndarray, by_kind: dict[str, np.ndarray],
    along: Ways, watch: Watch | None = None,
) -> Answer:  # fmt: skip
    if watch:
        watch(0.0)
    found = circles(
        at, counts["households"], counts["elderly"], by_kind, network=along.net, minutes=args.minutes, pace=args.pace, detour=args.detour,
        look=LOOK * args.minutes,
    )  # fmt: skip
    whole = complete(found)
    told = np.array([bool(row.text("elderly")) for row in buildings.rows], bool)
    figures = {
        "buildings": len(at), "households": int(counts["households"].sum()), "residents": int(counts["residents"].sum()),
        "share_of_all_kinds": _share(counts["households"], whole), "kinds": [_figures(c, counts, told) for c in found],
        **along.figures,
    }  # fmt: skip
    features = [_feature(buildings, n, found, int(counts["households"][n]), args.pace) for n in range(len(at))]
    return Answer(figures, lambda: _words(args, found, counts, whole, told, along.words()), features)


def kind_name(kind: str) -> str:
    """A kind of facility in words: the house's own kinds go by their codes, any other is called what the file calls it."""
    return str(FacilityKind(kind).label) if kind in FacilityKind.values else kind


def _share(counts: np.ndarray, within: np.ndarray) -> float | None:
    return round(float(counts[within].sum() / counts.sum()), 4) if counts.sum() else None


def _figures(circle: Circle, counts: dict[str, np.ndarray], told: np.ndarray) -> dict[str, object]:
    """``told``: buildings of which it is known in how many households somebody elderly lives; said where that isn't so of all left out."""
    of, out = int(told[circle.out].sum()), int(circle.out.sum())
    return {
        "kind": circle.kind, "sites": circle.sites, "share_of_households": round(circle.share, 4),
        "share_of_residents": _share(counts["residents"], ~circle.out), "households_left_out": circle.left_out,
        "elderly_households_left_out": circle.elderly_left_out, "buildings_left_out": out,
        **({KNOWN_OF: of} if of < out else {}),
    }  # fmt: skip


def _feature(buildings: Table, n: int, found: list[Circle], households: int, pace: float) -> dict[str, object]:
    row = buildings.rows[n]
    minutes = {c.kind: round(float(c.metres[n] / pace), 1) if np.isfinite(c.metres[n]) else None for c in found}
    missing = [c.kind for c in found if c.out[n]]
    return point(row.at, id=row.text("id") or row.text("name"), name=row.label, households=households, minutes=minutes, missing=missing)


def _elderly(circle: Circle, told: np.ndarray) -> str:
    """How many of those left out have somebody elderly: nothing that isn't known counts as none."""
    of, out = int(told[circle.out].sum()), int(circle.out.sum())
    if not of:
        return _(", how many of them with an elderly person is not known")
    few = _(", fewer than 5 of them with an elderly person")
    said = few if circle.elderly_left_out is None else _(", %(n)s of them with an elderly person") % {"n": number(circle.elderly_left_out)}
    return said if of == out else said + _(" (known of %(known)s of the %(all)s buildings)") % {"known": number(of), "all": number(out)}


def _words(args, found: list[Circle], counts, whole: np.ndarray, told: np.ndarray, how: Sequence[str]) -> list[str]:
    """``told``: of which buildings it is known how many households have an elderly person."""
    known = int(told.sum())
    said = _("%(minutes)s minutes on foot at %(pace)s m a minute are %(metres)s m.")
    lines = [said % {"minutes": number(args.minutes), "pace": number(args.pace), "metres": number(args.minutes * args.pace)}, *how]
    if 0 < known < len(whole):
        partly = _(
            "Of %(known)s of %(all)s buildings it is known in how many households somebody elderly lives; the others’ are not counted."
        )
        lines.append(partly % {"known": number(known), "all": number(len(whole))})
    for c in found:
        values = {
            "kind": kind_name(c.kind), "sites": c.sites, "share": f"{100 * c.share:.1f}", "households": number(c.households), "out": number(c.left_out),
        }  # fmt: skip
        if counts["residents"].sum():
            values["residents"] = f"{100 * (_share(counts['residents'], ~c.out) or 0.0):.1f}"
            line = _("%(kind)s (%(sites)s sites): %(share)s %% of %(households)s households, %(residents)s %% of the residents.") % values
        else:
            line = _("%(kind)s (%(sites)s sites): %(share)s %% of %(households)s households.") % values
        line += " " + _("Left out: %(out)s households") % values
        if known and c.left_out:
            line += _elderly(c, told)
        lines.append(line + _("."))
    far = [(c, np.where(np.isfinite(c.metres), c.metres, np.inf)) for c in found]
    worst = max(far, key=lambda f: f[0].left_out, default=None)
    lines.append(
        _("All of it in time: %(share)s %% of the households.") % {"share": f"{100 * float(counts['households'][whole].sum()) / counts['households'].sum():.1f}"}
    )  # fmt: skip
    if worst is not None and worst[0].left_out:
        lines.append(
            _("Most are left out of: %(kind)s. Siting proposes where the next one should stand.") % {"kind": kind_name(worst[0].kind)}
        )
    return lines
