"""Two hundred messages while workers are killed with -9 again and again and the receiver flaps: each arrives, or stands among the dead."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import transaction

from linli.outbox.tests.receiver import Asked, receiving

ROOT = Path(__file__).resolve().parents[1]
MESSAGES, REFUSED, KILLS, SECONDS = 200, 10, 5, 80
CONFIG = """
pauses = [0.3, 0.6, 0.9, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 1.2]
lease = 2.5
[webhook]
adapter = "webhook"
http = true
private = ["127.0.0.0/8"]
connect = 0.5
read = 0.6
total = 1
"""


class Flapping:
    """A receiver that remembers uids: now well, now not; sometimes it takes a message and dies before it can say so."""

    def __init__(self) -> None:
        self.chance, self.lock = random.Random(11), threading.Lock()
        self.effects: Counter[str] = Counter()
        self.under_way: list[Asked] = []
        self.overlaps = 0
        self.began = time.monotonic()

    def take(self, uid: str) -> None:
        with self.lock:
            if uid not in self.effects:
                self.effects[uid] += 1

    def __call__(self, asked: Asked) -> int:
        with self.lock:  # two at once: what nobody listens to any more is over, however long the receiver goes on with it
            self.overlaps += any(a.uid == asked.uid and a.listened_to for a in self.under_way)
            self.under_way.append(asked)
        try:
            return self._answer(asked)
        finally:
            with self.lock:
                self.under_way.remove(asked)

    def _answer(self, asked: Asked) -> int:
        if asked.json()["refused"]:
            return 422
        down = int((time.monotonic() - self.began) / 1.5) % 3 == 1  # a third of the time it is down altogether
        die = self.chance.random()
        time.sleep(0.02)
        if down:
            return 503 if die < 0.5 else 0
        if die < 0.1:
            time.sleep(0.9)  # too slow: it took it, but nobody listens any more
            self.take(asked.uid)
            return 204
        self.take(asked.uid)
        return 0 if die < 0.2 else 204


@pytest.fixture
def home(tmp_path, monkeypatch):
    from linli.kit import crypto

    (tmp_path / "outbox.toml").write_text(CONFIG)
    monkeypatch.setenv("LINLI_DATA", str(tmp_path))
    crypto.new_keyring()
    return tmp_path


def worker(home: Path) -> subprocess.Popen[bytes]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith("LINLI_")}
    env = {**keep, "PYTHONPATH": str(ROOT / "src"), "LINLI_DATA": str(home), "LINLI_LOG": "ERROR"}
    return subprocess.Popen(
        [sys.executable, "-m", "linli", "worker"], env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.mark.django_db(transaction=True)
def test_every_message_arrives_or_stands_among_the_dead_whatever_is_killed(home):
    from linli.matters.tests.factories import make_town
    from linli.outbox import actions
    from linli.outbox.models import Attempt, Message
    from linli.outbox.sending import About, Note, enqueue

    flapping = Flapping()
    town, chance = make_town(), random.Random(5)
    with receiving(flapping) as receiver:
        systems = [
            actions.add_subscription(by=town.district, name=name, url=receiver.url, topics=["matter.moved"], place=town.d)[0]
            for name in ("城管", "园林", "住建", "环保")
        ]
        for n in range(MESSAGES):  # five to each matter, in their order
            system = systems[n % 4]
            about = About("matters.matter", f"QS-{n % 40}", str(system.path))
            values = {"n": n, "refused": n < REFUSED}
            with transaction.atomic():
                enqueue([Note("webhook", "matter.moved", about, values, subscription=system.pk)])
        workers = [worker(home) for _ in range(2)]
        try:
            began, killed = time.monotonic(), 0
            while Message.objects.filter(ended_at=None).exists():
                assert time.monotonic() - began < SECONDS, Counter(Message.objects.values_list("state", flat=True))
                time.sleep(0.2)
                # each time some more have got through: a worker is killed in the middle of its work, not while it starts
                if killed < KILLS and Message.objects.exclude(ended_at=None).count() > 25 * (killed + 1):
                    victim = chance.randrange(2)
                    os.kill(workers[victim].pid, signal.SIGKILL)
                    workers[victim].wait()
                    workers[victim] = worker(home)
                    killed += 1
        finally:
            for process in workers:
                process.kill()
                process.wait()
    delivered = {str(m.uid): m for m in Message.objects.filter(state="delivered")}
    dead = list(Message.objects.filter(state="dead"))
    assert killed >= 3
    assert len(delivered) + len(dead) == MESSAGES
    assert {m.values["n"] for m in dead} == set(range(REFUSED))  # visible, each with its attempt
    assert all(Attempt.objects.filter(message=m, result="never", status=422).count() == 1 for m in dead)
    assert set(flapping.effects) == set(delivered)
    assert set(flapping.effects.values()) == {1}
    assert flapping.overlaps == 0
    # of one matter, what arrived first was written first
    order = [Message.objects.get(uid=uid) for uid in flapping.effects]
    for ref in {m.subject_ref for m in order}:
        mine = [m.pk for m in order if m.subject_ref == ref]
        assert mine == sorted(mine)
