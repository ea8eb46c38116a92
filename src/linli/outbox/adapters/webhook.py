"""Signed JSON by HTTP POST to a department's system. What the receiver does with it: docs/webhooks.md."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from linli.outbox import signing
from linli.outbox.adapters import Parcel, adapter
from linli.outbox.adapters.http import HttpAdapter
from linli.outbox.delivery import Outcome, of_status


def body_of(parcel: Parcel) -> bytes:
    """What is sent: the payload, compact, with what the message is."""
    said = {"uid": str(parcel.uid), "event": parcel.topic, **parcel.values}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


@adapter("webhook", channels=("webhook",))
@dataclass(frozen=True)
class Webhook(HttpAdapter):
    """To the address of each subscription, signed with its secret."""

    def send(self, parcel: Parcel) -> Outcome:
        body = body_of(parcel)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Linli-Event": parcel.topic,
            "Linli-Delivery": str(parcel.uid),
            "Linli-Attempt": str(parcel.attempt),
            signing.HEADER: signing.signature(parcel.keys, int(time.time()), body),
        }
        answer = self.ask("POST", parcel.url, body, headers, most=0)  # the status says all: whatever follows it is nobody's to wait for
        return answer if isinstance(answer, Outcome) else of_status(answer.status, answer.wait)
