"""What all writers of places share: who may, one at a time, how a place follows another, and that shapes are new."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.places import followers, lookup
from linli.places.guard import scope_of
from linli.places.ltree import label, rebase
from linli.places.models import Facility, Place
from linli.places.reports import LoadReport

ABILITY = "place.edit"
Source = str | bytes | Path | IO[bytes] | IO[str]


def may(by: Any, path: str) -> bool:
    """Whether ``by`` may change places at ``path``. None is the command line, which may."""
    return by is None or scope_of(by).covers(ABILITY, path)


def one_at_a_time() -> None:
    """Two files at once would each be checked against what the other is about to change."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('linli.places'))")


def settle(report: LoadReport, dry_run: bool, record: Callable[[], None]) -> LoadReport:
    """The end of bringing in a file: all of it is kept and recorded, or nothing. Belongs into the transaction that brought it."""
    report.problems.sort(key=lambda p: (p.number or 0, p.field))
    if dry_run or not report.ok:
        transaction.set_rollback(True)
    else:
        report.applied = True
        if report.changes:
            record()
    return report


def contents(source: Source) -> bytes:
    """What a file, a path, or a text holds."""
    if isinstance(source, (Path, os.PathLike)):
        return Path(source).read_bytes()
    if isinstance(source, (str, bytes)):
        return source.encode() if isinstance(source, str) else source
    data = source.read()
    return data.encode() if isinstance(data, str) else data


def shapes_changed() -> None:
    """Tell every process that its point index is old. The number follows the clock, so that none comes twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into places_geography (id, version) values (1, (extract(epoch from clock_timestamp()) * 1e6)::bigint)"
            " on conflict (id) do update set version = greatest(places_geography.version + 1, excluded.version)"
        )
    lookup.forget()
    transaction.on_commit(lookup.forget)


def below(parent: Place | None, code: str) -> str:
    """The path of a place with this code under ``parent``."""
    return f"{parent.path}.{label(code)}" if parent else label(code)


def common_path(paths: Iterable[str]) -> str:
    """The deepest path that all of ``paths`` lie at or below."""
    found: list[str] | None = None
    for path in paths:
        parts = path.split(".")
        if found is None:
            found = parts
        else:
            same = 0
            for a, b in zip(found, parts, strict=False):
                if a != b:
                    break
                same += 1
            found = found[:same]
    return ".".join(found or [])


def succeed(place: Place, day: date, **changes: Any) -> Place:
    """``place`` ends on ``day`` and one with ``changes`` begins; its children, facilities and paths below follow.

    On the very day it began a place is corrected instead: a validity of no day would mean nothing. Returns the one that holds from
    ``day`` on. What stands there follows at once, so the day can't lie ahead. Raises ValidationError where it does, or where the
    place begins later than ``day``.
    """
    old_id, old_name, old_path = place.pk, place.name, str(place.path)
    if "parent" in changes:
        changes["path"] = below(changes["parent"], place.code)
    if day > timezone.localdate():
        raise ValidationError(_("A change is entered on its day or later. %(day)s lies ahead.") % {"day": day})
    if place.valid_from > day:
        raise ValidationError(
            _("%(name)s is valid only from %(day)s. Choose that day or a later one.") % {"name": place.name, "day": place.valid_from}
        )
    if place.valid_from == day:
        new = place
        for name, value in changes.items():
            setattr(new, name, value)
        new.save(update_fields=list(changes))
    else:
        new = _follow(place, day, changes)
    if str(new.path) != old_path:
        _move_below(old_path, str(new.path), day)
    followers.tell_replaced(followers.Succession(new, old_id, old_name, old_path, day))
    return new


def _follow(old: Place, day: date, changes: dict[str, Any]) -> Place:
    new = Place(**{f.attname: getattr(old, f.attname) for f in Place._meta.concrete_fields if f.name != "id"})
    for name, value in changes.items():
        setattr(new, name, value)
    new.valid_from = day
    Place.objects.filter(pk=old.pk).update(valid_to=day)
    old.valid_to = day
    new.save(force_insert=True)
    Place.objects.filter(Q(valid_to=None) | Q(valid_to__gt=day), parent_id=old.pk).update(parent=new)
    Facility.objects.filter(place_id=old.pk).update(place=new)
    return new


def _move_below(old: str, new: str, day: date) -> None:
    """Paths of what lies below a moved place. They are derived, so that rewriting them overwrites nobody's statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update places_place set path = %s::ltree || subpath(path, nlevel(%s::ltree))"
            " where path <@ %s::ltree and path <> %s::ltree and (valid_to is null or valid_to > %s)",
            [new, old, old, old, day],
        )
    rebase(Facility, old, new)
