"""Which page opens what a piece of work is about. Rooms above register theirs when they are ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.urls import NoReverseMatch, reverse

from linli.flow.models import Flow

_pages: dict[str, Callable[[Flow], str]] = {}
_telephones: dict[str, Callable[[Flow], bool]] = {}
_names: dict[str, Callable[[Flow], Iterable[str]]] = {}


def register(
    subject: str,
    *,
    url: Callable[[Flow], str],
    reachable: Callable[[Flow], bool] | None = None,
    names: Callable[[Flow], Iterable[str]] | None = None,
) -> None:
    """``subject`` is what ``Flow.subject`` says ("matters.matter"); ``url`` gives the address of its page; ``reachable`` says whether whoever
    raised it can be rung up (nothing: never); ``names`` who is concerned by it, for texts that may not name them (nothing: nobody is known)."""
    _pages[subject] = url
    if reachable is not None:
        _telephones[subject] = reachable
    if names is not None:
        _names[subject] = names


def reachable(flow: Flow) -> bool:
    """Whether whoever raised it can be rung up. Asked only where work comes to a call-back."""
    known = _telephones.get(flow.subject)
    return known(flow) if known is not None and flow.pk else False


def names_concerned(flow: Flow) -> tuple[str, ...]:
    """The names of those the work is about, to be compared with a text that may not hold them; shown to nobody."""
    known = _names.get(flow.subject)
    return tuple(known(flow)) if known is not None else ()


def url_of(flow: Flow) -> str:
    """The page of what the work is about: as registered, else the room's ``detail`` by number; "" where there is none."""
    if page := _pages.get(flow.subject):
        return page(flow)
    try:
        return reverse(f"{flow.subject.partition('.')[0]}:detail", args=[flow.subject_ref])
    except NoReverseMatch:
        return ""
