"""Walking along streets and paths: a network of lines, and how far every point of it is from the nearest of some sites. Pure.

Metres on a plane (``kit.coordinates`` makes them of positions). Lines join where they share a point, as they do in maps that are drawn to be
walked along; where two merely cross, one is a bridge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.planning.jit import FAST
from linli.planning.spreading import spread

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SNAP = 0.5
"""Metres within which two ends are one point."""
TOUCH = 1e-6
"""Metres that count as none: a length of 0 is no way at all in a sparse matrix."""
DETOUR = 1.3
"""What a way on foot is longer than the straight line where no network is given: about 1.2 to 1.4 in towns. The page says it was assumed."""


OFF = 300.0
"""Metres from the nearest way beyond which something is not joined to it: nobody knows how people walk there."""
ELSEWHERE = 20_000.0
"""Metres from what is planned within which some way is to be found."""
FINE = 50.0
"""Metres at most between points of a way that things are joined at."""


class NoNetwork(ValueError):
    """The lines make no network: there is none, or none is longer than nothing."""


@dataclass(frozen=True)
class Network:
    """``xy``: points in metres; ``ways``: a symmetric sparse matrix (CSR) of lengths. ``dropped``: points of pieces that hang together with nothing.

    What lies farther than ``off`` from all of it is not joined: to and from there the straight line times ``detour`` counts.
    """

    xy: Floats
    ways: Any
    dropped: int = 0
    off: float = np.inf
    detour: float = DETOUR

    @cached_property
    def _tree(self) -> Any:
        from scipy.spatial import cKDTree

        return cKDTree(self.xy)

    def nearest(self, points: Floats) -> tuple[Ints, Floats]:
        """For each point the nearest of the network, and the metres to it."""
        away, at = self._tree.query(points)
        return np.asarray(at, np.int64), np.asarray(away, np.float64)

    def from_sites(self, sites: Floats, most: float) -> Floats:
        """Metres from each point of the network to the nearest site, along it; infinite beyond ``most``. One search for all sites."""
        count = len(self.xy)
        if not len(sites):
            return np.full(count, np.inf)
        at, away = self.nearest(sites)
        if FAST:
            return self._spread(at, away, most)
        from scipy.sparse.csgraph import dijkstra

        return dijkstra(self._with_door(at, away), directed=True, indices=count, limit=most)[:count]

    def _spread(self, at: Ints, away: Floats, most: float) -> Floats:
        """The same as by scipy, several times quicker."""
        count, ways = len(self.xy), self.ways
        far = np.full(count, np.inf)
        np.minimum.at(far, at, np.maximum(away, TOUCH))
        near, later, waits = np.empty(count, np.int32), np.empty(count, np.int32), np.zeros(count, np.int8)
        spread(ways.indptr, ways.indices, ways.data, far, most, self._stride, near, later, waits)
        far[far > most] = np.inf
        return far

    @cached_property
    def _stride(self) -> float:
        return float(self.ways.data.mean()) if self.ways.nnz else 1.0

    def _with_door(self, at: Ints, away: Floats) -> Any:
        """The network with one more point, from which a way leads to every site as long as the site stands off the network."""
        from scipy.sparse import csr_matrix

        count, order = len(self.xy), np.lexsort((away, at))
        first = order[np.r_[True, np.diff(at[order]) > 0]]  # of sites at one point the nearest
        data = np.concatenate([self.ways.data, np.maximum(away[first], TOUCH)])
        indices = np.concatenate([self.ways.indices, at[first].astype(self.ways.indices.dtype)])
        indptr = np.append(self.ways.indptr, len(data))
        return csr_matrix((data, indices, indptr), shape=(count + 1, count + 1))

    def to_nearest(self, points: Floats, sites: Floats, most: float, placed: tuple[Ints, Floats] | None = None) -> Floats:
        """Metres from each point to the nearest site. ``placed``: what ``nearest(points)`` gives, where it is known already."""
        at, away = placed or self.nearest(points)
        if np.isinf(self.off) or not len(sites):
            return self.from_sites(sites, most)[at] + away
        lost, far_off = away > self.off, self.nearest(sites)[1] > self.off
        far = np.minimum(self.from_sites(sites[~far_off], most)[at] + away, straight(points, sites[far_off], self.detour))
        far[lost] = straight(points[lost], sites, self.detour)
        return far

    def between(self, points: Floats, sites: Floats, most: float = np.inf) -> Floats:
        """Metres from each point (row) to each site (column)."""
        from scipy.sparse.csgraph import dijkstra

        at, away = self.nearest(points)
        site_at, site_away = self.nearest(sites)
        which, back = np.unique(site_at, return_inverse=True)
        along = dijkstra(self.ways, directed=True, indices=which, limit=most)
        far = along[back][:, at].T + away[:, None] + site_away[None, :]
        if np.isfinite(self.off):
            lost = (away > self.off)[:, None] | (site_away > self.off)[None, :]
            far[lost] = straight_between(points, sites, self.detour)[lost]
        return far


def network_of(lines: Sequence[Floats], fine: bool = False) -> Network:
    """The largest piece that hangs together of ``lines`` (each k × 2 metres). ``fine``: long straight stretches have points between their ends,
    so that what stands beside one is joined where it stands. Raises NoNetwork.
    """
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    drawn = [np.asarray(line, np.float64) for line in lines if len(line) > 1]
    if not drawn:
        raise NoNetwork
    if fine:
        drawn = finer(drawn)
    points = np.concatenate(drawn)
    _cells, first, node = np.unique(np.round(points / SNAP).astype(np.int64), axis=0, return_index=True, return_inverse=True)
    node = node.ravel()
    xy = points[first]
    ends = np.cumsum([len(line) for line in drawn])
    inner = np.ones(len(points), bool)
    inner[ends - 1] = False  # the last of a line leads nowhere
    a, b = node[:-1][inner[:-1]], node[1:][inner[:-1]]
    a, b = a[a != b], b[a != b]
    if not len(a):
        raise NoNetwork
    low, high = np.minimum(a, b), np.maximum(a, b)
    pairs = np.unique(np.c_[low, high], axis=0)  # a way drawn twice is one
    length = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    half = sparse.csr_matrix((np.maximum(length, TOUCH), (pairs[:, 0], pairs[:, 1])), shape=(len(xy), len(xy)))
    ways = sparse.csr_matrix(half + half.T)
    _count, piece = connected_components(ways, directed=False)
    kept = np.flatnonzero(piece == np.bincount(piece).argmax())
    return Network(xy[kept], sparse.csr_matrix(ways[kept][:, kept]), len(xy) - len(kept))


def finer(lines: Sequence[Floats]) -> list[Floats]:
    """The same lines with a point every ``FINE`` metres at least."""
    return [shapely.get_coordinates(shapely.segmentize(shapely.linestrings(line), FINE)) for line in lines]


def straight(points: Floats, sites: Floats, detour: float = DETOUR) -> Floats:
    """Metres from each point to the nearest site by the straight line and what ways are longer; infinite where there is no site."""
    from scipy.spatial import cKDTree

    return cKDTree(sites).query(points)[0] * detour if len(sites) else np.full(len(points), np.inf)


def straight_between(points: Floats, sites: Floats, detour: float = DETOUR) -> Floats:
    return np.hypot(points[:, None, 0] - sites[None, :, 0], points[:, None, 1] - sites[None, :, 1]) * detour
