"""The ways people walk along in a question: read, looked at, and what is told of them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from linli.planning.cli import Desk
from linli.planning.network import ELSEWHERE, Floats, Network, NoNetwork, network_of, straight_between
from linli.planning.tables import Table, on_map
from linli.planning.words import astray, elsewhere, number, several


@dataclass(frozen=True)
class Ways:
    """``net``: None where distances are straight lines times ``detour``. ``astray``: names of doors too far from any way, with the metres to the
    nearest; ``doors``: of how many. ``sites_astray``: the same of ``sites``."""

    net: Network | None
    detour: float
    astray: Sequence[tuple[str, int]] = ()
    doors: int = 0
    sites_astray: Sequence[tuple[str, int]] = ()
    sites: int = 0

    def between(self, points: Floats, sites: Floats) -> Floats:
        return straight_between(points, sites, self.detour) if self.net is None else self.net.between(points, sites)

    @property
    def figures(self) -> dict[str, Any]:
        """What lies too far from any way, for tables; nothing where all is near."""
        all_ = {"astray": self.astray, "sites_astray": self.sites_astray}
        return {key: [{"name": name, "metres": metres} for name, metres in of] for key, of in all_.items() if of}

    def words(self) -> list[str]:
        """How distances came about."""
        if self.net is None:
            return [_("Distances are straight lines, times %(detour)s: walls and detours are only assumed.") % {"detour": self.detour}]
        said = _("Distances are measured along the ways given.")
        if self.net.dropped:
            said += " " + _("%(n)s points of pieces that hang together with nothing are left out.") % {"n": self.net.dropped}
        lost = astray([name for name, _metres in self.astray], self.doors, self.net.off, self.detour)
        if self.sites_astray:
            more = _("%(n)s of %(all)s facilities lie more than %(metres)s m from any way; the same goes for them: %(names)s.")
            values = {"n": number(len(self.sites_astray)), "all": number(self.sites), "metres": number(self.net.off)}
            lost.append(more % {**values, "names": several([name for name, _metres in self.sites_astray])})
        return [said, *lost]


Spot = tuple[str, tuple[float, float]]
"""A name, and degrees east and north."""


def ways(args: argparse.Namespace, desk: Desk, flat: Any, doors: Table, *others: Table | None, also: Sequence[Spot] = ()) -> Ways:
    """The ways that were given, if any, and what lies far from them: of ``doors`` and what is ``also`` walked from, and of ``others``, the
    sites. Raises Refused."""
    if args.network is None:
        return Ways(None, args.detour)
    off = getattr(args, "off_way", None)  # None: a study of before there was a limit
    try:
        net = network_of(desk.ways(args.network, flat), fine=off is not None)
    except NoNetwork:
        desk.wrong(_("Its lines make no network. Draw ways that share their end points."), "network")
        desk.refuse()
        raise AssertionError from None
    if (away := float(np.hypot(*net.xy.T).min())) > ELSEWHERE:
        desk.wrong(elsewhere(away), "network")
        desk.refuse()
    if off is None:
        return Ways(net, args.detour)
    there = [*also, *dict.fromkeys((row.label, row.at) for row in doors.rows)]  # the doors of one building are one place
    metres = net.nearest(on_map(np.array([at for _label, at in there]), flat))[1]
    astray = [(label, round(float(m))) for (label, _at), m in zip(there, metres, strict=True) if m > off]
    rows = [row for t in others if t and t is not doors for row in t.rows]
    sites = on_map(np.array([row.at for row in rows], np.float64).reshape(-1, 2), flat)
    metres = net.nearest(sites)[1] if len(sites) else np.zeros(0)
    far_off = [(row.label, round(float(m))) for row, m in zip(rows, metres, strict=True) if m > off]
    net = replace(net, off=off, detour=args.detour)
    return Ways(
        net, args.detour, sorted(astray, key=lambda a: -a[1]), len(there), sorted(far_off, key=lambda a: -a[1]), len(rows)
    )  # fmt: skip
