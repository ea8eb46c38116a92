"""Choosing another matter: by its number, by words, or of those that look alike; then both side by side before anything is done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.charter.store import charter_of
from linli.flow.queries import responsible
from linli.flow.words import moment
from linli.kit.coordinates import distance
from linli.matters.acts import Situation
from linli.matters.categories import category_name
from linli.matters.joined import found_by_number
from linli.matters.models import FoundBy, Matter
from linli.matters.nearby import similar_matters
from linli.matters.queries import state_name, voices_of
from linli.matters.search import matching
from linli.matters.whereabouts import Whereabouts
from linli.places.queries import place_label

CHOOSE = {"merge", "link"}
MOST = 8


def preset(request: HttpRequest, form: forms.Form) -> None:
    """The number chosen on the page, in the form; the version of that matter as the person sees it now."""
    if not form.is_bound and (number := request.GET.get("other", "")):
        form.initial["other"] = number[:40]
        other = found_by_number(request.user, number)
        if other is not None and "other_seq" in form.fields:
            form.initial["other_seq"] = other.flow.seq


def choosing(request: HttpRequest, situation: Situation, form: forms.Form) -> dict[str, Any]:
    """What the page shows beside the form: matters to choose from, or the chosen one compared with this one."""
    matter = situation.matter
    number = str(form.data.get("other", "") if form.is_bound else form.initial.get("other", ""))
    typed = request.GET.get("q", "").replace("\0", "")[:60].strip()
    other = found_by_number(request.user, number) if number else None
    if other is not None and other.pk != matter.pk:
        return {"other": other, "rows": compared(matter, other)}
    merging = "into" in form.fields
    return {
        "q": typed,
        "unknown": bool(number) and not form.is_bound,
        "found": _found(request, matter, typed, merging) if typed else None,
        "similar": [s for s in _similar(request, matter) if not (merging and s.flow.end)],
    }


def _found(request: HttpRequest, matter: Matter, typed: str, merging: bool) -> list[Matter]:
    rows = Matter.objects.visible_to(request.user).exclude(pk=matter.pk)
    if merging:
        rows = rows.filter(flow__end="")
    return list(matching(rows, typed).select_related("flow", "place__parent").order_by("-raised_at", "-pk")[:MOST])


def _similar(request: HttpRequest, matter: Matter) -> list[Matter]:
    where = Whereabouts(matter.place, FoundBy(matter.found_by), matter.lon, matter.lat)
    found = similar_matters(text=f"{matter.title} {matter.text}", where=where, category=matter.category, user=request.user, but=matter.pk)
    return [s.matter for s in found]


def compared(one: Matter, other: Matter) -> list[tuple[str, str, str, bool]]:
    """What the two are, line by line: label, this one, that one, whether they differ."""
    files = dict(Matter.objects.filter(pk__in=[one.pk, other.pk]).annotate(n=Count("flow__attachments")).values_list("pk", "n"))
    lines = [
        (_("Title"), *(m.title for m in (one, other))),
        (_("What happened"), *(m.text for m in (one, other))),
        (_("Category"), *(category_name(charter_of(m.flow.charter_id), m.category, whole=True) for m in (one, other))),
        (_("Place"), *(place_label(m.place) for m in (one, other))),
        (_("Where exactly"), *(m.address for m in (one, other))),
        (_("Raised"), *(f"{moment(m.raised_at)} · {m.get_channel_display()}" for m in (one, other))),
        (_("Step"), *(state_name(m.flow) for m in (one, other))),
        (_("Responsible"), *(responsible(m.flow) for m in (one, other))),
        (_("Due"), *(_due(m) for m in (one, other))),
        (_("Files"), *(str(files.get(m.pk, 0)) for m in (one, other))),
        (_("Told or followed by others"), *(str(voices_of(m)) for m in (one, other))),
    ]
    rows = [(label, this, that, this != that) for label, this, that in lines if this or that]
    if one.lon is not None and one.lat is not None and other.lon is not None and other.lat is not None:
        metres = max(10, round(distance(one.lon, one.lat, other.lon, other.lat), -1))
        rows.insert(5, (_("Distance"), "", _("about %(metres)s m away") % {"metres": round(metres)}, False))
    return rows


def _due(matter: Matter) -> str:
    return moment(matter.flow.due_at) if matter.flow.due_at else ""
