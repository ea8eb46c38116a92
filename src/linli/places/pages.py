"""Looking at places: the tree, one place, the map with its list."""

from __future__ import annotations

import os

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from linli.frame.access_rule import staff
from linli.places import panels, queries
from linli.places.guard import can
from linli.places.models import Level, Place

SHOWN_LEVELS = ("district", "street", "community", "grid", "building")
_DRAWN_BELOW = {"province": "", "city": "district", "district": "community", "street": "community", "community": "grid", "grid": "building"}


@staff("place.see")
def home(request: HttpRequest) -> HttpResponse:
    """The tree of the areas one's posts cover, or what a search finds in them."""
    text = request.GET.get("q", "").strip()[:60]
    level = request.GET.get("level", "")
    level = level if level in SHOWN_LEVELS else ""
    lines = queries.search(request.user, text, level=level) if text else queries.tree(request.user, level=level)
    more = text and len(lines) > queries.SEARCH_ROWS
    lines = lines[: queries.SEARCH_ROWS] if text else lines
    names = panels.responsible_for([line.place for line in lines])
    for line in lines:
        line.responsible = (names or {}).get(line.place.pk, "")
    levels = [(value, Level(value).label) for value in SHOWN_LEVELS]
    facts = {
        "lines": lines, "q": text, "level": level, "levels": levels, "more": more, "shows_responsible": names is not None,
        "may_edit": can(request.user, "place.edit"),
    }  # fmt: skip
    return render(request, "places/home.html", facts)


def seen(request: HttpRequest, pk: int) -> Place:
    """A place the user's posts cover, ended ones included. Anything else answers 404."""
    return get_object_or_404(Place.objects.visible_to(request.user).select_related("parent"), pk=pk)


@staff("place.see")
def place(request: HttpRequest, pk: int) -> HttpResponse:
    found = seen(request, pk)
    above = queries.ancestors(found)
    open_to = set(Place.objects.visible_to(request.user).filter(pk__in=[p.pk for p in above]).values_list("pk", flat=True))
    ended = bool(found.valid_to and found.valid_to <= timezone.localdate())
    facts = {
        "place": found, "above": [(p, p.pk in open_to) for p in above], "full_name": queries.full_name(found, above),
        "facts": _facts(found), "children": queries.children_of(found), "facilities": queries.facilities_of(found),
        "history": queries.validity(found), "panels": panels.of(request, found), "ended": ended, "map": _map_of(found),
        "may_edit": not ended and can(request.user, "place.edit", found),
    }  # fmt: skip
    return render(request, "places/place.html", facts)


def _facts(found: Place) -> list[dict]:
    period = date_format(found.valid_from) + " – " + (date_format(found.valid_to) if found.valid_to else "")
    facts = [
        {"term": _("Level"), "value": found.get_level_display()},
        {"term": _("Code"), "value": found.code},
        {"term": _("Holds"), "value": period},
    ]
    if found.level not in ("unit", "dwelling"):
        facts.insert(1, {"term": _("Households of the buildings"), "value": "–" if found.households is None else f"{found.households:,}"})
        facts.append({"term": _("Also called"), "value": found.aliases or "–"})
    if found.lon is not None:
        facts.append({"term": _("Position"), "value": f"{found.lon:.5f}, {found.lat:.5f} (WGS-84)"})
    return facts


def _map_of(found: Place) -> dict | None:
    """What the map on a place's page draws: what is below it, or itself."""
    level = _DRAWN_BELOW.get(found.level, "")
    if not level or not found.shape:
        return None
    return map_facts(level, found.code) | {
        "outline": reverse("places:shapes") + "?" + urlencode({"level": found.level, "within": found.code})
    }


def map_facts(level: str, within: str = "") -> dict:
    """What the map template needs; the key of an optional base map is the site's own."""
    query = {"level": level} | ({"within": within} if within else {})
    return {
        "shapes": reverse("places:shapes") + "?" + urlencode(query),
        "level": level,
        "tianditu": os.environ.get("LINLI_TIANDITU_KEY", ""),
    }


@staff("place.see")
def map_page(request: HttpRequest) -> HttpResponse:
    """Grids (or communities) of an area, on a map and in a table that needs no script."""
    areas = Place.objects.current().visible_to(request.user).filter(level__in=["district", "street", "community"], shape__isnull=False)
    areas = list(areas.defer("shape").order_by("path"))
    wanted = request.GET.get("within", "")
    area = next((a for a in areas if a.code == wanted), None) or (areas[0] if areas else None)
    levels = [v for v in ("street", "community", "grid") if area is None or v != area.level]
    level = request.GET.get("level", "")
    level = level if level in levels else "community" if area and area.level == "district" else "grid"
    rows = Place.objects.current().visible_to(request.user).filter(level=level, shape__isnull=False)
    if area:
        rows = rows.within(str(area.path))
    rows = list(rows.select_related("parent").defer("shape").order_by("path")[:1000])
    facts = {
        "areas": areas, "area": area, "level": level, "levels": [(v, Level(v).label) for v in levels], "rows": rows,
        "map": map_facts(level, area.code) if area and rows else None,
    }  # fmt: skip
    response = render(request, "places/map.html", facts)
    return with_base_map(response)


def with_base_map(response: HttpResponse) -> HttpResponse:
    """Let the page load Tianditu's tiles where the site has a key; without one it asks nobody but us."""
    if os.environ.get("LINLI_TIANDITU_KEY"):
        hosts = [f"https://t{n}.tianditu.gov.cn" for n in range(8)]
        response._csp_update = {"img-src": hosts, "connect-src": hosts}  # type: ignore[attr-defined]
    return response
