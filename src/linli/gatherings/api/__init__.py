"""Gatherings for programs: what is convened, who came, what was said; by the forms, permissions and history of the pages."""

from linli.gatherings.api.writing import router

__all__ = ["router"]
