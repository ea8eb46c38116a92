"""The daily head: one fingerprint over all history written since the last one, chained from day to day, for publishing.

Whoever keeps a published head can later prove that nothing written up to then was changed, even by somebody who owns the database.
A head covers lines by the order in which they were written, not by the instant they speak of: a clock that catches up writes lines
of yesterday today. The log of looks is one chain, so its last line stands for all of it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from linli.access.models import ReadLog
from linli.flow.chain import START, day_head
from linli.flow.models import DailyHead, Event
from linli.kit.calendar import CHINA

_WRITTEN = """
WITH d AS (SELECT flow_id, max(seq) AS seq, count(*) AS events FROM flow_event WHERE id > %s AND id <= %s GROUP BY flow_id)
SELECT f.uid, e.seq, e.hash, d.events FROM d JOIN flow_event e USING (flow_id, seq) JOIN flow_flow f ON f.id = d.flow_id
"""


def day_of(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


LOOKS = "looks"  # where the name of a flow stands otherwise


def fingerprint(prev: bytes, day: date, lines: tuple[int, int], looks: tuple[int, int | None]) -> tuple[bytes, int, int, int]:
    """Hash over each flow's last line among ``lines``, and the last of ``looks`` (ids: after, up to; None: not covered).

    Also how many lines, how many flows, how many looks.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN, lines)
        rows = cursor.fetchall()
    last = [(str(uid), seq, bytes(hash_)) for uid, seq, hash_, _ in rows]
    looked, upto = looks[0], looks[1] or 0
    log = ReadLog.objects.filter(pk__gt=looked, pk__lte=upto)
    last += [(LOOKS, pk, bytes(hash_)) for pk, hash_ in log.filter(pk=upto).values_list("pk", "hash")]
    return day_head(prev, day.isoformat(), last), sum(events for *_, events in rows), len(rows), log.count()


def publish_daily_head(day: date | None = None, now: datetime | None = None) -> DailyHead:
    """Publish the head of ``day`` (yesterday by default): over everything written since the last one. A published day stays as it is.

    Raises ValueError for a day that is not over, or that lies before one already published.
    """
    today = day_of(now or timezone.now())
    day = day or today - timedelta(days=1)
    if day >= today:
        raise ValueError(f"{day} is not over yet")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE flow_event IN SHARE MODE")  # waits for lines being written, so that none gets an id passed over
        if published := DailyHead.objects.filter(day=day).first():
            return published
        last = DailyHead.objects.order_by("-day").first()
        if last and last.day > day:
            raise ValueError(f"{last.day} has been published already")
        prev, after, looked = (bytes(last.hash), last.last_event, last.last_look or 0) if last else (START, 0, 0)
        upto, look = max(_newest(Event), after), max(_newest(ReadLog), looked)
        hash_, events, flows, looks = fingerprint(prev, day, (after, upto), (looked, look))
        return DailyHead.objects.create(
            day=day, events=events, flows=flows, last_event=upto, looks=looks, last_look=look, prev=prev, hash=hash_
        )


def _newest(model: type[Event] | type[ReadLog]) -> int:
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
