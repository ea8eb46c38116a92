"""A thousand residents report while server and database are killed again and again: what was acknowledged is there, once."""

from __future__ import annotations

import http.client
import os
import random
import signal
import subprocess
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.product import Product, filled

INTAKES, KILLS = 1000, 6


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    # each resident comes from an address of their own, or the limit would stop them
    running = filled(tmp_path_factory.mktemp("killed") / "data", LINLI_PROXY="1").start()
    yield running
    assert running.stop() == 0, running.output()
    running.forget()


class Resident:
    """Fills in the form and presses the button until the page with the code comes."""

    def __init__(self, product: Product, number: int) -> None:
        self.product, self.number = product, number
        self.address = f"10.{number >> 8}.{number & 255}.7"
        self.request_id = uuid.UUID(int=random.Random(number).getrandbits(128), version=4)

    def report(self) -> str:
        """The address of the page that acknowledges; the same request is sent until it comes."""
        body = urlencode(
            {"request_id": self.request_id, "text": f"第{self.number}盏路灯不亮,晚上看不见路", "place": "150204006019", "who": "anonymous"}
        )
        for _ in range(400):
            try:
                if seen := self._send(body):
                    return seen
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05 + random.random() / 5)
        raise AssertionError(f"resident {self.number} was never answered:\n{self.product.output()[-3000:]}")

    def _send(self, body: str) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.product.port, timeout=15)
        try:
            connection.request("GET", "/report/", headers={"X-Forwarded-For": self.address})
            page = connection.getresponse()
            page.read()
            token = (page.getheader("Set-Cookie") or "").partition("csrftoken=")[2].partition(";")[0]
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token}", "X-Forwarded-For": self.address}
            connection.request("POST", "/report/", f"{body}&csrfmiddlewaretoken={token}", headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status == 302:
                return answer.getheader("Location")
            assert answer.status in (403, 500, 502, 503) or not token, (answer.status, said[:2000].decode(errors="replace"))
            return None
        finally:
            connection.close()


def kill_something(product: Product, chance: random.Random) -> None:
    """kill -9 of the database, of the web server, or of one of its workers."""
    if chance.random() < 0.5:
        pid = (product.cluster.pgdata / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGKILL)
        return
    mine = subprocess.run(["pgrep", "-f", f"gunicorn.*:{product.port}"], capture_output=True, text=True).stdout.split()
    if mine:
        os.kill(int(chance.choice(mine)), signal.SIGKILL)


def test_every_acknowledged_intake_is_there_once_whatever_is_killed(product):
    done = threading.Event()
    killed = 0

    def chaos() -> None:
        nonlocal killed
        chance = random.Random(7)
        while not done.is_set() and killed < KILLS:
            time.sleep(2.5)
            try:
                kill_something(product, chance)
                killed += 1
            except (OSError, IndexError):
                continue

    thread = threading.Thread(target=chaos)
    thread.start()
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda n: Resident(product, n).report(), range(INTAKES)))
    done.set()
    thread.join()
    product.wait_until_ready()
    assert killed >= 3
    assert len(set(pages)) == INTAKES
    with product.cluster.connect(database="linli") as connection:
        wanted = [Resident(product, n).request_id for n in range(INTAKES)]
        found = connection.execute(
            "select count(*), count(distinct number) from matters_matter where request_id = any(%s)", [wanted]
        ).fetchone()
        texts = connection.execute("select count(*) from matters_matter where text like '第%%盏路灯不亮%%'", []).fetchone()
    assert found == (INTAKES, INTAKES)
    assert texts == (INTAKES,)
    verified = product.linli("verify")
    assert verified.returncode == 0, verified.stdout


def test_the_same_request_again_is_the_same_matter(product):
    resident = Resident(product, 1)
    assert resident.report() == resident.report()
