"""One alternative to look at in the demonstration: the grids of a community evened out by hand, building by building."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from shapely.geometry import mapping

from linli.access.models import User
from linli.bodies.models import Holding
from linli.charter.store import charter_of
from linli.places.actions import NewGrid, redivide
from linli.places.models import Place
from linli.planning.grids.actions import move_building, start_from_present
from linli.planning.grids.reading import PLACES, standing
from linli.planning.models import Alternative

MOVES = 8
TAKEN = 3  # buildings that went to the neighbouring grid
AGO = timedelta(days=40)


def make_division(version: Any, root: Place) -> str:
    """Of one community: a grid that took its neighbour's buildings some weeks ago, and an alternative. Says what was made; "" where nothing could be."""
    charter = charter_of(version)
    planners = [p.id for p in charter.posts.values() if "plan.grids" in p.abilities]
    holding = (
        Holding.objects.current().filter(seat__post__in=planners, user__username="street").select_related("user", "seat__place").first()
    )
    if holding is None:
        return ""
    of_station = Holding.objects.current().filter(user__username="station").values("seat__place")
    drawn = Place.objects.current().filter(level="grid").values("parent")
    communities = Place.objects.current().within(str(holding.seat.path)).filter(level="community", pk__in=drawn)
    community = communities.exclude(pk__in=of_station).order_by("code").first() or communities.order_by("code").first()
    if community is None or not _grown(community, charter):
        return ""
    moves = _evened(community, charter)
    _store(holding.user, community, moves)
    return f"an alternative for {community.name}, {len(moves)} buildings moved by hand"


def _grown(community: Place, charter: Any) -> bool:
    """Let a neighbour of the last grid have taken some of its buildings."""
    from linli.planning.adjacency import neighbours
    from linli.planning.grids.ground import redrawn
    from linli.planning.grids.measuring import measure
    from linli.planning.grids.values import given_of
    from linli.planning.reading import metres

    found = standing(community, charter, PLACES)
    if not found.ready or len(found.grids) < 2 or any(not b.grid for b in found.buildings):
        return False
    given, names = given_of(found.facts()), [g.name for g in found.grids]
    links = neighbours(metres(given.sites)[0], charter.dividing.link)
    lab = [names.index(b.grid) for b in found.buildings]
    whole = measure(given, charter.dividing.link, lab, names).loose
    giver = len(names) - 1
    beside = {lab[j] for i, u in enumerate(lab) if u == giver for j in links.of(i)} - {giver}
    if not beside:
        return False
    taker = max(beside)
    for _n in range(TAKEN):
        near = [i for i, u in enumerate(lab) if u == giver and any(lab[j] == taker for j in links.of(i))]
        tries = ([taker if n == i else u for n, u in enumerate(lab)] for i in near)
        lab = next((t for t in tries if measure(given, charter.dividing.link, t, names).loose <= whole), lab)
    bodies, shapes = [b.shape for b in found.buildings], [g.shape for g in found.grids]
    points = [(s[3], s[4]) for s in found.facts()["sites"]]
    ground = redrawn(points, bodies, lab, len(names), community.shape, shapes)
    grids = []
    for u, grid in enumerate(found.grids):
        mine = [b for b, x in zip(found.buildings, lab, strict=True) if x == u]
        drawn = mapping(ground[u]) if u in (giver, taker) else None
        grids.append(NewGrid(grid.name, grid.code, drawn, sum(b.households or 0 for b in mine), frozenset(b.code for b in mine)))
    redivide(community, by=None, grids=grids, day=timezone.localdate() - AGO)
    return True


def _store(by: User, community: Place, moves: list[tuple[str, int]]) -> Alternative:
    row = start_from_present(by=by, community=community, counts=PLACES, note="手工均衡各网格户数", now=timezone.now())
    for code, unit in moves:
        row = move_building(by=by, alternative=row, seq=None, building=code, unit=unit)
    return row


def _evened(community: Place, charter: Any) -> list[tuple[str, int]]:
    """Moves of single buildings to a neighbouring grid that bring sizes nearer to the norm and leave every grid in one piece."""
    from linli.planning.adjacency import neighbours
    from linli.planning.grids.measuring import measure
    from linli.planning.grids.shown import norms
    from linli.planning.grids.values import given_of
    from linli.planning.reading import metres

    found = standing(community, charter, PLACES)
    given = given_of(found.facts())
    names = [g.name for g in found.grids]
    lab = [names.index(b.grid) for b in found.buildings]
    links = neighbours(metres(given.sites)[0], charter.dividing.link)
    wanted = norms(charter)
    moves: list[tuple[str, int]] = []

    def missed(units: list[int]) -> tuple[float, float]:
        m = measure(given, charter.dividing.link, units, names)
        off = sum(max(0.0, size - wanted.high, wanted.low - size) for size in m.sizes)
        return (float("inf") if m.loose > before.loose else off, m.walking)

    before = measure(given, charter.dividing.link, lab, names)
    best = missed(lab)
    while len(moves) < MOVES and best[0] > 0:
        sizes = [sum(s.households for s, u in zip(given.sites, lab, strict=True) if u == unit) for unit in range(len(names))]
        tries = [
            (i, to)
            for i in range(len(lab))
            for to in {lab[j] for j in links.of(i)} - {lab[i]}
            if sizes[lab[i]] > sizes[to] and (sizes[lab[i]] > wanted.high or sizes[to] < wanted.low) and lab.count(lab[i]) > 1
        ]
        found_ = min(((missed([to if n == i else u for n, u in enumerate(lab)]), i, to) for i, to in tries), default=None)
        if found_ is None or found_[0][0] >= best[0]:
            break
        best, i, to = found_
        lab[i] = to
        moves.append((given.sites[i].id, to))
    return moves
