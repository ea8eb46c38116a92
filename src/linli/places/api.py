"""Places for programs: by name or code, and by position."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.frame.api import answer, field_schema, known, told, valid, words_of
from linli.kit.coordinates import DATUMS, to_wgs84
from linli.places import lookup
from linli.places.guard import require
from linli.places.models import Level, Place
from linli.places.points import NEAR
from linli.places.queries import search

router = Router(tags=["lookups"])


class PlaceRow(Schema):
    code: str
    name: str
    level: str
    parent: str | None
    lon: float | None
    lat: float | None


class Places(Schema):
    items: list[PlaceRow]


class Here(Schema):
    """``exact`` false: the position lies beside the grid, ``metres`` away. No grid near: ``grid`` is null."""

    grid: PlaceRow | None
    community: PlaceRow | None
    exact: bool
    metres: float


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Name or code"), max_length=60)
    level = forms.ChoiceField(label=_("Level"), required=False, choices=[("", ""), *((v.value, v.label) for v in Level)])
    beyond = forms.BooleanField(label=_("Streets and communities wherever they lie, too"), required=False)


class PointForm(forms.Form):
    lon = forms.FloatField(min_value=-180, max_value=180)
    lat = forms.FloatField(min_value=-90, max_value=90)
    datum = forms.ChoiceField(required=False, choices=[(d, d) for d in DATUMS])


def _params(form: type[forms.Form]) -> list[dict[str, Any]]:
    return [{"name": n, "in": "query", "required": f.required, "schema": field_schema(f)} for n, f in form.base_fields.items()]


def _row(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    above = place.parent.code if place.parent_id and place.parent else None
    return {"code": place.code, "name": place.name, "level": place.level, "parent": above, "lon": place.lon, "lat": place.lat}


@router.get("/places", response=Places, summary=words_of(_("Look for a place")), openapi_extra=told(403, 422, params=_params(SearchForm)))
def list_places(request: HttpRequest) -> HttpResponse:
    """Places the key sees whose name, other name or code has `q` in it, outermost first; at most sixty. `beyond`: also the streets and
    communities it doesn't see, for what is handed there."""
    require(request.user, "place.see")
    known(request.GET, {}, SearchForm.base_fields)  # type: ignore[arg-type]
    said = valid(SearchForm(request.GET))
    found = [line.place.pk for line in search(request.user, said["q"], level=said["level"], beyond=said["beyond"])]
    rows = {p.pk: p for p in Place.objects.filter(pk__in=found).defer("shape").select_related("parent")}
    return answer({"items": [_row(rows[pk]) for pk in found]})


@router.get(
    "/places/at", response=Here, summary=words_of(_("Which grid a position is in")), openapi_extra=told(403, 422, params=_params(PointForm))
)
def place_at(request: HttpRequest) -> HttpResponse:
    """The grid and community of a position in degrees (`datum`: wgs84 or gcj02). The position is kept nowhere."""
    require(request.user, "place.see")
    known(request.GET, {}, PointForm.base_fields)  # type: ignore[arg-type]
    said = valid(PointForm(request.GET))
    lon, lat = to_wgs84(said["lon"], said["lat"], said["datum"] or "wgs84")
    pk, metres = lookup.grid_at(lon, lat), 0.0
    exact = pk is not None
    if pk is None and (near := lookup.nearest_grid(lon, lat, NEAR)):
        pk, metres = near.place, near.metres
    shapeless = Place.objects.select_related("parent__parent").defer("shape")
    grid = shapeless.filter(pk=pk).first() if pk else None
    community = grid.parent if grid else None
    return answer({"grid": _row(grid), "community": _row(community), "exact": exact, "metres": round(metres, 1)})
