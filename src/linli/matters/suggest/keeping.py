"""The models made at this place, by charter; and the one in use. Where none was made yet, one is learnt from what comes with the charter."""

from __future__ import annotations

import threading
import time
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from linli.charter.models import CharterVersion
from linli.charter.schema import Charter
from linli.charter.store import charter_of, version_in_force
from linli.matters.models import LearntModel
from linli.matters.situations import learnt_and_held
from linli.matters.suggest.material import of_charter, of_matters, of_situations, of_terms
from linli.matters.suggest.measuring import measure
from linli.matters.suggest.model import Model, learn, pack, sha256, unpack

log = structlog.get_logger("linli.matters")

FRESH = 60.0  # seconds between two looks for a newer model
KEPT = 3  # of each charter, so that yesterday's can be looked at

_lock = threading.Lock()
_models: dict[int, tuple[float, int, Model]] = {}  # charter version -> (looked at, row, model); row 0: learnt in this process

_shipped: dict[str, Model] = {}  # charter's hash -> what is learnt from it and the product alone


def forget() -> None:
    """Look again at the next proposal: after a model was made in this process, and between tests."""
    _models.clear()


def model_of(version: CharterVersion) -> Model:
    """The newest model of a charter. Most calls ask the database nothing."""
    kept = _models.get(version.pk)
    if kept is not None and time.monotonic() - kept[0] < FRESH:
        return kept[2]
    with _lock:
        kept = _models.get(version.pk)
        if kept is None or time.monotonic() - kept[0] >= FRESH:
            kept = _looked(version, kept)
            _models[version.pk] = kept
        return kept[2]


def _looked(version: CharterVersion, kept: tuple[float, int, Model] | None) -> tuple[float, int, Model]:
    now = time.monotonic()
    newest = LearntModel.objects.filter(charter=version).order_by("-pk").values_list("pk", flat=True).first() or 0
    if kept is not None and kept[1] == newest:
        return now, newest, kept[2]
    model = _stored(newest) if newest else None
    return now, newest, model or _of_the_charter_alone(version)


def _of_the_charter_alone(version: CharterVersion) -> Model:
    if version.sha256 not in _shipped:
        _shipped.clear()  # one charter is in force at a time
        _shipped[version.sha256] = learn_from_charter(charter_of(version))
    return _shipped[version.sha256]


def _stored(pk: int) -> Model | None:
    row = LearntModel.objects.get(pk=pk)
    data = bytes(row.arrays)
    try:
        if sha256(data) != row.sha256:
            raise ValueError("other bytes than were stored")
        return unpack(data)
    except ValueError as error:  # the proposals of the charter alone are better than an error page
        log.error("model_unreadable", model=pk, error=str(error))
        return None


def learn_from_charter(charter: Charter) -> Model:
    """What can be known before the place has closed a matter: the charter's words and the situations of the product."""
    return learn([c.id for c in charter.leaves()], [*of_charter(charter), *of_terms(), *of_situations()])


def train(version: CharterVersion | None = None, now: datetime | None = None) -> LearntModel:
    """Learn anew, this place's closed matters included, and store it for the charter in force (or ``version``).

    The figures kept beside it are of the situations held out, from which nothing is learnt.
    """
    version = version or version_in_force()
    charter = charter_of(version)
    matters = of_matters()
    model = learn([c.id for c in charter.leaves()], [*of_charter(charter), *of_terms(), *of_situations(), *matters])
    learnt, held = learnt_and_held()
    figures = measure(lambda text: [s.category for s in model.propose(text)], [s for s in held if s["category"] in charter.categories])
    data = pack(model)
    with transaction.atomic():
        row = LearntModel.objects.create(
            charter=version, made_at=now or timezone.now(), sha256=sha256(data), arrays=data,
            figures={"situations": len(learnt), "matters": len(matters), "grams": len(model.known), "temperature": model.temperature, **figures.kept()},
        )  # fmt: skip
        old = LearntModel.objects.filter(charter=version).order_by("-pk").values_list("pk", flat=True)[KEPT:]
        LearntModel.objects.filter(pk__in=list(old)).delete()
    forget()
    return row
