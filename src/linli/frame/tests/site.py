"""A small site of the frame's own for its tests: one list, one form, and views that fail in every way."""

from __future__ import annotations

from django import forms
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpResponse
from django.urls import include, path

from linli.frame.access_rule import public
from linli.frame.columns import Column
from linli.frame.limits import rate_limit
from linli.frame.lists import Export, Filters, Listing
from linli.frame.models import Job
from linli.frame.refusal import Conflict, Refusal


class JobFilters(Filters):
    title = forms.CharField(label="Title", max_length=10)
    total = forms.IntegerField(label="Total", max_value=100)
    state = forms.MultipleChoiceField(label="State", choices=Job.State.choices)
    since = forms.DateField(label="Since")
    lookups = {"title": ("title__icontains", "message__icontains"), "since": "asked_at__date__gte"}


COLUMNS = [
    Column("title", "Title", sort="title", link=lambda job: f"/jobs/{job.uid}/"),
    Column("total", "Total", kind="number", sort="total"),
    Column("asked_at", "Asked", kind="time"),
    Column("day", "Day", "asked_at", kind="date"),
    Column("by", "For", "by.name"),
    Column("message", "Message"),
    Column("uid", "Key", export=False),
]


def jobs_listing(request, **kw):
    return Listing(
        request,
        Job.objects.select_related("by"),
        page="frame:healthz",
        filters=JobFilters,
        sorts={"title": ("title",), "total": ("-total", "title")},
        default_sort="title",
        columns=COLUMNS,
        export=Export("任务", "frame.jobs.exported", "150204"),
        **kw,
    )


@public
def jobs(request):
    listing = jobs_listing(request)
    if listing.is_export:
        return listing.taken_out()
    return HttpResponse("、".join(job.title for job in listing.rows))


FAILURES = {
    "gone": lambda: OperationalError("server closed the connection; password=geheim"),
    "closed": lambda: InterfaceError("connection already closed"),
    "data": lambda: DataError("value 王某 too long"),
    "bug": lambda: RuntimeError("王某"),
    "refused": lambda: Refusal("No grid is there.", field="place", code="no_grid"),
    "conflict": lambda: Conflict("It was dispatched meanwhile.", changed=["10:02 张三 dispatched it"]),
}


@public
def fail(request, how):
    raise FAILURES[how]()


@public
@rate_limit("test", count=2, seconds=3600)
def limited(request):
    return HttpResponse("taken")


@public
def echo(request):
    return HttpResponse(request.POST.get("text", ""))


urlpatterns = [
    path("list/", jobs),
    path("fail/<str:how>/", fail),
    path("limited/", limited),
    path("echo/", echo),
    path("", include("linli.frame.urls")),
]
handler400 = "linli.frame.errors.bad_request"
handler403 = "linli.frame.errors.forbidden"
handler404 = "linli.frame.errors.missing"
handler500 = "linli.frame.errors.broken"
