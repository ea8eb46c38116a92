"""Help while a matter is being told: what kind it could be, where it may be, and whether somebody has told it already. All proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from linli.access.pages import public, staff
from linli.access.scope import scope_of
from linli.charter.store import charter_in_force, charter_of
from linli.frame.limits import rate_limit
from linli.matters.categories import category_name
from linli.matters.models import FoundBy
from linli.matters.nearby import Similar, is_under_way, similar_matters
from linli.matters.queries import community_of, followers_of, state_name
from linli.matters.suggest.shown import Proposed, proposed
from linli.matters.whereabouts import Nowhere, Position, Whereabouts, community_at, grid_of, locate
from linli.places.models import Level, Place
from linli.places.told import GUESS, LIKELY, SURE, Told, places_told

# Words of danger to life: whoever writes them is told once more whom to ring up, and no kind of matter is proposed in its stead.
DANGER = (
    "救命", "跳楼", "轻生", "自杀", "自残", "杀人", "砍人", "捅", "持刀", "绑架", "着火", "起火", "失火", "爆炸", "煤气中毒", "一氧化碳", "触电", "溺水", "落水",
    "昏迷", "昏倒", "晕倒", "没有呼吸", "大出血", "坍塌", "被困", "help me", "on fire", "suicide",
)  # fmt: skip
HOW = {SURE: _("surely"), LIKELY: _("likely"), GUESS: _("perhaps")}


@public
@rate_limit("matters.propose", count=600, seconds=3600)
def proposals(request: HttpRequest) -> HttpResponse:
    """/report/propose/ : for residents and whoever reports (htmx; the page works without). POST: words are no address."""
    return render(request, "matters/parts/proposals.html", _help(request, None))


@staff("matter.intake", "matter.report")
def desk_proposals(request: HttpRequest) -> HttpResponse:
    """/matters/new/propose/ : the same for staff, with the matters they may see."""
    return render(request, "matters/parts/proposals.html", _help(request, request.user))


@dataclass(frozen=True, slots=True)
class Help:
    """``danger``: the words are of danger to life, and no ``kinds`` are proposed in place of a call. ``places``: where the words point to."""

    danger: bool
    kinds: list[Proposed]
    places: list[Told]
    similar: list[Similar]


def helped(
    *, text: str, user: Any, category: str = "", place: Place | None = None, position: Position | None = None, address: str = ""
) -> Help:
    """What is proposed for what was told so far; with a ``category`` no kinds. ``user`` None: a resident."""
    here = None if place else community_at(position)  # a position says the community as a choice does, for words that name none
    told = places_told(f"{address} {text}", str(place.path) if place else "", str(here.path) if here else "")
    where = _where(place, position, address, told)
    danger = any(word in text.lower() for word in DANGER)
    return Help(
        danger=danger,
        kinds=[] if category or danger else proposed(text),
        places=told,
        similar=similar_matters(text=text, where=where, category=category, user=user) if len(text.strip()) > 3 else [],
    )


def _help(request: HttpRequest, user: Any) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    said = {n: request.POST.get(n, "").replace("\0", "")[:4000] for n in ("text", "category", "place", "address")}
    category = said["category"] if said["category"] in charter_in_force().categories else ""
    found = helped(
        text=said["text"],
        user=user,
        category=category,
        place=_chosen(said["place"], user),
        position=_position(request),
        address=said["address"],
    )
    return {
        "danger": found.danger,
        "found": found.kinds,
        "places": [_place(t, user) for t in found.places if not said["address"] or t.label not in said["address"]],
        "similar": [shown(s) for s in found.similar],
        "for_staff": user is not None,
        "may_add": user is not None and "matter.intake" in scope_of(user).abilities,
    }


def _chosen(code: str, user: Any) -> Place | None:
    """The place chosen in the form so far."""
    levels = (Level.COMMUNITY,) if user is None else (Level.COMMUNITY, Level.GRID)
    if not code or len(code) > 40:
        return None
    return Place.objects.current().select_related("parent").filter(code=code, level__in=levels).first()


def _position(request: HttpRequest) -> Position | None:
    try:
        return Position(float(request.POST.get("lon", "")), float(request.POST.get("lat", "")), request.POST.get("datum") or "wgs84")
    except ValueError:
        return None


def _where(chosen: Place | None, position: Position | None, address: str, told: list[Told]) -> Whereabouts | None:
    """Where the words point to, if they point to one grid and it wasn't chosen: people write on their way of what they saw. Else where it
    would be if it were sent now."""
    meant = grid_of(told[0].place) if told and told[0].how != GUESS else None
    try:
        found = locate(place=chosen, position=position, address=address.strip())
    except Nowhere:
        return Whereabouts(meant, FoundBy.ADDRESS) if meant else None
    open_to_words = found.place.level == Level.COMMUNITY or (found.found_by == FoundBy.POSITION and found.place != meant)
    return Whereabouts(meant, FoundBy.ADDRESS) if meant and meant.level == Level.GRID and open_to_words else found


def _place(told: Told, user: Any) -> dict[str, Any]:
    """A place as a button: what it sets in the form, how sure, and the words it was known by."""
    home = grid_of(told.place)
    field = home if user is not None else community_of(home)
    finer = told.place.level == Level.BUILDING or (told.place.level == Level.GRID and user is None)  # what the field itself can't say
    return {
        "label": told.label,
        "how": HOW[told.how],
        "why": "、".join(f"«{w}»" for w in told.why),
        "code": field.code if field else "",
        "address": told.label if finer else "",
    }


def shown(similar: Similar) -> dict[str, Any]:
    """A similar matter as it is listed: kind, community, step, day; the title and the distance are for staff only (the template's business)."""
    m = similar.matter
    return {
        "matter": m, "category": category_name(charter_of(m.flow.charter_id), m.category), "community": community_of(m.place), "state": state_name(m.flow),
        "metres": None if similar.metres is None else max(10, int(round(similar.metres, -1))), "followers": followers_of(m), "open": not m.flow.end,
        "under_way": is_under_way(m),
    }  # fmt: skip
