"""What a site has stored of its people and their work, written as the files that ``linli plan staff`` takes.

Present people are holders of posts. What comes in is what came in, by the charter's route, in the last year. How long the work on a matter
takes nobody records; what is recorded is how long it lay in handling, waiting included. The quickest tenth hardly waited: the work takes no
longer than that, and no longer than whoever asks says.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import pgettext

from linli.bodies.models import Holding
from linli.charter.schema import Category, Charter, Duration, Post
from linli.charter.store import charter_in_force
from linli.charter.words import duration
from linli.flow.engine import calendar_of
from linli.places.models import Level, Place
from linli.planning.reading import Source
from linli.planning.studies.ground import written

YEAR = timedelta(days=365)
FEWEST = 30
"""Matters of the year below which nothing is foreseen from them."""
SHORTEST = 5.0  # minutes that any piece of work takes
NATURAL = 250 / 365  # working days of a calendar day
WEEKS = {"day": 0.2, "week": 1.0, "month": 52 / 12, "quarter": 13.0, "year": 52.0}


# --- people and rooms of communities ----------------------------------------------------------------------------------------------------


def communities_of(place: Place) -> list[Place]:
    return list(Place.objects.current().within(str(place.path)).filter(level="community").order_by("code"))


def communities(place: Place, workers: Collection[str], vices: Collection[str]) -> Source | None:
    """Each community with its households (its own number, or those of its buildings), who holds which posts there, and its outline."""
    rows = communities_of(place)
    households = {str(p.path): p.households for p in rows}
    if None in households.values():
        homes = Place.objects.current().within(str(place.path)).filter(level="building", households__isnull=False)
        counted = _by_community(rows, homes.order_by().values_list("path", "households"))
        households = {path: n if n is not None else sum(counted.get(path, [])) for path, n in households.items()}
    rows = [p for p in rows if households[str(p.path)]]
    if not rows:
        return None
    staff, chairs = (_holders(place, rows, posts) for posts in (workers, vices))
    features = [_feature(p, households[str(p.path)], staff, chairs) for p in rows]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return Source(pgettext("file", "Communities") + ".geojson", text.encode())


def _feature(p: Place, households: int | None, *people: Mapping[str, int] | None) -> dict[str, Any]:
    staff, chairs = (None if found is None else found.get(str(p.path), 0) for found in people)
    properties = {"id": p.code, "name": p.name, "households": households, "staff": staff, "chairs": chairs}
    point = {"type": "Point", "coordinates": [p.lon, p.lat]} if p.lon is not None else None
    return {"type": "Feature", "properties": properties, "geometry": p.shape or point}


def _by_community(rows: Iterable[Place], found: Iterable[tuple[Any, Any]]) -> dict[str, list[Any]]:
    """Values by the path of the community they lie in."""
    paths = {str(p.path) for p in rows}
    sorted_: dict[str, list[Any]] = defaultdict(list)
    for path, value in found:
        parts = str(path).split(".")
        of = next((whole for n in range(len(parts), 0, -1) if (whole := ".".join(parts[:n])) in paths), None)
        if of is not None:
            sorted_[of].append(value)
    return sorted_


def _holders(place: Place, rows: Iterable[Place], posts: Collection[str]) -> dict[str, int] | None:
    """People who hold one of ``posts`` in each community, each counted once there; None where no post is asked for."""
    if not posts:
        return None
    held = Holding.objects.current().filter(seat__path__descends=str(place.path), seat__post__in=list(posts), user__is_active=True)
    return {path: len(set(users)) for path, users in _by_community(rows, held.order_by().values_list("seat__path", "user")).items()}


def posts_below(charter: Charter) -> list[Post]:
    """Posts held over a community or something in it."""
    return [p for p in charter.posts.values() if p.level in ("community", "grid")]


def usual_workers(charter: Charter) -> list[str]:
    """Those of the service station."""
    return [p.id for p in posts_below(charter) if (body := charter.bodies.get(p.body)) and body.kind == "station"]


def usual_vices(charter: Charter) -> list[str]:
    """Posts of the residents' committee of which a community has several."""
    return [
        p.id
        for p in posts_below(charter)
        if p.level == "community" and p.seats[1] > 1 and (body := charter.bodies.get(p.body)) and body.kind == "committee"
    ]


# --- posts and what comes to them -------------------------------------------------------------------------------------------------------


@dataclass
class Group:
    """Matters of one branch of the categories, with one time limit, at one post."""

    count: int = 0
    late: int = 0
    # of each kind that was closed: minutes in handling of the quickest tenth, of the middle one, and how many they are
    handled: list[tuple[float, float, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Past:
    """What came in the last year: working days it covers, and groups by kind and post."""

    days: int
    groups: Mapping[tuple[str, str, str, float], Group]  # branch, time limit in words, post id, the limit in working days

    @property
    def count(self) -> int:
        return sum(g.count for g in self.groups.values())


_PAST = """
select c.category, count(*), count(*) filter (where c.late_at is not null), count(s.seconds),
  percentile_cont(0.1) within group (order by s.seconds), percentile_cont(0.5) within group (order by s.seconds), min(c.raised_at)
from matters_course c left join lateral (
  select sum((v.value->>0)::float8) as seconds from jsonb_each(c.stays) v where v.key = any(%s) having c.ended = 'good'
) s on true
where %s = any(c.areas) and c.raised_at >= %s and c.raised_at < %s and c.ended not in ('refused', 'withdrawn', 'elsewhere', 'merged')
group by c.category
"""


def past(place: Place, *, now: datetime | None = None, charter: Charter | None = None) -> Past:
    """One query: matters of the year before ``now``, those withdrawn, refused, merged or handed outside left out, and emergencies."""
    now, charter = now or timezone.now(), charter or charter_in_force()
    steps = [s.id for p in charter.procedures.values() for s in p.steps.values() if s.action == "handle" or s.within == "category"]
    with connection.cursor() as cursor:
        cursor.execute(_PAST, [steps, place.pk, now - YEAR, now])
        rows = cursor.fetchall()
    if not rows:
        return Past(0, {})
    day = hours(charter)
    groups: dict[tuple[str, str, str, float], Group] = defaultdict(Group)
    for key, count, late, ended, quick, middle, _first in rows:
        category = charter.categories.get(key)
        post = _post(category, charter, place) if category else None
        if category is None or category.within is None or category.within.clock == "natural" or post is None:
            continue  # an emergency doesn't wait for office hours: it is no matter of a shelf
        group = groups[_branch(charter, category), duration(category.within, "zh"), post, days_of(category.within, day)]
        group.count += count
        group.late += late
        if ended:
            group.handled.append((max(SHORTEST, quick / 60), middle / 60, ended))
    return Past(_working_days(charter, timezone.localdate(min(row[6] for row in rows)), timezone.localdate(now)), dict(groups))


def _post(category: Category, charter: Charter, place: Place) -> str | None:
    """Whose work it is where it begins, if that post is held within ``place``."""
    post = charter.posts.get(category.route.get(category.start_level, ""))
    levels = list(Level.values)
    return post.id if post and levels.index(post.level) >= levels.index(place.level) else None


def _branch(charter: Charter, category: Category) -> str:
    top = category
    while top.parent and top.parent in charter.categories:
        top = charter.categories[top.parent]
    return top.name.zh


def days_of(within: Duration, day: float) -> float:
    """Working days of ``day`` hours."""
    return round(within.days + within.hours / day, 3)


def hours(charter: Charter) -> float:
    """Of a working day."""
    minutes = sum(60 * (h.end.hour - h.start.hour) + h.end.minute - h.start.minute for h in charter.hours)
    return minutes / 60 or 8.0


def _working_days(charter: Charter, first: date, last: date) -> int:
    calendar = calendar_of(charter)
    return max(1, sum(calendar.is_working_day(first + timedelta(days=n)) for n in range((last - first).days + 1)))


def people_of(place: Place, found: Past, charter: Charter) -> dict[str, int]:
    """Who holds each post to which something came, by its name."""
    ids = dict.fromkeys(post for _branch, _limit, post, _days in found.groups)
    held = Holding.objects.current().filter(seat__path__descends=str(place.path), seat__post__in=list(ids), user__is_active=True)
    users: dict[str, set[int]] = defaultdict(set)
    for post, user in held.order_by().values_list("seat__post", "user"):
        users[post].add(user)
    return {charter.posts[post].name.zh: len(users[post]) for post in ids}


def duties(charter: Charter, post: str, visit: float) -> float:
    """Hours a week that the charter's duties bind one holder of a post: days in the field, or the visits in them, whichever is more.

    A household's visit takes ``visit`` minutes; a grid has as many households as the charter says.
    """
    asked = []
    for duty in charter.duties.values():
        if duty.post != post or duty.area != "grid":
            continue
        if duty.of == "worker-day":
            asked.append(hours(charter) * int(duty.at_least) / WEEKS[duty.each] if str(duty.at_least).isdigit() else 0.0)
        else:
            households = int(duty.at_least) if str(duty.at_least).isdigit() else charter.area.grid_households
            asked.append(households * visit / 60 / WEEKS[duty.each])
    return round(max(asked, default=0.0), 2)


def people(found: Past, counts: Mapping[str, float], charter: Charter, *, day: float, visit: float) -> Source:
    """Posts with how many people they have, as told or as held."""
    ids = dict.fromkeys(post for _branch, _limit, post, _days in found.groups)
    lines = [[charter.posts[p].name.zh, int(counts.get(charter.posts[p].name.zh, 0)), day, duties(charter, p, visit)] for p in ids]
    return written(pgettext("file", "People"), ["post", "count", "hours", "duties"], lines)


def work(found: Past, charter: Charter, *, minutes: float, growth: float) -> Source:
    """What comes to each post on a working day, how long a piece takes (``minutes`` at most), by when it is to be done; how often that was kept
    and how many days it lay in handling.
    """
    lines = []
    for (branch, limit, post, days), g in sorted(found.groups.items(), key=lambda item: -item[1].count):
        name = charter.posts[post].name.zh
        kept = round(1 - g.late / g.count, 4)
        took = round(_mean([(m * NATURAL / 1440, n) for _q, m, n in g.handled]), 2) if g.handled else ""
        quick = round(min(minutes, _mean([(q, n) for q, _m, n in g.handled])), 1) if g.handled else minutes
        lines.append([f"{branch}（{limit}，{name}）", name, round(growth * g.count / found.days, 4), quick, days, kept, took])
    return written(pgettext("file", "Work"), ["kind", "post", "a_day", "minutes", "days", "kept", "took"], lines)


def _mean(values: Collection[tuple[float, int]]) -> float:
    """Each as often as it counts."""
    return sum(value * n for value, n in values) / sum(n for _value, n in values)
