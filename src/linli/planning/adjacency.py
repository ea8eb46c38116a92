"""Which buildings are neighbours: nothing stands between them, and they are not too far apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, QhullError, cKDTree
from shapely.geometry.base import BaseGeometry

from linli.planning.network import finer


class Links:
    """Neighbours of n buildings, both ways, in rows: those of ``i`` are ``nbr[ptr[i]:ptr[i + 1]]``."""

    def __init__(self, ptr: np.ndarray, nbr: np.ndarray) -> None:
        self.ptr = np.asarray(ptr, np.int64)
        self.nbr = np.asarray(nbr, np.int64)
        self._rows: list[list[int]] | None = None

    @classmethod
    def from_pairs(cls, n: int, pairs: np.ndarray) -> Links:
        """From an array of pairs (m × 2), each given once or twice, in any order."""
        pairs = np.asarray(pairs, np.int64).reshape(-1, 2)
        both = np.unique(np.vstack([pairs, pairs[:, ::-1]]), axis=0)
        both = both[both[:, 0] != both[:, 1]]
        return cls(np.r_[0, np.cumsum(np.bincount(both[:, 0], minlength=n))], both[:, 1])

    @classmethod
    def from_lists(cls, rows: Sequence[Sequence[int]]) -> Links:
        return cls(np.r_[0, np.cumsum([len(r) for r in rows])], np.array([j for r in rows for j in r], np.int64))

    def __len__(self) -> int:
        return len(self.ptr) - 1

    def of(self, i: int) -> list[int]:
        if self._rows is None:
            flat, ends = self.nbr.tolist(), self.ptr.tolist()
            self._rows = [flat[a:b] for a, b in pairwise(ends)]
        return self._rows[i]

    @property
    def pairs(self) -> np.ndarray:
        """Each link once, the smaller number first (m × 2)."""
        rows = np.repeat(np.arange(len(self)), np.diff(self.ptr))
        return np.stack([rows, self.nbr], 1)[rows < self.nbr]

    def cut(self, inside: np.ndarray) -> int:
        """How many links lead out of ``inside``."""
        pairs = self.pairs
        return int((inside[pairs[:, 0]] != inside[pairs[:, 1]]).sum())

    def components(self, within: np.ndarray | None = None) -> list[np.ndarray]:
        """The connected parts of the buildings marked in ``within`` (default all), largest first, each ascending."""
        members = np.arange(len(self)) if within is None else np.flatnonzero(within)
        if not len(members):
            return []
        place = np.full(len(self), -1)
        place[members] = np.arange(len(members))
        pairs = place[self.pairs]
        pairs = pairs[(pairs >= 0).all(1)]
        graph = csr_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(members), len(members)))
        count, which = connected_components(graph, directed=False)
        parts = [members[which == c] for c in range(count)]
        return sorted(parts, key=lambda part: (-len(part), int(part[0])))

    def part(self, members: np.ndarray) -> Links:
        """The links among ``members``, renumbered in their order."""
        place = np.full(len(self), -1)
        place[members] = np.arange(len(members))
        pairs = place[self.pairs]
        return Links.from_pairs(len(members), pairs[(pairs >= 0).all(1)])


def neighbours(xy: np.ndarray, longest: float, barriers: Sequence[BaseGeometry] = ()) -> Links:
    """Neighbours among sites (metres, n × 2): Delaunay links of at most ``longest`` metres that cross no barrier.

    Parts that are only too far from the others are joined to them by the shortest links; parts behind barriers stay cut off.
    """
    n = len(xy)
    places, first, which = np.unique(xy, axis=0, return_index=True, return_inverse=True)
    which = which.ravel()
    pairs = first[_triangulated(places)]
    alone = np.flatnonzero(first[which] != np.arange(n))
    pairs = np.vstack([pairs, np.stack([first[which[alone]], alone], 1)])  # those at the same spot are neighbours
    pairs = pairs[_clear(xy, pairs, barriers)]
    length = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) + 1e-9
    tree = minimum_spanning_tree(csr_matrix((length, (pairs[:, 0], pairs[:, 1])), shape=(n, n))).tocoo()
    return Links.from_pairs(n, np.vstack([pairs[length <= longest], np.stack([tree.row, tree.col], 1)]))


def strays(xy: np.ndarray, links: Links, longest: float) -> list[tuple[np.ndarray, float]]:
    """Parts that hang together with larger ones only by links longer than ``longest``, each with the metres of its shortest one, farthest first.

    ``links`` are those of ``neighbours``: its tree has the shortest link out of every part, so nothing needs to be measured again.
    """
    pairs = links.pairs
    length = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    near = length + 1e-9 <= longest
    if near.all():
        return []
    of = np.zeros(len(links), np.int64)
    parts = Links.from_pairs(len(links), pairs[near]).components()
    for number, part in enumerate(parts):
        of[part] = number
    largest = {int(of[whole].min()) for whole in links.components()}  # parts go by size
    least = np.full(len(parts), np.inf)
    for side in of[pairs[~near]].T:
        np.minimum.at(least, side, np.where(np.diff(of[pairs[~near]], axis=1).ravel() != 0, length[~near], np.inf))
    found = [(part, float(least[number])) for number, part in enumerate(parts) if number not in largest]
    return sorted(found, key=lambda stray: -stray[1])


def _triangulated(places: np.ndarray) -> np.ndarray:
    """Delaunay's pairs, each once; a chain where all lie on a line or there are too few."""
    try:
        corners = Delaunay(places).simplices if len(places) > 3 else None
    except QhullError:
        corners = None
    if corners is None:
        order = np.lexsort((places[:, 1], places[:, 0]))
        chain = np.stack([order[:-1], order[1:]], 1)
        return np.vstack([chain, [[order[0], order[-1]]]]) if len(places) == 3 else chain.reshape(-1, 2)
    sides = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    return np.unique(np.sort(sides, axis=1), axis=0)


def _clear(xy: np.ndarray, pairs: np.ndarray, barriers: Sequence[BaseGeometry]) -> np.ndarray:
    """Which pairs see each other: True where the straight line between them crosses no barrier."""
    clear = np.ones(len(pairs), bool)
    if barriers:
        lines = shapely.linestrings(np.stack([xy[pairs[:, 0]], xy[pairs[:, 1]]], 1))
        crossed, _ = shapely.STRtree(list(barriers)).query(lines, predicate="intersects")
        clear[np.unique(crossed)] = False
    return clear


def distances(xy: np.ndarray) -> np.ndarray:
    """Metres between all pairs, as the crow flies (n × n)."""
    return np.hypot(xy[:, :1] - xy[None, :, 0], xy[:, 1:] - xy[None, :, 1])


def network_distances(
    xy: np.ndarray, lines: Sequence[np.ndarray], detour: float = 1.3, off: float = np.inf
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Metres along ``lines`` (each m × 2) between all pairs, from and to the nearest point where lines begin, bend or meet.

    Pairs that the lines do not join count straight, times ``detour``, and so do all of a site that lies farther than ``off`` from any. Also gives,
    for each site, whether it is joined to most of the others, and the metres to the nearest of those points.
    """
    if np.isfinite(off):
        lines = finer(lines)
    points = np.vstack(lines).round(1)
    nodes, where = np.unique(points, axis=0, return_inverse=True)
    where = where.ravel()
    ends = np.cumsum([len(line) for line in lines])[:-1] - 1
    step = np.ones(len(points) - 1, bool)
    step[ends] = False
    a, b = where[:-1][step], where[1:][step]
    pairs = np.unique(np.sort(np.stack([a, b], 1), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    length = np.hypot(*(nodes[pairs[:, 0]] - nodes[pairs[:, 1]]).T)
    graph = csr_matrix((length, (pairs[:, 0], pairs[:, 1])), shape=(len(nodes), len(nodes)))
    away, at = cKDTree(nodes).query(xy)
    ways = dijkstra(graph, directed=False, indices=np.unique(at))[:, at]
    far = ways[np.searchsorted(np.unique(at), at)] + away[:, None] + away[None, :]
    straight = distances(xy)
    lost = away > off
    joined = np.isfinite(far) & ~lost[:, None] & ~lost[None, :]
    far = np.maximum(np.where(joined, far, straight * detour), straight)
    np.fill_diagonal(far, 0.0)
    return far, joined.mean(1) > 0.5, away
