"""What this room shows elsewhere: the gatherings about a piece of work on its page, one's own among what waits today."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from linli.access.scope import scope_of
from linli.charter.store import charter_in_force
from linli.flow.models import Flow
from linli.gatherings import queries
from linli.gatherings.kinds import CONVENE, SEE, kinds_to_convene
from linli.gatherings.shown import row

SHOWN = 6


def of_flow(request: HttpRequest, flow: Flow) -> dict[str, Any] | None:
    """Gatherings about the work; None where the charter holds none about such work. Only on pages of work the user sees. One query."""
    abilities = scope_of(request.user).abilities
    charter = charter_in_force()
    if SEE not in abilities or not any(flow.procedure in k.about for k in charter.gatherings.values()):
        return None
    rows = [row(g) for g in queries.of_flow(request.user, flow)[:SHOWN]]
    convene = CONVENE in abilities and not flow.end and bool(kinds_to_convene(request.user, charter, flow.procedure))
    if not rows and not convene:
        return None
    return {"rows": rows, "convene_url": f"{reverse('gatherings:new')}?about={flow.subject_ref}" if convene else ""}


def of_today(request: HttpRequest, thing: None = None) -> dict[str, Any] | None:
    """Where one is expected in the next days, and what one convened and still has to write down. One query, or none."""
    if SEE not in scope_of(request.user).abilities:
        return None
    now = timezone.now()
    ahead = queries.mine(request.user, now).filter(starts_at__lt=now + queries.SOON)[:SHOWN]
    rows = [row(g, now) for g in ahead.union(queries.to_write_down(request.user, now)[:SHOWN], all=True)]
    coming = sorted((r for r in rows if not r.waits), key=lambda r: r.gathering.starts_at)
    owed = sorted((r for r in rows if r.waits), key=lambda r: r.gathering.ends_at)
    return {"coming": coming, "owed": owed} if coming or owed else None
