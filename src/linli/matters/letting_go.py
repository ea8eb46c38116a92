"""Letting go whom a matter knows, once it has been kept for its time. The matter and its history stay."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from linli.matters.actions.raising import SUBJECT
from linli.matters.disputes.models import Party
from linli.matters.models import Reporter, RoundPhoto
from linli.outbox.actions import forget_recipient

_BATCH = 500


def forget_reporters(before: date, apply: bool) -> int:
    """Whoever raised what ended before the day; of merged matters, what both it and the one it went on in did."""
    return _forget(Reporter.objects.all(), before, apply)


def forget_parties(before: date, apply: bool) -> int:
    """The sides of disputes that ended before the day."""
    return _forget(Party.objects.all(), before, apply)


def _forget(rows: QuerySet, before: date, apply: bool) -> int:
    day = _midnight(before)
    due = rows.filter(Q(matter__main=None) | Q(matter__main__flow__ended_at__lt=day), matter__flow__ended_at__lt=day).order_by("pk")
    if not apply:
        return due.count()
    done = 0
    while ids := list(due.values_list("pk", "matter__number")[:_BATCH]):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('linli.reporter_act', 'erase', true)")
            rows.filter(pk__in=[pk for pk, _number in ids]).delete()
            for number in {number for _pk, number in ids}:
                forget_recipient(subject=SUBJECT, ref=number)
            cursor.execute("select set_config('linli.reporter_act', '', true)")
        done += len(ids)
    return done


def forget_slips(before: date, apply: bool) -> int:
    """Photos of slips of rounds in which every slip was entered before the day: the rows, then the files."""
    due = RoundPhoto.objects.filter(round__completed_at__lt=_midnight(before))
    if not apply:
        return due.count()
    with transaction.atomic():
        photos = list(due.select_for_update(of=("self",)))
        due.filter(pk__in=[p.pk for p in photos]).delete()
        transaction.on_commit(lambda: _delete(photos))
    return len(photos)


def _delete(photos: list[RoundPhoto]) -> None:
    for photo in photos:
        photo.file.delete(save=False)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
