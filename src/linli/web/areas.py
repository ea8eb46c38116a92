"""How my areas stand: what is open there now, and the last thirty days by the figures of the situation page, each with its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.access.scope import Scope
from linli.frame.sql import fetch
from linli.matters.actions.raising import SUBJECT
from linli.measures import queries
from linli.measures.declare import LEVELS
from linli.measures.periods import Period
from linli.places.codes import short_name
from linli.reports.shown import Shown, number, pick, show

DAYS = 30
MOST = 3  # areas: whoever holds posts in more finds them on the situation page
KEYS = ("raised", "on_time")

_OPEN = """
select p.id, p.code, p.name, count(f.id), count(f.id) filter (where f.overdue), count(f.id) filter (where f.suspended)
from places_place p left join flow_flow f on f."end" = '' and f.subject = %s and f.path <@ p.path
where p.path = any(%s::text[]::ltree[]) and p.level = any(%s::text[]) and p.valid_to is null
group by p.id order by p.path limit %s
"""


@dataclass(frozen=True, slots=True)
class Area:
    name: str
    figures: Sequence[Shown]


def of(scope: Scope, now: datetime) -> list[Area]:
    """The topmost areas whose matters one sees. Two queries, whatever there is in them."""
    paths = scope.paths("matter.see")
    tops = [p for p in paths if not any(p.startswith(f"{above}.") for above in paths)]
    rows = fetch(_OPEN, [SUBJECT, tops, list(LEVELS), MOST]) if tops else []
    if not rows:
        return []
    today = timezone.localdate(now)
    period = Period(today - timedelta(days=DAYS - 1), today)
    counted, _before = queries.totals([row[0] for row in rows], KEYS, period)
    return [
        Area(short_name(name), [*_now(code, *lying), *(show(pick(counted, pk, key), None, period, code) for key in KEYS)])
        for pk, code, name, *lying in rows
    ]


def _now(code: str, count: int, late: int, held: int) -> list[Shown]:
    def figure(label: str, state: str, value: int, tone: str = "plain", goal: str = "") -> Shown:
        url = f"{reverse('matters:list')}?{urlencode({'state': state, 'place': code})}"
        return Shown(state, label, number(value), url=url, tone=tone, goal=goal, raw=value)

    found = [figure(_("In hand"), "open", count), figure(_("Overdue"), "overdue", late, "late" if late else "good", "0")]
    return [*found, figure(_("On the ledger"), "hold", held)] if held else found
