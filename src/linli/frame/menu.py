"""The menu: at most eight entries in the users' own words. What a post may not do isn't in it, and neither is a page that doesn't exist.

Who may do what is known above this room, so the top room hands in a provider: ``provide(callable)``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Standing:
    """What the frame shows of the signed-in person: where they stand and what they may do."""

    place: str = ""  # the outermost place they hold a post over
    posts: str = ""  # their posts, joined
    abilities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``urls``: the first that exists is used. ``abilities``: any of them opens it; none: every post."""

    slug: str
    label: str | Promise
    urls: tuple[str, ...]
    icon: str
    abilities: tuple[str, ...] = ()
    key: str = ""  # pressed after "g"
    rooms: tuple[str, ...] = ()  # url namespaces in which it is marked as current


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as the template gets it."""

    slug: str
    label: str
    href: str
    icon: str
    key: str
    current: bool


DESK = (
    Entry("today", _("Today"), ("web:desk",), "house", key="h"),
    Entry("todo", _("To do"), ("flow:inbox",), "inbox", ("flow.act", "flow.approve"), "t", ("flow",)),
    Entry("matters", _("Matters"), ("matters:list",), "chat-left-text", ("matter.see",), "m", ("matters",)),
    Entry("people", _("Residents"), ("people:home",), "person", ("person.see",), "r", ("people", "rights")),
    Entry("situation", _("Situation"), ("reports:home",), "bar-chart", ("measure.see",), "s", ("reports",)),
    Entry("places", _("Places"), ("places:home",), "map", ("place.see",), "p", ("places",)),
    Entry("posts", _("Posts"), ("bodies:home",), "people", ("post.see",), "g", ("bodies",)),
    Entry("charter", _("Charter"), ("charter:home",), "book", ("charter.see",), "c", ("charter",)),
)
PHONE = (
    Entry("today", _("Today"), ("matters:phone_today",), "house"),
    Entry("grid", _("My grid"), ("web:phone_grid",), "grid-3x3-gap"),
    Entry("report", _("Report"), ("matters:phone_report",), "camera"),
    Entry("me", _("Me"), ("web:phone_me",), "person"),
)
FIELD = {"web:phone", *(url for tab in PHONE for url in tab.urls)}
"""Pages that are the field terminal's alone: whoever opens one works in its frame from there on (``frame.context``)."""
ACCOUNT = (
    Entry("gatherings", _("Gatherings"), ("gatherings:list",), "calendar-event", ("gathering.see",), rooms=("gatherings",)),
    Entry("grids", _("Dividing into grids"), ("planning:home",), "grid-3x3-gap", ("plan.see",), rooms=("planning",)),
    Entry("studies", _("Planning studies"), ("planning:studies", "planning:study", "planning:study_new"), "signpost-split", ("plan.see",)),
    Entry("field", _("Field terminal"), ("web:phone",), "phone"),
    Entry("password", _("Change password"), ("account_change_password",), "key"),
    Entry("mfa", _("Second proof at sign-in"), ("mfa_index",), "shield-check"),
    Entry("sessions", _("Where I am signed in"), ("usersessions_list",), "list-check"),
    Entry("keys", _("Keys for programs"), ("access:keys",), "key"),
    Entry("audit", _("Logs"), ("access:looks",), "shield-check", ("audit.see",)),
    Entry("outbox", _("Outbox"), ("outbox:messages",), "send", ("outbox.manage",)),
)
FOOT = (
    Entry("help", _("Help"), ("web:help",), "question-circle"),
    Entry("privacy", _("What is kept about you"), ("web:privacy",), "lock"),
    Entry("door", _("For staff"), ("web:desk",), "person-badge"),
)

_standing: Callable[[HttpRequest], Standing] = lambda request: Standing()  # noqa: E731
_area: Callable[[], str] = lambda: ""  # noqa: E731


def provide(standing: Callable[[HttpRequest], Standing], area: Callable[[], str]) -> None:
    """Hand in what tells a request's standing and the name of the area served. Called once, by the top room when it is ready."""
    global _standing, _area
    _standing, _area = standing, area


def standing_of(request: HttpRequest) -> Standing:
    return _standing(request)


def area_name() -> str:
    """The district or county this installation serves; empty before a charter is adopted and its places loaded."""
    return _area()


def entries(
    which: Collection[Entry], abilities: frozenset[str] | None = None, *, view: str = "", resolve: Callable[[str], str] = reverse
) -> list[Shown]:
    """The entries that exist and that ``abilities`` open (None: don't ask), the one of ``view`` (a url name) marked as current."""
    shown = []
    for entry in which:
        if abilities is not None and entry.abilities and not abilities.intersection(entry.abilities):
            continue
        href, _name = _first(entry.urls, resolve)
        if href:
            shown.append(Shown(entry.slug, str(entry.label), href, entry.icon, entry.key, _is_current(entry, view)))
    if any(s.current and _names(which, s.slug, view) for s in shown):  # a page's own entry wins over its room's
        shown = [Shown(s.slug, s.label, s.href, s.icon, s.key, s.current and _names(which, s.slug, view)) for s in shown]
    return shown


def _first(names: tuple[str, ...], resolve: Callable[[str], str]) -> tuple[str, str]:
    for name in names:
        try:
            return resolve(name), name
        except NoReverseMatch:
            continue
    return "", ""


def _is_current(entry: Entry, view: str) -> bool:
    return view in entry.urls or (":" in view and view.split(":", 1)[0] in entry.rooms)


def _names(which: Collection[Entry], slug: str, view: str) -> bool:
    return any(e.slug == slug and view in e.urls for e in which)
