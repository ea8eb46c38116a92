"""The test database: an embedded PostgreSQL of the run's own, a template made by the owner role, tests under the app role.

The controller process starts the server and passes its folder on; each xdist worker clones the migrated template. Tests run under
the same role as the product, so a missing right fails here first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parent / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.conf.settings")
os.environ["LINLI_LOG"] = "ERROR"
# the browser's driver keeps an event loop in the tests' own thread; nothing of ours runs in it
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
os.environ["LINLI_REQUIRE_MFA"] = "0"  # the second factor has tests of its own; elsewhere staff sign in without

from linli.conf.postgres import APP, OWNER, Cluster

TEMPLATE = "linli_template"
_started: Cluster | None = None


def _cluster() -> Cluster:
    return Cluster(Path(os.environ["LINLI_TEST_CLUSTER"]), throwaway=True)


def pytest_configure(config):
    """Runs first in the controller: server up, template migrated. Workers find it in the environment."""
    if not hasattr(config, "workerinput"):
        _start_server()
    import django

    django.setup()


def _start_server() -> None:
    global _started
    folder = Path(tempfile.mkdtemp(prefix="linli-test-"))
    folder.chmod(0o755)
    os.environ["LINLI_DATA"] = str(folder / "home")
    (folder / "home" / "static").mkdir(parents=True)  # WhiteNoise looks for it at every start
    os.environ["LINLI_TEST_CLUSTER"] = str(folder / "pg")
    _started = _cluster()
    _started.start()
    from linli.conf.postgres import prepare_server

    with _started.connect() as connection:
        prepare_server(connection, TEMPLATE)
    env = {**os.environ, "DATABASE_URL": _started.url(OWNER, TEMPLATE)}
    migrate = [sys.executable, "-c", "import sys; from django.core.management import execute_from_command_line as e; e(sys.argv)"]
    for command in (["migrate", "-v0"], ["createcachetable"]):
        done = subprocess.run([*migrate, *command], env=env, capture_output=True, text=True)
        if done.returncode:
            raise pytest.UsageError(f"{command[0]} failed:\n{done.stderr[-3000:]}")


def pytest_unconfigure(config):
    if _started is None or hasattr(config, "workerinput"):
        return
    _started.stop("immediate")
    shutil.rmtree(_started.wanted.parent, ignore_errors=True)
    shutil.rmtree(_started.folder, ignore_errors=True)


def _renewed() -> str:
    """This worker's database as the template is, whatever was there before."""
    name = f"linli_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with _cluster().connect() as connection:
        # one worker at a time: a template can't be cloned while it is being cloned
        connection.execute("select pg_advisory_lock(7)")
        connection.execute(f"drop database if exists {name} with (force)")
        connection.execute(f"create database {name} template {TEMPLATE} owner {OWNER}")
    return name


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """A database of this worker's own, cloned from the template, reached as the app role."""
    from django.conf import settings
    from django.db import connections

    name, cluster = _renewed(), _cluster()
    entry = settings.DATABASES["default"]
    entry |= {"NAME": name, "USER": APP, "HOST": str(cluster.socket)}
    connections["default"].settings_dict |= {"NAME": name, "USER": APP, "HOST": str(cluster.socket)}
    os.environ["DATABASE_URL"] = cluster.url(APP, name)
    os.environ["LINLI_TEST_OWNER_URL"] = cluster.url(OWNER, name)
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def _forget_charters():
    """Each test sees the charter it adopted and the places it made, and reads the site's own language, not what the last test left."""
    from django.utils import translation

    from linli.access import guard
    from linli.charter import store
    from linli.frame import limits
    from linli.outbox import listening
    from linli.places import lookup

    kept = (store, lookup, listening, guard, limits)
    for what in kept:
        what.forget()
    translation.deactivate()
    yield
    for what in kept:
        what.forget()


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """Everything sent to the database from now on, as it was sent: by Django, by ``frame.sql``, by hand."""
    import psycopg

    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def recorded(self, query, *args, **kwargs):
        sent.append(str(query))
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", recorded)
    return sent


@pytest.fixture(autouse=True, scope="session")
def _renew_after_commits():
    """A test that commits leaves the next one a new database: emptying its tables would also take what migrations wrote."""
    from django.db import connections
    from django.test import TransactionTestCase

    def renew(_test: TransactionTestCase) -> None:
        connections.close_all()
        _renewed()

    TransactionTestCase._fixture_teardown = renew


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a worker: its driver can be started once in a thread."""
    from playwright.sync_api import sync_playwright
    from tests.chromium import CHROMIUM, FLAGS

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def _acts_in_transactions_of_their_own(monkeypatch):
    """The transaction a test runs in stands for none: where the product has none, writing to the log of acts fails here as it does there."""
    from django.db import connection

    from linli.frame import actlog

    monkeypatch.setattr(actlog, "in_transaction", lambda: any(not block._from_testcase for block in connection.atomic_blocks))
