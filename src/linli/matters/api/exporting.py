"""Taking the list of matters out: asked for, made by a worker, fetched when it is done; by the rules of the page's own export."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.access.api import need, once
from linli.access.models import ApiKey
from linli.frame import jobs
from linli.frame.api import IDEMPOTENCY, Bad, answer, at_field, known, schema_of, sent, told, valid, words_of
from linli.frame.exports import MIME, purpose_of
from linli.frame.models import Job
from linli.frame.refusal import Used
from linli.matters.api.reading import LIST_PARAMS
from linli.matters.pages.listing import SORTS, MatterFilters
from linli.matters.taking_out import ABILITY, WORK

router = Router(tags=["exports"])
PARAMS = [p for p in LIST_PARAMS if p["name"] not in ("cursor", "limit", "count")]


class ExportForm(forms.Form):
    why = forms.CharField(
        label=_("What is the list for?"), min_length=2, max_length=200, help_text=_("Printed on every page and kept in the log.")
    )


class ExportOut(Schema):
    """``state``: waiting, running, done, failed or cancelled. ``url`` is there once it is done."""

    id: str
    state: str
    done: int
    total: int | None
    message: str
    name: str
    asked_at: datetime
    ended_at: datetime | None
    url: str | None


def _shown(job: Job) -> dict[str, Any]:
    ready = job.state == Job.State.DONE and bool(job.result)
    return {
        "id": str(job.uid), "state": job.state, "done": job.done, "total": job.total, "message": job.message, "name": job.result_name,
        "asked_at": job.asked_at, "ended_at": job.ended_at, "url": f"/api/v1/exports/{job.uid}/file" if ready else None,
    }  # fmt: skip


@router.post(
    "", response={202: ExportOut}, summary=words_of(_("Ask for a list as a spreadsheet")),
    openapi_extra=told(400, 403, 413, 415, 422, params=[IDEMPOTENCY, *PARAMS], body=schema_of(ExportForm), example={"why": "月度例会"}),
)  # fmt: skip
def ask_export(request: HttpRequest) -> HttpResponse:
    """The filters are those of the list, in the address. Only matters of the places over which the key takes lists out are in it; who, when,
    why and the key stand on the sheet and in the log. More rows than one person may take out alone: the job fails and says so."""
    need(request, ABILITY)
    uid = once(request)
    data, files = sent(request)
    known(data, files, ["why"])
    known(request.GET, {}, [p["name"] for p in PARAMS])  # type: ignore[arg-type]
    why = purpose_of(valid(ExportForm(data))["why"])
    valid(MatterFilters(request.GET, user=request.user))
    if request.GET.get("sort", "raised").removeprefix("-") not in SORTS:
        raise at_field("sort", gettext("The list can't be sorted that way."), "sort")
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    args = {"key": key.pk, "why": why, "query": request.GET.urlencode()}
    job = jobs.start(WORK, by=request.user, title=_("Matters"), args=args, uid=uid)
    if job.args != args:
        raise Used()
    return answer(_shown(job), 202, Location=f"/api/v1/exports/{job.uid}")


def _own(request: HttpRequest, uid: UUID) -> Job:
    """The key's own; 404 for everybody else's."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    found = Job.objects.filter(uid=uid, kind=WORK, by=key.made_by, args__key=key.pk).first()
    if found is None:
        raise Http404
    return found


@router.get("/{uid}", response=ExportOut, summary=words_of(_("Ask how an export stands")), openapi_extra=told(403, 404, 422))
def get_export(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Until `state` is done, failed or cancelled, ask again after a moment. It is kept for seven days."""
    need(request, ABILITY)
    return answer(_shown(_own(request, uid)))


@router.get("/{uid}/file", summary=words_of(_("Fetch the spreadsheet")), openapi_extra=told(403, 404, 409, 422, binary=True))
def get_export_file(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """XLSX. 409 while it isn't done."""
    need(request, ABILITY)
    found = _own(request, uid)
    if found.state != Job.State.DONE or not found.result:
        raise Bad(409, "not_done", gettext("It isn't done yet, or came to nothing: see its state."))
    try:
        file = found.result.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, as_attachment=True, filename=found.result_name, content_type=MIME)
    response["Cache-Control"] = "no-store"
    return response
