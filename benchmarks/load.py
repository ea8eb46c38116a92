"""Nothing acknowledged is lost: many users at once for ``MINUTES`` (default 30) while processes are killed, and then the books are compared.

Residents, a desk, programs and another service use the product as it runs (``load_users.py``, by locust, on loopback, with pauses as people
make them). Once a minute one of the web processes gets ``kill -9``, every fifth time the job worker too. Afterwards: every matter and every
step that was acknowledged is there exactly once, the whole history verifies, every message to the outside is delivered or visibly dead,
and no answer was an error but those connections that the kill cut.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.product import Product

from linli.conf.postgres import APP, DATABASE, Cluster

MINUTES = float(os.environ.get("MINUTES", "30"))
USERS, KEYS, EVERY, GRACE = 14, 6, 60.0, 12.0
_MADE = """
import json, sys
import django
django.setup()
from linli.access.apikeys import GRANTABLE, create_client_key, create_staff_key
from linli.access.models import User
from linli.access.scope import scope_of
from linli.bodies.models import Holding
from linli.charter.store import charter_in_force
from linli.outbox.actions import add_subscription
from linli.outbox.events import Topic
from linli.places.models import Place
charter = charter_in_force()
root = Place.objects.get(code=charter.area.root)
held = Holding.objects.current().filter(user__username='desk', seat__post='street-desk').select_related('seat__place', 'user').first()
able = [a for a in GRANTABLE if a in charter.posts['street-desk'].abilities]
boss = next(h.user for h in Holding.objects.current().filter(seat__place=root).select_related('user')
            if {'post.assign', 'outbox.manage'} <= scope_of(h.user).abilities)
grids = Place.objects.filter(level='grid').values('parent')
own = held.seat.place.children.filter(level='community', pk__in=grids)
add_subscription(by=boss, name='load', url='https://example.org/told', topics=[Topic.RAISED, Topic.ACCEPTED, Topic.DISPATCHED], place=root)
print(json.dumps({
    'keys': [create_staff_key(by=held.user, name=f'load {n}', holding=held, abilities=able, days=1)[1] for n in range(int(sys.argv[-1]))],
    'client': create_client_key(by=boss, name='load', place=root, days=1)[1],
    'own': list(own.values_list('code', flat=True)), 'street': held.seat.place.code,
    'places': list(Place.objects.filter(level='community', pk__in=grids).values_list('code', flat=True)),
}))
"""
_AUDIT = """
import json, sys
import django
django.setup()
from collections import Counter
from linli.flow.models import Event
from linli.matters.models import Matter, Reporter
from linli.outbox.models import Message
lines = [json.loads(line) for line in open(sys.argv[-1])]
raised = [l for l in lines if l['kind'] == 'raised']
numbers = Counter(Matter.objects.filter(number__in=[l['number'] for l in raised if 'number' in l]).values_list('number', flat=True))
requests = Counter(str(r) for r in Matter.objects.filter(request_id__in=[l['request'] for l in raised if 'request' in l]).values_list('request_id', flat=True))
lost = [l for l in raised if (numbers[l['number']] if 'number' in l else requests[l['request']]) != 1]
steps = [l for l in lines if l['kind'] == 'stepped']
there = Counter((e.flow.subject_ref, e.seq, e.outcome) for e in Event.objects.filter(
    flow__subject_ref__in={l['number'] for l in steps}, kind='taken').select_related('flow'))
# a category settled with the acceptance is a line before it
missing = [l for l in steps if sum(there[l['number'], l['seq'] + n, l['outcome']] for n in (1, 2)) != 1]
twice = sum(1 for n in Counter(l.get('number') or l['request'] for l in raised).values() if n > 1)
# the demonstration has a receiver that is paused: what is held for it waits, and says so
states = Counter(Message.objects.exclude(subscription__active=False).values_list('state', flat=True))
# the words told are one of a kind: two matters of the same words would be one request taken in twice
words = Counter(Matter.objects.filter(text__regex=' [0-9a-f]{32}$').values_list('text', flat=True))
told = Counter((m.subject_ref, m.topic) for m in Message.objects.filter(channel='webhook'))
owed = [l for l in raised if 'number' in l and told[l['number'], 'matter.raised'] != 1]
print(json.dumps({'raised': len(raised), 'lost': lost[:9], 'lost_n': len(lost), 'steps': len(steps), 'missing': missing[:9], 'missing_n': len(missing),
  'twice': twice, 'same_words': sum(1 for n in words.values() if n > 1), 'messages': states, 'owed': len(owed), 'owed_some': owed[:5]}))
"""


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="linli-load-") as folder:
        Path(folder).chmod(0o755)
        more = {"LINLI_PROXY": "1", "LINLI_REQUIRE_MFA": "0"}
        product = Product(Path(folder) / "data", arguments=("--communities", "5", "--days", "30"), more=more).start(seconds=600)
        try:
            return _proof(product, Path(folder) / "book.jsonl")
        finally:
            product.stop()
            product.forget()


def _python(product: Product, code: str, argument: str) -> Any:
    url = Cluster(product.data / "postgres").url(APP, DATABASE)
    env = {**product.env(), "DATABASE_URL": url, "LINLI_DATA": str(product.data), "DJANGO_SETTINGS_MODULE": "linli.conf.settings"}
    done = subprocess.run([sys.executable, "-c", code, argument], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def _proof(product: Product, book: Path) -> list[dict[str, Any]]:
    plan = _python(product, _MADE, str(KEYS)) | {"book": str(book), "desk": "desk", "password": "linli-qingshan"}
    book.touch()
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("LINLI_", "DATABASE_"))}
    command = [
        sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("load_users.py")), "--headless", "-u", str(USERS), "-r", "4",
        "-t", f"{round(MINUTES * 60)}s", "-H", product.url, "--only-summary", "--csv", str(book.with_suffix("")), "--exit-code-on-error", "0",
    ]  # fmt: skip
    traffic = subprocess.Popen(command, env={**keep, "LINLI_LOAD": json.dumps(plan)}, stdout=sys.stderr, stderr=sys.stderr)
    kills = _kill_now_and_then(product, traffic)
    if traffic.wait():
        raise RuntimeError("the traffic broke off")
    _drained(product)
    found, lines = _python(product, _AUDIT, str(book)), [json.loads(line) for line in book.read_text().splitlines()]
    verified = product.linli("verify")
    print(verified.stdout, file=sys.stderr)
    return _rows(found, lines, kills, verified.returncode == 0, book)


def _kill_now_and_then(product: Product, traffic: subprocess.Popen[bytes]) -> list[float]:
    """When something was killed. Ends with the traffic."""
    kills: list[float] = []
    chance, count, next_at = random.Random(), 0, time.monotonic() + min(EVERY, MINUTES * 20)
    while traffic.poll() is None:
        time.sleep(0.5)
        if time.monotonic() < next_at:
            continue
        count, next_at = count + 1, next_at + EVERY
        workers = _children(_of(product, "gunicorn"))
        victims = [chance.choice(workers)] if workers else []
        if count % 5 == 2:
            victims += [_of(product, "worker")]
        for pid in victims:
            kills.append(time.time())
            os.kill(pid, signal.SIGKILL)
    return kills


def _children(pid: int) -> list[int]:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(found) for found in done.stdout.split()]


def _of(product: Product, what: str) -> int:
    """The process of the roof's that serves the web, or that carries the jobs."""
    for pid in _children(product.process.pid):
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        if what in words:
            return pid
    raise RuntimeError(f"no {what} runs")


def _drained(product: Product, seconds: float = 240) -> None:
    """Until no message waits any more, or the time is up."""
    cluster, until = Cluster(product.data / "postgres"), time.monotonic() + seconds
    while time.monotonic() < until:
        with cluster.connect(APP, DATABASE) as c:
            [(left,)] = c.execute(
                "select count(*) from outbox_message m left join outbox_subscription s on s.id = m.subscription_id"
                " where m.state in ('waiting', 'sending', 'retry') and s.active is distinct from false"
            ).fetchall()
        if not left:
            return
        time.sleep(2)


def _rows(found: dict[str, Any], lines: list[dict[str, Any]], kills: list[float], verified: bool, book: Path) -> list[dict[str, Any]]:
    broken = Counter(f"{line['status']} {line['what']}" for line in lines if line["kind"] == "broken")
    cut = [line for line in lines if line["kind"] == "cut"]
    unexplained = [line for line in cut if not any(k - 1 <= line["at"] <= k + GRACE for k in kills)]
    refused = Counter(f"{line['status']} {line['what']}" for line in lines if line["kind"] == "refused")
    late = [round(line["at"] - max((k for k in kills if k <= line["at"]), default=line["at"])) for line in unexplained]
    print(f"  cut so many seconds after the last kill: {late[:40]}", file=sys.stderr)
    for what, seen in (("broken", broken), ("refused", refused), ("cut without a kill", Counter(u["what"] for u in unexplained))):
        print(f"  {what}: {dict(seen.most_common(8))}", file=sys.stderr)
    print(f"  audit: {json.dumps(found, ensure_ascii=False)[:1500]}", file=sys.stderr)
    undelivered = sum(n for state, n in found["messages"].items() if state in ("waiting", "sending", "retry"))
    requests = _requests(book)

    def none(what: str, ours: int) -> dict[str, Any]:
        return {"what": what, "ours": ours, "unit": "", "goal": "0", "met": ours == 0}

    def shown(what: str, ours: float) -> dict[str, Any]:
        return {"what": what, "ours": ours, "unit": "", "goal": "shown", "met": True}

    return [
        shown(f"requests in {MINUTES:g} minutes by {USERS} users", requests),
        shown("processes killed", len(kills)),
        shown("connections cut by that", len(cut) - len(unexplained)),
        shown("matters acknowledged", found["raised"]),
        none("of them not there exactly once", found["lost_n"] + found["twice"] + found["same_words"]),
        shown("steps acknowledged", found["steps"]),
        none("of them not there exactly once", found["missing_n"]),
        {"what": "linli verify: all history whole", "ours": float(verified), "unit": "(1: yes)", "goal": "1", "met": verified},
        shown("messages to the outside", sum(found["messages"].values())),
        none("of them neither delivered nor visibly dead", undelivered),
        none("acknowledged matters whose message is missing or twice there", found["owed"]),
        none("answers 5xx", sum(broken.values())),
        none("connections cut where nothing was killed", len(unexplained)),
    ]


def _requests(book: Path) -> int:
    rows = book.with_name(f"{book.stem}_stats.csv").read_text().splitlines()
    total = next(row for row in rows if row.startswith(",Aggregated"))
    return int(total.split(",")[2])
