"""Paging by where one is, not by how many rows came before: stable while rows come and go, and as quick on page 500 as on page 1.

Empty values sort as PostgreSQL sorts them (last going up, first going down), so the order back is the exact mirror of the order forth
and both run on one index.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

_AT = "_at%d"  # annotations that carry a row's own sort values, whatever joins they came by


class BadCursor(Exception):
    """A place in the list that nobody handed out."""


@dataclass(frozen=True, slots=True)
class Key:
    """One column of the order: an ORM name, its direction, whether it can be empty, and its type."""

    name: str
    down: bool
    nullable: bool
    field: models.Field

    def flipped(self) -> Key:
        return Key(self.name, not self.down, self.nullable, self.field)

    def beyond(self, value: Any) -> Q | None:
        """Rows strictly later in this order than ``value``. None: there are none."""
        if value is None:
            return Q(**{f"{self.name}__isnull": False}) if self.down else None
        if self.down:
            return Q(**{f"{self.name}__lt": value})
        later = Q(**{f"{self.name}__gt": value})
        return later | Q(**{f"{self.name}__isnull": True}) if self.nullable else later

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def from_here(self, value: Any) -> Q:
        """Not before ``value``: says nothing new, but is the range an index can start from."""
        if value is None or (self.nullable and not self.down):
            return Q()
        return Q(**{f"{self.name}__lte" if self.down else f"{self.name}__gte": value})

    def order(self) -> Any:
        return F(self.name).desc() if self.down else F(self.name).asc()


def keys_of(queryset: QuerySet, names: Iterable[str]) -> tuple[Key, ...]:
    """The order named by ``names`` («-raised_at», «flow__due_at», an annotation), made total by the primary key."""
    names = list(names)
    found = [_key(queryset, n) for n in names]
    if not any(k.name in ("pk", "id") for k in found):
        down = bool(names) and names[0].startswith("-")
        found.append(Key("pk", down, False, queryset.model._meta.pk))
    return tuple(found)


def _key(queryset: QuerySet, name: str) -> Key:
    down, name = name.startswith("-"), name.lstrip("-")
    if name in queryset.query.annotations:
        return Key(name, down, True, queryset.query.annotations[name].output_field)
    nullable, model = False, queryset.model
    parts = name.split("__")
    field: Any = None
    for part in parts:
        if part == "pk":
            field = model._meta.pk
        else:
            try:
                field = model._meta.get_field(part)
            except FieldDoesNotExist:
                raise ValueError(f"{queryset.model.__name__} can't be sorted by {name!r}") from None
        # the far side of a one-to-one may not be there
        nullable = nullable or bool(getattr(field, "null", True)) or not getattr(field, "concrete", False)
        model = getattr(field, "related_model", None) or model
    return Key(name, down, nullable, getattr(field, "target_field", field))


def with_values(queryset: QuerySet, keys: Sequence[Key]) -> QuerySet:
    return queryset.annotate(**{_AT % i: F(k.name) for i, k in enumerate(keys)})


def named(count: int) -> list[str]:
    """What the values of so many keys are called in a row read ``with_values``."""
    return [_AT % i for i in range(count)]


def after(keys: Sequence[Key], values: Sequence[Any]) -> Q | None:
    """Rows strictly later than the row with ``values``. None: there are none."""
    found: list[Q] = []
    prefix = Q()
    for key, value in zip(keys, values, strict=True):
        if (beyond := key.beyond(value)) is not None:
            found.append(prefix & beyond)
        prefix &= key.same(value)
    if not found:
        return None
    either = found[0]
    for q in found[1:]:
        either |= q
    return keys[0].from_here(values[0]) & either


def write(keys: Sequence[Key], row: Any, sort: str) -> str:
    """The place of ``row`` (fetched ``with_values``, whole or as a mapping of values) as text for a URL. ``sort`` is kept so that it isn't
    read in another order."""
    at = row if isinstance(row, dict) else vars(row)
    text = json.dumps([sort, *(_plain(at[_AT % i]) for i in range(len(keys)))], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    """What JSON can carry and ``Field.to_python`` reads back without loss (a moment keeps its microseconds and zone)."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return value.isoformat() if isinstance(value, date | time) else str(value)


def read(keys: Sequence[Key], text: str, sort: str) -> list[Any]:
    """The values ``write`` put down. Raises BadCursor on anything else, whatever is wrong with it."""
    try:
        if len(text) > 2000:
            raise BadCursor
        found = json.loads(base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if not isinstance(found, list) or len(found) != len(keys) + 1 or found[0] != sort:
            raise BadCursor
        return [_value(key, value) for key, value in zip(keys, found[1:], strict=True)]
    except (ValueError, TypeError, OverflowError, ArithmeticError, RecursionError, binascii.Error, ValidationError, UnicodeError) as error:
        raise BadCursor from error


def _value(key: Key, value: Any) -> Any:
    if value is None:
        if not key.nullable:
            raise BadCursor
        return None
    if isinstance(value, list | dict) or (isinstance(value, str) and "\0" in value):
        raise BadCursor
    found = key.field.to_python(value)
    if isinstance(key.field, models.DateTimeField) and (found is None or timezone.is_naive(found)):
        raise BadCursor
    if isinstance(found, float) and found != found:
        raise BadCursor
    if found is None:
        raise BadCursor
    return found
