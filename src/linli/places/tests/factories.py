"""A small street with two communities, and staff who hold posts over them, for tests of this room and those above."""

from __future__ import annotations

import json
from datetime import date

from linli.places.models import Geography, Place

DAY = date(2025, 1, 1)


def make_tree(day: date = DAY) -> dict[str, Place]:
    """District, one street, two communities by their last six digits."""
    Geography.objects.get_or_create(id=1)  # a migration's row, gone where a test before emptied the database
    district = Place.objects.create(code="150204000000", name="青山区", level="district", path="150204000000", valid_from=day)
    street = _child(district, "150204006000", "青山路街道", "street")
    return {
        "district": district,
        "street": street,
        "dulan": _child(street, "150204006019", "都兰社区居委会", "community"),
        "beixin": _child(street, "150204006023", "北新社区居委会", "community"),
    }


def _child(parent: Place, code: str, name: str, level: str) -> Place:
    return Place.objects.create(
        code=code, name=name, level=level, parent=parent, path=f"{parent.path}.{code}", valid_from=parent.valid_from
    )


def square(west: float, south: float, size: float = 0.002) -> dict:
    """A GeoJSON square, ``size`` degrees wide (0.002: some 170 by 220 m)."""
    east, north = round(west + size, 7), round(south + size, 7)
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def grid(name: str, shape: dict, community: str = "150204006019", **properties) -> dict:
    return {"type": "Feature", "geometry": shape, "properties": {"level": "grid", "name": name, "community": community, **properties}}


def building(name: str, lon: float, lat: float, **properties) -> dict:
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": geometry, "properties": {"level": "building", "name": name, **properties}}


def collection(*features: dict) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}, ensure_ascii=False)
