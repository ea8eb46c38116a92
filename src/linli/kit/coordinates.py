"""Positions: WGS-84 inside, GCJ-02 at the edge, metres where areas and distances are asked for. No dependency but ``math``.

Chinese maps and phones speak GCJ-02, a datum shifted by up to 700 m against WGS-84. Linli stores WGS-84 (which GB 22021's
CGCS2000 equals to within centimetres) and converts what comes in and goes out as GCJ-02, nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, hypot, isfinite, pi, radians, sin, sqrt
from typing import Any

# WGS-84 ellipsoid: half axis in metres, first eccentricity squared
_A = 6378137.0
_E2 = 6.69437999014e-3
# GCJ-02 is computed on Krasovsky's ellipsoid of 1940
_KRASOVSKY_A = 6378245.0
_KRASOVSKY_E2 = 0.00669342162296594323
# GCJ-02 is shifted inside this box only
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271

DATUMS = ("wgs84", "gcj02")


def in_china(lon: float, lat: float) -> bool:
    """Whether GCJ-02 differs from WGS-84 at this WGS-84 position (the box its authors drew, generous at the borders)."""
    return _WEST <= lon <= _EAST and _SOUTH <= lat <= _NORTH


def valid(lon: Any, lat: Any) -> bool:
    """Whether the two numbers are a position at all."""
    try:
        return isfinite(lon) and isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90
    except TypeError:
        return False


def _waves(t: float, pairs: tuple[tuple[float, float], ...]) -> float:
    return sum(size * sin(t * pi / length) for size, length in pairs) * 2 / 3


def _shift(lon: float, lat: float) -> tuple[float, float]:
    """Degrees by which GCJ-02 lies off WGS-84 at a WGS-84 position."""
    x, y = lon - 105.0, lat - 35.0
    common = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common
    north += _waves(y, ((20, 1), (40, 3), (160, 12))) + 320 * sin(y * pi / 30) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common
    east += _waves(x, ((20, 1), (40, 3), (150, 12), (300, 30)))
    phi = radians(lat)
    w2 = 1 - _KRASOVSKY_E2 * sin(phi) ** 2
    meridian = _KRASOVSKY_A * (1 - _KRASOVSKY_E2) / (w2 * sqrt(w2))
    normal = _KRASOVSKY_A / sqrt(w2)
    return east * 180 / (normal * cos(phi) * pi), north * 180 / (meridian * pi)


def wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """A WGS-84 position as Chinese maps draw it: ``(lon, lat)`` in degrees. The same position outside China."""
    if not in_china(lon, lat):
        return lon, lat
    east, north = _shift(lon, lat)
    return lon + east, lat + north


def gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """The WGS-84 position behind a GCJ-02 one, to a millimetre, by iteration. The same position outside China."""
    if not (_WEST - 0.05 <= lon <= _EAST + 0.05 and _SOUTH - 0.05 <= lat <= _NORTH + 0.05):
        return lon, lat  # further out than any shift reaches
    x, y = lon, lat
    for _ in range(20):
        east, north = _shift(x, y)
        dx, dy = lon - east - x, lat - north - y
        x, y = x + dx, y + dy
        if abs(dx) < 1e-9 and abs(dy) < 1e-9:
            break
    # the box itself is met only to the last digits of the iteration
    inside = _WEST - 1e-8 <= x <= _EAST + 1e-8 and _SOUTH - 1e-8 <= y <= _NORTH + 1e-8
    return (x, y) if inside else (lon, lat)


def to_wgs84(lon: float, lat: float, datum: str = "wgs84") -> tuple[float, float]:
    """A position of either datum in WGS-84. Raises ValueError for an unknown datum or numbers that are no position."""
    if not valid(lon, lat):
        raise ValueError(f"not a position: {lon!r}, {lat!r}")
    if datum == "wgs84":
        return lon, lat
    if datum == "gcj02":
        return gcj02_to_wgs84(lon, lat)
    raise ValueError(f"unknown datum {datum!r}; known: {', '.join(DATUMS)}")


def _radii(lat: float) -> tuple[float, float]:
    """Metres per radian (east, north) at a latitude on the WGS-84 ellipsoid."""
    phi = radians(lat)
    w2 = 1 - _E2 * sin(phi) ** 2
    return _A / sqrt(w2) * cos(phi), _A * (1 - _E2) / (w2 * sqrt(w2))


def distance(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """Metres between two WGS-84 positions: within 0.1 % up to 300 km on the ellipsoid, within 0.6 % beyond (great circle)."""
    turn = (lon2 - lon1 + 180) % 360 - 180
    if abs(lat2 - lat1) < 3 and abs(turn) < 3 and abs(lat1 + lat2) < 160:
        east, north = _radii((lat1 + lat2) / 2)
        return hypot(radians(turn) * east, radians(lat2 - lat1) * north)
    a, b = radians(lat1), radians(lat2)
    h = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(turn) / 2) ** 2
    return 2 * 6371008.8 * asin(min(1.0, sqrt(h)))


@dataclass(frozen=True, slots=True)
class LocalMetres:
    """A flat metric map around a WGS-84 point, for areas and distances within a district.

    ``x`` points east, ``y`` north, in metres. Areas are within 0.1 % up to 10 km away. Numbers and numpy arrays alike.
    """

    lon: float
    lat: float

    def to_metres(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        east, north = _radii(self.lat)
        return (lon - self.lon) * (pi / 180 * east), (lat - self.lat) * (pi / 180 * north)

    def to_degrees(self, x: Any, y: Any) -> tuple[Any, Any]:
        east, north = _radii(self.lat)
        return x / (pi / 180 * east) + self.lon, y / (pi / 180 * north) + self.lat
