"""A map without script, for paper: paths, names and dots to be drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely

from linli.kit.coordinates import LocalMetres
from linli.places import shapes as flat_shapes
from linli.places.codes import short_name

WIDE = 1000.0  # of the drawing, in its own units
PAPER = 170.0, 150.0  # mm: as large as it may be on a page of A4
LETTERS, LEAST = 3.6, 1.6  # mm: size of a name, and of one that has to fit into its area
FILLS = ("#c7ddf2", "#cfe8d5", "#f6e3b8", "#e0d6f0", "#f3d2c8", "#cfe6e8")  # of neighbours; on paper, too, where no style reaches
STRONG = ("#4a86c2", "#3f9a63", "#d99a1c", "#8b6bc7", "#c8452f", "#2f9aa3")  # of spots, which are too small for pale ones


def drawn(
    ground: Sequence[Any],
    names: Sequence[str],
    fills: Sequence[str] = (),
    spots: Sequence[tuple[float, float]] = (),
    *,
    spread: bool = False,
) -> dict[str, Any] | None:
    """Areas (degrees) with names ("": none) and dots in a box ``WIDE`` wide; each with its fill, or one fill after the other.

    A name is as large as fits into its area; ``spread``: the areas are but spots, and names may go beyond them.
    """
    solid = [g for g in ground if not g.is_empty]
    if not solid:
        return None
    west, south, east, north = shapely.total_bounds(solid).tolist()
    flat = LocalMetres((west + east) / 2, (south + north) / 2)
    (left, bottom), (right, top) = flat.to_metres(west, south), flat.to_metres(east, north)
    scale = WIDE / max(right - left, 1.0)
    high = round((top - bottom) * scale + 20, 1)
    mm = min(PAPER[0] / (WIDE + 20), PAPER[1] / high)

    def place(lon: float, lat: float) -> tuple[float, float]:
        x, y = flat.to_metres(lon, lat)
        return round((float(x) - left) * scale, 1), round((top - float(y)) * scale, 1)

    def size(name: str, bounds: Sequence[float]) -> float:
        room = float("inf") if spread else (place(bounds[2], north)[0] - place(bounds[0], north)[0]) / max(1, len(name))
        return round(min(LETTERS / mm, max(LEAST / mm, room)), 1)

    paths = []
    for u, one in enumerate(ground):
        if one.is_empty:
            continue
        rings = [ring for part in shapely.get_parts(one).tolist() for ring in (part.exterior, *part.interiors)]
        d = " ".join("M" + " L".join(f"{x} {y}" for x, y in (place(*c) for c in ring.coords)) + "Z" for ring in rings)
        x, y = place(*flat_shapes.inner_point(one))
        name = short_name(names[u])
        fill = fills[u] if fills else FILLS[u % len(FILLS)]
        paths.append({"d": d, "fill": fill, "name": name, "x": x, "y": y, "size": size(name, one.bounds)})
    on_paper = round((WIDE + 20) * mm, 1), round(high * mm, 1)
    return {"width": WIDE, "high": high, "mm": on_paper, "paths": paths, "dots": [place(*s) for s in spots]}
