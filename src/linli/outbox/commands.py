"""What ``linli outbox`` does. No line names a recipient, a secret or what a message says."""

from __future__ import annotations

from typing import Any, TextIO
from uuid import UUID, uuid4

from django.db.models import Count
from django.utils import timezone

from linli.outbox import texts
from linli.outbox.actions import retry_messages
from linli.outbox.adapters import CHANNELS, Parcel
from linli.outbox.config import BadConfig, config
from linli.outbox.delivery import Result, State
from linli.outbox.models import Message, Subscription
from linli.outbox.queries import backlog


def check(out: TextIO, channel: str = "", to: str = "") -> int:
    """1 where a way out can't be used. ``to``: also send a test by ``channel``."""
    try:
        conf = config()
    except BadConfig as wrong:
        out.write(f"✗ {wrong}\n")
        return 1
    bad = 0
    for name in [channel] if channel else CHANNELS:
        way = conf.ways.get(name)
        if way is None:
            out.write(f"✗ {conf.wrong[name]}\n" if name in conf.wrong else f"- {name}: off\n")
            bad += name in conf.wrong
            continue
        found = way.check()
        kind = type(way).__name__.lower() + ("" if way.goes_out else ", stays on this machine")
        out.write("".join(f"✗ {name}: {said}\n" for said in found) or f"✓ {name}: {kind}\n")
        bad += bool(found)
        if to and not found:
            bad += not _try(out, name, to)
    return int(bad > 0)


def _try(out: TextIO, channel: str, to: str) -> bool:
    """Send a test to ``to``, outside of the outbox: nothing of it is kept."""
    values = {"site": "Linli 邻里"}
    title, text = texts.written("outbox.test", values)
    parcel = Parcel(uuid4(), channel, "outbox.test", 1, timezone.now(), to=to, title=title, text=text, values=values)
    outcome = config().ways[channel].send(parcel)
    good = outcome.result in (Result.DELIVERED, Result.KEPT)
    said = " ".join(str(part) for part in (outcome.status, outcome.error) if part)
    out.write(f"{'✓' if good else '✗'} {channel}: test {'taken' if good else 'not taken'}{f' ({said})' if said else ''}\n")
    return good


def status(out: TextIO) -> int:
    """A line for each channel and state there is; 1 where something is undeliverable or behind."""
    found = Message.objects.order_by("channel", "state").values_list("channel", "state").annotate(n=Count("pk"))
    for channel, state, n in found:
        out.write(f"{channel:8} {state:10} {n}\n")
    dead = sum(n for _channel, state, n in found if state == State.DEAD)
    late = backlog()
    out.write("Nothing has been written yet.\n" if not found else f"{dead} undeliverable, {late} behind.\n")
    return int(dead > 0 or late > 0)


def retry(out: TextIO, *, channel: str = "", subscription: str = "", uid: UUID | None = None) -> int:
    """Try again what is undeliverable; 1 where nothing is, or there is no such subscription."""
    which: dict[str, Any] = {}
    if channel:
        which["channel"] = channel
    if subscription:
        row = Subscription.objects.filter(name=subscription).first()
        if row is None:
            out.write(f"There is no subscription called {subscription}.\n")
            return 1
        which["subscription"] = row
    if uid:
        which["uid"] = uid
    n = retry_messages(by=None, **which)
    out.write(f"{n} messages are tried again.\n" if n else "Nothing of that is undeliverable.\n")
    return int(n == 0)
