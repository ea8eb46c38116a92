"""By what sealed values of the register are found, and where they lie in its past: for turning the keys (``access.keys``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.kit import crypto
from linli.people import names, told
from linli.people.models import Past, Person, Secret

_SEALED = {names.TABLE: (names.COLUMN,), told.SECRETS: ("sealed", "shown")}


def of_person(person: Person, name: str, ring: crypto.Keyring) -> Mapping[str, Any]:
    return {"tokens": names.tokens(name, ring)}


def of_secret(secret: Secret, value: str, ring: crypto.Keyring) -> Mapping[str, Any]:
    return {"blind": told.blind(secret.kind, value, ring)}


def in_past(past: Past) -> Mapping[str, str]:
    """The sealed values in a row as it was, each with what it is bound to."""
    return {column: crypto.context(past.kind, column, past.row) for column in _SEALED.get(past.kind, ())}


def of_past(past: Past, column: str, text: str, ring: crypto.Keyring) -> Mapping[str, Any]:
    """An act that is taken back after the index was turned must bring back what can be found."""
    if column == names.COLUMN:
        return {"tokens": names.tokens(text, ring)}
    if column == "sealed" and past.was:
        return {"blind": f"\\x{told.blind(past.was['kind'], text, ring).hex()}"}
    return {}
