"""Keys of programs: one's own, and those over the places where one appoints; making one, and ending it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from linli.access.apikeys import GRANTABLE, LONGEST, create_client_key, create_staff_key, revoke_key, visible_keys
from linli.access.models import ApiKey, User
from linli.access.pages import staff
from linli.access.scope import can
from linli.bodies.models import Holding
from linli.charter.store import charter_in_force
from linli.charter.words import ABILITY
from linli.frame.columns import Column
from linli.frame.lists import Filters, Listing
from linli.frame.once import show_once
from linli.frame.refusal import Refusal
from linli.frame.templatetags.linli import named
from linli.places.models import Place

CLIENT = "client"
UNTICKED = {"matter.contact"}  # a program that reads names and telephones is the exception


def _ability(key: str) -> str:
    name = ABILITY[key]
    return name.zh if (get_language() or "zh").startswith("zh") else name.en


def state_of(key: ApiKey) -> str:
    """In a word: whether it opens anything now, and if not, why."""
    now = timezone.now()
    if key.revoked_at is not None:
        return gettext("revoked")
    if key.expires_at <= now:
        return gettext("expired")
    holding = key.holding
    if holding is not None and holding.until is not None and holding.until <= now:
        return gettext("post ended")
    return gettext("account closed") if not key.made_by.is_active else gettext("valid")


def _acts_from(key: ApiKey) -> str:
    if key.holding is None:
        return str(key.get_kind_display())
    post = charter_in_force().posts.get(key.holding.seat.post)
    return f"{named(post.name) if post else key.holding.seat.post} · {key.holding.seat.place.name}"


def _may(key: ApiKey) -> str:
    return "、".join(_ability(a) for a in key.abilities if a in ABILITY)


class KeyFilters(Filters):
    q = forms.CharField(label=_("Name or first letters"), max_length=60)
    lookups = {"q": ("name__icontains", "prefix__istartswith")}


COLUMNS = (
    Column("name", _("Name of the program"), width=24),
    Column("prefix", _("Begins with"), width=14),
    Column("from", _("Acts from"), _acts_from, width=30),
    Column("may", _("May"), _may, width=40),
    Column("by", _("Made by"), "made_by.name"),
    Column("expires_at", _("Expires"), kind="date", sort="expires"),
    Column("used_on", _("Last used"), kind="date"),
    Column("state", _("State"), state_of, kind="tag"),
    Column("act", _("Revoke"), lambda k: "", template="access/parts/revoke_cell.html", export=False),
)


@staff()
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """/accounts/keys/ : the keys one has made, and those of one's area."""
    listing = Listing(
        request, visible_keys(cast(User, request.user)), page="access:keys", filters=KeyFilters, sorts={"made": ("-made_at",), "expires": ("expires_at",)},
        default_sort="made", columns=COLUMNS,
    )  # fmt: skip
    return render(request, "access/keys.html", {"listing": listing})


class KeyForm(forms.Form):
    name = forms.CharField(label=_("Name of the program"), max_length=60, help_text=_("It stands in the history of what the program does."))
    acts = forms.ChoiceField(label=_("Acts from"))
    abilities = forms.MultipleChoiceField(
        label=_("May"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("No more than the program needs, and never more than the post may.")
    )  # fmt: skip
    days = forms.IntegerField(label=_("Valid for how many days?"), min_value=1, max_value=LONGEST.days, initial=90)

    def __init__(self, *args: Any, holdings: dict[str, Holding], client: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = charter_in_force().posts
        seats = [(pk, f"{named(posts[h.seat.post].name)} · {h.seat.place.name}") for pk, h in holdings.items()]
        more = [(CLIENT, _("No post: it only hands in matters for the whole area (Open311)"))] if client else []
        able = {a for h in holdings.values() for a in posts[h.seat.post].abilities}
        self._choices("acts", [*seats, *more])
        self._choices("abilities", [(a, _ability(a)) for a in GRANTABLE if a in able])
        self.fields["abilities"].sometimes = True  # type: ignore[attr-defined]  # needed with a post: not called optional
        self.initial.setdefault("acts", seats[0][0] if seats else CLIENT)

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


@staff(fresh=True)
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """/accounts/keys/new/ : make one. Its secret is shown on the next page and never again."""
    user = cast(User, request.user)
    charter = charter_in_force()
    mine = Holding.objects.current().filter(user=user, seat__post__in=list(charter.posts)).select_related("seat__place")
    holdings = {str(h.pk): h for h in mine.order_by("since") if set(charter.posts[h.seat.post].abilities) & set(GRANTABLE)}
    root = Place.objects.current().filter(code=charter.area.root).first()
    client = root is not None and can(user, "post.assign", root)
    if not holdings and not client:
        raise PermissionDenied
    form = KeyForm(request.POST or None, holdings=holdings, client=client)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            if said["acts"] == CLIENT and root is not None:
                key, token = create_client_key(by=user, name=said["name"], place=root, days=said["days"])
            else:
                key, token = create_staff_key(
                    by=user, name=said["name"], holding=holdings[said["acts"]], abilities=said["abilities"], days=said["days"]
                )
        except Refusal as refusal:
            refusal.onto(form)
        else:
            shown = {
                "name": key.name,
                "token": token,
                "acts": _acts_from(key),
                "may": _may(key),
                "expires": f"{timezone.localdate(key.expires_at)}",
            }
            return show_once(request, "access/key_made.html", shown)
    return render(request, "access/key_new.html", {"form": form}, status=422 if form.is_bound else 200)


@staff()
@never_cache
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """/accounts/keys/<pk>/revoke/ : asks once more, then ends it."""
    key = visible_keys(cast(User, request.user)).filter(pk=pk).first()
    if key is None:
        raise Http404
    if request.method == "POST":
        revoke_key(by=cast(User, request.user), key=key)
        messages.success(request, _("The key is revoked; it opens nothing any more."))
        return redirect(reverse("access:keys"))
    return render(request, "access/key_revoke.html", {"key": key, "acts": _acts_from(key)})
