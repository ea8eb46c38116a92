"""The only writers of figures: bringing them up to date with the records, and making them again from nothing.

A run asks the log which records changed since the last one, makes their digests anew, takes off what the old digests had counted and
adds what the new ones count: the days and places concerned follow by themselves, however late a change comes. Figures are whole numbers,
so that this leaves exactly what counting from nothing leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from linli.measures.declare import LEVELS, Measure, Source, sources
from linli.measures.models import Month, Run, Value
from linli.places.queries import geography_version

BATCH = 50_000
_LOCK = 0x6D656173  # one run at a time
ZONE = "Asia/Shanghai"
_KEPT = (("measures_value", "day"), ("measures_month", "date_trunc('month', day)::date"))
"""The tables of figures, and the day under which each keeps what happened on a day."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a run did: records counted anew, over all sources."""

    records: int


def compute_measures(*, scratch: bool = False, now: datetime | None = None) -> Counted:
    """Bring all figures up to date; with ``scratch`` from nothing. Several at once wait for each other."""
    now = now or timezone.now()
    return Counted(sum(_run(source, scratch, now, _settled(source)) for source in sources()))


def check_measures() -> dict[str, int]:
    """For each source how many figures differ from those counted from nothing now: all 0 is right. Changes nothing, holds nobody up."""
    now, found = timezone.now(), {}
    with connection.cursor() as cursor:
        alone = not connection.in_atomic_block
        cursor.execute("select pg_advisory_lock(%s)", [_LOCK])  # before the snapshot is taken: no run changes figures under our hands
        try:
            for source in sources():
                with transaction.atomic():
                    if alone:  # both counts see the records as they are at this instant
                        cursor.execute("set transaction isolation level repeatable read")
                    found[source.key] = _differing(cursor, source, now)
                    transaction.set_rollback(True)
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])
    return found


_FIGURES = " union all ".join(
    f"select '{table}' as kept_in, place_id, measure, part, day, numerator, denominator from {table} where measure = any(%s)"  # noqa: S608
    for table, _day in _KEPT
)


def _differing(cursor: Any, source: Source, now: datetime) -> int:
    keys = [m.key for m in source.measures]
    upto = _newest(cursor, source)
    _run(source, False, now, upto)
    cursor.execute(f"create temporary table kept on commit drop as {_FIGURES}", [keys] * 2)
    _run(source, True, now, upto)
    either = f"(select * from kept except ({_FIGURES})) union all (({_FIGURES}) except select * from kept)"  # noqa: S608
    cursor.execute(f"select count(*) from ({either}) x", [keys] * 4)  # noqa: S608
    differing: int = cursor.fetchone()[0]
    cursor.execute("drop table kept")
    return differing


def _run(source: Source, scratch: bool, now: datetime, upto: int) -> int:
    """Count what the log says up to its line ``upto``."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        run = Run.objects.filter(source=source.key).first() or Run(source=source.key)
        geography = geography_version()
        if scratch:
            for kept in (Value, Month):
                kept.objects.filter(measure__in=[m.key for m in source.measures]).delete()
            cursor.execute(f"delete from {source.table}")  # noqa: S608  # a room's own table
            run.upto = 0
        done = 0
        for batch in _changed(cursor, source, run, upto, geography):
            _count(cursor, source, batch, dict(source.params()), also=source.also if run.upto else "")
            done += len(batch)
        Run(source=source.key, upto=max(upto, run.upto), geography=geography, at=now).save()
    return done


def _settled(source: Source) -> int:
    """The newest line of the log, once those being written are there: ids are given out before their lines can be seen."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local lock_timeout = '5s'; lock table {source.log} in share mode")
        return _newest(cursor, source)


def _newest(cursor: Any, source: Source) -> int:
    cursor.execute(f"select coalesce(max(id), 0) from {source.log}")  # noqa: S608
    found: int = cursor.fetchone()[0]
    return found


def _changed(cursor: Any, source: Source, run: Run, upto: int, geography: int) -> Iterator[list[int]]:
    """Ids of the records to count anew, in batches."""
    if run.upto == 0:
        cursor.execute(source.every)
    else:
        cursor.execute(f"select distinct flow_id from {source.log} where id > %s and id <= %s", [run.upto, upto])  # noqa: S608
    ids = {pk for (pk,) in cursor.fetchall()}
    if run.upto and run.geography != geography:
        _areas(cursor)
        cursor.execute(source.moved)
        ids |= {pk for (pk,) in cursor.fetchall()}
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]


def _areas(cursor: Any) -> None:
    """``area (id, areas)``: the current places each place counts for, outermost first, itself included."""
    cursor.execute("drop table if exists area")
    cursor.execute(
        "create temporary table area on commit drop as"
        " select p.id, array_agg(a.id order by nlevel(a.path), a.id) as areas from places_place p"
        " join places_place a on a.path @> p.path and a.level = any(%(levels)s) and (a.valid_to is null or a.id = p.id)"
        " where p.level = any(%(levels)s) group by p.id",
        {"levels": list(LEVELS)},
    )
    cursor.execute("create unique index on area (id); analyze area")


def _count(cursor: Any, source: Source, ids: list[int], params: dict[str, Any], *, also: str = "") -> None:
    """Count these records anew, and those ``also`` concerned: digest, figures, in that order of making and the other way round of taking off."""
    _areas(cursor)
    cursor.execute("drop table if exists chosen; drop table if exists fresh; drop table if exists stale; drop table if exists delta")
    cursor.execute("create temporary table chosen (id bigint primary key) on commit drop")
    cursor.execute("insert into chosen select unnest(%s::bigint[])", [ids])
    cursor.execute("analyze chosen")
    if also:
        cursor.execute(f"insert into chosen {also} on conflict do nothing", params)
    names = ", ".join(f'"{c}"' for c in source.columns)
    cursor.execute(f"create temporary table fresh on commit drop as select {names} from {source.table} limit 0")  # noqa: S608
    cursor.execute(f"insert into fresh ({names}) {source.digest}", params)
    cursor.execute(
        f"create temporary table stale on commit drop as select {names} from {source.table} where flow_id in (select id from chosen)"  # noqa: S608
    )
    parts = " union all ".join(_contribution(m, rows, sign) for m in source.measures for rows, sign in (("fresh", "+"), ("stale", "-")))
    summed = f"select place_id, measure, part, day, sum(n)::int as n, sum(d)::int as d from ({parts}) x group by 1, 2, 3, 4"  # noqa: S608
    cursor.execute(f"create temporary table delta on commit drop as {summed} having sum(n) <> 0 or sum(d) <> 0")
    for table, day in _KEPT:
        _add(cursor, table, day)
    cursor.execute(f"delete from {source.table} where flow_id in (select id from chosen)")  # noqa: S608
    cursor.execute(f"insert into {source.table} ({names}) select {names} from fresh")  # noqa: S608


def _add(cursor: Any, table: str, day: str) -> None:
    """Add what is in ``delta``, by ``day``. What sinks to nothing goes first: the tables hold no empty figures."""
    cursor.execute(
        "drop table if exists summed; create temporary table summed on commit drop as"  # noqa: S608  # our own tables
        f" select place_id, measure, part, {day} as day, sum(n)::int as n, sum(d)::int as d from delta group by 1, 2, 3, 4; analyze summed"
    )
    same = "(v.place_id, v.measure, v.part, v.day) = (x.place_id, x.measure, x.part, x.day)"
    cursor.execute(f"delete from {table} v using summed x where {same} and v.denominator + x.d = 0")  # noqa: S608
    # what is new is told from what was changed, not looked for in the table: of one that was empty the planner thinks it still is
    cursor.execute(
        f"with old as (update {table} v set numerator = v.numerator + x.n, denominator = v.denominator + x.d from summed x where {same}"  # noqa: S608
        f" and (x.n <> 0 or x.d <> 0) returning v.place_id, v.measure, v.part, v.day)"
        f" insert into {table} (place_id, measure, part, day, numerator, denominator)"
        f" select place_id, measure, part, day, n, d from summed x where d > 0 and not exists (select from old v where {same})"
    )


def _contribution(m: Measure, rows: str, sign: str) -> str:
    """What the digests in ``rows`` count for a measure, by place, part and day."""
    areas = f" cross join lateral unnest(r.areas[1:{m.depth}]) as a (place_id)"
    return (
        f"select a.place_id, '{m.key}' as measure, {m.part} as part, (({m.at}) at time zone '{ZONE}')::date as day,"
        f" {sign}count(*) filter (where {m.good}) as n, {sign}count(*) as d {m.counted(rows, areas)} group by 1, 3, 4"
    )
