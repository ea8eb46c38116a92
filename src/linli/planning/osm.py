"""Ways to walk along, out of OpenStreetMap's own files (.osm.pbf, or .osm as XML): every highway people may walk on. No database.

Needs the extra ``linli[osm]`` (osmium). Ways that cross at a level share a point there, so what is read makes a network as it stands.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from linli.places.reports import Problem
from linli.planning.reading import Source

ENDINGS = (".pbf", ".osm")
NEVER = frozenset(
    {"motorway", "motorway_link", "construction", "proposed", "abandoned", "razed", "raceway", "bus_guideway", "escape", "elevator"}
)
"""Kinds of highways nobody walks along, or that are none yet."""
MOST_POINTS = 5_000_000


def is_osm(source: Source) -> bool:
    return source.name.lower().endswith(ENDINGS)


def read_osm(source: Source) -> tuple[list[np.ndarray], list[Problem]]:
    """Each way as longitudes and latitudes (k × 2, WGS-84), and what is wrong with the file as a whole."""
    try:
        import osmium
    except ImportError:
        return [], [_whole(_("This installation can't read OpenStreetMap files. Install linli[osm], or bring the ways as GeoJSON."))]
    found, points = [], 0
    kind = "osm" if source.name.lower().endswith(".osm") else "pbf"
    try:
        ways = osmium.FileProcessor(osmium.io.FileBuffer(source.data, kind), osmium.osm.NODE | osmium.osm.WAY).with_locations()
        for way in ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(osmium.filter.KeyFilter("highway")):
            if not isinstance(way, osmium.osm.Way) or not _walkable(way.tags):
                continue
            line = [(n.lon, n.lat) for n in way.nodes if n.location.valid()]
            points += len(line)
            if points > MOST_POINTS:
                return [], [_whole(_("It holds the ways of too large an area. Cut out the area you plan for."))]
            if len(line) > 1:
                found.append(np.array(line, np.float64))
    except (RuntimeError, ValueError):
        return [], [_whole(_("It can't be read as an OpenStreetMap file. Is it whole, and does its name end in .osm.pbf or .osm?"))]
    if not found:
        return [], [_whole(_("There are no ways in it that people may walk along."))]
    return found, []


def _walkable(tags: Any) -> bool:
    """Whether people may walk there: by its own sign for walkers, else by what kind of road it is and whom it lets in."""
    if tags["highway"] in NEVER or tags.get("area") == "yes":
        return False
    foot = tags.get("foot", "")
    return foot in ("yes", "designated", "permissive") or (
        foot not in ("no", "private", "use_sidepath") and tags.get("access") not in ("no", "private")
    )


def _whole(message: str) -> Problem:
    return Problem(None, "", message)
