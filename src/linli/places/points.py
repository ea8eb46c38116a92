"""Two answers for programs: which grid a position is in, and the shapes a map draws. Both tell of places, never of persons."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.frame.access_rule import public
from linli.frame.limits import rate_limit
from linli.kit.coordinates import to_wgs84
from linli.places import lookup, queries
from linli.places.answers import geojson_answer
from linli.places.guard import can
from linli.places.models import Place

NEAR = 200  # metres within which a position beside all grids is given a proposal
PUBLIC_LEVELS = ("district", "street", "community", "grid")
LEVELS = (*PUBLIC_LEVELS, "building")


@public
@require_safe
@rate_limit("locate", count=60, seconds=60, methods=("GET",))
def locate(request: HttpRequest) -> HttpResponse:
    """``?lon=&lat=[&datum=gcj02]`` → the grid and community there. ``exact`` false: beside it, ``metres`` away. The position is kept nowhere."""
    try:
        lon, lat = to_wgs84(float(request.GET["lon"]), float(request.GET["lat"]), request.GET.get("datum", "wgs84"))
    except (KeyError, ValueError):
        message = _("Give lon (-180 to 180) and lat (-90 to 90) in degrees; datum is wgs84 or gcj02.")
        return JsonResponse({"error": message}, status=400)
    metres = 0.0
    pk = lookup.grid_at(lon, lat)
    exact = pk is not None
    if pk is None and (near := lookup.nearest_grid(lon, lat, NEAR)):
        pk, metres = near.place, near.metres
    grid = Place.objects.select_related("parent").defer("shape").filter(pk=pk).first() if pk else None
    answer = {"grid": _told(grid), "community": _told(grid.parent if grid else None), "exact": exact, "metres": round(metres, 1)}
    response = JsonResponse(answer, json_dumps_params={"ensure_ascii": False})
    patch_cache_control(response, no_store=True)
    return response


def _told(place: Place | None) -> dict[str, Any] | None:
    return {"id": place.pk, "code": place.code, "name": place.name} if place else None


@public
@require_safe
def shapes(request: HttpRequest) -> HttpResponse:
    """``?level=grid[&within=CODE]`` → GeoJSON of the current shapes. Buildings for staff only. Answers 304 while nothing has changed."""
    level = request.GET.get("level", "grid")
    if level not in LEVELS or (level not in PUBLIC_LEVELS and not can(request.user, "place.see")):
        raise Http404
    etag = f'"{queries.geography_version()}-{timezone.localdate():%Y%m%d}-{level}-{request.GET.get("within", "")[:40]}"'
    if request.headers.get("If-None-Match") in (etag, f"W/{etag}") and etag.isascii():
        return HttpResponseNotModified(headers={"ETag": etag})
    within = None
    if code := request.GET.get("within"):
        within = Place.objects.current().filter(code=code).defer("shape").first()
        if within is None:
            raise Http404
    if level not in PUBLIC_LEVELS and (within is None or not can(request.user, "place.see", within)):
        raise Http404
    response = geojson_answer(queries.drawn(within, level))
    response["ETag"] = etag
    patch_cache_control(response, private=level not in PUBLIC_LEVELS, public=level in PUBLIC_LEVELS, no_cache=True)
    return response
