"""The interfaces over 100,000 matters, through gunicorn as the product runs it: lists, raising and steps by four programs at once.

Each program has keys of its own and one connection it keeps. What is measured is what one waits that is alone (median), and how many get
done a second by four; beside it the processor time of the web processes and the database for one request, which is steadier on a machine that others use too:
rate × that time can't pass the cores there are, whatever stands in between. Each figure is the best of three runs.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from filled import filled
from tests.product import Product

from linli.conf.postgres import APP, DATABASE, Cluster

MATTERS, PROGRAMS, KEYS, RUNS = 100_000, 4, 12, 3
LISTS, WRITES = 400, 200  # requests of one program in a run
_KEYS = """
import sys
from linli.access.apikeys import GRANTABLE, create_staff_key
from linli.bodies.models import Holding
from linli.charter.store import charter_in_force
held = Holding.objects.current().filter(seat__post='street-desk').select_related('seat__place', 'user').first()
able = [a for a in GRANTABLE if a in charter_in_force().posts['street-desk'].abilities]
for n in range(int(sys.argv[-1])):
    print('KEY', create_staff_key(by=held.user, name=f'bench {n}', holding=held, abilities=able, days=1)[1])
print('PLACE', held.seat.place.children.filter(level='community').order_by('code').first().code)
"""


def run() -> list[dict]:
    with filled(MATTERS) as product:
        return measure(product)


def measure(product: Product) -> list[dict]:
    """Rows for a product that runs and is filled."""
    cluster = Cluster(product.data / "postgres")
    keys, place = _made(product)
    town = _Town(product, cluster, keys, place)
    floor = [town.all(town.nothing) for _run in range(RUNS)]
    alone = [town.all(town.lists, programs=1) for _run in range(RUNS)]
    listed = [town.all(town.lists) for _run in range(RUNS)]
    raised = [town.all(town.raises) for _run in range(RUNS)]
    stepped = [town.all(town.steps) for _run in range(RUNS)]
    wait, crowded = (min(r.median for r in runs) * 1000 for runs in (alone, listed))
    rows = [
        _row(f"list of 20 among {MATTERS:,}, median wait of one program", wait, "ms", "≤ 15", wait <= 15),
        _row(f"list of 20 among {MATTERS:,}, median wait with {PROGRAMS} programs", crowded, "ms", "shown", True),
    ]
    for name, runs in (("lists", listed), ("matters raised", raised), ("steps taken", stepped)):
        rate = max(r.rate for r in runs)
        rows.append(_row(f"{name} a second, {PROGRAMS} programs", rate, "/s", "≥ 150", rate >= 150))
        cpu = min(r.cpu for r in runs) * 1000
        rows.append(_row(f"{name}: processor time of web and database for one", cpu, "ms", "≤ 13 (two cores, 150/s)", cpu <= 2000 / 150))
    rows.append(_row("the floor: an answer that asks nothing, a second", max(r.rate for r in floor), "/s", "shown", True))
    rows.append(_row("the floor: processor time for one", min(r.cpu for r in floor) * 1000, "ms", "shown", True))
    return rows


def _row(what: str, ours: float, unit: str, goal: str, met: bool) -> dict[str, Any]:
    return {"what": what, "ours": ours, "unit": unit, "goal": goal, "met": met}


def _made(product: Product) -> tuple[list[str], str]:
    """Keys of the street's intake desk, and one of its communities."""
    url = Cluster(product.data / "postgres").url(APP, DATABASE)
    env = {**product.env(), "DATABASE_URL": url, "LINLI_DATA": str(product.data), "DJANGO_SETTINGS_MODULE": "linli.conf.settings"}
    code = f"import django; django.setup()\n{_KEYS}"
    done = subprocess.run([sys.executable, "-c", code, str(KEYS)], env=env, capture_output=True, text=True, check=False)
    said = [line.split(" ", 1) for line in done.stdout.splitlines()]
    keys = [value for name, value in said if name == "KEY"]
    if len(keys) != KEYS:
        raise RuntimeError(done.stderr[-2000:])
    return keys, next(value for name, value in said if name == "PLACE")


class Run:
    """What the programs waited, and how much was done in which time, with how much processor time."""

    def __init__(self, waits: list[float], seconds: float, cpu: float) -> None:
        self.median, self.rate, self.cpu = statistics.median(waits), len(waits) / seconds, cpu / len(waits)


class _Town:
    def __init__(self, product: Product, cluster: Cluster, keys: list[str], place: str) -> None:
        self.product, self.cluster, self.keys, self.place = product, cluster, keys, place
        self.raised: list[str] = []

    def all(self, program: Callable[[Program], list[float]], programs: int = PROGRAMS) -> Run:
        """So many programs at once. Only what the product itself spends is counted, not what the programs spend in asking."""
        share = len(self.keys) // programs
        at_work = [Program(self.product.port, self.keys[n * share : (n + 1) * share]) for n in range(programs)]
        for p in at_work:
            p.call("GET", "/matters?limit=1")
        before, began = self._spent(), time.perf_counter()
        with ThreadPoolExecutor(programs) as pool:
            waits = [wait for found in pool.map(program, at_work) for wait in found]
        seconds = time.perf_counter() - began
        return Run(waits, seconds, self._spent() - before)

    def nothing(self, program: Program) -> list[float]:
        """What any request costs: gunicorn, Django and its middleware, and nothing asked of the database."""
        return [program.call("GET", "", path="/healthz")[0] for _n in range(LISTS)]

    def lists(self, program: Program) -> list[float]:
        ways = ("?limit=20", "?limit=20&state=open", f"?limit=20&place={self.place}", "?limit=20&sort=due&state=open")
        cursor, waits = "", []
        for n in range(LISTS):
            query = ways[n % len(ways)]
            follow = cursor if n % len(ways) == 0 and cursor else ""
            wait, answer = program.call("GET", f"/matters{query}{follow}")
            if n % len(ways) == 0:
                cursor = f"&cursor={answer['next']}" if answer["next"] else ""
            waits.append(wait)
        return waits

    def raises(self, program: Program) -> list[float]:
        told = {
            "text": "5号楼北门垃圾堆了三天没人清",
            "category": "environment.rubbish",
            "place": self.place,
            "name": "王某",
            "phone": "13812345678",
        }
        waits = []
        for _n in range(WRITES):
            wait, answer = program.call("POST", "/matters", told, {"Idempotency-Key": uuid.uuid4().hex})
            self.raised.append(answer["number"])
            waits.append(wait)
        return waits

    def steps(self, program: Program) -> list[float]:
        """Each takes matters raised before and accepts them."""
        return [
            program.call("POST", f"/matters/{self.raised.pop()}/steps", {"outcome": "accepted"}, {"If-Match": '"1"'})[0]
            for _n in range(WRITES)
        ]

    def _spent(self) -> float:
        """Processor seconds of the product's processes and the database's, ended ones included."""
        ticks = os.sysconf("SC_CLK_TCK")
        return sum(_ticks(pid) for pid in _below(self.product.process.pid)) / ticks + sum(_ticks(pid) for pid in self._servers()) / ticks

    def _servers(self) -> Iterator[int]:
        [pid, *_rest] = (self.cluster.pgdata / "postmaster.pid").read_text().split()
        return _below(int(pid))


def _below(pid: int) -> Iterator[int]:
    yield pid
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    for child in children:
        yield from _below(int(child))


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(f) for f in fields[11:13])


class Program:
    """One client: a connection that is kept, and keys used in turn."""

    def __init__(self, port: int, keys: list[str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.keys, self.turn = keys, 0

    def call(self, method: str, address: str, data: Any = None, more: dict[str, str] | None = None, *, path: str = "") -> tuple[float, Any]:
        self.turn += 1
        headers = {"Authorization": f"Bearer {self.keys[self.turn % len(self.keys)]}", "Accept-Language": "zh-hans", **(more or {})}
        body = json.dumps(data).encode() if data is not None else None
        if body:
            headers["Content-Type"] = "application/json"
        began = time.perf_counter()
        try:
            self.connection.request(method, path or f"/api/v1{address}", body, headers)
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):  # kept too long without use: gunicorn hung up
            self.connection.close()
            self.connection.request(method, path or f"/api/v1{address}", body, headers)
            response = self.connection.getresponse()
        content = response.read()
        wait = time.perf_counter() - began
        if response.status not in (200, 201):
            raise RuntimeError(f"{method} {path or address}: {response.status} {content[:400].decode()}")
        return wait, None if path else json.loads(content)
