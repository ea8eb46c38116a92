"""``linli doctor``: what is wrong with this deployment, each with its mend. Exit 1 when something is."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta

from linli.conf.home import Home
from linli.conf.runtime import django_ready, own_server

Finding = tuple[bool, str]  # well?, what


def add(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace, home: Home) -> int:
    worst = 0
    for well, what in _examine(home):
        print(f"{'✓' if well else '✗'} {what}")
        worst |= not well
    return int(worst)


def _examine(home: Home) -> Iterator[Finding]:
    yield from _folder(home)
    if own_server() and not os.environ.get("DATABASE_OWNER_URL"):
        yield False, "DATABASE_OWNER_URL is not set: migrations run as the product's own role"
    with django_ready(home):
        from linli.access.checks import findings

        yield from _server()
        if _tables_current():
            yield True, "the tables are this version's"
            wrong = findings()
            yield from ((False, said) for said in wrong)
            if not wrong:
                yield True, "the product's role reads and writes rows and can do nothing else; the keyring opens what is sealed"
            yield from _content()
        else:
            yield False, "the tables are older than this version: run  linli migrate"


def _folder(home: Home) -> Iterator[Finding]:
    if not home.data.exists():
        yield False, f"{home.data} does not exist: run  linli serve  or  linli migrate"
        return
    free = shutil.disk_usage(home.data).free
    yield free > 2e9, f"{free / 1e9:.0f} GB free under {home.data}" + ("" if free > 2e9 else ": make room, or the database stops")


def _server() -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("show server_version_num")
        version = int(cursor.fetchone()[0]) // 10000
        yield 15 <= version <= 18, f"PostgreSQL {version}" + ("" if 15 <= version <= 18 else ": 15 to 18 are supported")
        cursor.execute("select array_length(show_trgm('矛盾纠纷'), 1), getdatabaseencoding()")
        grams, encoding = cursor.fetchone()
        good = bool(grams) and encoding == "UTF8"
        yield (
            good,
            "Chinese text can be searched" if good else "Chinese trigrams are empty: create the database with UTF8 and locale C.UTF-8",
        )
        cursor.execute("select current_setting('fsync'), current_setting('full_page_writes')")
        safe = cursor.fetchone() == ("on", "on")
        yield safe, "what is saved is on disk" if safe else "fsync or full_page_writes is off: a power cut loses data"


def _tables_current() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _content() -> Iterator[Finding]:
    from django.utils import timezone

    from linli.access.models import User
    from linli.bodies.queries import vacancies
    from linli.charter.linter import lint
    from linli.charter.store import NoCharter, charter_in_force
    from linli.flow.engine import calendar_of
    from linli.flow.models import Flow
    from linli.outbox.queries import findings

    try:
        charter = charter_in_force()
    except NoCharter:
        yield False, "no charter is in force: run  linli charter adopt KEY"
        return
    errors = [f for f in lint(charter) if f.severity != "note"]
    yield (
        not errors,
        f"charter {charter.id} {charter.version} in force" + (f", with {len(errors)} findings: linli charter check" if errors else ""),
    )
    accounts = User.objects.filter(is_active=True).count()
    yield accounts > 0, f"{accounts} accounts" if accounts else "nobody can sign in: run  linli admin create"
    empty = vacancies().count()
    yield True, f"{empty} seats are vacant; their work falls to the next level"
    now = timezone.now()
    wrong = findings(now)
    yield from ((False, said) for said in wrong)
    if not wrong:
        yield True, "no message is undeliverable, and none is behind"
    late = Flow.objects.filter(wake_at__lt=now - timedelta(minutes=10)).count()
    yield not late, "the clock keeps time" if not late else f"{late} pieces of work wait for the clock: is the worker running?"
    for year in {now.year, (now + timedelta(days=60)).year}:
        known = calendar_of(charter).covered(year)
        yield (
            known,
            f"the official calendar of {year} is known"
            if known
            else f"the official calendar of {year} is missing: deadlines count Monday to Friday",
        )
