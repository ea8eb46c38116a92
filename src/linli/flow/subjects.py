"""Which page opens what a piece of work is about. Rooms above register theirs when they are ready."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import NoReverseMatch, reverse

from linli.flow.models import Flow

_pages: dict[str, Callable[[Flow], str]] = {}


def register(subject: str, *, url: Callable[[Flow], str]) -> None:
    """``subject`` is what ``Flow.subject`` says ("matters.matter"); ``url`` gives the address of its page."""
    _pages[subject] = url


def url_of(flow: Flow) -> str:
    """The page of what the work is about: as registered, else the room's ``detail`` by number; "" where there is none."""
    if page := _pages.get(flow.subject):
        return page(flow)
    try:
        return reverse(f"{flow.subject.partition('.')[0]}:detail", args=[flow.subject_ref])
    except NoReverseMatch:
        return ""
