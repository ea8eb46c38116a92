"""A program that calls the interface, for tests."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from linli.access.apikeys import GRANTABLE, create_staff_key
from linli.bodies.models import Holding
from linli.charter.store import charter_in_force


class Caller:
    """``caller.get("/matters")``, ``caller.post("/matters/…/urge", {"reason": …}, version=3)``; answers as (status, JSON)."""

    def __init__(self, token: str = "", language: str = "en") -> None:
        self.client, self.language = Client(raise_request_exception=False), language
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def _head(self, headers: dict[str, str]) -> dict[str, str]:
        return {"Accept-Language": self.language, **self.headers, **headers}

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str):
        return self.client.get(f"/api/v1{path}", query or {}, headers=self._head(headers))

    def post(self, path: str, data: Any = None, *, version: Any = None, key: str = "", files: bool = False, **headers: str):
        if version is not None:
            headers["If-Match"] = version if isinstance(version, str) else f'"{version}"'
        if key:
            headers["Idempotency-Key"] = key
        given = (data or {}) if files else json.dumps(data if data is not None else {})
        more = {} if files else {"content_type": "application/json"}
        return self.client.post(f"/api/v1{path}", given, headers=self._head(headers), **more)


def key_for(user, *abilities: str, post: str = "", days: int = 30, name: str = "台账对接") -> str:
    """The secret of a new key of the user's (only, or named) post; with all the post has, or ``abilities``."""
    held = Holding.objects.current().filter(user=user, **({"seat__post": post} if post else {})).select_related("seat__place").get()
    able = charter_in_force().posts[held.seat.post].abilities
    wanted = abilities or [a for a in GRANTABLE if a in able]
    return create_staff_key(by=user, name=name, holding=held, abilities=wanted, days=days)[1]


def caller(user, *abilities: str, **more: Any) -> Caller:
    return Caller(key_for(user, *abilities, **more))
