"""A map without script, for paper: paths, names and dots to be drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely

from linli.kit.coordinates import LocalMetres
from linli.places import shapes as flat_shapes

WIDE = 1000.0  # of the drawing, in its own units
PAPER = 170.0, 150.0  # mm: as large as it may be on a page of A4
FILLS = ("#c7ddf2", "#cfe8d5", "#f6e3b8", "#e0d6f0", "#f3d2c8", "#cfe6e8")  # of neighbours; on paper, too, where no style reaches
STRONG = ("#4a86c2", "#3f9a63", "#d99a1c", "#8b6bc7", "#c8452f", "#2f9aa3")  # of spots, which are too small for pale ones


def drawn(
    ground: Sequence[Any], names: Sequence[str], fills: Sequence[str] = (), spots: Sequence[tuple[float, float]] = ()
) -> dict[str, Any] | None:
    """Areas (degrees) with names ("": none) and dots in a box ``WIDE`` wide; each with its fill, or one fill after the other."""
    solid = [g for g in ground if not g.is_empty]
    if not solid:
        return None
    west, south, east, north = shapely.total_bounds(solid).tolist()
    flat = LocalMetres((west + east) / 2, (south + north) / 2)
    (left, bottom), (right, top) = flat.to_metres(west, south), flat.to_metres(east, north)
    scale = WIDE / max(right - left, 1.0)

    def place(lon: float, lat: float) -> tuple[float, float]:
        x, y = flat.to_metres(lon, lat)
        return round((float(x) - left) * scale, 1), round((top - float(y)) * scale, 1)

    paths = []
    for u, one in enumerate(ground):
        if one.is_empty:
            continue
        rings = [ring for part in shapely.get_parts(one).tolist() for ring in (part.exterior, *part.interiors)]
        d = " ".join("M" + " L".join(f"{x} {y}" for x, y in (place(*c) for c in ring.coords)) + "Z" for ring in rings)
        x, y = place(*flat_shapes.inner_point(one))
        paths.append({"d": d, "fill": fills[u] if fills else FILLS[u % len(FILLS)], "name": names[u], "x": x, "y": y})
    high = round((top - bottom) * scale + 20, 1)
    mm = min(PAPER[0] / (WIDE + 20), PAPER[1] / high)
    return {
        "width": WIDE, "high": high, "mm": (round((WIDE + 20) * mm, 1), round(high * mm, 1)), "paths": paths, "dots": [place(*s) for s in spots],
    }  # fmt: skip
