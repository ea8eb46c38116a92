"""The rules that the grids of a community keep together, whether they come from a file or are drawn one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from linli.places import shapes
from linli.places.models import Place

NAMED = 5  # gaps of one community that a warning names one by one


@dataclass(frozen=True, slots=True)
class Piece:
    """One shape in the comparison. ``number`` is the feature's in the file; None for one that is stored already."""

    name: str
    geometry: BaseGeometry
    number: int | None = None


def clashes(pieces: Sequence[Piece]) -> list[tuple[Piece, str]]:
    """For every overlap that involves a new piece: that piece and the sentence to show beside it."""
    found = []
    for a, b, size in shapes.overlaps([p.geometry for p in pieces]):
        one, other = (pieces[b], pieces[a]) if pieces[b].number is not None else (pieces[a], pieces[b])
        if one.number is None:
            continue
        message = _("It overlaps «%(other)s» by %(area)s m² (allowed: %(allowed)s m²). Draw the border of the two along the same line.")
        found.append((one, message % {"other": other.name, "area": f"{size:,.0f}", "allowed": f"{shapes.OVERLAP:.0f}"}))
    return found


def leftovers(community: Place, geometries: Sequence[BaseGeometry]) -> list[str]:
    """Warnings about what the grids leave open inside the community's outline, or cover outside it."""
    outline = shape(community.shape) if community.shape else None
    found = []
    gaps = shapes.gaps(outline, geometries)
    if gaps:
        message = _("The grids of %(community)s leave %(area)s m² in no grid, in %(n)s places; the largest: %(largest)s.")
        found.append(message % _sizes(community, gaps))
    beyond = shapes.overhangs(outline, geometries) if outline else []
    if beyond:
        message = _("The grids of %(community)s reach beyond its outline by %(area)s m², in %(n)s places; the largest: %(largest)s.")
        found.append(message % _sizes(community, beyond))
    return found


def _sizes(community: Place, pieces: list[tuple[float, float, float]]) -> dict[str, str | int]:
    largest = ", ".join(f"{size:,.0f} m² ({lon:.5f}, {lat:.5f})" for size, lon, lat in pieces[:NAMED])
    return {"community": community.name, "area": f"{sum(p[0] for p in pieces):,.0f}", "n": len(pieces), "largest": largest}
