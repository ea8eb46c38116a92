"""Text messages through a gateway that takes HTTP: address, headers and body are the gateway's own, filled from a template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from types import MappingProxyType
from typing import Any
from urllib.parse import quote_plus

from linli.outbox.adapters import Parcel, Wrong, adapter
from linli.outbox.adapters.http import MOST_READ, Answer, HttpAdapter, NotAllowed, read_url
from linli.outbox.delivery import Outcome, Result, of_status

_FIELDS = frozenset({"phone", "text", "uid", "topic", "values"})
_NOTHING: Mapping[str, str] = MappingProxyType({})


def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _fields(template: str) -> set[str]:
    """Raises ValueError for a template that is none."""
    return {name for _said, name, _spec, _conv in Formatter().parse(template) if name is not None}


@adapter("sms-http", channels=("sms",))
@dataclass(frozen=True)
class SmsHttp(HttpAdapter):
    """``url`` and ``body`` may hold {phone}, {text}, {uid}, {topic}, {values} (JSON of what fills the template); each is written
    as the ``content`` (json, form) wants it; braces that are the gateway's own are doubled. Where the gateway says in JSON whether it took the
    message, ``ok`` names the field and what it then holds («code=0»); ``never`` lists what it holds where trying again is no use.
    """

    url: str = ""
    method: str = "POST"
    content: str = "json"
    body: str = '{{"phone":"{phone}","text":"{text}","id":"{uid}"}}'
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    ok: str = ""
    never: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.method not in ("POST", "GET", "PUT"):
            raise Wrong("method: POST, GET or PUT is wanted")
        if self.content not in ("json", "form"):
            raise Wrong("content: json or form is wanted")
        if self.ok and "=" not in self.ok:
            raise Wrong("ok: a field and its value are wanted, such as code=0")
        for name in ("url", "body"):
            try:
                unknown = _fields(getattr(self, name)) - _FIELDS
            except ValueError:
                raise Wrong(f"{name}: a brace that is the gateway's own is written twice") from None
            if unknown:
                raise Wrong(f"{name}: {{{min(unknown)}}} is none of {', '.join(sorted(_FIELDS))}")
        if "phone" not in _fields(self.url) | _fields(self.body):
            raise Wrong("body: {phone} stands neither in it nor in url, so nobody would get the message")
        try:
            read_url(self.url.format(**dict.fromkeys(_FIELDS, "1")), plain=self.http)
        except NotAllowed:
            raise Wrong("url: an https address is wanted (http needs http = true)") from None

    def check(self) -> list[str]:
        """Whether the gateway is where we speak to it. Only a message of one's own (``--to``) tells whether it takes any."""
        return self.unreachable(self.url.format(**dict.fromkeys(_FIELDS, "1")))

    def send(self, parcel: Parcel) -> Outcome:
        values = {"phone": parcel.to, "text": parcel.text, "uid": str(parcel.uid), "topic": parcel.topic}
        values["values"] = json.dumps(dict(parcel.values), ensure_ascii=False)
        escape = _json if self.content == "json" else quote_plus
        body = self.body.format(**{name: escape(v) for name, v in values.items()}).encode()
        kind = "application/json; charset=utf-8" if self.content == "json" else "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, "Idempotency-Key": str(parcel.uid), **self.headers}
        url = self.url.format(**{name: quote_plus(v) for name, v in values.items()})
        answer = self.ask(self.method, url, b"" if self.method == "GET" else body, headers, most=MOST_READ if self.ok else 0)
        return answer if isinstance(answer, Outcome) else self._understood(answer)

    def _understood(self, answer: Answer) -> Outcome:
        outcome = of_status(answer.status, answer.wait)
        if outcome.result is not Result.DELIVERED or not self.ok:
            return outcome
        name, _, wanted = self.ok.partition("=")
        said: Any = answer.json()
        for part in name.split("."):
            said = said.get(part) if isinstance(said, dict) else None
        if str(said) == wanted:
            return outcome
        code = str(said)[:20] if isinstance(said, str | int) and str(said).replace("-", "").isalnum() else "unknown"
        return Outcome(Result.NEVER if code in self.never else Result.AGAIN, answer.status, f"{name} {code}"[:60])
