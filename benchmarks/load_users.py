"""Who uses the product in ``load.py``: residents, a desk at its pages, programs by the API and by Open311, and who looks at the situation.

Run by locust in a process of its own. Each writes down what the product acknowledged, one line of JSON for each, and every answer that no user
should ever see; ``load.py`` holds the lines against the database afterwards.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
import uuid
from typing import Any

from locust import HttpUser, between, events, task

PLAN: dict[str, Any] = json.loads(os.environ["LINLI_LOAD"])
_book = open(PLAN["book"], "a", buffering=1)  # noqa: SIM115  # for the life of the process
TEXTS = (
    "5号楼北门垃圾堆了三天没人清",
    "路灯不亮两晚了看不见路",
    "楼道里堆了纸箱和旧家具",
    "夜里施工声音很大睡不着",
    "消防通道被车堵住了",
    "井盖松了车一过就响",
)
_HIDDEN = re.compile(r'<input[^>]*name="(csrfmiddlewaretoken|request_id|seq)"[^>]*value="([^"]*)"')
CUT = {0, 502, 503, 504}  # no answer, or none from the product


def note(**line: Any) -> None:
    _book.write(json.dumps({"at": time.time(), **line}, ensure_ascii=False) + "\n")


@events.request.add_listener
def _seen(request_type: str, name: str, exception: Any = None, response: Any = None, **_more: Any) -> None:
    status = getattr(response, "status_code", 0) or 0
    if status >= 500 or (exception is not None and status == 0):
        note(kind="cut" if status == 0 else "broken", status=status, what=f"{request_type} {name}", why=type(exception).__name__)
    elif status not in (200, 201, 302, 304):
        title = re.search("<title>(.*?)</title>", getattr(response, "text", "") or "", re.DOTALL)
        note(kind="refused", status=status, what=f"{request_type} {name}", title=title[1].strip() if title else "")


class _User(HttpUser):
    abstract = True
    wait_time = between(0.2, 1.0)

    def on_start(self) -> None:
        self.chance = random.Random()
        # each comes from an address of their own, as behind a proxy
        self.client.headers["X-Forwarded-For"] = (
            f"10.{self.chance.randrange(256)}.{self.chance.randrange(256)}.{self.chance.randrange(1, 255)}"
        )
        self.client.headers["Accept-Language"] = "zh-hans"
        self.mine: list[Any] = []

    def again(self, send: Any) -> Any:
        """What any client does whose connection is cut: the same once more, until there is an answer."""
        for pause in (0.2, 0.5, 1, 2, 4, 8):
            answer = send()
            if answer.status_code not in CUT:
                return answer
            time.sleep(pause)
        return answer


class Resident(_User):
    weight = 4

    @task(3)
    def raise_one(self) -> None:
        self.client.headers["X-Forwarded-For"] = (
            f"10.{self.chance.randrange(256)}.{self.chance.randrange(256)}.{self.chance.randrange(1, 255)}"
        )
        page = self.client.get("/report/")
        found = dict(_HIDDEN.findall(page.text))
        if "request_id" not in found:
            return
        said = {**found, "text": f"{self.chance.choice(TEXTS)} {uuid.uuid4().hex}", "category": "environment.rubbish",
                "place": self.chance.choice(PLAN["places"]), "who": "named", "name": "王某", "phone": "13812345678", "by_sms": "on"}  # fmt: skip
        answer = self.again(lambda: self.client.post("/report/", said, headers={"Referer": self.host or ""}, allow_redirects=False))
        if answer.status_code == 302:
            code = answer.headers["Location"].rstrip("/").rpartition("/")[2]
            note(kind="raised", request=found["request_id"], by="page")
            self.mine = [*self.mine[-9:], code]

    @task(4)
    def follow_one(self) -> None:
        if self.mine:
            self.client.get(f"/f/{self.chance.choice(self.mine)}/", name="/f/CODE/")

    @task(2)
    def look_around(self) -> None:
        self.client.get(self.chance.choice(("/", f"/area/{self.chance.choice(PLAN['places'])}/")), name="public pages")


class Desk(_User):
    """At the pages: the list, a matter, its step."""

    weight = 2

    def on_start(self) -> None:
        super().on_start()
        self.signed_in = False

    def _sign_in(self) -> bool:
        if not self.signed_in:
            found = dict(_HIDDEN.findall(self.client.get("/accounts/login/").text))
            said = {**found, "login": PLAN["desk"], "password": PLAN["password"]}
            done = self.client.post("/accounts/login/", said, headers={"Referer": self.host or ""}, allow_redirects=False)
            self.signed_in = done.status_code == 302
        return self.signed_in

    @task(2)
    def listing(self) -> None:
        if self._sign_in():
            self.client.get(
                f"/matters/{self.chance.choice(('', '?state=open', '?state=open&sort=due', '?q=垃圾', '?mine=1'))}", name="/matters/?…"
            )

    @task(1)
    def inbox(self) -> None:
        if self._sign_in():
            self.client.get("/tasks/")

    @task(3)
    def accept(self) -> None:
        if not self._sign_in():
            return
        listed = self.client.get("/matters/?step=accept&mine=1", name="/matters/?step=accept")
        numbers = re.findall(r'href="/matters/([A-Z]+-\d+-\d+)/"', listed.text)
        if not numbers:
            return
        number = self.chance.choice(numbers)
        page = self.client.get(f"/matters/{number}/", name="/matters/NUMBER/")
        found = dict(_HIDDEN.findall(page.text))
        if "seq" not in found or 'name="accepted-category"' not in page.text:
            return
        said = {**found, "outcome": "accepted", "accepted-category": "environment.rubbish"}
        headers = {"Referer": self.host or ""}
        done = self.client.post(f"/matters/{number}/step/", said, headers=headers, name="/matters/NUMBER/step/", allow_redirects=False)
        if done.status_code == 302:
            note(kind="stepped", number=number, seq=int(found["seq"]), outcome="accepted", by="page")


class Program(_User):
    """By the API: raises, reads the list, takes steps. A cut raising is sent again with the same key."""

    weight = 3
    wait_time = between(0.05, 0.3)

    def on_start(self) -> None:
        super().on_start()
        self.client.headers["Authorization"] = f"Bearer {self.chance.choice(PLAN['keys'])}"

    @task(3)
    def raise_one(self) -> None:
        said = {"text": f"{self.chance.choice(TEXTS)} {uuid.uuid4().hex}", "category": "environment.rubbish",
                "place": self.chance.choice(PLAN["own"]), "name": "王某", "phone": "13812345678"}  # fmt: skip
        once = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self.again(lambda: self.client.post("/api/v1/matters", json=said, headers=once))
        if answer.status_code == 201:
            number = answer.json()["number"]
            note(kind="raised", number=number, by="api")
            self.mine = [*self.mine[-30:], (number, answer.headers["ETag"], "accepted")]

    @task(3)
    def step(self) -> None:
        if not self.mine:
            return
        number, etag, outcome = self.mine.pop(self.chance.randrange(len(self.mine)))
        done = self.client.post(
            f"/api/v1/matters/{number}/steps", json={"outcome": outcome}, headers={"If-Match": etag}, name="/api/v1/matters/NUMBER/steps"
        )
        if done.status_code == 200:
            note(kind="stepped", number=number, seq=int(etag.strip('"')), outcome=outcome, by="api")
            if outcome == "accepted":
                self.mine.append((number, done.headers["ETag"], "dispatched"))

    @task(3)
    def read(self) -> None:
        self.client.get(
            f"/api/v1/matters?limit=20{self.chance.choice(('', '&state=open', '&sort=due&state=open'))}", name="/api/v1/matters?…"
        )


class Service(_User):
    """Another service, by Open311."""

    weight = 1

    @task(2)
    def raise_one(self) -> None:
        said = {"api_key": PLAN["client"], "service_code": "environment.rubbish", "address_id": self.chance.choice(PLAN["places"]),
                "description": f"{self.chance.choice(TEXTS)} {uuid.uuid4().hex}"}  # fmt: skip
        once = {"Idempotency-Key": uuid.uuid4().hex}
        answer = self.again(lambda: self.client.post("/open311/v2/requests.json", said, headers=once))
        if answer.status_code == 201:
            note(kind="raised", number=answer.json()[0]["service_request_id"], by="open311")

    @task(2)
    def read(self) -> None:
        self.client.get("/open311/v2/requests.json?page_size=20", name="/open311/v2/requests.json?…")


class Head(Desk):
    """Looks at how the area stands, and takes no steps."""

    weight = 1
    wait_time = between(1, 3)

    @task(3)
    def situation(self) -> None:
        if self._sign_in():
            self.client.get(
                f"/situation/{PLAN['street']}/{self.chance.choice(('', '?period=year', '?period=quarter'))}", name="/situation/…"
            )

    @task(1)
    def inbox(self) -> None:
        if self._sign_in():
            self.client.get("/desk/")

    @task(0)
    def accept(self) -> None: ...

    @task(0)
    def listing(self) -> None: ...
