"""The hotline's desk: files of work orders in, answers out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Max, Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.access.pages import staff
from linli.access.scope import scope_of
from linli.frame.columns import Column
from linli.frame.exports import MIME, write_sheet
from linli.frame.lists import Export, Filters, Listing
from linli.frame.refusal import Refusal
from linli.matters.choices import PlaceField, bound_places
from linli.matters.hotline import actions
from linli.matters.hotline.answers import answer_of, followed
from linli.matters.hotline.sheet import Sheet, Unreadable, read_sheet
from linli.matters.models import Matter, OrderFile, WorkOrder
from linli.matters.queries import state_name

MAX_BYTES = 5_000_000
SHOWN = 50
FILE_SAYS = {
    "kind": _("This is neither a spreadsheet nor a CSV in UTF-8 or GBK."),
    "damaged": _("The file can't be opened: it is damaged or locked with a password."),
    "empty": _("There are no work orders in the first sheet."),
    "headings": _("These columns are missing: %(missing)s. Name them so in the line of headings."),
    "too_many": _("At most %(most)s work orders at a time. Split the file."),
}


class OrderFilters(Filters):
    q = forms.CharField(label=_("Order or number"), max_length=40)
    state = forms.ChoiceField(label=_("State"), choices=actions.STATES)

    def filter_q(self, orders: QuerySet, value: str) -> QuerySet:
        return orders.filter(Q(number__startswith=value.strip()) | Q(matter__number=value.strip().upper()))

    def filter_state(self, orders: QuerySet, value: str) -> QuerySet:
        return actions.in_state(orders, value)


LIST = (
    Column("number", _("Work order"), width=24, link=lambda o: reverse("matters:detail", args=[o.matter.number])),
    Column("matter", _("Number"), "matter.number", width=18),
    Column("title", _("Title"), "matter.title", width=40),
    Column("state", _("Step"), lambda o: state_name(followed(o).flow), kind="tag"),
    Column("due", _("Due here"), lambda o: followed(o).flow.due_at, kind="time"),
    Column("due_at", _("Due by the hotline"), kind="time", sort="due", template="matters/parts/order_due.html"),
    Column("answered_back_at", _("Answered back"), kind="time", sort="told"),
)
ANSWERS = (  # what the hotline reads, in its own words
    Column("number", "工单编号", lambda t: t[0].number, width=24),
    Column("matter", "诉求编号", lambda t: t[0].matter.number, width=20),
    Column("end", "办理结果", lambda t: t[1].result, width=14),
    Column("answer", "答复内容", lambda t: t[1].text, width=60),
    Column("answered", "答复时间", lambda t: t[1].at, kind="time", width=18),
    Column("ended", "办结时间", lambda t: t[1].ended_at, kind="time", width=18),
    Column(
        "rating",
        "评价",
        lambda t: {"satisfied": "满意", "dissatisfied": "不满意", "silent": "未评价"}.get(t[1].rating, ""),
        width=10,
    ),
)


class AgainForm(forms.Form):
    day = forms.DateField(
        label=_("Answered back on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("What was answered back on this day, as it stands now. Nothing is marked anew."),
    )  # fmt: skip


class OrdersForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("XLSX, XLS or CSV as the hotline gives it out; up to 5 MB. The line of headings is found by its names."),
    )
    place = PlaceField(
        label=_("Where the address leads nowhere"), levels=["community", "grid"], required=False,
        help_text=_("Such orders go to this place, and its desk sets it right. Left empty: they are not taken in, and the result says so."),
    )  # fmt: skip

    def __init__(self, *args: Any, within: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bound_places(self, "place", within, empty=_("Choose"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (file := data.get("file")) is not None:
            try:
                data["sheet"] = self._read(file)
            except Unreadable as fault:
                self.add_error("file", str(FILE_SAYS[fault.code]) % fault.params)
        return data

    def _read(self, file: Any) -> Sheet | None:
        if file.size > MAX_BYTES:
            self.add_error("file", _("The file is larger than 5 MB. Split it."))
            return None
        return read_sheet(file.read(), timezone.localtime().replace(tzinfo=None))


def orders_of(user: Any) -> QuerySet[WorkOrder]:
    """The work orders whose matters the user sees."""
    seen = Matter.objects.visible_to(user).values("pk")
    return WorkOrder.objects.filter(matter__in=seen).select_related("matter__flow", "matter__main__flow")


@staff("matter.intake")
def orders(request: HttpRequest) -> HttpResponseBase:
    """/matters/hotline/ : the work orders, and what of them is to be answered back."""
    return _page(request)


def _page(request: HttpRequest, again: AgainForm | None = None) -> HttpResponseBase:
    """The list; with the form for fetching a day's answers again as it was sent, where it has to be mended."""
    scope, rows = scope_of(request.user), orders_of(request.user)
    paths = scope.paths("matter.export")
    listing = Listing(
        request, rows, page="matters:hotline", filters=OrderFilters(request.GET), columns=LIST, default_sort="new",
        sorts={"new": ("-pk",), "due": ("due_at",), "told": ("-answered_back_at",)},
        export=Export(_("Work orders"), "matters.hotline.exported", paths[0]) if paths else None,
    )  # fmt: skip
    if listing.is_export:
        return listing.taken_out()
    if again is None:
        last = rows.aggregate(last=Max("answered_back_at"))["last"]
        again = AgainForm(initial={"day": timezone.localdate(last)}) if last else None
    context = {
        "listing": listing, "ready": actions.to_answer(rows).count(), "waiting": actions.waiting_files(request.user)[:5], "again": again,
    }  # fmt: skip
    return render(request, "matters/hotline.html", context, status=422 if again and again.is_bound else 200)


@staff("matter.intake")
@never_cache
def bring(request: HttpRequest) -> HttpResponse:
    """/matters/hotline/import/ : choose a file; it is read and shown before anything is taken in."""
    within = scope_of(request.user).paths("matter.intake")
    form = OrdersForm(request.POST or None, request.FILES or None, within=within)
    if request.method == "POST" and form.is_valid():
        sheet, place = form.cleaned_data["sheet"], form.cleaned_data["place"]
        name = form.cleaned_data["file"].name
        kept = actions.keep_orders(by=request.user, name=name, sheet=sheet, place=place)
        request.session["hotline_unused"] = [sheet.wrong, sheet.unused[:20]]
        return redirect("matters:hotline_check", kept.uid)
    return render(request, "matters/hotline_import.html", {"form": form}, status=422 if form.is_bound else 200)


@staff("matter.intake")
@never_cache
def check(request: HttpRequest, uid: Any) -> HttpResponse:
    """/matters/hotline/import/<uid>/ : what the file holds; POST takes it in as a job, or lets it go."""
    kept = get_object_or_404(OrderFile.objects.select_related("place"), uid=uid, by=request.user)
    if request.method == "POST" and request.POST.get("drop"):
        actions.drop_orders(by=request.user, kept=kept)
        messages.success(request, gettext("Let go. Nothing was taken in."))
        return redirect("matters:hotline")
    if request.method == "POST":
        try:
            return redirect("frame:job", actions.start_intake(by=request.user, kept=kept).uid)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("matters:hotline")
    if job := actions.under_way(kept):
        return redirect("frame:job", job.uid)
    if not kept.sealed:
        messages.info(request, gettext("This file has been taken in already."))
        return redirect("matters:hotline")
    found = actions.kept_orders(kept)
    known = set(WorkOrder.objects.filter(number__in=[o.number for o in found]).values_list("number", flat=True))
    lost = actions.without_place(kept, [o for o in found if o.number not in known])
    count, unused = request.session.get("hotline_unused", [0, []])
    faults = actions.by_row(actions.kept_faults(kept)[:SHOWN])
    context = {
        "kept": kept, "fresh": len(found) - len(known) - len(lost), "known": len(known), "lost": lost[:SHOWN], "lost_count": len(lost),
        "faults": faults, "wrong": count, "unused": unused,
        "sample": [{"number": o.number, "text": o.text, "where": o.address or o.community} for o in found[:10]],
    }  # fmt: skip
    return render(request, "matters/hotline_check.html", context)


@staff("matter.intake")
@require_POST
def answers(request: HttpRequest) -> HttpResponseBase:
    """/matters/hotline/answers/ : the sheet of what is answered and not yet told; what it holds counts as told from then on.

    With ``day``: what was told on that day once more, for a sheet that was lost.
    """
    now, rows = timezone.now(), orders_of(request.user)
    path = next(iter(scope_of(request.user).paths("matter.intake")), "")
    if "day" in request.POST:
        form = AgainForm(request.POST)
        if not form.is_valid():
            return _page(request, form)
        try:
            found = actions.answered_back(by=request.user, orders=rows, day=form.cleaned_data["day"], path=path, now=now)
        except Refusal as refusal:
            refusal.onto(form)
            return _page(request, form)
    else:
        found = actions.answer_back(by=request.user, orders=rows, path=path, now=now)
    if not found:
        messages.info(request, gettext("Nothing is waiting to be answered back."))
        return redirect("matters:hotline")
    stamp = gettext("Answers to the hotline, made by %(who)s on %(when)s") % {
        "who": request.user.get_full_name(), "when": f"{timezone.localtime(now):%Y-%m-%d %H:%M}"  # type: ignore[union-attr]
    }  # fmt: skip
    response = FileResponse(
        write_sheet([(o, answer_of(o)) for o in found], ANSWERS, title="热线工单办理结果", stamp=stamp, now=now),
        as_attachment=True, filename=f"热线工单办理结果-{timezone.localtime(now):%Y%m%d-%H%M}.xlsx", content_type=MIME,
    )  # fmt: skip
    response["Cache-Control"] = "no-store"
    return response
