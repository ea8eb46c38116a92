"""The examples of docs/api.md, run: each request is sent, and its answer must hold what the document says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from linli.matters.tests.calling import key_for
from linli.matters.tests.factories import make_town

DOCUMENT = Path(__file__).resolve().parents[1] / "docs/api.md"
NUMBER = "QS-2026-000001"


def blocks() -> list[tuple[str, dict[str, str], str]]:
    """(first line, headers, body) of every block."""
    found = []
    for text in re.findall(r"```http\n(.*?)```", DOCUMENT.read_text(), re.DOTALL):
        head, _empty, body = text.partition("\n\n")
        first, *lines = head.strip().splitlines()
        found.append((first, dict(line.split(": ", 1) for line in lines), body.strip()))
    return found


def holds(said: Any, wanted: Any) -> bool:
    """Whether the answer has all that the document shows; «…» stands for anything."""
    if wanted == "…":
        return bool(said)
    if isinstance(wanted, dict):
        return isinstance(said, dict) and all(name in said and holds(said[name], value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(said, list) and len(said) == len(wanted) and all(map(holds, said, wanted))
    return said == wanted


def put_in(text: str, known: dict[str, str]) -> str:
    """The text with what the district calls the things that the document names."""
    for name, value in known.items():
        text = text.replace(name, value)
    return text


def made(address: str, answer: dict[str, Any]) -> dict[str, str]:
    """What an answer of 201 made, by the name that later examples use."""
    if address.endswith("/boxes"):
        return {"/BOX": f"/{answer['id']}"}
    if address.endswith("/rounds"):
        return {"/ROUND": f"/{answer['id']}"}
    if address.endswith("/gatherings"):
        return {"/GATHERING": f"/{answer['id']}"}
    return {NUMBER: answer["number"]}


@pytest.mark.django_db
def test_every_example_of_the_document_does_what_it_says():
    town, client = make_town(), Client()
    known = {
        "Bearer KEY": f"Bearer {key_for(town.desk)}", "Bearer STATION": f"Bearer {key_for(town.station)}",
        "Bearer BOARD": f"Bearer {key_for(town.coordinator)}", NUMBER: NUMBER,
    }  # fmt: skip
    said = blocks()
    assert len(said) > 18
    assert len(said) % 2 == 0
    for (request, headers, body), (status, wanted_headers, wanted) in zip(said[::2], said[1::2], strict=True):
        method, address = put_in(request, known).split(" ")
        kind = headers.pop("Content-Type", "application/json")
        headers["Authorization"] = known[headers["Authorization"]]
        response = client.generic(method, address, body.encode() if body else b"", content_type=kind, headers=headers)
        answer = response.json()
        assert str(response.status_code) == status.split()[1], (request, answer)
        if response.status_code == 201:
            known |= made(address, answer)
        for name, value in wanted_headers.items():
            assert response[name] == value, (request, name)
        assert holds(answer, json.loads(put_in(wanted, known))), (request, answer)
