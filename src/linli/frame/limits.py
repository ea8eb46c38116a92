"""How often one connection may try: counted in the database, so that it holds over all processes, under a hash nobody can turn back."""

from __future__ import annotations

import functools
import hashlib
import hmac
import ipaddress
import math
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from linli.frame import errors

log = structlog.get_logger("linli.limits")
View = Callable[..., HttpResponse]


def client_of(request: HttpRequest) -> str:
    """The client's network address: of IPv6 the /64, which is one household's.

    ``LINLI_PROXY`` is the number of proxies of our own in front: that many addresses at the end of X-Forwarded-For are theirs to say.
    Without it the header is anybody's invention and isn't read.
    """
    address = request.META.get("REMOTE_ADDR", "")
    hops = os.environ.get("LINLI_PROXY", "")
    if hops and hops != "0":
        said = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        number = int(hops) if hops.isdigit() else 1
        if len(said) >= number:
            address = said[-number]
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "?"  # a socket without addresses, or nonsense: all such share one count
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def key_of(act: str, client: str, now: datetime) -> str:
    """The act and a keyed hash of the client that is another one tomorrow. The address itself is stored nowhere."""
    salt = hmac.digest(settings.SECRET_KEY.encode(), f"tries {now.astimezone(UTC):%Y-%m-%d}".encode(), "sha256")
    return f"{act[:40]}:{hmac.new(salt, client.encode(), hashlib.sha256).hexdigest()[:32]}"


_COUNT = """
insert into frame_tries as t (key, "window", count) values (%(key)s, %(window)s, %(tries)s)
on conflict (key, "window") do update set count = t.count + %(tries)s
returning count, coalesce((select p.count from frame_tries p where p.key = %(key)s and p."window" = %(before)s), 0)
"""


def tried(act: str, client: str, seconds: int, now: datetime | None = None, tries: int = 1) -> float:
    """Count one try, or several at once; how many there were within the last ``seconds``, these included.

    One statement. The last window counts by the share of it that is still within reach, so nobody gets twice the number at its edge.
    """
    now = now or timezone.now()
    into = now.timestamp() % seconds
    window = now - timedelta(seconds=into)
    window = window.replace(microsecond=0)
    values: dict[str, Any] = {
        "key": key_of(act, client, now), "window": window, "before": window - timedelta(seconds=seconds), "tries": tries,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        count, before = cursor.fetchone()
    return count + before * (1 - into / seconds)


def rate_limit(act: str, *, count: int, seconds: int, methods: tuple[str, ...] = ("POST",)) -> Callable[[View], View]:
    """At most ``count`` requests with ``methods`` from one client in ``seconds``; then 429 with Retry-After and what was typed.

    Goes below ``@public``. Lets everybody through, with a line in the log, when the count can't be kept: the outage page is near anyway.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in methods and _over(request):
                return errors.too_many(request, seconds - int(timezone.now().timestamp()) % seconds)
            return view(request, *args, **kwargs)

        return limited

    def _over(request: HttpRequest) -> bool:
        return not within(act, client_of(request), count=count, seconds=seconds)

    return wrap


def within(act: str, client: str, *, count: int, seconds: int) -> bool:
    """Count one try, and whether it is among the ``count`` allowed in ``seconds``. True where the count can't be kept."""
    try:
        return tried(act, client, seconds) <= count
    except (DatabaseError, InterfaceError) as error:
        log.warning("limit_not_kept", act=act, kind=type(error).__name__)
        return True


_ahead: dict[tuple[str, str], tuple[float, int]] = {}
_lock = threading.Lock()


def within_ahead(act: str, client: str, *, count: int, seconds: int, share: int) -> bool:
    """As ``within``, for what is asked many times a second: a process counts ``share`` tries at once and uses them up until the window ends,
    so that most requests ask the database nothing. Never more than ``count`` are let through; in several processes it may be a share fewer.
    A refusal stands for a second, so that trying on counts little.
    """
    now = timezone.now()
    moment = now.timestamp()
    with _lock:
        until, left = _ahead.get((act, client), (0.0, 0))
        if moment < until:
            if left > 0:
                _ahead[act, client] = (until, left - 1)
                return True
            if left < 0:
                return False
    try:
        over = tried(act, client, seconds, now, tries=share) - count
    except (DatabaseError, InterfaceError) as error:
        log.warning("limit_not_kept", act=act, kind=type(error).__name__)
        return True
    granted = max(0, share - max(0, math.ceil(over)))
    with _lock:
        if len(_ahead) > 10_000:
            _ahead.clear()
        until, left = _ahead.get((act, client), (0.0, 0))
        left = granted + (left if moment < until and left > 0 else 0)  # what another thread has counted meanwhile is not lost
        _ahead[act, client] = (moment - moment % seconds + seconds, left - 1) if left > 0 else (moment + 1, -1)
    return left > 0


def forget() -> None:
    """Count anew: between tests."""
    _ahead.clear()


def purge_tries(now: datetime | None = None, keep: timedelta = timedelta(days=2)) -> int:
    """Forget counts older than ``keep``. Returns how many."""
    from linli.frame.models import Tries

    return Tries.objects.filter(window__lt=(now or timezone.now()) - keep).delete()[0]
