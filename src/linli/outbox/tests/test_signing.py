"""Signatures; and the receiver's recipe in docs/webhooks.md, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.outbox.signing import WINDOW, signature, verify

KEYS = {"a1b2c3d4": "first secret", "e5f60718": "second secret"}
DOC = Path(__file__).resolve().parents[4] / "docs" / "webhooks.md"


@given(st.binary(max_size=2000), st.integers(0, 4_000_000_000), st.sampled_from(list(KEYS)))
def test_what_is_signed_is_recognised_within_its_window_and_no_longer(body, at, key):
    header = signature({key: KEYS[key]}, at, body)
    assert verify(header, body, KEYS, at + WINDOW) == key
    assert verify(header, body, KEYS, at + WINDOW + 1) == ""
    assert verify(header, body, KEYS, at - WINDOW - 1) == ""


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_another_body_another_time_or_another_secret_is_refused(body, other):
    header = signature(KEYS, 1000, body)
    assert (verify(header, other, KEYS, 1000) != "") == (body == other)
    assert verify(header.replace("t=1000", "t=1001"), body, KEYS, 1000) == ""
    assert verify(header, body, {"a1b2c3d4": "guess", "e5f60718": "guess"}, 1000) == ""
    assert verify(header, body, {"unknown": "first secret"}, 1000) == ""


@pytest.mark.parametrize("header", ["", " ", "t=,k=,v1=", "t=1,k=a1b2c3d4,v1=zz", "nonsense", "t=1000,k=a1b2c3d4,v1=" + "0" * 64])
def test_nonsense_in_the_header_is_refused(header):
    assert verify(header, b"{}", KEYS, 1000) == ""


def test_for_a_day_after_a_rotation_either_secret_recognises_it():
    header = signature(KEYS, 1000, b"{}")
    assert verify(header, b"{}", {"a1b2c3d4": "first secret"}, 1000) == "a1b2c3d4"
    assert verify(header, b"{}", {"e5f60718": "second secret"}, 1000) == "e5f60718"


def test_the_recipe_of_the_manual_recognises_what_we_send_and_nothing_else():
    recipe = next(block for block in re.findall(r"```python\n(.*?)```", DOC.read_text(), re.DOTALL) if "def is_ours" in block)
    names: dict = {}
    exec(recipe, names)
    body = b'{"uid":"1","event":"matter.answered"}'
    header = signature(KEYS, 1_790_000_000, body)
    assert names["is_ours"](header, body, KEYS, 1_790_000_000)
    assert not names["is_ours"](header, body + b" ", KEYS, 1_790_000_000)
    assert not names["is_ours"](header, body, KEYS, 1_790_000_301)
    assert not names["is_ours"](header, body, {"a1b2c3d4": "guess"}, 1_790_000_000)
    assert not names["is_ours"]("", body, KEYS, 1_790_000_000)
    # the worked example: a secret, a body and the header they give
    said = DOC.read_text()
    secret = re.search(r"secret +`([^`]+)`", said)[1]
    example = re.search(r"body +`([^`]+)`", said)[1].encode()
    wanted = re.search(r"`Linli-Signature: ([^`]+)`", said)[1]
    at = int(re.match(r"t=(\d+)", wanted)[1])
    assert signature({"a1b2c3d4": secret}, at, example) == wanted
    assert names["is_ours"](wanted, example, {"a1b2c3d4": secret}, at)
