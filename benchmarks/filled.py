"""A deployment with a city's matters in it: laid once, kept for all benchmarks of a run.

The product makes the demonstration of the whole district (78 communities, 90 days: every matter played by the real rules). That is then
laid on top of itself by SQL until there are as many matters as wanted, over three years: ended work whole weeks earlier each time, so that
hours and weekdays stay; open work as it stands, until about three in a hundred are open, and as much ended work beside it, so that these
weeks are no other than those before. Flows, history, things to do, matters, the
courses they took and the figures of each day all agree with each other. What differs from the product's own rows: copies have no reporter
(a sealed name opens only in its own row), their chains are not hashed anew (``linli verify`` would say so), and moments written inside a
line of history stay those of the original. Nothing is marked as demonstration data any more: it is measured as a place in use.

``LINLI_BENCH_KEEP=FOLDER`` keeps the data between runs.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.product import Product

from linli.conf.postgres import DATABASE, Cluster

MATTERS = int(os.environ.get("MATTERS", "1000000"))
COMMUNITIES, DAYS, YEARS, OPEN = 78, 90, 3, 0.03
_made: dict[int, Path] = {}

# Loading only: what is lost if the machine stops is made again.
CARELESS = {
    "fsync": "off", "full_page_writes": "off", "autovacuum": "off", "synchronous_commit": "off", "max_wal_size": "'16GB'",
    "checkpoint_timeout": "'1h'", "maintenance_work_mem": "'1GB'",
}  # fmt: skip
_TABLES = ("flow_flow", "flow_event", "flow_todo", "matters_matter", "matters_course", "measures_value", "measures_month")

# {ago}: how much earlier the copies of a round are. Rounds: (number, interval), those of ended work and those of open work.
_ROUNDS = """
create unlogged table round as
  select n, false as open, case when n <= {open} then n * interval '37 seconds'
    else 7 * round((n - {open}) * {spread} / 7.0 / greatest(1, {ended} - {open}))::int * interval '1 day' end as ago from generate_series(1, {ended}) n
  union all select n, true, n * interval '37 seconds' from generate_series(1, {open}) n;
create unlogged table copied as
  select f.id as was, f.id + {stride}::bigint * (r.n + case when r.open then {ended} else 0 end) as now, r.ago, r.open,
    '-' || case when r.open then 'o' else '' end || r.n as mark
  from round r join flow_flow f on (f."end" = '') = r.open order by r.ago desc, f.id;
analyze copied;
create unlogged table original as select * from flow_flow;
create unlogged table event as select * from flow_event;
create unlogged table todo as select * from flow_todo;
create unlogged table matter as select * from matters_matter;
create unlogged table course as select * from matters_course;
create unique index on original (id); create index on event (flow_id); create index on todo (flow_id); create unique index on matter (flow_id);
create unique index on course (flow_id);
"""
_FLOWS = """
insert into flow_flow (id, uid, charter_id, procedure, kind, subject, subject_ref, title, place_id, path, step, "end", level, owner_id, seq, head,
  began_at, entered_at, due_at, whole_due_at, ended_at, overdue, suspended, escalations, wake_at, memory, is_demo)
select c.now, gen_random_uuid(), charter_id, procedure, kind, subject, subject_ref || c.mark, title, place_id, path, step, "end", level, owner_id,
  seq, head, began_at - c.ago, entered_at - c.ago, due_at - c.ago, whole_due_at - c.ago, ended_at - c.ago, overdue, suspended, escalations,
  wake_at, memory, false from copied c join original f on f.id = c.was;
"""
_EVENTS = """
insert into flow_event (flow_id, seq, at, by_id, role, kind, step_from, step_to, outcome, data, texts, salt, text_digest, prev, hash)
select c.now, seq, at - c.ago, by_id, role, kind, step_from, step_to, outcome, data, texts, salt, text_digest, prev, hash
from copied c join event e on e.flow_id = c.was;
"""
_TODOS = """
insert into flow_todo (flow_id, seat_id, role, since, due_at, done_at)
select c.now, seat_id, role, since - c.ago, due_at - c.ago, done_at - c.ago from copied c join todo t on t.flow_id = c.was;
"""
_MATTERS = """
insert into matters_matter (number, request_id, follow_digest, flow_id, category, title, text, channel, line, raised_from_id, place_id, path,
  found_by, address, lon, lat, raised_at, is_public, public_decided, answer, answered_at, rating, is_demo)
select number || c.mark, gen_random_uuid(), encode(sha256(gen_random_uuid()::text::bytea), 'hex'), c.now, category, title, text, channel, line,
  raised_from_id, place_id, path, found_by, address, lon + (random() - 0.5) * 4e-4, lat + (random() - 0.5) * 3e-4, raised_at - c.ago, is_public,
  public_decided, answer, answered_at - c.ago, rating, false from copied c join matter m on m.flow_id = c.was;
"""
_MOMENTS = (
    "raised_at", "responded_at", "filed_at", "dispatched_at", "returned_at", "checked_at", "reworked_at", "late_at", "due_at", "settled_at",
    "ended_at", "rated_at", "urged_at", "extended_at", "shelved_at", "reopened_at", "called_at", "recalled_at", "supervised_at", "named_at",
)  # fmt: skip
_PLAIN = ("place_id", "areas", "category", "channel", "responded_late", "ended", "rating", "rated_by", "reached", "again", "recurs")
_COURSES = f"""
insert into matters_course (flow_id, {", ".join((*_PLAIN, *_MOMENTS))}, escalated, stays)
select c.now, {", ".join(_PLAIN)}, {", ".join(f"{m} - c.ago" for m in _MOMENTS)},
  (select coalesce(jsonb_object_agg(key, (value #>> '{{}}')::timestamptz - c.ago), '{{}}') from jsonb_each(escalated)),
  (select coalesce(jsonb_object_agg(key, jsonb_build_array(value->0, (value->>1)::timestamptz - c.ago)), '{{}}') from jsonb_each(stays))
from copied c join course o on o.flow_id = c.was;
"""


@contextmanager
def filled(matters: int) -> Iterator[Product]:
    """The product over so many matters, running. Each benchmark of a run gets the same data, with what those before it added."""
    if matters not in _made:
        _made[matters] = lay(matters)
    product = Product(_made[matters], arguments=("--no-demo",)).start(seconds=300)
    try:
        yield product
    finally:
        product.stop()


@contextmanager
def database(matters: int) -> Iterator[Cluster]:
    """The database of ``filled`` alone, for what is measured inside a process (``django_on``). 0: the demonstration as it is."""
    if matters not in _made:
        _made[matters] = lay(matters)
    cluster = Cluster(_made[matters] / "postgres")
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


def django_on(data: str) -> None:
    """Django over the database in that data folder, set up in this process as for a command of the product."""
    cluster = Cluster(Path(data) / "postgres")
    os.environ |= {"LINLI_DATA": data, "DATABASE_URL": cluster.url(), "DJANGO_SETTINGS_MODULE": "linli.conf.settings", "LINLI_LOG": "ERROR",
                   "LINLI_HOSTS": "testserver", "LINLI_REQUIRE_MFA": "0"}  # fmt: skip
    import django

    django.setup()
    from django.conf import settings

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # by their plain names


def lay(matters: int) -> Path:
    """Make the data folder, or find the one kept. Gives it with everything stopped."""
    kept = os.environ.get("LINLI_BENCH_KEEP")
    folder = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="linli-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    data = folder / f"{matters}"
    if (data / "laid").exists():
        return data
    if not kept:
        atexit.register(_forget, folder, data)
    needed = 4e9 + matters * 13_000
    if shutil.disk_usage(folder).free < needed:
        raise RuntimeError(f"{matters:,} matters need {needed / 1e9:.0f} GB in {folder}; there is less.")
    began = time.perf_counter()
    for command in (("migrate",), ("demo", "--communities", str(COMMUNITIES), "--days", str(DAYS))):
        done = subprocess.run(
            [sys.executable, "-m", "linli", "--data", str(data), *command],
            env=Product(data).env(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
    say(began, "the demonstration")
    cluster = Cluster(data / "postgres")
    cluster.start()
    try:
        with loading(cluster) as c:
            for table in ("access_user", "flow_flow", "matters_matter"):
                c.execute(f"update {table} set is_demo = false")
        if matters:
            _fill(cluster, matters, began)
    finally:
        cluster.stop()
    (data / "laid").touch()
    return data


def _forget(folder: Path, data: Path) -> None:
    cluster = Cluster(data / "postgres")
    cluster.stop("immediate")
    shutil.rmtree(cluster.folder, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def say(began: float, what: str) -> None:
    print(f"  {time.perf_counter() - began:5.0f} s: {what}", file=sys.stderr, flush=True)


def _fill(cluster: Cluster, matters: int, began: float) -> None:
    configure(cluster, CARELESS)
    with loading(cluster) as c:
        [(count, open_, stride)] = c.execute("select count(*), count(*) filter (where \"end\" = ''), max(id) + 1 from flow_flow").fetchall()
        more = max(0, round(OPEN * matters / open_) - 1)
        ended = max(1, round((matters - count - more * open_) / (count - open_)))
        later = without_indexes(c, _TABLES)
        c.execute(_ROUNDS.format(spread=YEARS * 365 - DAYS, ended=ended, open=more, stride=stride))
        c.execute("select setval(pg_get_serial_sequence('flow_flow', 'id'), (select max(now) from copied))")
    rest = [make for table, make in later if table not in ("flow_event", "measures_value", "measures_month")]
    with ThreadPoolExecutor(2) as pool:  # two lines of work: history and figures; all the rest
        for done in (
            pool.submit(_history, cluster, later, began),
            pool.submit(_each, cluster, [_FLOWS, _MATTERS, _TODOS, _COURSES, *rest], began, "flows, matters, things to do, courses"),
        ):
            done.result()
        list(pool.map(lambda table: _each(cluster, [f"vacuum analyze {table}"], began, f"vacuum {table}"), _TABLES))
    with loading(cluster) as c:
        c.execute("drop table copied, round, original, event, todo, matter, course")
        c.execute("update measures_run set upto = (select max(id) from flow_event)")
        c.execute("checkpoint")
        [(size, there)] = c.execute("select pg_size_pretty(pg_database_size(current_database())), count(*) from matters_matter").fetchall()
    configure(cluster, dict.fromkeys(CARELESS))
    say(began, f"{there:,} matters, {size}")


def _history(cluster: Cluster, later: list[tuple[str, str]], began: float) -> None:
    _each(cluster, [_EVENTS, *(make for table, make in later if table == "flow_event")], began, "history")
    _figures(cluster, began)
    _each(cluster, [make for table, make in later if table in ("measures_value", "measures_month")], began, "indexes of the figures")


def configure(cluster: Cluster, values: dict[str, str | None]) -> None:
    with cluster.connect() as c:
        for name, value in values.items():
            c.execute(f"alter system set {name} = {value}" if value else f"alter system reset {name}")
        c.execute("select pg_reload_conf()")


@contextmanager
def loading(cluster: Cluster) -> Iterator[Any]:
    """As the superuser, and no triggers: the guards are for what changes rows, and the copies keep their originals' keys."""
    with cluster.connect("postgres", DATABASE) as c:
        c.execute("set session_replication_role = replica; set work_mem = '256MB'; set hash_mem_multiplier = 2")
        yield c


def _each(cluster: Cluster, statements: list[str], began: float, what: str) -> None:
    with loading(cluster) as c:
        for statement in statements:
            c.execute(statement)
    say(began, what)


def without_indexes(c: Any, tables: Sequence[str]) -> list[tuple[str, str]]:
    """Drop what can be made again, and give table and statement that make it; what takes longest comes first."""
    found = c.execute(
        """select r.relname, format('alter table %%I drop constraint %%I', r.relname, k.conname),
             format('alter table %%I add constraint %%I %%s', r.relname, k.conname, pg_get_constraintdef(k.oid))
           from pg_constraint k join pg_class r on r.oid = k.conrelid where r.relname = any(%s) and k.contype = 'u'
           union all
           select i.tablename, format('drop index %%I', i.indexname), i.indexdef from pg_indexes i
           where i.tablename = any(%s) and not exists (select from pg_constraint k where k.conname = i.indexname)""",
        [list(tables), list(tables)],
    ).fetchall()
    for _table, drop, _make in found:
        c.execute(drop)
    return sorted(((table, make) for table, _drop, make in found), key=lambda m: "gin" not in m[1])


_COUNTED = """
import django, json
django.setup()
from linli.matters.measures import MEASURES
from linli.measures.actions import _contribution
print(json.dumps({m.key: _contribution(m, 'chosen', '+') for m in MEASURES}))
"""


def _figures(cluster: Cluster, began: float) -> None:
    """The day figures of the copies: those of the originals as many weeks earlier, added up. What counts for them, the product says."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "linli.conf.settings", "LINLI_DATA": str(cluster.folder.parent)}
    counted: dict[str, str] = json.loads(subprocess.run([sys.executable, "-c", _COUNTED], env=env, capture_output=True, check=True).stdout)
    with loading(cluster) as c:
        c.execute("set timezone = 'Asia/Shanghai'; create temporary table base as select *, false as open from measures_value limit 0")
        for open_ in (False, True):
            c.execute(
                f"drop table if exists chosen; create temporary table chosen as select * from course where (ended_at is null) = {open_}"
            )
            for count in counted.values():
                c.execute(
                    "insert into base (place_id, measure, part, day, numerator, denominator, open)"
                    f" select place_id, measure, part, day, n, d, {open_} from ({count}) x"
                )
        c.execute("truncate measures_value, measures_month; insert into round values (0, false, interval '0'), (0, true, interval '0')")
        for key in counted:
            c.execute(
                "insert into measures_value (place_id, measure, part, day, numerator, denominator)"
                " select place_id, measure, part, (day - date_trunc('day', ago))::date, sum(numerator), sum(denominator)"
                " from base b join round r on r.open = b.open where measure = %s group by 1, 2, 3, 4 order by 1, 2, 4, 3",
                [key],
            )
        c.execute(
            "insert into measures_month (place_id, measure, part, day, numerator, denominator)"
            " select place_id, measure, part, date_trunc('month', day)::date, sum(numerator), sum(denominator) from measures_value group by 1, 2, 3, 4"
        )
    say(began, "figures")
