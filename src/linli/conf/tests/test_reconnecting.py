"""A connection that is kept may have died meanwhile: the server was restarted, or ended it. The next request notices and takes a fresh one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from linli.conf.postgres import APP, DATABASE, Cluster

SRC = Path(__file__).parents[3]
# as gunicorn's threads do: a request, the connection goes back into the pool, the next request takes it from there
ASKED = """
import sys
import django
django.setup()
from django.core.signals import request_finished, request_started
from django.db import connection
def ask():
    request_started.send(None)
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        found = cursor.fetchone()[0]
    request_finished.send(None)
    return found
print(ask(), flush=True)
for line in sys.stdin:
    print(ask(), flush=True)
connection.close_pool()
"""


@pytest.fixture
def server(tmp_path):
    tmp_path.chmod(0o755)
    cluster = Cluster(tmp_path / "pg", throwaway=True)
    cluster.start()
    yield cluster
    cluster.stop("immediate")


@pytest.fixture
def asking(server, tmp_path):
    env = {**os.environ, "DATABASE_URL": server.url(APP, DATABASE), "LINLI_DATA": str(tmp_path), "LINLI_POOL": "3", "PYTHONPATH": str(SRC)}
    process = subprocess.Popen([sys.executable, "-c", ASKED], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.stdin.close()
    assert process.wait(30) == 0


def _next(process) -> int:
    process.stdin.write("\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def test_after_a_restart_or_an_ended_connection_the_next_request_is_answered(server, asking):
    asked = [int(asking.stdout.readline()), *(_next(asking) for _ in range(9))]
    kept = set(asked)
    assert len(kept) <= 3  # they are kept: the pool may open up to three, and hands out any of them
    with server.connect("postgres", DATABASE) as c:
        c.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [APP])
    assert _next(asking) not in kept
    server.stop("immediate")
    server.start()
    assert _next(asking) > 0
