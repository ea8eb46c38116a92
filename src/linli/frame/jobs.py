"""Work that takes longer than a request, and the frame's own standing jobs.

A room registers a function and starts it by name:

    @work("matters.import")
    def import_matters(progress: Progress, *, file: str) -> Result | None: ...

    job = start("matters.import", by=request.user, title=_("Import"), args={"file": …})   # inside the transaction of the act
    return redirect("frame:job", job.uid)

The function runs in its own transactions (never hold one open around ``progress``: nobody would see it) and returns a ``Result`` or
None. It calls ``progress(done, total, message)`` as it goes, which raises ``Cancelled`` once the user has asked for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.core.files import File
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from linli.frame.models import Beat, Job
from linli.frame.refusal import Refusal

log = structlog.get_logger("linli.jobs")

SILENT = timedelta(minutes=10)  # no sign of life for so long: its worker died
STILL = timedelta(seconds=15)  # … or for so long, and nobody holds its lock
_LOCK = 0x6C696E6A  # whoever runs a job holds this with the job's number: the database lets go of it with the connection
KEPT = timedelta(days=7)  # results
_EVERY = 0.5  # seconds between two notes of progress


class Cancelled(Exception):
    """The user no longer wants it. Whatever the work had open is rolled back on the way out."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: a line for the user, and perhaps a file (open for reading) under a name."""

    message: Any = ""
    file: Any = None
    name: str = ""


class Progress:
    """How far a job is. Call it as often as you like; it writes at most twice a second."""

    def __init__(self, job: Job) -> None:
        self.job, self._last = job, 0.0

    def __call__(self, done: int, total: int | None = None, message: Any = "") -> None:
        if time.monotonic() - self._last < _EVERY:
            return
        self._last = time.monotonic()
        news: dict[str, Any] = {"done": done, "seen_at": timezone.now()}
        if total is not None:
            news["total"] = total
        if message:
            news["message"] = str(message)[:300]
        going = Job.objects.filter(pk=self.job.pk, state=Job.State.RUNNING, cancel=False).update(**news)
        if not going:
            raise Cancelled


Work = Callable[..., Result | None]
_works: dict[str, Work] = {}


def work(kind: str) -> Callable[[Work], Work]:
    """Register a function under ``kind`` (at most 60 signs, «room.what»)."""

    def register(function: Work) -> Work:
        if _works.setdefault(kind, function) is not function:
            raise ValueError(f"two kinds of work called {kind!r}")
        return function

    return register


def start(
    kind: str, *, by: Any, title: Any, args: dict[str, Any] | None = None, total: int | None = None, now: datetime | None = None,
    uid: UUID | None = None,
) -> Job:  # fmt: skip
    """Note the job and put it off to a worker, both in the transaction at hand: no job without its act, no act without its job.

    ``uid`` is the number of the request that asked for it: asked for again, it is the same job.
    """
    if kind not in _works:
        raise ValueError(f"no work called {kind!r}")
    with transaction.atomic():
        job, made = Job.objects.get_or_create(
            uid=uid or uuid4(),
            defaults={
                "kind": kind, "title": str(title)[:120], "by": by, "args": args or {}, "total": total, "asked_at": now or timezone.now(),
                "language": translation.get_language() or "zh-hans",
            },
        )  # fmt: skip
        if made:
            run_job.defer(job_id=job.pk)
    return job


@app.task(name="frame.run_job", queue="work")
def run_job(job_id: int) -> None:
    """Run one job, once: a second worker that gets the same number finds it taken."""
    now = timezone.now()
    taken = Job.objects.filter(pk=job_id, state=Job.State.WAITING, cancel=False).update(state=Job.State.RUNNING, began_at=now, seen_at=now)
    if not taken:
        return
    job = Job.objects.get(pk=job_id)
    with translation.override(job.language), _held(job):
        try:
            result = _works[job.kind](Progress(job), **job.args)
        except Cancelled:
            _end(job, Job.State.CANCELLED, gettext("Stopped as you asked. Nothing of it was kept."))
        except Refusal as refusal:
            _end(job, Job.State.FAILED, refusal.message)
        except Exception as error:
            log.exception("job_failed", kind=job.kind, error=type(error).__name__)
            _end(job, Job.State.FAILED, gettext("It stopped with an error on our side. It has been noted."))
        else:
            _finish(job, result or Result())


@contextmanager
def _held(job: Job) -> Iterator[None]:
    """Within: that somebody is at work on it can be seen from other connections."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, %s)", [_LOCK, job.pk])
    try:
        yield
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:  # a broken connection has let go of it already
            cursor.execute("select pg_advisory_unlock(%s, %s)", [_LOCK, job.pk])


def look_after(job: Job, now: datetime | None = None) -> Job:
    """As it stands; where its worker died, ended: as stopped, if that was asked for, else as failed, to be started again."""
    now = now or timezone.now()
    if job.state == Job.State.RUNNING and job.seen_at is not None and now - job.seen_at > STILL and _nobody_at(job):
        with translation.override(job.language):
            _end(job, Job.State.CANCELLED if job.cancel else Job.State.FAILED, gettext("The worker stopped half way. Start it again."))
        job.refresh_from_db()
    return job


def _nobody_at(job: Job) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s, %s)", [_LOCK, job.pk])
        return bool(cursor.fetchone()[0])


def _finish(job: Job, result: Result) -> None:
    if result.file is not None:
        job.result.save(f"{job.uid}", File(result.file), save=False)
        result.file.close()
    if not _end(job, Job.State.DONE, str(result.message), result=job.result.name, result_name=result.name[:120]) and job.result:
        job.result.delete(save=False)  # given up for dead meanwhile: nobody would find the file again


def _end(job: Job, state: str, message: str, **more: Any) -> bool:
    now = timezone.now()
    found = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    if state == Job.State.DONE and job.total:
        more["done"] = job.total
    return bool(found.update(state=state, message=message[:300], ended_at=now, seen_at=now, **more))


def cancel_job(*, by: Any, job: Job, now: datetime | None = None) -> Job:
    """Ask a job to stop: at once when it is still waiting or its worker has died, else at its next note of progress. Over already: nothing
    happens.

    Raises Refusal (code "not_yours") for somebody else's.
    """
    if job.by_id != by.pk:
        raise Refusal(_("Only the person who asked for it can stop it."), code="not_yours")
    now = now or timezone.now()
    Job.objects.filter(pk=job.pk, state=Job.State.WAITING).update(cancel=True, state=Job.State.CANCELLED, ended_at=now)
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel=True)
    job.refresh_from_db()
    return look_after(job, now)


def sweep_jobs(now: datetime | None = None) -> tuple[int, int]:
    """End jobs whose worker died, and forget old ones with their files. Returns how many of each."""
    now = now or timezone.now()
    dead = 0
    for job in Job.objects.filter(state=Job.State.RUNNING, seen_at__lt=now - SILENT):
        with translation.override(job.language):
            dead += _end(job, Job.State.FAILED, gettext("The worker stopped half way. Start it again."))
    old = list(Job.objects.filter(ended_at__lt=now - KEPT))
    for job in old:
        if job.result:
            job.result.delete(save=False)
        job.delete()
    return dead, len(old)


def beat(name: str, now: datetime | None = None) -> None:
    """A standing job ran to its end: call it last. ``clock`` is the one /readyz waits for."""
    Beat.objects.update_or_create(name=name, defaults={"at": now or timezone.now()})


@app.periodic(cron="*/10 * * * *")
@app.task(name="frame.tidy", queueing_lock="frame.tidy")
def tidy(timestamp: int) -> None:
    """Every ten minutes: dead and old jobs, old counts of tries."""
    from linli.frame.limits import purge_tries

    sweep_jobs()
    purge_tries()
    beat("tidy")
