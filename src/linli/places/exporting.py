"""Places as GeoJSON, in the form that ``import_geojson`` takes back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from linli.places.models import Facility, Place


def export_geojson(places: Iterable[Place], *, facilities: Iterable[Facility] = ()) -> str:
    """A FeatureCollection of the places that have a shape or a point, in WGS-84. Units and dwellings have neither."""
    if isinstance(places, QuerySet):
        places = places.select_related("parent")
    if isinstance(facilities, QuerySet):
        facilities = facilities.select_related("place")
    features = [f for f in map(feature_of, places) if f]
    features += [_facility(f) for f in facilities]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, separators=(",", ":"))


def feature_of(place: Place) -> dict[str, Any] | None:
    geometry = place.shape or ({"type": "Point", "coordinates": [place.lon, place.lat]} if place.lon is not None else None)
    if geometry is None:
        return None
    properties: dict[str, Any] = {"level": place.level, "code": place.code, "name": place.name}
    if place.level in ("grid", "building"):
        labels = place.path.split(".")
        properties["community"] = labels[-3] if place.level == "building" and place.parent and place.parent.level == "grid" else labels[-2]
        if place.level == "building" and place.parent and place.parent.level == "grid":
            properties["grid"] = place.parent.code
    if place.households is not None:
        properties["households"] = place.households
    if place.aliases:
        properties["aliases"] = place.aliases
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _facility(facility: Facility) -> dict[str, Any]:
    properties = {"level": "facility", "kind": facility.kind, "name": facility.name}
    if facility.note:
        properties["note"] = facility.note
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [facility.lon, facility.lat]}, "properties": properties}
