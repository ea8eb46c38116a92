"""Simulated annealing of a division: buildings change units one by one or in pairs, no unit ever falls apart.

The cost of a unit is the walking of its households to the building from which they walk least (the unit's 1-median). For each
building the cost it would have as the middle of its unit is kept up to date, so that a change is weighed by adding one term for each
building of the two units instead of one for each pair. Sizes outside the band are a penalty in households, never a ban: the search has
to pass through them to get anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from linli.planning.jit import compiled, inlined, plain

CHUNK = 16_384  # changes tried between two looks at the watch
BIG = 1e18


@compiled
def outside(weight, low, high, edge):
    """Households by which a unit misses its band, and ``edge`` besides: a small miss is a miss."""
    if weight > high:
        return weight - high + edge
    if weight < low:
        return low - weight + edge
    return 0.0


@compiled
def holds_together(unit, start, size, lab, ptr, nbr, seen, stack, mark):
    """Whether the ``size`` buildings of a unit can all be reached from ``start`` without leaving it."""
    stack[0] = start
    top = 1
    seen[start] = mark
    count = 1
    while top > 0:
        top -= 1
        x = stack[top]
        for e in range(ptr[x], ptr[x + 1]):
            y = nbr[e]
            if seen[y] != mark and lab[y] == unit:
                seen[y] = mark
                count += 1
                stack[top] = y
                top += 1
    return count == size


@compiled
def companions(kind, unit, leave, head, nxt, apart):
    """How many of a unit, without ``leave``, are declared apart from one of this kind."""
    count = 0
    c = head[unit]
    while c >= 0:
        if c != leave and apart[c] == kind:
            count += 1
        c = nxt[c]
    return count


@compiled
def cost_after(unit, out, into, n, far, w, head, nxt, as_middle):
    """The walking of a unit without ``out`` and with ``into`` (-1: nobody)."""
    best = BIG
    row = -1.0
    if into >= 0:
        row = w[into] * far[into * n + into]
    c = head[unit]
    while c >= 0:
        if c != out:
            value = as_middle[c]
            if out >= 0:
                value -= w[out] * far[c * n + out]
            if into >= 0:
                value += w[into] * far[c * n + into]
                row += w[c] * far[into * n + c]
            if value < best:
                best = value
        c = nxt[c]
    if into >= 0 and row < best:
        best = row
    return best


@compiled
def shift(i, a, b, n, far, w, lab, head, nxt, prv, size, weight, as_middle):
    """Carry building ``i`` from unit ``a`` to unit ``b``."""
    before = prv[i]
    after = nxt[i]
    if before >= 0:
        nxt[before] = after
    else:
        head[a] = after
    if after >= 0:
        prv[after] = before
    c = head[a]
    while c >= 0:
        as_middle[c] -= w[i] * far[c * n + i]
        c = nxt[c]
    own = w[i] * far[i * n + i]
    c = head[b]
    while c >= 0:
        as_middle[c] += w[i] * far[c * n + i]
        own += w[c] * far[i * n + c]
        c = nxt[c]
    as_middle[i] = own
    first = head[b]
    nxt[i] = first
    prv[i] = -1
    if first >= 0:
        prv[first] = i
    head[b] = i
    lab[i] = b
    size[a] -= 1
    size[b] += 1
    weight[a] -= w[i]
    weight[b] += w[i]


@inlined
def counterpart(i, a, b, place, lab, ptr, nbr, head, nxt, frozen):
    """Who comes from unit ``b`` in exchange for ``i``: the one at that place of its chain, if it touches ``a`` other than by ``i``; else -1."""
    j = head[b]
    for _ in range(place):
        j = nxt[j]
    if not frozen[j]:
        for e in range(ptr[j], ptr[j + 1]):
            if lab[nbr[e]] == a and nbr[e] != i:
                return j
    return -1


@inlined
def clashes_more(x, old, new, other, head, nxt, apart):
    """How many more of its kind ``x`` meets in the ``new`` unit, which ``other`` leaves, than in the ``old`` one."""
    if x < 0 or apart[x] < 0:
        return 0
    return companions(apart[x], new, other, head, nxt, apart) - companions(apart[x], old, x, head, nxt, apart)


@inlined
def strangers_more(x, old, new, home, w):
    """Households that leave home with ``x`` (less than nothing: come home)."""
    if x < 0:
        return 0.0
    if home[x] == old:
        return w[x]
    if home[x] == new:
        return -w[x]
    return 0.0


@inlined
def both_whole(i, j, a, b, size, lab, ptr, nbr, seen, stack, mark):
    """Whether both units hang together once ``i`` is in ``b`` and ``j`` (-1: nobody) in ``a``. ``mark`` and the one below it are new."""
    lab[i] = b
    if j >= 0:
        lab[j] = a
        whole = holds_together(a, j, size[a], lab, ptr, nbr, seen, stack, mark - 1)
        whole = whole and holds_together(b, i, size[b], lab, ptr, nbr, seen, stack, mark)
        lab[j] = b
    else:  # what is left of a; b only grows, at one of its own
        start = -1
        links = 0
        for e in range(ptr[i], ptr[i + 1]):
            if lab[nbr[e]] == a:
                links += 1
                start = nbr[e]
        whole = links == 1 or (links > 1 and holds_together(a, start, size[a] - 1, lab, ptr, nbr, seen, stack, mark))
    lab[i] = a
    return whole


@compiled
def anneal(
    tries, n, far, w, ptr, nbr, apart, apart_cost, home, stay, frozen, low, high, edge,
    lab, head, nxt, prv, size, weight, as_middle, cost, best, tally, seen, stack,
    draws, patience, rise, cool,
):  # fmt: skip
    """Try ``tries`` changes. ``tally`` holds walking, penalty, both of the best seen, temperature, price of a household outside, mark."""
    walking = tally[0]
    penalty = tally[1]
    temperature = tally[4]
    price = tally[5]
    mark = int(tally[6])
    for t in range(tries):
        temperature *= cool
        price *= rise
        i = int(draws[3 * t] * n)
        a = lab[i]
        if size[a] <= 1 or frozen[i]:
            continue
        first = ptr[i]
        degree = ptr[i + 1] - first
        if degree == 0:
            continue
        b = lab[nbr[first + int(draws[3 * t + 1] * degree)]]
        if b == a:
            continue
        pick = draws[3 * t + 2]
        j = -1
        if pick < 0.5 and size[b] > 1:
            j = counterpart(i, a, b, int(pick * 2 * size[b]), lab, ptr, nbr, head, nxt, frozen)
        moved = w[i]
        if j >= 0:
            moved -= w[j]
        worse = (
            outside(weight[a] - moved, low[a], high[a], edge) + outside(weight[b] + moved, low[b], high[b], edge)
            - outside(weight[a], low[a], high[a], edge) - outside(weight[b], low[b], high[b], edge)
            + apart_cost * (clashes_more(i, a, b, j, head, nxt, apart) + clashes_more(j, b, a, i, head, nxt, apart))
        )  # fmt: skip
        if price * worse > 20 * temperature:
            continue
        cost_a = cost_after(a, i, j, n, far, w, head, nxt, as_middle)
        cost_b = cost_after(b, j, i, n, far, w, head, nxt, as_middle)
        change = cost_a + cost_b - cost[a] - cost[b]
        if stay > 0.0:
            change += stay * (strangers_more(i, a, b, home, w) + strangers_more(j, b, a, home, w))
        if change + price * worse > temperature * patience[t]:
            continue
        mark += 2
        if not both_whole(i, j, a, b, size, lab, ptr, nbr, seen, stack, mark):
            continue
        shift(i, a, b, n, far, w, lab, head, nxt, prv, size, weight, as_middle)
        if j >= 0:
            shift(j, b, a, n, far, w, lab, head, nxt, prv, size, weight, as_middle)
        cost[a] = cost_a
        cost[b] = cost_b
        walking += change
        penalty += worse
        if penalty < tally[3] - 1e-7 or (penalty <= tally[3] + 1e-7 and walking < tally[2] - 1e-7):
            tally[2] = walking
            tally[3] = penalty
            best[:] = lab
    tally[0] = walking
    tally[1] = penalty
    tally[4] = temperature
    tally[5] = price
    tally[6] = mark


@dataclass(frozen=True, slots=True)
class Heat:
    """How a search is led, in units of one mean building carried over one typical link."""

    tries: int
    hot: float = 0.35
    cold: float = 0.004
    price: float = 3.0  # of a household outside the band, in typical links, at the end
    cheap: float = 1.0  # the part of that price at the beginning
    edge: float = 0.0  # of a unit's size, what each unit outside costs besides: else large areas rest a household or two beyond the border


class Board:
    """What does not change while one problem is searched: distances, households, neighbours, as the compiled functions take them."""

    def __init__(self, far: np.ndarray, w: np.ndarray, ptr: np.ndarray, nbr: np.ndarray) -> None:
        self.n = len(w)
        far = np.round(far * 1024) / 1024  # sums of such with whole households are exact: no drift, and the same on every machine
        self.arrays = far, w.astype(float), ptr.astype(np.int64), nbr.astype(np.int64)
        self.far, self.w, self.ptr, self.nbr = (plain(a) for a in self.arrays)
        rows = np.repeat(np.arange(self.n), np.diff(ptr))
        links = far[rows, nbr]
        self.link = float(np.median(links)) if len(links) and np.median(links) > 0 else 1.0
        self.scale = self.link * float(self.w_mean)

    @property
    def w_mean(self) -> float:
        return float(self.arrays[1].mean()) or 1.0


def search(
    board: Board,
    start: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    heat: Heat,
    rng: np.random.Generator,
    *,
    apart: np.ndarray,
    home: np.ndarray,
    stay: float,
    frozen: np.ndarray,
    watch: Callable[[float], None] | None = None,
) -> tuple[np.ndarray, float, float]:
    """The best division met from ``start`` (its own included): labels, penalty in households, walking in metre-households.

    ``low`` and ``high`` are each unit's band. ``watch`` is told the part done, after each ``CHUNK``; it stops the search by raising.
    """
    n, k = board.n, len(low)
    low, high, stay = low.astype(float), high.astype(float), float(stay)  # other types would be compiled anew
    far, w, _ptr, _nbr = board.arrays
    lab = start.astype(np.int64)
    weight = np.bincount(lab, weights=w, minlength=k)
    same = lab[:, None] == lab[None, :] if n <= 400 else None
    as_middle = (far * same) @ w if same is not None else _as_middle(far, w, lab, k)
    cost = np.full(k, BIG)
    np.minimum.at(cost, lab, as_middle)
    strangers = (home >= 0) & (home != lab)
    walking = float(cost.sum()) + stay * float(w[strangers].sum())
    apart_cost = float(high.mean())
    edge = heat.edge * float(high.mean())
    penalty = sum(outside(*unit, edge) for unit in zip(weight.tolist(), low.tolist(), high.tolist(), strict=True))
    penalty += apart_cost * clashes(apart, lab)
    head, nxt, prv = _chains(lab, k)
    tally = plain(np.array([walking, penalty, walking, penalty, heat.hot * board.scale, heat.price * heat.cheap * board.link, 0.0]))
    cool = (heat.cold / heat.hot) ** (1 / max(1, heat.tries))
    rise = (1 / heat.cheap) ** (1 / max(1, heat.tries))
    best = plain(lab.copy())
    kinds, homes, still = plain(apart.astype(np.int64)), plain(home.astype(np.int64)), plain(frozen.astype(np.bool_))
    rules = [board.far, board.w, board.ptr, board.nbr, kinds, apart_cost, homes, stay, still, plain(low), plain(high), edge]
    moving = [plain(a) for a in (lab, head, nxt, prv, np.bincount(lab, minlength=k), weight, as_middle, cost)]
    state = [*moving, best, tally, plain(np.zeros(n, np.int64)), plain(np.zeros(n + 1, np.int64))]
    done = 0
    while done < heat.tries:
        tries = min(CHUNK, heat.tries - done)
        luck = plain(rng.random(3 * tries)), plain(rng.standard_exponential(tries))
        anneal(*[tries, n, *rules, *state, *luck, rise, cool])
        done += tries
        if watch:
            watch(done / heat.tries)
    return np.array(best, np.int64), max(0.0, tally[3]), tally[2]


def clashes(apart: np.ndarray, lab: np.ndarray) -> int:
    """How many pairs that were declared apart share a unit."""
    kinds = apart >= 0
    if not kinds.any():
        return 0
    _, counts = np.unique(np.stack([apart[kinds], lab[kinds]]), axis=1, return_counts=True)
    return int((counts * (counts - 1) // 2).sum())


def _as_middle(far: np.ndarray, w: np.ndarray, lab: np.ndarray, k: int) -> np.ndarray:
    made = np.empty(len(w))
    for u in range(k):
        of = np.flatnonzero(lab == u)
        made[of] = far[np.ix_(of, of)] @ w[of]
    return made


def _chains(lab: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each unit's buildings as a chain: its first, and every building's next and previous."""
    n = len(lab)
    head, nxt, prv = np.full(k, -1), np.full(n, -1), np.full(n, -1)
    for i in range(n):
        u = lab[i]
        if head[u] >= 0:
            nxt[i], prv[head[u]] = head[u], i
        head[u] = i
    return head, nxt, prv
