"""The pages that read the most, over 1,000,000 matters (``--matters 5000000`` for five times that): what they wait, and what they ask.

Whole requests through Django in this process, signed in, template and all, one after the other: the coordinator of the district, the desk of a
street, a grid worker. For each kind of page p50 and p95, the processor time of this process and of the database for one (steadier than the
waiting on a machine that others use too), and the number of questions, which must not hang on how many matters there are nor on how many of
them one sees: the most that any page of a kind asks is compared with the most over the demonstration alone (a list that fits on its page is
not counted by a question, so the same page may ask one less there).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROUNDS, GOAL = int(os.environ.get("ROUNDS", "15")), 100.0
POSTS = ("district-coordinator", "street-desk", "grid-worker")


def run() -> list[dict[str, Any]]:
    """Each size in a process of its own: Django is set up once per process, and for one database."""
    import filled

    asked: dict[int, dict[str, int]] = {}
    rows: list[dict[str, Any]] = []
    for matters in (0, filled.MATTERS):
        with filled.database(matters) as cluster:
            done = subprocess.run(
                [sys.executable, __file__, str(cluster.folder.parent), str(ROUNDS if matters else 1)],
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
        if done.returncode:
            raise RuntimeError("see above")
        found = json.loads(done.stdout.splitlines()[-1])
        asked[matters] = found["asked"]
        rows = found["rows"]
    small, large = asked[0], asked[filled.MATTERS]
    more = {kind: (small[kind], large[kind]) for kind in small if kind in large and large[kind] > small[kind]}
    print(f"  the most that pages ask, by kind: {large}; more than over the demonstration: {more or 'nothing'}", file=sys.stderr)
    return [
        *({**row, "what": f"{row['what']}, {filled.MATTERS:,} matters"} for row in rows),
        {"what": "kinds of pages that ask more over more matters", "ours": len(more), "unit": "", "goal": "0", "met": not more},
    ]


def measure(rounds: int) -> dict[str, Any]:
    from django.db import connection

    from linli.reports.reading import keep_ready

    keep_ready()  # as the job that counts does
    asked: dict[str, int] = {}
    times: dict[str, list[float]] = {}
    spent: dict[str, list[float]] = {}
    clients = _clients()
    for kind, who, address in _addresses():
        client = clients[who]
        first = client.get(address)
        assert first.status_code == 200, (first.status_code, address)
        asked[kind] = max(asked.get(kind, 0), min(_asked(client, address) for _ in range(2)))  # what is read anew by the clock is no page's
        for _ in range(rounds):
            began, used = time.perf_counter(), time.process_time() + _of_server(connection)
            client.get(address)
            times.setdefault(kind, []).append((time.perf_counter() - began) * 1000)
            spent.setdefault(kind, []).append((time.process_time() + _of_server(connection) - used) * 1000)
    rows = []
    for kind, waits in times.items():
        waits.sort()
        p95 = waits[int(len(waits) * 0.95)]
        rows.append({"what": f"{kind}, p95 of {len(waits)}", "ours": p95, "unit": "ms", "goal": f"< {GOAL:.0f}", "met": p95 < GOAL})
        for what, ours in (("p50", statistics.median(waits)), ("processor time", statistics.mean(spent[kind]))):
            rows.append({"what": f"{kind}, {what}", "ours": ours, "unit": "ms", "goal": "shown", "met": True})
    return {"rows": rows, "asked": asked}


def _asked(client: Any, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


def _of_server(connection: Any) -> float:
    """Processor seconds of this connection's server process."""
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _holdings() -> dict[str, Any]:
    from linli.bodies.models import Holding

    rows = Holding.objects.current().select_related("user", "seat__place").order_by("pk")
    return {post: rows.filter(seat__post=post).first() for post in POSTS}


def _clients() -> dict[str, Any]:
    from django.test import Client

    found = {"": Client(HTTP_ACCEPT_LANGUAGE="zh-hans")}
    for post, holding in _holdings().items():
        found[post] = Client(HTTP_ACCEPT_LANGUAGE="zh-hans")
        found[post].force_login(holding.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return found


def _addresses() -> list[tuple[str, str, str]]:
    """(kind of page, who looks, address): the same kinds whoever looks."""
    from linli.matters.models import Matter

    coordinator, desk, worker = (_holdings()[post].seat.place for post in POSTS)
    community = desk.children.filter(level="community").order_by("code").first()
    lists = (
        "", "?state=open", "?state=overdue", "?state=open&sort=due", "?kind=environment", "?kind=environment.rubbish&state=ended", "?q=垃圾",
        "?q=路灯", "?channel=field", "?step=handle", "?age=7", f"?place={community.code}",
    )  # fmt: skip
    found = [("inbox", who, "/tasks/") for who in POSTS]
    found += [("list of matters", who, f"/matters/{query}") for who in POSTS for query in lists if who != POSTS[2] or "place" not in query]
    for who, place in ((POSTS[0], coordinator), (POSTS[1], desk), (POSTS[2], worker)):
        numbers = Matter.objects.filter(path__descends=str(place.path)).order_by("-raised_at").values_list("number", flat=True)[:60]
        found += [("page of a matter", who, f"/matters/{number}/") for number in list(numbers)[::20]]
    for level, place in (("district", coordinator), ("street", desk), ("community", community)):
        for period in ("", "?period=quarter", "?period=year"):
            found.append((f"situation of a {level}", POSTS[0], f"/situation/{place.code}/{period}"))
    return [*found, ("residents' page of an area", "", f"/area/{community.code}/")]


def main(data: str, rounds: int) -> None:
    sys.path[:0] = [str(HERE.parent / "src"), str(HERE.parent)]
    import filled

    filled.django_on(data)
    print(json.dumps(measure(rounds)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
