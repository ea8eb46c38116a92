"""The kinds of studies 测算, a module each. A kind says what is asked for, what the site itself has to answer it with, and how the answer is shown.

What works it out is the module of ``linli plan`` that answers the same question (``planning.cli``): its files are what was brought, or what
the site has stored written as such a file. So every study can be made again from its files, here and on the command line.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.charter.schema import Charter
from linli.frame.columns import Column
from linli.places.models import Place
from linli.planning.cli import Desk, Prepared, prepared
from linli.planning.reading import Source
from linli.planning.studies.forms import StudyForm

ORDER = ("circles", "sites", "villages", "tours", "staff", "indicators")
"""Modules of this package, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class Role:
    """A file of a study. ``name`` is the argument of ``linli plan`` and the field of the form."""

    name: str
    label: Any
    needed: bool = True


@dataclass(frozen=True)
class Answered:
    """A finished study as its kind shows it: what was asked, ``figures``, ``features`` and ``rows`` as the command line writes them."""

    options: Mapping[str, Any]
    figures: Mapping[str, Any]
    features: Sequence[Mapping[str, Any]]
    rows: Sequence[Mapping[str, Any]]
    view: str = ""  # which of ``Kind.views`` is looked at


@dataclass(frozen=True)
class Sheet:
    """A table of an answer, on the page, on paper and as a spreadsheet. Rows are dicts; one with ``mark`` is the twin of that mark on the map.

    ``long``: only as a spreadsheet.
    """

    title: Any
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    empty: Any = ""
    long: bool = False


@dataclass(frozen=True)
class Mark:
    """Something on the map: a GeoJSON geometry in degrees (a point is drawn as a spot, ``large`` or small), its name, what is said when it is
    chosen, and which tone it has (0 to 5).
    """

    id: str
    geometry: Mapping[str, Any]
    name: str = ""
    said: str = ""
    tone: int = 0
    large: bool = False
    label: bool = False  # its name stands on the map


@dataclass(frozen=True)
class Shown:
    """An answer to look at. ``legend``: tone and what it means. ``pale``: the map is of areas, not of spots. Words and bound are the answer's own."""

    sheets: Sequence[Sheet]
    marks: Sequence[Mark] = ()
    legend: Sequence[tuple[int, Any]] = ()
    pale: bool = False


def astray(figures: Mapping[str, Any]) -> list[Sheet]:
    """A table of what lies too far from any way, where something does."""
    rows = figures.get("astray")
    return [Sheet(_("Too far from any way: the straight line counts"), _ASTRAY, rows)] if rows else []


_ASTRAY = (
    Column("name", gettext_lazy("Place"), lambda r: r["name"], width=22),
    Column("metres", gettext_lazy("To the nearest way (m)"), lambda r: r["metres"], kind="number", width=16),
)


class Kind(ABC):
    """One kind of study. Made once for each module, as ``KIND``."""

    id: str = ""  # also the module of ``planning.cli`` that answers it
    name: Any = ""
    lede: Any = ""  # what it answers, in a sentence
    icon: str = "bar-chart"  # of frame/icons.txt
    levels: tuple[str, ...] = ("district", "street", "community")
    form: type[StudyForm] = StudyForm
    roles: tuple[Role, ...] = ()
    example: str = ""  # which of ``commands.example`` shows what a file looks like
    demo_user: str = "street"  # who asks it in the demonstration: street or district
    view: Any = ""  # what one of ``views`` is

    def usual(self, place: Place, charter: Charter) -> dict[str, Any]:
        """What the form begins with: the charter's norms."""
        return {}

    def demo(self, place: Place, charter: Charter) -> dict[str, Any] | None:
        """What is asked about a place of the demonstration, as the form gives it; None: nothing."""
        return None

    def demo_place(self, place: Place) -> Place | None:
        """Where in the area of who asks it in the demonstration."""
        return place

    def has(self, place: Place) -> list[str]:
        """What the site has stored for this question, a sentence each."""
        return []

    def own(self, place: Place, role: str, data: Mapping[str, Any]) -> Source | None:
        """The site's own file for a role for which none was brought; None where it has none."""
        return None

    def options(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What was asked, as JSON: the arguments of ``linli plan`` without its files. ``data["brought"]``: roles whose file was brought."""
        return {}

    def initial(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options as the form begins with them where another study is made of one."""
        return dict(options)

    def told(self, name: str, value: Any) -> Any:
        """An option in words, where it isn't a choice of the form."""
        return value

    def prepare(self, options: Mapping[str, Any], files: Mapping[str, Source], lang: str) -> Prepared:
        """Everything read and checked, ready to be worked out. Raises Refused."""
        given = {role.name: files.get(role.name) for role in self.roles}
        args = Namespace(act=self.id, lang=lang, **{**options, **given})
        return prepared(self.id, args, Desk(options.get("datum", "wgs84")))

    def again(self, options: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
        """Options that give the same answer whatever the machine's speed."""
        return dict(options)

    def views(self, features: Sequence[Mapping[str, Any]]) -> list[tuple[str, Any]]:
        """Where the map shows one of several things at a time: what each is called in an address and on the page; the first is shown at first."""
        return []

    def changed(self, before: Answered, now: Answered) -> list[str]:
        """What is otherwise than in the study it was made from, a sentence each."""
        return []

    @abstractmethod
    def shown(self, answered: Answered) -> Shown:
        """An answer, ready to be looked at."""


@cache
def kinds() -> dict[str, Kind]:
    return {name: importlib.import_module(f"linli.planning.studies.kinds.{name}").KIND for name in ORDER}
