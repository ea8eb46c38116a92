"""The only writers of studies. Permission first, one transaction, one line in the log of acts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.access.scope import require
from linli.charter.store import version_in_force
from linli.frame.actlog import record_act
from linli.frame.jobs import Progress, start
from linli.frame.models import Job
from linli.frame.refusal import Refusal
from linli.places.models import Place
from linli.places.reports import Problem
from linli.planning.cli import line
from linli.planning.models import Study, StudyFile, StudyState
from linli.planning.plan import Refused
from linli.planning.reading import Source
from linli.planning.studies.kinds import Kind, kinds

SEE, PLAN = "plan.see", "plan.grids"
WORK, AGAIN = "planning.study", "planning.study_again"  # kinds of jobs
UNDER_WAY = 3  # of one person at a time
SHOWN = 30  # things to mend that are told


class Unanswerable(Refusal):
    """It can't be worked out so; ``problems`` says why, each with its row or feature and what to do."""

    def __init__(self, kind: Kind, problems: Sequence[Problem]) -> None:
        super().__init__(gettext_lazy("It can't be worked out so. Mend what stands below first."), code="unanswerable")
        self.problems = told(kind, problems)


def told(kind: Kind, problems: Sequence[Problem]) -> list[str]:
    """What is wrong, a line each; an option is called as its field in the form is."""
    fields = kind.form.base_fields
    lines = [line(p, lambda option: str(fields[option].label) if option in fields else "") for p in problems[:SHOWN]]
    return [*lines, _("… and %(n)s more") % {"n": len(problems) - SHOWN}] if len(problems) > SHOWN else lines


def ask_study(
    *, by: Any, kind: Kind, place: Place, data: Mapping[str, Any], brought: Mapping[str, Source] | None = None, earlier: Study | None = None,
    now: datetime | None = None, at_once: bool = False,
) -> Study:  # fmt: skip
    """Ask what ``kind`` answers about ``place``, as a job. ``earlier``: files that were brought for that study serve again.

    ``at_once``: it is worked out here and now (the demonstration). Raises PermissionDenied; Refusal at the field of a file that is missing;
    Unanswerable with everything that can be seen to be wrong before it is worked out.
    """
    require(by, PLAN, place)
    now = now or timezone.now()
    if place.level not in kind.levels:
        raise Refusal(gettext_lazy("This can't be asked about a place of this level."), code="level")
    files = _gathered(kind, place, dict(data), dict(brought or {}), earlier)
    options = kind.options({**data, "brought": {role for role, (_source, own) in files.items() if not own}})
    try:
        kind.prepare(options, {role: source for role, (source, _own) in files.items()}, _lang())
    except Refused as refused:
        raise Unanswerable(kind, refused.problems) from None
    with transaction.atomic():
        if not at_once and Study.objects.with_state().filter(made_by=by, said=StudyState.WORKING).count() >= UNDER_WAY:
            message = gettext_lazy("%(most)s of your studies are under way already. Wait for one, or stop it.")
            raise Refusal(message, code="under_way", params={"most": UNDER_WAY})
        study = Study.objects.create(
            kind=kind.id, place=place, path=str(place.path), note=str(data.get("note") or "").strip()[:80], state=StudyState.WORKING, options=options,
            former=_former(earlier),
            charter=version_in_force(), digest=digest(kind.id, options, {r: s.sha256 for r, (s, _own) in files.items()}), made_by=by, made_at=now,
            is_demo=place.is_demo,
        )  # fmt: skip
        StudyFile.objects.bulk_create(
            StudyFile(study=study, role=role, name=source.name, own=own, sha256=source.sha256, data=source.data)
            for role, (source, own) in files.items()
        )
        record_act(by, "planning.study.asked", study, {"kind": kind.id, "digest": study.digest}, now=now)
        if not at_once:
            job = start(WORK, by=by, title=f"{kind.name} · {study.called}", args={"study": study.pk}, total=100)
            Study.objects.filter(pk=study.pk).update(job=job.uid)
            study.job = job.uid
    if at_once:
        run_study(None, study.pk)
        study.refresh_from_db()
    return study


def _former(earlier: Study | None) -> Study | None:
    """The last study with an answer: what the next one is compared with."""
    return earlier if earlier is None or earlier.state == StudyState.DONE else earlier.former


def _gathered(
    kind: Kind, place: Place, data: dict[str, Any], brought: dict[str, Source], earlier: Study | None
) -> dict[str, tuple[Source, bool]]:
    """The file of each role and whether it is the site's own: brought now, brought before, or written from what is stored."""
    before = {f.role: Source(f.name, bytes(f.data)) for f in earlier.files.filter(own=False)} if earlier else {}
    found: dict[str, tuple[Source, bool]] = {}
    for role in kind.roles:
        if source := brought.get(role.name) or before.get(role.name):
            found[role.name] = source, False
        elif source := kind.own(place, role.name, data):
            found[role.name] = source, True
        elif role.needed:
            message = gettext_lazy("Nothing is stored here for this: %(what)s. Bring a file.")
            raise Refusal(message, field=role.name, code="nothing", params={"what": role.label})
    return found


def _lang() -> str:
    return "en" if (translation.get_language() or "").startswith("en") else "zh"


def digest(kind: str, options: Mapping[str, Any], files: Mapping[str, str]) -> str:
    """SHA-256 of what a study is made from."""
    text = json.dumps([kind, options, files], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def sources(study: Study) -> dict[str, Source]:
    return {f.role: Source(f.name, bytes(f.data)) for f in study.files.all()}


def _watch(progress: Progress | None):
    return (lambda part: progress(min(99, int(100 * part)), 100)) if progress else None


def run_study(progress: Progress | None, study: int) -> str:
    """Work it out and keep the answer, or why there is none. Returns a line for whoever asked. Called by the job."""
    row = Study.objects.get(pk=study, state=StudyState.WORKING)
    kind = kinds()[row.kind]
    try:
        answer = kind.prepare(row.options, sources(row), _lang())(_watch(progress))
    except Refused as refused:
        _store(row, state=StudyState.FAILED, problems=told(kind, refused.problems))
        return _("It can't be worked out so; its page says why.")
    words = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            words[code] = [str(line) for line in answer.words()]
    result = {"figures": answer.figures, "words": words, "features": list(answer.features), "rows": list(answer.rows)}
    _store(row, state=StudyState.DONE, result=result)
    return _("The study is done.")


def _store(row: Study, **values: Any) -> None:
    Study.objects.filter(pk=row.pk, state=StudyState.WORKING).update(**values)


def give_up(study: int) -> None:
    """It was stopped: what was asked is kept, to be asked again."""
    Study.objects.filter(pk=study, state=StudyState.WORKING).update(state=StudyState.STOPPED)


def start_again(*, by: Any, study: Study) -> Job:
    """Work it out again from what is kept of it, as a job, and see whether it comes out the same."""
    require(by, PLAN, study)
    if study.state != StudyState.DONE:
        raise Refusal(gettext_lazy("Only a study that is done can be made again."), code="state")
    with transaction.atomic():
        title = _("Making a study again: %(what)s") % {"what": f"{kinds()[study.kind].name} · {study.called}"}
        return start(AGAIN, by=by, title=title, args={"study": study.pk}, total=100)


def _holds(now: Any, then: Any) -> bool:
    """Whether all that was told then is told now; what is told besides, since a later version, changes nothing of it."""
    if isinstance(now, dict) and isinstance(then, dict):
        return all(key in now and _holds(now[key], value) for key, value in then.items())
    if isinstance(now, list) and isinstance(then, list):
        return len(now) == len(then) and all(_holds(a, b) for a, b in zip(now, then, strict=True))
    return bool(now == then)


def run_again(progress: Progress | None, study: int) -> str:
    """The same question by the same files; what goes on the map and into the tables has to be the same. Called by the job."""
    row = Study.objects.get(pk=study, state=StudyState.DONE)
    kind, result = kinds()[row.kind], row.result or {}
    files = sources(row)
    try:
        options = kind.again(row.options, result["figures"])
        answer = kind.prepare(options, files, _lang())(_watch(progress))
        same = _holds(json.loads(json.dumps([list(answer.features), list(answer.rows)])), [result["features"], result["rows"]])
    except Refused:
        same = False
    intact = digest(row.kind, row.options, {role: s.sha256 for role, s in files.items()}) == row.digest
    Study.objects.filter(pk=row.pk).update(checked_at=timezone.now(), checked_same=same and intact)
    return _("It comes out the same.") if same and intact else _("It comes out differently: it is not as it was made.")


def may_drop(user: Any, study: Study) -> bool:
    """Whoever made it; anybody who plans there where that person is gone."""
    from linli.access.scope import can

    return can(user, PLAN, study) and (study.made_by is None or study.made_by == user or not study.made_by.is_active)


def drop_study(*, by: Any, study: Study) -> None:
    """Forget a study, its files and its answer."""
    require(by, PLAN, study)
    if not may_drop(by, study):
        raise PermissionDenied
    with transaction.atomic():
        row = Study.objects.select_for_update(of=("self",)).with_state().get(pk=study.pk)
        if row.said == StudyState.WORKING:
            raise Refusal(gettext_lazy("It is under way. Stop it first."), code="under_way")
        record_act(by, "planning.study.dropped", row, {"kind": row.kind, "digest": row.digest})
        row.delete()
