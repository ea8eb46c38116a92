"""Reading gatherings: the list, one, its papers; and what the key can convene, with whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Router

from linli.access.api import need
from linli.charter.store import charter_in_force
from linli.flow.models import Flow
from linli.frame.api import answer, at_field, field_schema, known, page_of, params_of, told, valid, words_of
from linli.frame.files import served
from linli.gatherings import doing
from linli.gatherings.api import shapes
from linli.gatherings.forms import ChooseForm
from linli.gatherings.kinds import CONVENE, SEE, kinds_to_convene
from linli.gatherings.models import Gathering, Paper
from linli.gatherings.pages.listing import GatheringFilters
from linli.gatherings.pages.one import seen_by

router = Router(tags=["gatherings"])


class GatheringParams(GatheringFilters):
    about = forms.CharField(label=_("About"), max_length=40, help_text=_("The number of a piece of work."))

    def filter_about(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(flow__subject_ref=value)


class WhereForm(forms.Form):
    """What is to be convened and where; what is in it is looked up by ``doing.choosing``."""

    kind = forms.CharField(label=_("What is convened"), max_length=40)
    place = forms.CharField(label=_("For which place"), max_length=40, help_text=_("The code of a place."))
    about = forms.CharField(label=_("About"), max_length=40, required=False, help_text=_("The number of a piece of work."))


_WHERE = [{"name": n, "in": "query", "required": f.required, "schema": field_schema(f)} for n, f in WhereForm.base_fields.items()]


def etag(gathering: Gathering) -> str:
    """What ``If-Match`` compares."""
    return f'"{gathering.seq}"'


def chosen_of(request: HttpRequest, data: Any) -> tuple[ChooseForm, Flow | None]:
    """Kind, place and work that ``data`` names, as far as the key can convene it. Raises Bad."""
    said = valid(WhereForm(data))
    flow = doing.work_seen(request.user, said["about"]) if said["about"] else None
    if said["about"] and flow is None:
        raise at_field("about", gettext("There is no work with this number that you may see."), "unknown")
    chosen = doing.choosing(request.user, flow, said)
    valid(chosen)
    return chosen, flow


@router.get(
    "",
    response=shapes.GatheringPage,
    summary=words_of(_("List gatherings")),
    openapi_extra=told(403, 422, params=params_of(GatheringParams)),
)
def list_gatherings(request: HttpRequest) -> HttpResponse:
    """Those the key sees, the latest first, by the filters of the page. One about a piece of work is there only for who sees the work."""
    need(request, SEE)
    known(request.GET, {}, [*GatheringParams.base_fields, "cursor", "limit"])  # type: ignore[arg-type]
    params = GatheringParams(request.GET, user=request.user)
    valid(params)
    rows = Gathering.objects.visible_to(request.user).select_related("place", "seat__place", "flow")
    rows = rows.defer("place__shape", "seat__place__shape", "flow__memory")
    found, following = page_of(request, params.apply(rows), ("-starts_at",))
    return answer({"items": [shapes.row(g) for g in found], "next": following})


@router.get("/kinds", response=shapes.GatheringKinds, summary=words_of(_("List kinds that can be convened")), openapi_extra=told(403))
def list_gathering_kinds(request: HttpRequest) -> HttpResponse:
    """Of the charter in force, those the key's post convenes."""
    need(request, CONVENE)
    return answer({"items": [shapes.kind_of_charter(k) for k in kinds_to_convene(request.user, charter_in_force())]})


@router.get("/people", response=shapes.People, summary=words_of(_("List who can be invited")), openapi_extra=told(403, 422, params=_WHERE))
def list_gathering_people(request: HttpRequest) -> HttpResponse:
    """To a gathering of such a kind for such a place, each once; about a piece of work only those who see it or take part in it."""
    need(request, CONVENE)
    known(request.GET, {}, WhereForm.base_fields)  # type: ignore[arg-type]
    chosen, flow = chosen_of(request, request.GET)
    return answer({"items": [shapes.person(p, always=p.always(request.user)) for p in doing.people_of(chosen, flow)]})


@router.get("/{id}", response=shapes.GatheringOut, summary=words_of(_("Get a gathering")), openapi_extra=told(403, 404, 422))
def get_gathering(request: HttpRequest, id: int) -> HttpResponse:
    """All of it, with the latest minutes and what the key may do next. The `ETag` is its version."""
    need(request, SEE)
    gathering = seen_by(request, id)
    return answer(shapes.whole(gathering, request.user), ETag=etag(gathering))


@router.get("/{id}/papers/{uid}", summary=words_of(_("Fetch a file")), openapi_extra=told(403, 404, 422, binary=True))
def get_paper(request: HttpRequest, id: int, uid: UUID) -> HttpResponseBase:
    """Its bytes."""
    need(request, SEE)
    found = Paper.objects.filter(gathering=seen_by(request, id), uid=uid).first()
    if found is None:
        raise Http404
    return served(found)
