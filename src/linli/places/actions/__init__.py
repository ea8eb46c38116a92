"""The only writers of places. Each asks for the right first, runs in one transaction, and writes one line of the log of acts."""

from linli.places.actions.dividing import NewGrid, redivide
from linli.places.actions.editing import add_building, add_facility, change_place, draw_grid, end_place
from linli.places.actions.importing import import_geojson
from linli.places.actions.loading import load_places
from linli.places.exporting import export_geojson

__all__ = [
    "NewGrid",
    "add_building",
    "add_facility",
    "change_place",
    "draw_grid",
    "end_place",
    "export_geojson",
    "import_geojson",
    "load_places",
    "redivide",
]
