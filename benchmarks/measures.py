"""The situation page over a city's figures, and the counting that makes them.

* the page: a district of 1,500 grids, 365 days, all measures, as many figures as a million matters make; the whole request through Django,
  signed in, template and all. Shown beside it: the plan of the page's widest read, which must come from one index.
* the counting: 200,000 matters with eight lines of history each, laid into the tables by SQL, counted from nothing; then what one run
  costs in which 100 of them have changed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STREETS, COMMUNITIES, GRIDS, DAYS, A_DAY, MATTERS = 10, 150, 1500, 365, 2740, 200_000
GOAL_PAGE, GOAL_COUNT, ROUNDS = 100, 120, 15

# how many of a measure's records a matter makes; parts are spread over as many values
RATES = {
    "raised": 1, "filed": 0.97, "responded": 0.99, "due": 0.96, "closing": 0.96, "on_time": 0.96, "closed": 0.9, "closed_in_time": 0.75,
    "solved": 0.93, "satisfied": 0.5, "silent": 0.4, "dispatch": 0.93, "returned": 0.05, "rework": 0.9, "late": 0.2, "urged": 0.1,
    "extended": 0.03, "shelved": 0.02, "reopened": 0.01, "supervised": 0.05, "named": 0.03, "satisfied_own": 0.3, "satisfied_called": 0.2,
    "called": 0.25, "recalled": 0.01, "repeated": 0.8,
}  # fmt: skip
PARTED = {"channel": (1.0, 4), "kind": (1.0, 120), "escalated": (0.05, 3), "step": (7.0, 160)}


def run() -> list[dict]:
    """In a process of its own: Django is set up once per process, and for one database."""
    done = subprocess.run([sys.executable, __file__], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError("see above")
    return json.loads(done.stdout)


def tell(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def make_places(root_code: str) -> Any:
    from linli.places.models import Place

    began = date(2020, 1, 1)

    def below(parents: list[Any], level: str, count: int) -> list[Any]:
        rows = []
        for n in range(count):
            parent = parents[n % len(parents)]
            code = f"{level[0].upper()}{n:05}"
            rows.append(Place(code=code, name=f"{level}{n}", level=level, parent=parent, path=f"{parent.path}.{code}", valid_from=began))
        return Place.objects.bulk_create(rows)

    root = Place.objects.create(code=root_code, name="试区", level="district", path=root_code, valid_from=began)
    below(below(below([root], "street", STREETS), "community", COMMUNITIES), "grid", GRIDS)
    return root


def make_values(cursor: Any, today: date) -> int:
    """Rows as sparse as a million matters make them, at the grids (times: at the communities), then added up level by level."""
    cursor.execute("drop index value_once")
    first = today - timedelta(days=DAYS - 1)
    days = "generate_series(%(first)s::date, %(today)s::date, interval '1 day') d"
    for key, rate, parts in [*((k, r, 1) for k, r in RATES.items()), *((k, r, p) for k, (r, p) in PARTED.items())]:
        level, places = ("community", COMMUNITIES) if key == "step" else ("grid", GRIDS)
        mean = rate * A_DAY / places
        # of so many parts about this many occur on a day; each once or more
        rows = max(1, round(mean if parts == 1 else min(parts, mean) + 0.49))
        part = {
            "step": "'step' || (k %% 8) || ' ' || (20 + k / 8)",
            "kind": "'kind.' || (p.id * 31 + k * 17 + extract(doy from d)::int) %% 120",
        }
        name = "''" if parts == 1 else part.get(key, "k::text")
        count = 1 if parts == 1 else rows
        values = {"first": first, "today": today, "level": level, "chance": min(1.0, mean / count), "size": max(1, round(mean / count))}
        tell(f"figures of {key}")
        cursor.execute(
            "insert into measures_value (place_id, measure, part, day, numerator, denominator)"
            f" select p.id, '{key}', {name}, d::date, %(size)s, %(size)s from places_place p, {days}, generate_series(1, {count}) k"
            " where p.level = %(level)s and random() < %(chance)s",
            values,
        )
    for level, above in (("grid", "community"), ("community", "street"), ("street", "district")):
        only = "and v.measure <> 'step'" if level == "grid" else ""
        cursor.execute(
            "insert into measures_value (place_id, measure, part, day, numerator, denominator)"
            " select p.parent_id, measure, part, day, sum(numerator), sum(denominator) from measures_value v join places_place p on p.id = v.place_id"
            f" where p.level = '{level}' {only} group by 1, 2, 3, 4"
        )
        tell(f"figures of the {above}: done")
    cursor.execute("create unique index value_once on measures_value (place_id, measure, day, part) include (numerator, denominator)")
    cursor.execute(
        "insert into measures_month (place_id, measure, part, day, numerator, denominator)"
        " select place_id, measure, part, date_trunc('month', day)::date, sum(numerator), sum(denominator) from measures_value group by 1, 2, 3, 4"
    )
    cursor.execute("vacuum analyze measures_value")
    cursor.execute("vacuum analyze measures_month")
    cursor.execute("insert into measures_run (source, upto, geography, at) values ('matters', 1, 0, now())")
    cursor.execute("select count(*) from measures_value")
    return cursor.fetchone()[0]


LINES = (  # seq, hours after raising, kind, from, to, outcome
    (1, 0, "began", "", "accept", ""), (2, 1, "taken", "accept", "dispatch", "accepted"), (3, 2, "taken", "dispatch", "handle", "dispatched"),
    (4, 20, "reminded", "handle", "", ""), (5, 26, "taken", "handle", "check", "done"), (6, 30, "taken", "check", "answer", "passed"),
    (7, 40, "taken", "answer", "rate", "answered"), (8, 60, "taken", "rate", "END closed", "satisfied"),
)  # fmt: skip


def make_matters(cursor: Any, version: int) -> None:
    cursor.execute("drop index matter_words")  # the search for words has no part in this, and takes longest to fill
    cursor.execute(
        """insert into flow_flow (uid, charter_id, procedure, kind, subject, subject_ref, title, place_id, path, step, "end", level, seq, head,
          began_at, entered_at, ended_at, overdue, suspended, escalations, memory, is_demo)
        select gen_random_uuid(), %(version)s, 'matter', 'environment.rubbish', 'matters.matter', 'B-' || n, '测试', g.id, g.path,
          case when n %% 40 = 0 then 'handle' else '' end, case when n %% 40 = 0 then '' else 'closed' end, 'grid', 8, '\\x00',
          now() - n * interval '157 seconds', now(), case when n %% 40 = 0 then null else now() end, n %% 400 = 0, false, 0, '{}', true
        from generate_series(1, %(count)s) n
        join (select id, path, row_number() over (order by id) - 1 as k, count(*) over () as of from places_place where level = 'grid') g
          on g.k = n %% g.of""",
        {"version": version, "count": MATTERS},
    )
    cursor.execute(
        """insert into matters_matter (number, request_id, follow_digest, flow_id, category, title, text, channel, place_id, path, found_by,
          address, raised_at, is_public, public_decided, answer, rating, is_demo)
        select 'B-' || id, gen_random_uuid(), md5(id::text) || md5('x' || id), id, 'environment.rubbish', title, '垃圾没人清', 'web', place_id, path,
          'chosen', '', began_at, true, false, '', '', true from flow_flow"""
    )
    for seq, hours, kind, left, to, outcome in LINES:
        data = '{"set": {"due_at": "2026-11-20T10:00:00+00:00"}}' if to == "handle" else "{}"
        cursor.execute(
            """insert into flow_event (flow_id, seq, at, role, kind, step_from, step_to, outcome, data, text_digest, prev, hash)
            select id, %s, began_at + %s * interval '1 hour', '', %s, %s, %s, %s, %s::jsonb, '\\x00', '\\x00', '\\x00' from flow_flow""",
            [seq, hours, kind, left, to, outcome, data],
        )
    for table in ("flow_flow", "flow_event", "matters_matter"):
        cursor.execute(f"vacuum analyze {table}")


def measure(super_url: str) -> list[dict]:
    import psycopg
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from linli.access.models import User
    from linli.bodies.furnish import furnish
    from linli.bodies.models import Holding, Seat
    from linli.charter.loader import find
    from linli.charter.store import adopt, charter_of
    from linli.measures import queries
    from linli.measures.actions import compute_measures
    from linli.measures.declare import measures
    from linli.measures.periods import named

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # by their plain names
    version = adopt(find("qingshan"), by="bench")
    root = make_places(charter_of(version).area.root)
    furnish(charter_of(version), root)
    user = User.objects.create(username="bench", name="bench")
    seat = Seat.objects.get(post="district-coordinator", place=root)
    Holding.objects.create(seat=seat, user=user, since=timezone.now() - timedelta(days=1))
    rows = []
    with psycopg.connect(super_url, autocommit=True) as owner, owner.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # generated rows need no checking of their keys
        make_matters(cursor, version.pk)
        tell("matters are there")
        count = make_values(cursor, timezone.localdate())
        tell(f"{count:,} figures")
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    pages = {
        "situation page of a district, this month": f"/situation/{root.code}/",
        "situation page of a district, this year": f"/situation/{root.code}/?period=year",
        "situation page of a street, this year": "/situation/S00001/?period=year",
    }
    for what, path in pages.items():
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            assert client.get(path).status_code == 200
            took.append(1000 * (time.perf_counter() - began))
        ours = statistics.median(took[2:])
        rows.append(
            {"what": f"{what} ({count:,} figures)", "ours": ours, "unit": "ms", "goal": f"< {GOAL_PAGE} ms", "met": ours < GOAL_PAGE}
        )
    period = named("year", timezone.localdate())
    began = time.perf_counter()
    queries.totals([root.pk], list(measures()), period)
    rows.append(
        {
            "what": "all figures of a district over a year, the read alone",
            "ours": 1000 * (time.perf_counter() - began),
            "unit": "ms",
            "goal": "shown",
            "met": True,
        }
    )
    rows.append(
        {
            "what": "it comes from the two indexes made for it",
            "ours": float(from_one_index(root.pk, period)),
            "unit": "(1: yes)",
            "goal": "1",
            "met": from_one_index(root.pk, period),
        }
    )
    return rows + counting(super_url, compute_measures)


def from_one_index(place: int, period: Any) -> bool:
    """Whether the plan of the page's widest read touches the figures through the indexes made for it and nothing else."""
    from django.db import connection

    from linli.measures import queries
    from linli.measures.declare import measures

    pairs = list(measures())
    statement, days = queries.sums(period)
    with connection.cursor() as cursor:
        cursor.execute("explain " + statement, [[place] * len(pairs), pairs, *days])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    tell(plan.replace("\n", "\n  "))
    return "value_once" in plan and "month_once" in plan and "Seq Scan on measures_" not in plan


def counting(super_url: str, compute: Any) -> list[dict]:
    import psycopg

    began = time.perf_counter()
    done = compute(scratch=True)
    scratch = time.perf_counter() - began
    assert done.records == MATTERS
    with psycopg.connect(super_url, autocommit=True) as owner:
        owner.execute(
            """insert into flow_event (flow_id, seq, at, role, kind, step_from, step_to, outcome, data, text_digest, prev, hash)
            select id, 9, now(), '', 'urged', '', '', '', '{}', '\\x00', '\\x00', '\\x00' from flow_flow order by id limit 100"""
        )
    began = time.perf_counter()
    assert compute().records == 100
    later = time.perf_counter() - began
    return [
        {
            "what": f"counting {MATTERS:,} matters from nothing",
            "ours": scratch,
            "unit": "s",
            "goal": f"< {GOAL_COUNT} s",
            "met": scratch < GOAL_COUNT,
        },
        {"what": "a run in which 100 of them changed", "ours": later, "unit": "s", "goal": "< 2 s", "met": later < 2},
    ]


def main() -> None:
    sys.path[:0] = [str(HERE.parent / "src"), str(HERE.parent)]
    os.environ["DJANGO_SETTINGS_MODULE"], os.environ["LINLI_LOG"] = "linli.conf.settings", "ERROR"
    os.environ["LINLI_REQUIRE_MFA"] = "0"
    from linli.conf.postgres import APP, OWNER, Cluster, prepare_server

    with tempfile.TemporaryDirectory(prefix="linli-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ["LINLI_DATA"] = str(Path(folder) / "home")
        (Path(folder) / "home" / "static").mkdir(parents=True)
        cluster = Cluster(Path(folder) / "pg")
        cluster.start()
        try:
            with cluster.connect() as connection:
                prepare_server(connection, "bench")
            env = {**os.environ, "DATABASE_URL": cluster.url(OWNER, "bench"), "PYTHONPATH": str(HERE.parent / "src")}
            for command in ("['', 'migrate', '-v0']", "['', 'createcachetable']"):
                subprocess.run(
                    [sys.executable, "-c", f"from django.core.management import execute_from_command_line as e; e({command})"],
                    env=env,
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
            os.environ["DATABASE_URL"] = cluster.url(APP, "bench")
            import django

            django.setup()
            rows = measure(cluster.url("postgres", "bench"))
        finally:
            cluster.stop("fast")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
