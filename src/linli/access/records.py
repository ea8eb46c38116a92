"""How the log of looks calls a record: «reporter of matter QS-2026-000123», not «matters.reporter:7794». Rooms above register theirs.

A line stores the record's key only. Its name is looked up when the line is read, in the same query, and is never one of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, Expression, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Substr
from django.utils.translation import gettext as _

from linli.access.models import ReadLog


@dataclass(frozen=True, slots=True)
class _Kind:
    says: Any
    named_by: Callable[[Expression], QuerySet] | None
    fields: Mapping[str, Any]


_kinds: dict[str, _Kind] = {}


def register(kind: str, *, says: Any, named_by: Callable[[Expression], QuerySet] | None, fields: Mapping[str, Any]) -> None:
    """``kind`` is what stands before the colon of a line's subject ("matters.reporter").

    ``says``: a sentence with %(name)s. ``named_by``: from the record's key to a queryset of one value, what staff call it by; None: its
    number is all there is to say.
    ``fields``: name of each protected field → what people call it.
    """
    _kinds[kind] = _Kind(says, named_by, fields)


def with_names(lines: QuerySet[ReadLog]) -> QuerySet[ReadLog]:
    """The lines, each with ``record_name``: empty where its kind has not been registered or the record is gone."""
    found = [When(subject__regex=rf"^{kind.replace('.', '[.]')}:[0-9]{{1,18}}$", then=_name(kind, known)) for kind, known in _kinds.items()]
    return lines.annotate(record_name=Coalesce(Case(*found, default=Value(""), output_field=CharField()), Value("")))


def _name(kind: str, known: _Kind) -> Any:
    if known.named_by is None:
        return Substr("subject", len(kind) + 2)
    return Subquery(known.named_by(_key(kind)))


def _key(kind: str) -> Expression:
    return Cast(Substr(OuterRef("subject"), len(kind) + 2), BigIntegerField())


def record(line: Any) -> str:
    """What the line is about, in words; the stored key where there are none."""
    known = _kinds.get(line.subject.partition(":")[0])
    return str(known.says) % {"name": line.record_name} if known and line.record_name else line.subject


def fields(line: Any) -> str:
    """Which fields were read, in words."""
    known = _kinds.get(line.subject.partition(":")[0])
    return _(", ").join(str(known.fields.get(name, name)) if known else name for name in line.fields.split(","))
