"""What lies in the hands of those who sign in to the demonstration: whatever the day and hour it is made, each finds work of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from linli.access.demo import SIGNINS
from linli.bodies.models import Holding
from linli.charter.schema import Category, Charter, Line
from linli.flow.engine import calendar_of
from linli.kit.calendar import Calendar
from linli.matters.demo.ground import RURAL, Grid, Ground
from linli.matters.disputes import CONFIRM, MEDIATE, PROCEDURE
from linli.matters.situations import situations

MATTER, MEDIATOR = "matter", "mediation-chair"
HANDED_BY = {"street-mediator": MEDIATOR}  # whose disputes it is handed, with a receipt
# procedure, the step it is at, the post it lies with (none: whoever raised it), working days since it was raised
IN_HAND = (
    (MATTER, "accept", "street-desk", 0),
    (MATTER, "handle", "grid-worker", 2),
    (MATTER, "handle", "station-head", 2),
    (MATTER, "handle", "urban-management-officer", 3),
    (MATTER, "check", "community-checker", 5),
    (MATTER, "answer", "street-desk", 5),
    (MATTER, "rate", "", 4),
    (MATTER, "handle", "committee-chair", 2),
    ("direct", "entrust", "party-secretary", 1),
    (PROCEDURE, MEDIATE, MEDIATOR, 6),
    (PROCEDURE, CONFIRM, MEDIATOR, 15),
    (PROCEDURE, MEDIATE, "street-mediator", 15),
)
HOUR = 10  # of the day, when they were brought
TRIES = 60  # how often its story is told again when it ended otherwise


@dataclass(frozen=True, slots=True)
class Held:
    """Where a story ends: at this step, in this seat's hands (None: whoever raised it)."""

    step: str
    seat: int | None


def in_hand(ground: Ground, charter: Charter, now: datetime, chance: Random) -> Iterator[tuple[datetime, Grid, dict, str, Held]]:
    """When, where and by which channel each is raised, and where it lies now. What the charter has no post, step or kind for is left out."""
    told = [s for s in situations() if s["category"] in charter.categories and not s.get("season")]
    calendar = calendar_of(charter)
    for procedure, step, post, days in IN_HAND:
        seat = _seat(post)
        grid = next((g for g in ground.grids if not post or (seat and g.path.startswith(str(seat.path)))), None)
        kinds = [c for c in charter.categories.values() if _comes_to(charter, c, procedure, step, post)]
        fitting = (
            [s for s in told if charter.categories[s["category"]] in kinds and (grid.village or not s["category"].startswith(RURAL))]
            if grid
            else []
        )
        if grid and fitting:
            at = _morning(now, days, calendar, chance) if days else now - timedelta(minutes=40)
            channel = "direct" if _line(charter, procedure) else "web"
            yield at, grid, chance.choice(fitting), channel, Held(step, seat.pk if seat else None)


def _morning(now: datetime, days: int, calendar: Calendar, chance: Random) -> datetime:
    """The morning of the working day so many working days ago."""
    day = timezone.localtime(now)
    while days:
        day -= timedelta(days=1)
        days -= calendar.is_working_day(day.date())
    return day.replace(hour=HOUR, minute=chance.randrange(60))


def _seat(post: str):
    """The seat of the post that the one who signs in holds; of a post nobody signs in to, the first that is held."""
    found = Holding.objects.current().filter(seat__post=post)
    if post in SIGNINS:
        found = found.filter(user__username=SIGNINS[post][0])
    return holding.seat if (holding := found.select_related("seat").order_by("seat__path").first()) else None


def _line(charter: Charter, procedure: str) -> Line | None:
    """The direct line whose letters go this way."""
    return next((line for line in charter.lines.values() if line.procedure == procedure), None)


def _comes_to(charter: Charter, category: Category, procedure: str, step: str, post: str) -> bool:
    """Whether a matter of this kind comes to the step, in the hands of the post, by the way the charter says."""
    line = _line(charter, procedure)
    goes = category in charter.taken_by(line) if line else category.procedure == procedure
    if category.urgent or not goes or step not in charter.procedures[procedure].steps:
        return False
    routed = charter.procedures[procedure].steps[step].actor in ("route", "same")
    return not routed or category.route.get(category.start_level) == HANDED_BY.get(post, post)
