"""Reading service requests: public matters, without person, words, dwelling or exact position."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from linli.charter.store import charter_of
from linli.flow.models import Attachment
from linli.matters.categories import category_name
from linli.matters.models import Matter
from linli.matters.open311.intake import raise_request
from linli.matters.open311.render import Wrong, endpoint, told
from linli.matters.queries import community_of, state_name

SPAN, MOST = timedelta(days=90), 1000
STATES = {"open": Q(flow__end=""), "closed": ~Q(flow__end="")}


def public_matters() -> QuerySet[Matter]:
    """What may be told, with what an answer says of it. Two queries."""
    photos = Attachment.objects.filter(public=True, kind=Attachment.Kind.PHOTO).order_by("pk")
    shown = Matter.objects.for_public().exclude(category="").select_related("flow", "place__parent", "main")
    return shown.prefetch_related(Prefetch("flow__attachments", photos, to_attr="shown"))


@endpoint("GET", "POST")
def requests(request: HttpRequest, form: str) -> HttpResponse:
    """/open311/v2/requests.<form> : GET finds, POST (with a key) raises one."""
    if request.method == "POST":
        return raise_request(request, form)
    rows = _asked(request)
    return told(form, "service_requests", "request", [row(request, m) for m in rows])


@endpoint("GET")
def request_of(request: HttpRequest, form: str, number: str) -> HttpResponse:
    """/open311/v2/requests/<id>.<form> : one; several with commas, as the specification has it."""
    found = _by_ids(number)
    if not found:
        raise Wrong(404, _("There is no public request %(id)s.") % {"id": number[:60]})
    return told(form, "service_requests", "request", [row(request, m) for m in found])


def _by_ids(text: str) -> list[Matter]:
    ids = [part.strip() for part in text.split(",") if part.strip()]
    if len(ids) > 100:
        raise Wrong(400, _("At most 100 service_request_id at once."))
    return list(public_matters().filter(number__in=[i for i in ids if len(i) <= 24 and "\0" not in i]).order_by("-raised_at", "-pk"))


def _asked(request: HttpRequest) -> list[Matter]:
    given = request.GET
    if ids := given.get("service_request_id"):
        return _by_ids(ids)
    rows = public_matters()
    if codes := [c for c in given.get("service_code", "").split(",") if c]:
        rows = rows.filter(category__in=[c for c in codes if "\0" not in c])
    if states := [s.strip() for s in given.get("status", "").split(",") if s.strip()]:
        if set(states) - set(STATES):
            raise Wrong(400, _("status is open or closed."))
        rows = rows.filter(STATES[states[0]]) if len(set(states)) == 1 else rows
    first_day, last_day = _moment(given, "start_date"), _moment(given, "end_date")
    if first_day and last_day and first_day > last_day:
        raise Wrong(400, _("start_date lies after end_date."))
    until = last_day or timezone.now()
    since = max(first_day or until - SPAN, until - SPAN)
    rows = rows.filter(raised_at__gte=since, raised_at__lte=until).order_by("-raised_at", "-pk")
    first, last = _window(given)
    return list(rows[first:last])


def _moment(given: Any, name: str) -> datetime | None:
    """W3C date or moment; without a zone it is the place's own time."""
    text = given.get(name, "").replace(" ", "+")  # a plus sign that wasn't encoded
    if not text:
        return None
    try:
        found = parse_datetime(text)
        if found is None and (day := parse_date(text)):
            found = datetime(day.year, day.month, day.day)  # noqa: DTZ001  made aware below
        if found is None:
            raise ValueError
        aware = timezone.make_aware(found) if timezone.is_naive(found) else found
        if not 1970 <= aware.year <= 9998:
            raise ValueError
    except (ValueError, OverflowError):
        raise Wrong(400, _("%(name)s is a date like 2026-11-28T09:00:00+08:00.") % {"name": name}) from None
    return aware


class Paging(forms.Form):
    page = forms.IntegerField(min_value=1, max_value=MOST, required=False)
    page_size = forms.IntegerField(min_value=1, max_value=MOST, required=False)


def _window(given: Any) -> tuple[int, int]:
    """Rows from, to. ``page`` and ``page_size`` are the usual extension; without them the most recent thousand."""
    form = Paging(given)
    if not form.is_valid():
        raise Wrong(400, *(f"{name}: {e}" for name, found in form.errors.items() for e in found))
    page, size = form.cleaned_data["page"], form.cleaned_data["page_size"]
    if page is None and size is None:
        return 0, MOST
    size = size or 50
    first = ((page or 1) - 1) * size
    return first, first + size


def row(request: HttpRequest, m: Matter) -> dict[str, Any]:
    """One public matter. Words of whoever raised it are not public, so ``description`` is the kind of matter; place is the grid's point."""
    flow, community = m.flow, community_of(m.place)
    name = category_name(charter_of(flow.charter_id), m.category)
    state = state_name(flow)
    shown = flow.shown  # type: ignore[attr-defined]
    if m.main is not None and m.main.is_public:
        state = _("%(state)s: see %(number)s") % {"state": state, "number": m.main.number}
    photo = reverse("matters:public_attachment", args=[m.number, shown[0].uid]) if shown else ""
    return {
        "service_request_id": m.number,
        "status": "closed" if flow.end else "open",
        "status_notes": f"{state}\n{m.answer}" if m.answer else state,
        "service_name": name,
        "service_code": m.category,
        "description": name,
        "agency_responsible": "",
        "service_notice": "",
        "requested_datetime": _at(m.raised_at),
        "updated_datetime": _at(flow.ended_at or max(flow.entered_at, m.answered_at or flow.entered_at)),
        "expected_datetime": "",
        "address": community.name if community else "",
        "address_id": community.code if community else "",
        "zipcode": "",
        "lat": m.place.lat,
        "long": m.place.lon,
        "media_url": request.build_absolute_uri(photo) if photo else "",
    }


def _at(moment: datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="seconds")
