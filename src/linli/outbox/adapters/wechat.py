"""WeChat: template messages of an official account 公众号模板消息. The token is fetched, kept and renewed here."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

from linli.outbox.adapters import Parcel, Wrong, adapter
from linli.outbox.adapters.http import HttpAdapter, NotAllowed, read_url
from linli.outbox.delivery import Outcome, Result, of_status

_NOTHING: Mapping[str, str] = MappingProxyType({})
_STALE = frozenset({40001, 40014, 42001})  # the token is no longer good
_BUSY = frozenset({-1, 45009, 45011})  # the system is busy, or we ask too often
_tokens: dict[tuple[str, str], tuple[str, float]] = {}
_lock = threading.Lock()


@adapter("wechat", channels=("wechat",))
@dataclass(frozen=True)
class WeChat(HttpAdapter):
    """``templates`` names the account's template for each text («"matters.answered" = "TEMPLATE_ID"»); its fields are filled by name."""

    app_id: str = ""
    secret: str = field(default="", repr=False)
    base: str = "https://api.weixin.qq.com"
    templates: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.app_id or not self.secret:
            raise Wrong("app_id, secret: the official account's are wanted")
        if not self.templates:
            raise Wrong("templates: no template is named, so nothing could be sent")
        try:
            read_url(self.base, plain=self.http)
        except NotAllowed:
            raise Wrong("base: an https address is wanted (http needs http = true)") from None

    @property
    def longest(self) -> float:
        return 2 * (self.total + 1)  # the token first

    def send(self, parcel: Parcel) -> Outcome:
        template = self.templates.get(parcel.topic)
        if template is None:
            return Outcome(Result.NEVER, error="NoTemplate")
        token = self.token()
        if isinstance(token, Outcome):
            return token
        said = {"touser": parcel.to, "template_id": template, "client_msg_id": str(parcel.uid)}
        data = {name: {"value": str(value)} for name, value in parcel.values.items()} | {"text": {"value": parcel.text}}
        url = f"{self.base.rstrip('/')}/cgi-bin/message/template/send?access_token={quote(token)}"
        body = json.dumps(said | {"data": data}, ensure_ascii=False).encode()
        answer = self.ask("POST", url, body, {"Content-Type": "application/json; charset=utf-8"})
        if isinstance(answer, Outcome):
            return answer
        outcome = of_status(answer.status, answer.wait)
        if outcome.result is not Result.DELIVERED:
            return outcome
        return self._understood(answer.json(), answer.status)

    def _understood(self, said: object, status: int) -> Outcome:
        code = said.get("errcode") if isinstance(said, dict) else None
        if code == 0:
            return Outcome(Result.DELIVERED, status)
        if not isinstance(code, int):
            return Outcome(Result.AGAIN, status, "NotUnderstood")
        if code in _STALE:
            with _lock:
                _tokens.pop((self.base, self.app_id), None)
            return Outcome(Result.AGAIN, status, f"code {code}")
        return Outcome(Result.AGAIN if code in _BUSY else Result.NEVER, status, f"code {code}")

    def token(self) -> str | Outcome:
        """The account's access token, from memory while it is good."""
        with _lock:
            kept, until = _tokens.get((self.base, self.app_id), ("", 0.0))
        if kept and time.monotonic() < until:
            return kept
        body = json.dumps({"grant_type": "client_credential", "appid": self.app_id, "secret": self.secret}).encode()
        answer = self.ask("POST", f"{self.base.rstrip('/')}/cgi-bin/stable_token", body, {"Content-Type": "application/json"})
        if isinstance(answer, Outcome):
            return answer
        said = answer.json()
        if not isinstance(said, dict) or not isinstance(said.get("access_token"), str):
            code = said.get("errcode") if isinstance(said, dict) else None
            return Outcome(Result.AGAIN, answer.status, f"token code {code}" if isinstance(code, int) else "NoToken")
        lives = said.get("expires_in")
        with _lock:
            _tokens[self.base, self.app_id] = (
                said["access_token"],
                time.monotonic() + max(0, (lives if isinstance(lives, int) else 0) - 300),
            )
        return said["access_token"]

    def check(self) -> list[str]:
        token = self.token()
        return [f"no access token: {token.error or token.status}"] if isinstance(token, Outcome) else []
