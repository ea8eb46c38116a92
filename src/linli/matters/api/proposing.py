"""Help while a matter is told, for programs: what the desk's page proposes as somebody types. Nothing is changed or kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.access.api import need
from linli.frame.api import answer, known, schema_of, sent, told, valid, words_of
from linli.frame.templatetags.linli import named
from linli.matters.acts import ACTS, Situation
from linli.matters.api.shapes import Named, PlaceOut, place_of, state_of
from linli.matters.choices import PlaceField
from linli.matters.forms import MatterForm
from linli.matters.nearby import Similar
from linli.matters.pages.typing import HOW, helped, shown
from linli.matters.suggest.shown import Proposed
from linli.matters.whereabouts import grid_of
from linli.places.told import Told

router = Router(tags=["matters"])


class ProposeForm(MatterForm):
    """What was told so far: any text will do."""

    request_id = None  # type: ignore[assignment]
    photos = None  # type: ignore[assignment]
    text = forms.CharField(label=_("What happened?"), max_length=4000)
    place = PlaceField(levels=["community", "grid"], required=False)


class ProposedKind(Schema):
    """``sure``: likely, perhaps or faint. In words only: a share near 100 would hide that of what is called likely one in four is wrong."""

    id: str
    name: str
    sure: Named


class ProposedPlace(Schema):
    """The grid or community to raise it at. ``label`` says it for an address, down to building and unit; ``why`` are the words it was known
    by. ``sure``: sure, likely or guess."""

    code: str
    name: str
    level: str
    label: str
    sure: Named
    why: list[str]


class SimilarOut(Schema):
    """A matter that may be the same. ``metres``: about so far off, where both positions are known. ``followers`` null: fewer than five.
    ``voice``: the key may note there that somebody else tells the same."""

    number: str
    title: str
    category: Named
    place: PlaceOut
    state: Named
    ended: bool
    raised_at: datetime
    metres: int | None
    followers: int | None
    public: bool
    voice: bool


class Proposals(Schema):
    """The likeliest first, at most three of each. ``danger``: the words are of danger to life: ring 110, 119 or 120; no categories then."""

    danger: bool
    categories: list[ProposedKind]
    places: list[ProposedPlace]
    similar: list[SimilarOut]


@router.post(
    "/propose", response=Proposals, summary=words_of(_("Propose kind and place, and find similar matters")),
    openapi_extra=told(400, 403, 413, 415, 422, body=schema_of(ProposeForm), example={"text": "5号楼北门垃圾堆了三天没人清", "place": "150204006019"}),
)  # fmt: skip
def propose(request: HttpRequest) -> HttpResponse:
    """As the desk's page does while somebody types; nothing is changed or kept. With a `category` no others are proposed, and those similar
    are of its branch. Similar ones are matters the key sees, close to where it would be with what is told."""
    need(request, "matter.intake", "matter.report")
    given, files = sent(request)
    form = ProposeForm(given, by_program=True)
    known(given, files, form.fields)
    said = valid(form)
    found = helped(
        text=said["text"],
        user=request.user,
        category=said["category"],
        place=said["place"],
        position=said["position"],
        address=said["address"],
    )
    return answer({
        "danger": found.danger, "categories": [_kind(p) for p in found.kinds], "places": [_place(t) for t in found.places],
        "similar": [_similar(s, request.user) for s in found.similar],
    })  # fmt: skip


def _kind(p: Proposed) -> dict[str, Any]:
    return {"id": p.category.id, "name": named(p.category.name), "sure": {"id": p.level, "name": p.sure}}


def _place(t: Told) -> dict[str, Any]:
    return {**place_of(grid_of(t.place)), "label": t.label, "sure": {"id": t.how, "name": HOW[t.how]}, "why": t.why}


def _similar(similar: Similar, user: Any) -> dict[str, Any]:
    m, as_shown = similar.matter, shown(similar)
    return {
        "number": m.number, "title": m.title, "category": {"id": m.category, "name": as_shown["category"]}, "place": place_of(m.place),
        "state": state_of(m.flow), "ended": bool(m.flow.end), "raised_at": m.raised_at, "metres": as_shown["metres"],
        "followers": as_shown["followers"], "public": m.is_public, "voice": ACTS["voice"].offered(Situation(m, user)),
    }  # fmt: skip
