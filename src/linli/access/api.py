"""How a program proves itself at ``/api/``: a key in the Authorization header, and nothing else. Cookies are never read there."""

from __future__ import annotations

import re
import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from ninja.security import HttpBearer

from linli.access.apikeys import key_of
from linli.access.models import ApiKey
from linli.access.scope import scope_of
from linli.frame.api import Bad, TooMany, answer, told, words_of
from linli.frame.limits import client_of, within, within_ahead

A_MINUTE = 3000  # requests of one key: fifty a second, more than a program needs to keep up with a district
SHARE = 50  # of these, counted at once
WRONG = 60  # tries with a key that isn't one, from one connection in a quarter of an hour


class StaffKey(HttpBearer):
    """A staff key. The request's user becomes the key's holder, narrowed to the key's seat and abilities."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        key = key_of(token, ApiKey.Kind.STAFF)
        if key is None:
            if not within("api.wrong", client_of(request), count=WRONG, seconds=900):
                raise TooMany(900)
            return None
        if not within_ahead("api.key", str(key.pk), count=A_MINUTE, seconds=60, share=SHARE):
            raise TooMany(60)
        request.user = key.made_by
        return key


def need(request: HttpRequest, *abilities: str) -> None:
    """The key has one of ``abilities`` anywhere; what it is used on is asked for by the query or the action. Raises PermissionDenied."""
    if not scope_of(request.user).abilities.intersection(abilities):
        raise PermissionDenied(abilities[0])


def noted(request: HttpRequest, note: str) -> str:
    """What the log of looks keeps as the note: with the key that looked."""
    return f"[{scope_of(request.user).through}] {note}".strip()


_KEY = re.compile(r"[!-~]{8,100}")


def once(request: HttpRequest) -> uuid.UUID:
    """The request's own number from ``Idempotency-Key``: another for every key, so that nobody meets what is another's. Raises Bad."""
    text = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(text):
        raise Bad(
            400,
            "idempotency_key",
            gettext("Send the header Idempotency-Key: 8 to 100 letters, digits and signs, new for each thing to be made."),
        )
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    return uuid.uuid5(_OURS, f"{key.pk} {text}")


_OURS = uuid.UUID("5d1cfa0b-6a43-4c56-9a56-0d6c1d7a9e11")


router = Router(tags=["lookups"])


class Me(Schema):
    """What the key is and may do."""

    key: str
    expires_at: str
    holder: str
    post: str
    place: str
    place_name: str
    abilities: list[str]


@router.get("/me", response=Me, summary=words_of(_("What this key may do")), openapi_extra=told())
def me(request: HttpRequest) -> HttpResponse:
    """The seat it acts from, its abilities and its last day."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    holding = key.holding
    assert holding is not None
    return answer({
        "key": key.name, "expires_at": key.expires_at, "holder": str(key.made_by), "post": holding.seat.post, "place": key.place.code,
        "place_name": key.place.name, "abilities": key.abilities,
    })  # fmt: skip
