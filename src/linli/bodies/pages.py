"""Posts: who holds what since when, what is vacant and where its work falls; appointing, releasing, handing over."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.bodies import actions, forms, guard, queries
from linli.bodies.guard import scope_of
from linli.bodies.models import Holding, Seat
from linli.bodies.work import open_work
from linli.charter.schema import Charter
from linli.charter.store import charter_in_force
from linli.charter.words import ABILITY
from linli.frame.access_rule import staff
from linli.frame.columns import Column
from linli.frame.exports import Export
from linli.frame.lists import Listing
from linli.frame.once import show_once
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.places.models import Place
from linli.places.queries import place_label


def _columns(charter: Charter, now: datetime) -> list[Column]:
    def who(seat: Seat) -> str:
        return "、".join(f"{h.user.name}({h.duty})" if h.duty == "B" else h.user.name for h in queries.holders(seat, now))

    def since(seat: Seat):
        return min((h.since for h in queries.holders(seat, now)), default=None)

    def falls(seat: Seat) -> str:
        if queries.holders(seat, now):
            return ""
        if seat.acting is None:
            return _("nobody")
        post = charter.posts.get(seat.acting.post)
        return f"{seat.acting.place.name} · {named(post.name) if post else seat.acting.post}"

    return [
        Column("place", gettext_lazy("Area"), value="place.name", sort="place"),
        Column(
            "post",
            gettext_lazy("Post"),
            value=lambda seat: named(charter.posts[seat.post].name),
            sort="post",
            link=lambda seat: reverse("bodies:seat", args=[seat.pk]),
            width=22,
        ),
        Column("body", gettext_lazy("Body"), value="body.name", width=30),
        Column("who", gettext_lazy("Held by"), value=who, template="bodies/parts/holders.html", width=24),
        Column("since", gettext_lazy("In post since"), value=since, kind="date"),
        Column("falls", gettext_lazy("Work is done by"), value=falls, width=30),
        Column("work", gettext_lazy("Open · overdue"), value=lambda seat: "", template="bodies/parts/work.html", export=False),
    ]


@staff("post.see")
def home(request: HttpRequest) -> HttpResponseBase:
    """The posts of my area."""
    now, charter = timezone.now(), charter_in_force()
    visible = queries.at_present_places(queries.seats_visible_to(request.user, charter))
    listing = Listing(
        request,
        queries.with_holders(visible, now),
        page="bodies:home",
        filters=forms.SeatFilters(
            request.GET, places=Place.objects.current().filter(scope_of(request.user).q("post.see")), charter=charter, now=now
        ),
        sorts={"place": ("place__code", "post"), "post": ("post", "place__code")},
        default_sort="place",
        columns=_columns(charter, now),
        size=50,
        export=Export(gettext_lazy("Posts"), "bodies.seats.exported"),
    )
    if listing.is_export:
        return listing.taken_out()
    counted = open_work([seat.pk for seat in listing.rows])
    for seat in listing.rows:
        seat.holders = queries.holders(seat, now)  # type: ignore[attr-defined]
        seat.work = counted.get(seat.pk)  # type: ignore[attr-defined]
    return render(request, "bodies/home.html", {"listing": listing, "standing_of": queries.standing(visible, now)})


@staff("post.see")
def grids(request: HttpRequest) -> HttpResponse:
    """一格三员: each grid with its three officers."""
    now, charter = timezone.now(), charter_in_force()
    posts = [p for p in charter.posts.values() if p.level == "grid"]
    visible = Place.objects.current().filter(scope_of(request.user).q("post.see"), level="grid")
    listing = Listing(
        request,
        visible.select_related("parent"),
        page="bodies:grids",
        filters=forms.GridFilters,
        sorts={"code": ("code",), "name": ("name",)},
        default_sort="code",
        columns=[
            Column("parent", gettext_lazy("Community"), value="parent.name"),
            Column("name", gettext_lazy("Grid"), sort="name"),
            Column("households", gettext_lazy("Households of the buildings"), kind="number"),
            *(Column(p.id, named(p.name), value=lambda grid: "", template="bodies/parts/officer.html") for p in posts),
        ],
        size=30,
    )
    seats = queries.with_holders(Seat.objects.filter(place__in=[g.pk for g in listing.rows], post__in=[p.id for p in posts]), now)
    by_place: dict[int, dict[str, Seat]] = {}
    for seat in seats:
        seat.holders = queries.holders(seat, now)  # type: ignore[attr-defined]
        by_place.setdefault(seat.place_id, {})[seat.post] = seat
    for grid in listing.rows:
        grid.officers = by_place.get(grid.pk, {})  # type: ignore[attr-defined]
    return render(request, "bodies/grids.html", {"listing": listing})


@staff("post.see")
def seat(request: HttpRequest, pk: int) -> HttpResponse:
    """One seat: who holds it, who held it, what lies with it."""
    now, charter = timezone.now(), charter_in_force()
    visible = queries.seats_visible_to(request.user, charter).select_related("place__parent", "body", "acting__place")
    found = get_object_or_404(visible, pk=pk)
    holdings = list(found.holdings.select_related("user", "given_by", "ended_by"))
    present = [h for h in holdings if h.since <= now and not forms.is_over(h, now)]
    context = {
        "seat": found,
        "post": charter.posts[found.post],
        "abilities": [ABILITY.get(a, a) for a in charter.posts[found.post].abilities],
        "falls_post": charter.posts.get(found.acting.post) if found.acting else None,
        "present": present,
        "coming": [h for h in holdings if h.since > now and not forms.is_over(h, now)],
        "past": [h for h in holdings if forms.is_over(h, now)],
        "work": open_work([found.pk]).get(found.pk),
        "may_fill": actions.may_fill(request.user, found),
        "may_release": scope_of(request.user).covers("post.assign", str(found.path)),
        "free": charter.posts[found.post].seats[1] > len(present),
    }
    return render(request, "bodies/seat.html", context)


def _fillable(request: HttpRequest, pk: int) -> Seat:
    """The seat within the user's area (else 404), which they may appoint to (else 403)."""
    mine = Seat.objects.filter(scope_of(request.user).q("post.assign"), post__in=list(charter_in_force().posts))
    found = get_object_or_404(mine.select_related("place", "body"), pk=pk)
    if not actions.may_fill(request.user, found):
        raise PermissionDenied
    return found


def _ending(request: HttpRequest, pk: int) -> Holding:
    """The holding within the user's area, else 404."""
    mine = Holding.objects.filter(scope_of(request.user).q("post.assign", path="seat__path"), seat__post__in=list(charter_in_force().posts))
    return get_object_or_404(mine.select_related("seat__place", "seat__body", "user"), pk=pk)


def _form_page(request: HttpRequest, form, seat: Seat, **context) -> HttpResponse:
    post = charter_in_force().posts[seat.post]
    status = 422 if form.errors or context.get("both") else 200
    return render(request, "bodies/form.html", {"form": form, "seat": seat, "post": post, **context}, status=status)


def _both(request: HttpRequest, seat: Seat, user) -> list[str]:
    """What goes badly together with the seat in one pair of hands: said once, before it is done all the same."""
    if request.POST.get("knowing") == "1":
        return []
    charter = charter_in_force()
    return [
        f"{named(charter.posts[h.seat.post].name)} · {place_label(h.seat.place)}" for h in queries.blocks_own_check(charter, seat, user)
    ]


@staff("post.assign", fresh=True)
def appoint(request: HttpRequest, pk: int) -> HttpResponse:
    found, now = _fillable(request, pk), timezone.now()
    form = forms.AppointForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if both := _both(request, found, given["user"]):
            return _form_page(request, form, found, heading=_("Appoint"), label=_("Appoint all the same"), both=both)
        try:
            actions.appoint(
                by=request.user,
                seat=found,
                user=given["user"],
                duty=given["duty"],
                since=forms.moment(given["since"], now),
                until=forms.end_of(given["until"]),
                note=given["note"],
                now=now,
            )
        except Refusal as refused:
            refused.onto(form)
        else:
            messages.success(request, _("%(name)s is appointed.") % {"name": given["user"].name})
            return redirect("bodies:seat", pk=found.pk)
    return _form_page(request, form, found, heading=_("Appoint"), label=_("Appoint"), new_person=True)


@staff("post.assign", fresh=True)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    holding, now = _ending(request, pk), timezone.now()
    form = forms.ReleaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            when = forms.end_of(form.cleaned_data["when"])
            actions.release(by=request.user, holding=holding, when=when, note=form.cleaned_data["note"], now=now)
        except Refusal as refused:
            if refused.status == 409:
                raise
            refused.onto(form)
        else:
            messages.success(request, _("%(name)s is released.") % {"name": holding.user.name})
            return redirect("bodies:seat", pk=holding.seat_id)
    work = open_work([holding.seat_id]).get(holding.seat_id)
    return _form_page(
        request, form, holding.seat, heading=_("Release %(name)s") % {"name": holding.user.name}, label=_("Release"), danger=True, work=work
    )


@staff("post.assign", fresh=True)
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    holding, now = _ending(request, pk), timezone.now()
    if not actions.may_fill(request.user, holding.seat):
        raise PermissionDenied
    form = forms.HandOverForm(request.POST if request.method == "POST" else None)
    heading = _("Hand over from %(name)s") % {"name": holding.user.name}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if both := _both(request, holding.seat, given["to_user"]):
            return _form_page(request, form, holding.seat, heading=heading, label=_("Hand over all the same"), both=both)
        try:
            actions.hand_over(
                by=request.user,
                holding=holding,
                to_user=given["to_user"],
                when=forms.moment(given["when"], now),
                note=given["note"],
                now=now,
            )
        except Refusal as refused:
            if refused.status == 409:
                raise
            refused.onto(form) if refused.field != "user" else form.add_error("to_user", refused.message)
        else:
            messages.success(request, _("The post is handed over to %(name)s.") % {"name": given["to_user"].name})
            return redirect("bodies:seat", pk=holding.seat_id)
    work = open_work([holding.seat_id]).get(holding.seat_id)
    return _form_page(request, form, holding.seat, heading=heading, label=_("Hand over"), work=work, moves=True)


@staff("post.assign", fresh=True)
def new_person(request: HttpRequest, pk: int) -> HttpResponse:
    """An account for somebody new, with the seat ``pk`` as its first post. Its one-time password is shown once, on the next page."""
    found = _fillable(request, pk)
    form = forms.PersonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user, password = guard.accounts().create_account(by=request.user, seat=found, **form.cleaned_data)
        except Refusal as refused:
            refused.onto(form)
        except ValidationError as wrong:
            form.add_error(None, wrong) if not hasattr(wrong, "error_dict") else form.add_error(
                None, {k if k in form.fields else "__all__": v for k, v in wrong.error_dict.items()}
            )
        else:
            return told_once(request, user, password)
    return _form_page(request, form, found, heading=_("New account"), label=_("Make the account"))


def told_once(request: HttpRequest, user, password: str) -> HttpResponse:
    person = {"pk": user.pk, "name": user.name, "username": user.username}
    return show_once(request, "bodies/password.html", {"person": person, "password": password})
