"""Walking tours 走访路线: which household is visited on which day, and in what order, so that the rules are kept and little is walked. Pure.

    tours = plan(Homes(far, must), Rules(months=3, days=19, a_day=8), seed=1)

Everyone is visited once in the whole time, those who must be seen more often once in each month. Which month somebody falls into is part of
the search: that saves more than any order within a month. ``needs`` says before any search what the rules ask for and which of them binds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray

from linli.planning.jit import plain
from linli.planning.routes import improve, lay
from linli.planning.task import Impossible

TRIES = 5_000  # changes tried for each visit and round
ROUNDS = 4
PRICE = 3.0  # of a visit beyond what a day holds, in its share of the way there and back and the way between neighbours
AGAIN = 8  # times that the best is warmed up again
AGAIN_WARM = 0.4  # of the first heat
NEAR = 20  # neighbours beside which a visit is tried
CHUNK = 32_768
ORDERS = 6  # in which visits are laid before it is said that they don't fit
LARGEST = 2_500  # visits of one worker's plan
Floats = NDArray[np.float64]
Watch = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Homes:
    """n households. ``far``: metres between all and the start, which is number 0 ((n + 1) × (n + 1), symmetric); stairs are in it.

    ``must``: is to be seen each month. ``pair``: by two persons. ``opens``, ``closes``: minutes since midnight between which a visit may
    begin. ``stays``: minutes that it takes. The last four are of n.
    """

    far: Floats
    must: NDArray[np.bool_]
    pair: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    opens: Floats = field(default_factory=lambda: np.zeros(0))
    closes: Floats = field(default_factory=lambda: np.zeros(0))
    stays: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        for name, value in (("pair", False), ("opens", 0.0), ("closes", inf), ("stays", 0.0)):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.full(self.n, value))

    @property
    def n(self) -> int:
        return len(self.far) - 1


@dataclass(frozen=True, slots=True)
class Climb:
    """How high each of n households is (``metres`` that a way up counts as), and on which stairs: ways on the same ``stairs`` lead straight up or
    down, any other goes down to the ground first."""

    metres: Floats
    stairs: NDArray[np.int64]

    @property
    def whole(self) -> bool:
        return bool((self.metres == np.round(self.metres)).all())

    def least(self, homes: NDArray[np.int64], a_day: int) -> float:
        """Metres up and down that no plan visiting ``homes`` can do without.

        A day that comes to some stairs goes up to the highest there and down again. The fewest such ways are those of full days, the highest
        households together.
        """
        order = np.lexsort((-self.metres[homes], self.stairs[homes]))
        stairs, metres = self.stairs[homes][order], self.metres[homes][order]
        place = np.arange(len(order)) - np.searchsorted(stairs, stairs)
        return 2 * float(metres[place % a_day == 0].sum())


@dataclass(frozen=True, slots=True)
class Rules:
    """``days`` in the field each month, at most ``a_day`` visits on each, at least ``least`` a month (told, where the households are too few);
    the days are spread over ``weeks``; ``pair_days`` of a month have a second person. A day is from ``begin`` to ``end`` (minutes since
    midnight), ``pace`` is metres a minute.
    """

    months: int = 3
    days: int = 19
    a_day: int = 8
    least: int = 80
    weeks: int = 4
    pair_days: int = 4
    begin: float = 540.0
    end: float = inf
    pace: float = 67.0


@dataclass(frozen=True, slots=True)
class Needs:
    """What the rules ask for in a month: visits that everyone's turn takes, the least in any case, and what days and pace allow.

    ``binds``: whose rule asks for more: all (everyone's turn) or month (the least of a month).
    """

    households: int
    must: int
    turn: int
    least: int
    possible: int
    a_day: int  # at least so many a day, with all the days there are
    days: int  # at least so many days, at the pace there is
    binds: str

    @property
    def met(self) -> bool:
        return self.turn <= self.possible


@dataclass(frozen=True, slots=True)
class Day:
    """One tour: numbers of households in order, when each is reached (minutes since midnight), metres in all, and when it is over."""

    month: int
    week: int
    day: int
    pair: bool
    homes: tuple[int, ...]
    reached: tuple[float, ...]
    metres: float
    over: float


@dataclass(frozen=True, slots=True)
class Tours:
    days: tuple[Day, ...]
    metres: float
    bound: float  # no plan that keeps the rules walks less
    needs: Needs
    rounds: int
    seed: int


def needs(homes: Homes, rules: Rules) -> Needs:
    """The arithmetic: everyone once in ``months``, some every month."""
    return _needs(homes.must, rules)


def _needs(seen_monthly: NDArray[np.bool_], rules: Rules) -> Needs:
    count, must = len(seen_monthly), int(seen_monthly.sum())
    turn = must + ceil((count - must) / rules.months)
    return Needs(
        count, must, turn, rules.least, rules.days * rules.a_day, max(1, ceil(turn / rules.days)), ceil(turn / rules.a_day),
        "all" if turn >= rules.least else "month",
    )  # fmt: skip


def plan(homes: Homes, rules: Rules, *, seed: int = 1, rounds: int = ROUNDS, watch: Watch | None = None) -> Tours:
    """Tours that keep every rule. Raises Impossible, saying by ``code`` which rule can't be kept and what would do."""
    asked = countable(homes.must, homes.pair, rules)
    _reachable(homes, rules)
    visits = _Visits(homes, rules)
    rng = np.random.default_rng(seed)
    fewest = max(asked.days, min(rules.days, rules.weeks), min(1, rules.pair_days) if homes.pair.any() else 0)
    stuck = 0
    for days in range(fewest, rules.days + 1):
        board = _Board(visits, rules, days)
        stuck = board.begin(rng)
        if stuck < 0:
            break
    else:
        raise Impossible("visits_time", node=int(visits.home[stuck]) - 1, days=rules.days)
    route, held = board.search(rng, max(1, rounds * TRIES * visits.n), watch)
    return _told(visits, rules, board, route, held, asked, rounds, seed)


def countable(must: NDArray[np.bool_], pair: NDArray[np.bool_], rules: Rules) -> Needs:
    """What the rules ask for, checked as far as counting goes: before anything is known of ways. Raises Impossible."""
    asked = _needs(must, rules)
    if not asked.households:
        raise Impossible("visits_none")
    if asked.households + (rules.months - 1) * asked.must > LARGEST:
        raise Impossible("visits_many", most=LARGEST, visits=asked.households + (rules.months - 1) * asked.must)
    if not asked.met:
        raise Impossible(
            "visits_days", households=asked.households, must=asked.must, turn=asked.turn, days=rules.days, each=rules.a_day,
            possible=asked.possible, months=rules.months, faster=asked.a_day, longer=asked.days,
        )  # fmt: skip
    pairs = int((must & pair).sum()) + ceil(int((pair & ~must).sum()) / rules.months)
    if pairs > min(rules.pair_days, rules.days) * rules.a_day:
        raise Impossible("visits_pair", pairs=pairs, days=rules.pair_days, needed=ceil(pairs / rules.a_day), each=rules.a_day)
    return asked


def _reachable(homes: Homes, rules: Rules) -> None:
    for i in range(homes.n):
        way = homes.far[0, i + 1] / rules.pace
        there = max(rules.begin + way, homes.opens[i])
        if there > homes.closes[i] or there + homes.stays[i] + way > rules.end:
            raise Impossible("visits_alone", node=i)


class _Visits:
    """Households as visits: one for each, one a month for those who must be seen; the start is number 0."""

    def __init__(self, homes: Homes, rules: Rules) -> None:
        self.homes = homes
        must, others = np.flatnonzero(homes.must), np.flatnonzero(~homes.must)
        self.home = np.concatenate([[0], others + 1, *[must + 1] * rules.months])
        month = np.concatenate([[-1] * (1 + len(others)), np.repeat(np.arange(rules.months), len(must))]).astype(np.int64)
        who = self.home[1:] - 1
        self.group = 2 * (month + 1) + np.r_[0, homes.pair[who]]
        self.opens, self.closes, self.stays = (np.r_[0.0, a[who]] for a in (homes.opens, homes.closes, homes.stays))
        self.far = np.round(homes.far[np.ix_(self.home, self.home)])

    @property
    def n(self) -> int:
        return len(self.home) - 1


class _Board:
    """One number of days a month, and the visits laid into them."""

    def __init__(self, visits: _Visits, rules: Rules, days: int) -> None:
        self.visits, self.rules, self.days, self.most = visits, rules, days, rules.a_day + 2
        self.total = days * rules.months
        size = visits.n + 1
        self.timed = bool(np.isfinite(rules.end) or np.isfinite(visits.closes).any())
        room = np.concatenate([_shared(of, days) for of in _shared(visits.n, rules.months)])  # no month and no day gets less than its share
        with_pair = np.zeros(days, bool)
        count = min(rules.pair_days, days)
        with_pair[((np.arange(count) + 0.5) * days / max(1, count)).astype(int)] = True
        self.pair = np.tile(with_pair, rules.months)
        month = np.repeat(np.arange(rules.months), days)
        allowed = np.zeros((2 * (rules.months + 1), self.total), bool)
        for m in range(-1, rules.months):
            here = (month == m) | (m < 0)
            allowed[2 * (m + 1)], allowed[2 * (m + 1) + 1] = here, here & self.pair
        far = np.where(np.isfinite(visits.far), visits.far, 1e12)
        self.far, self.group, self.allowed = plain(far), plain(visits.group.astype(np.int64)), plain(allowed)
        self.room = plain(room)
        spread = far.copy()
        np.fill_diagonal(spread, inf)
        spread[:, 0] = inf
        self.width = max(1, min(NEAR, size - 2))
        same = far == 0  # many behind one entrance: each has others of them for its nearest, or some would be nobody's
        same[:, 0] = False
        np.fill_diagonal(same, False)
        near = np.where(same, -np.random.default_rng(0).random(far.shape), spread)
        self.near_by = np.argsort(near, 1, kind="stable")[:, : self.width].astype(np.int64)
        steps = np.sort(np.where(same, inf, spread)[1:], 1)[:, : min(4, self.width)]  # to the next that are not behind the same entrance
        self.scale = float(np.mean(steps[steps < inf])) if (steps < inf).any() else 1.0
        self.clock = [rules.pace, plain(visits.opens), plain(visits.closes), plain(visits.stays), float(rules.begin), float(rules.end)]
        self.route, self.held = plain(np.zeros(self.total * self.most, np.int64)), plain(np.zeros(self.total, np.int64))

    def begin(self, rng: np.random.Generator) -> int:
        """Lay all visits, the most bound first. The one that finds no place, or -1."""
        visits, size = self.visits, self.visits.n + 1
        free = np.minimum(visits.closes, 1e6) - np.maximum(visits.opens, self.rules.begin)
        bound_to = -(visits.group % 2) * 1e9 - (visits.group > 1) * 1e8 + np.where(free > 1e5, 1e7, free)
        stuck = 0
        for turn in range(ORDERS):
            noise = rng.random(size) * (10.0 if turn else 0.0)
            order = 1 + np.lexsort((rng.random(size - 1), (bound_to + noise)[1:]))
            self.route, self.held = plain(np.zeros(self.total * self.most, np.int64)), plain(np.zeros(self.total, np.int64))
            given = [
                plain(order.astype(np.int64)), size, self.far, self.group, self.allowed, self.total, self.most, self.room, self.route,
                self.held, self.timed, *self.clock, plain(np.zeros(self.most + 2, np.int64)),
            ]  # fmt: skip
            stuck = lay(*given)
            if stuck < 0 or not self.timed:
                break
        return int(stuck)

    def search(self, rng: np.random.Generator, tries: int, watch: Watch | None) -> tuple[np.ndarray, np.ndarray]:
        size = self.visits.n + 1
        day_of, place_of = np.zeros(size, np.int64), np.zeros(size, np.int64)
        route, held = np.array(self.route, np.int64).reshape(self.total, self.most), np.array(self.held, np.int64)
        metres = 0.0
        for k in range(self.total):
            row = route[k, : held[k]]
            day_of[row], place_of[row] = k, np.arange(len(row))
            metres += _length(self.visits.far, row)
        if size < 3:
            return route, held
        hot, cold = self.scale + 1.0, 0.03 * self.scale + 0.05
        tally = plain(
            np.array([metres, metres, hot, 0.0, PRICE * (self.scale + 2 * float(self.visits.far[0, 1:].mean()) / self.rules.a_day)])
        )
        best, best_held = plain(route.copy()), plain(held.copy())
        state = [self.route, self.held, plain(day_of), plain(place_of), best, best_held, tally]
        rules = [
            size, self.far, plain(self.near_by), self.width, self.group, self.allowed, self.total, self.most, self.room, self.timed,
            *self.clock,
        ]  # fmt: skip
        rows = [plain(np.zeros(2 * self.most + 4, np.int64)) for _ in range(2)]
        done = 0
        for turn in range(1 + AGAIN):  # cooled once slowly, then warmed up again from the best
            part = tries // 2 if not turn else max(1, tries // (2 * AGAIN))
            warm = hot if not turn else AGAIN_WARM * hot
            if turn:
                self._back_to(state, best, best_held)
                tally[0], tally[3] = tally[1], 0.0
            tally[2], cool, left = warm, (cold / warm) ** (1 / part), part
            while left > 0:
                now = min(CHUNK, left)
                luck = [plain(rng.random(3 * now)), plain(rng.standard_exponential(now))]
                improve(*[now, *rules, *state, *luck, cool, *rows])
                left -= now
                done += now
                if watch:
                    watch(min(1.0, done / tries))
        return np.array(best, np.int64).reshape(self.total, self.most), np.array(best_held, np.int64)

    def _back_to(self, state: list, best, best_held) -> None:
        """The tours that are bettered become those that were the best."""
        route, held, day_of, place_of = state[:4]
        route[:], held[:] = best, best_held
        for k in range(self.total):
            for z in range(held[k]):
                v = route[k * self.most + z]
                day_of[v], place_of[v] = k, z


def _shared(whole: int, among: int) -> np.ndarray:
    """As even as whole numbers can be, the larger ones first."""
    return whole // among + (np.arange(among) < whole % among).astype(np.int64)


def _length(far: Floats, row: np.ndarray) -> float:
    way = np.r_[0, row, 0]
    return float(far[way[:-1], way[1:]].sum()) if len(row) else 0.0


def _told(visits: _Visits, rules: Rules, board: _Board, route: np.ndarray, held: np.ndarray, asked: Needs, rounds: int, seed: int) -> Tours:
    days = []
    for month in range(rules.months):
        used = [k for k in range(month * board.days, (month + 1) * board.days) if held[k]]
        for number, k in enumerate(used):  # spread over the weeks: none without a day as long as there are days enough
            row = route[k, : held[k]]
            reached, over = _clock(visits, rules, row)
            homes, metres = tuple(int(h) - 1 for h in visits.home[row]), _length(visits.far, row)
            week = number * min(rules.weeks, len(used)) // len(used) + 1
            days.append(Day(month + 1, week, number + 1, bool(board.pair[k]), homes, reached, metres, over))
    whole = sum(d.metres for d in days)
    return Tours(tuple(days), whole, min(whole, bound(visits.far, rules.a_day)), asked, rounds, seed)


def _clock(visits: _Visits, rules: Rules, row: np.ndarray) -> tuple[tuple[float, ...], float]:
    now, at, reached = rules.begin, 0, []
    for v in row.tolist():
        now = max(now + visits.far[at, v] / rules.pace, visits.opens[v])
        reached.append(float(now))
        now += visits.stays[v]
        at = v
    return tuple(reached), float(now + visits.far[at, 0] / rules.pace)


def bound_with_stairs(ground: Floats, climbs: Sequence[Climb], homes: Homes, rules: Rules) -> float:
    """The bound for metres in which stairs are: what the ground takes and what the stairs take, neither of which a plan can do without.

    ``ground``: metres between all without stairs, the rest of ``homes.far`` is the ``climbs``. Where parts of metres were rounded away, as much
    is taken off.
    """
    visits = _Visits(homes, rules)
    home = visits.home[1:] - 1
    stairs = sum(climb.least(home, rules.a_day) for climb in climbs)
    whole = all(climb.whole for climb in climbs)
    rounded = 0.0 if whole else 0.5 * (len(home) + rules.days * rules.months)  # legs there are at most
    apart = bound(ground[np.ix_(visits.home, visits.home)], rules.a_day) + stairs - rounded
    return max(apart, bound(visits.far, rules.a_day))


def bound(far: Floats, a_day: int) -> float:
    """No tours of ``a_day`` visits at most walk less: each visit bears its share of the way there and back, or the days span a tree.

    The second: without one of its links to the start each day is a path, all of them together join every visit with the start, so they are no
    shorter than the shortest tree; and the links left out are no shorter than the shortest there is.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import minimum_spanning_tree

    n = len(far) - 1
    there_and_back = 2 * float(far[0, 1:].sum()) / a_day
    tree = float(minimum_spanning_tree(csr_matrix(far + 1e-9)).sum()) - 1e-9 * n
    return max(there_and_back, tree + ceil(n / a_day) * float(far[0, 1:].min()))
