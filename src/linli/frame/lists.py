"""Every list of the house: filters and sort in the URL, paging by place, saved views, bulk selection, a spreadsheet.

A page makes one ``Listing`` and hands it to its template:

    listing = Listing(request, Matter.objects.visible_to(request.user), page="matters:list", filters=MatterFilters,
                      sorts={"raised": ("-raised_at",), "due": ("flow__due_at",)}, default_sort="raised", columns=COLUMNS)
    if listing.is_export: return listing.taken_out(path__descends=paths)
    return render(request, "matters/list.html", {"listing": listing})

Queries: the rows, a capped count where there are further pages, the saved views. Whatever stands in the URL, the page answers.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from linli.frame import keyset
from linli.frame.columns import Cell, Column
from linli.frame.exports import Export
from linli.frame.refusal import Refusal
from linli.frame.sql import Joined

COUNTED = 1000  # rows counted exactly; beyond, "1000+"
RESERVED = frozenset({"sort", "after", "before", "page", "export", "why", "csrfmiddlewaretoken", "selected", "all", "act"})
BULK_CAP = 500


class Filters(forms.Form):
    """A form whose valid fields narrow a list. No field is required; what is not valid is said at the field and left out.

    A field narrows by ``lookups[name]`` (a lookup, or several joined by "or"), or by the method ``filter_<name>(queryset, value)``,
    or by its own name. A box narrows when it is ticked; ``NullBooleanField`` also knows "no".
    """

    lookups: Mapping[str, str | tuple[str, ...]] = {}
    use_required_attribute = False

    def __init__(self, *args: Any, only: Container[str] | None = None, **kwargs: Any) -> None:
        """``only``: no fields but these, where nobody looks at the form and each would be copied for nothing."""
        if only is not None:
            self.base_fields = {name: field for name, field in self.base_fields.items() if name in only}  # type: ignore[misc]
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def apply(self, queryset: QuerySet) -> QuerySet:
        self.errors  # noqa: B018  # validates
        for name, value in self.cleaned_data.items():
            if _asks_nothing(self.fields.get(name), value):
                continue
            if own := getattr(self, f"filter_{name}", None):
                queryset = own(queryset, value)
                continue
            names = self.lookups.get(name, name)
            either = Q()
            for lookup in (names,) if isinstance(names, str) else names:
                if isinstance(value, list | tuple | QuerySet) and not lookup.endswith(("__in", "__overlap", "__descends")):
                    lookup += "__in"
                either |= Q(**{lookup: value})
            queryset = queryset.filter(either)
        return queryset


@dataclass(frozen=True, slots=True)
class Header:
    """A column's head. ``url`` sorts by it, or turns it round; ``direction`` is "up", "down" or "" (``aria-sort`` says the same)."""

    column: Column
    url: str = ""
    direction: str = ""

    @property
    def aria(self) -> str:
        return {"up": "ascending", "down": "descending"}.get(self.direction, "none")


@dataclass(frozen=True, slots=True)
class Line:
    row: Any
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter at work, and the address without it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class Pager:
    """Addresses of the neighbouring pages; "" where there is none."""

    first: str
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are, as far as it is worth counting."""

    number: int
    more: bool

    def __str__(self) -> str:
        return f"{self.number}+" if self.more else str(self.number)


class Listing:
    """One list on one page. ``queryset`` holds only what the user may see, and joins what the columns read (``select_related``).

    ``sorts`` maps a name to ORM fields, each with "-" for going down; «?sort=-name» turns the whole order round. ``filters`` is a
    ``Filters`` class, or any bound form with ``apply(queryset)``. ``page`` is the URL name saved views are kept under.
    ``export`` is given where the user may take the list out. ``counted``: so many rows are counted exactly. ``whole`` reads the rows of a
    page once they are known: of wide rows with many joins none is then put together that isn't shown. ``surely`` are some of ``queryset``
    that an index finds: where there are more of these than are counted, the others need not be looked for.
    """

    def __init__(
        self,
        request: HttpRequest,
        queryset: QuerySet,
        *,
        page: str,
        filters: type[forms.Form] | forms.Form | None = None,
        sorts: Mapping[str, tuple[str, ...]],
        default_sort: str,
        columns: Sequence[Column],
        size: int = 20,
        export: Export | None = None,
        whole: Joined | None = None,
        counted: int = COUNTED,
        surely: QuerySet | None = None,
    ) -> None:
        self.request, self.page, self.size, self.columns = request, page, size, tuple(columns)
        self.whole, self.counted, self.surely = whole, counted, surely
        self.sorts, self.default_sort, self.export = sorts, default_sort, export
        self.params: QueryDict = request.GET
        self.filters: Any = filters(self.params) if isinstance(filters, type) else filters
        if self.filters is not None and (clash := RESERVED & set(self.filters.fields)):
            raise ValueError(f"filters named like the list's own words: {', '.join(sorted(clash))}")
        self.all = queryset
        self._notices: list[Any] = []

    # what is chosen -----------------------------------------------------------------------------------------------------------------

    @cached_property
    def chosen(self) -> QuerySet:
        """What the filters leave, in no order yet."""
        return self._filtered(self.all)

    def _filtered(self, rows: QuerySet) -> QuerySet:
        return self.filters.apply(rows) if self.filters is not None else rows

    @cached_property
    def sort(self) -> str:
        """The sort in force, «-name» when turned round."""
        wanted = self.params.get("sort", "")
        if wanted and wanted.removeprefix("-") not in self.sorts:
            self._notices.append(_("The list can't be sorted that way; it is in its usual order."))
            wanted = ""
        return wanted or self.default_sort

    @cached_property
    def keys(self) -> tuple[keyset.Key, ...]:
        keys = keyset.keys_of(self.chosen, self.sorts[self.sort.removeprefix("-")])
        return tuple(k.flipped() for k in keys) if self.sort.startswith("-") else keys

    @property
    def ordered(self) -> QuerySet:
        """Everything chosen, in order: for exports and jobs."""
        return self.chosen.order_by(*(k.order() for k in self.keys))

    # the page -----------------------------------------------------------------------------------------------------------------------

    @cached_property
    def _window(self) -> tuple[list[Any], bool, bool]:
        """The rows of this page, whether there are rows before, whether there are rows after."""
        back, values = self._place()
        keys = [k.flipped() for k in self.keys] if back else list(self.keys)
        queryset = keyset.with_values(self.chosen, keys)
        if values is not None:
            beyond = keyset.after(keys, values)
            queryset = queryset.none() if beyond is None else queryset.filter(beyond)
        rows = self._read(queryset.order_by(*(k.order() for k in keys))[: self.size + 1], len(keys))
        further, rows = len(rows) > self.size, rows[: self.size]
        if back:
            return rows[::-1], further, True
        return rows, values is not None, further

    def _read(self, queryset: QuerySet, keys: int) -> list[Any]:
        if self.whole is None:
            return list(queryset)
        places = {values.pop("pk"): values for values in queryset.values("pk", *keyset.named(keys))}
        read = {row.pk: row for row in self.whole.where("r.id = ANY(%s)", [list(places)])} if places else {}
        rows = [read[pk] for pk in places if pk in read]
        for row in rows:
            vars(row).update(places[row.pk])  # as a row has it that was read ``with_values``
        return rows

    def _place(self) -> tuple[bool, list[Any] | None]:
        """Where the URL says we are: backwards?, and the sort values to go on from (None: from the beginning)."""
        for name in ("before", "after"):
            if text := self.params.get(name):
                try:
                    return name == "before", keyset.read(self.keys, text, self.sort)
                except keyset.BadCursor:
                    self._notices.append(_("That page of the list no longer exists; this is the first one."))
        return False, None

    @cached_property
    def rows(self) -> list[Any]:
        rows = self._window[0]
        if not rows and ("before" in self.params or "after" in self.params):  # the rows there have gone: show the first page
            self.params = self._without("before", "after")
            del self.__dict__["_window"]
            rows = self._window[0]
        return rows

    def say(self, text: Any) -> None:
        """One more thing about what the URL asks for that the user has to know."""
        self._notices.append(text)

    @property
    def notices(self) -> list[Any]:
        """What in the URL was not understood, for the user."""
        self.rows  # noqa: B018  # reads the URL
        return self._notices

    @property
    def lines(self) -> list[Line]:
        return [Line(row, [Cell(c, row) for c in self.columns]) for row in self.rows]

    @cached_property
    def pager(self) -> Pager:
        rows, (_rows, before, after) = self.rows, self._window
        previous = self.url(before=keyset.write(self.keys, rows[0], self.sort)) if rows and before else ""
        following = self.url(after=keyset.write(self.keys, rows[-1], self.sort)) if rows and after else ""
        return Pager(self.url() if previous else "", previous, following)

    @cached_property
    def count(self) -> Count:
        rows, (_rows, before, after) = self.rows, self._window
        if not before and not after:
            return Count(len(rows), more=False)
        found = self._so_many(self._filtered(self.surely)) if self.surely is not None else 0
        if found <= self.counted:
            found = self._so_many(self.chosen)
        return Count(min(found, self.counted), found > self.counted)

    def _so_many(self, rows: QuerySet) -> int:
        return rows.order_by().values("pk")[: self.counted + 1].count()

    # the frame of it ----------------------------------------------------------------------------------------------------------------

    def _without(self, *names: str) -> QueryDict:
        params = self.params.copy()
        for name in names:
            params.pop(name, None)
        return params

    @cached_property
    def query(self) -> str:
        """Filters and sort as a query string, nothing else: what a saved view keeps."""
        known = ["sort", *(self.filters.fields if self.filters is not None else ())]
        kept = QueryDict(mutable=True)
        for name in known:
            values = [v for v in self.params.getlist(name) if v]
            if values:
                kept.setlist(name, values)
        return kept.urlencode()

    def url(self, **changes: str) -> str:
        """The list with the same filters and the first page, changed by ``changes`` ("" takes a parameter away)."""
        params = QueryDict(self.query, mutable=True)
        for name, value in changes.items():
            params.pop(name, None)
            if value:
                params[name] = value
        text = params.urlencode()
        return f"{self.request.path}?{text}" if text else self.request.path

    @cached_property
    def headers(self) -> list[Header]:
        return [self._header(c) for c in self.columns]

    def _header(self, column: Column) -> Header:
        if column.sort not in self.sorts:
            return Header(column)
        turned = self.sort == f"-{column.sort}"
        if not turned and self.sort != column.sort:
            return Header(column, self.url(sort=column.sort))
        down = self.sorts[column.sort][0].startswith("-") != turned
        return Header(column, self.url(sort=column.sort if turned else f"-{column.sort}"), "down" if down else "up")

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters at work, in the user's words."""
        return [] if self.filters is None else [Chip(label, value, self.url(**{name: ""})) for name, label, value in at_work(self.filters)]

    @property
    def clear_url(self) -> str:
        sort = self.params.get("sort", "")
        return f"{self.request.path}?sort={sort}" if sort.removeprefix("-") in self.sorts else self.request.path

    @cached_property
    def saved_views(self) -> list[Any]:
        """The user's views of this list, each with ``url`` and ``is_current``."""
        from linli.frame.models import SavedView

        user: Any = getattr(self.request, "user", None)
        if not getattr(user, "is_authenticated", False):
            return []
        views = list(SavedView.objects.filter(user=user, page=self.page))
        for view in views:
            view.url = f"{self.request.path}?{view.query}"  # type: ignore[attr-defined]
            view.is_current = view.query == self.query  # type: ignore[attr-defined]
        return views

    # taking rows --------------------------------------------------------------------------------------------------------------------

    def selected_ids(self, cap: int = BULK_CAP) -> list[int]:
        """The rows ticked on the page, or all that the filters leave, never outside what the user may see."""
        return selected_ids(self.request, self.chosen, cap=cap)

    @property
    def is_export(self) -> bool:
        return self.export is not None and self.request.method == "POST" and self.request.POST.get("export") == "xlsx"

    def taken_out(self, **within: Any) -> HttpResponseBase:
        """The spreadsheet of everything chosen ``within`` (filters: the places over which the user takes lists out), logged; or back to the
        list, which says why it can't be given."""
        self.all = self.all.filter(**within)
        try:
            return self.export_response()
        except Refusal as refusal:
            messages.error(self.request, refusal.message)
            return redirect(self.url())

    def export_response(self) -> FileResponse:
        """The spreadsheet of everything chosen, logged. Raises Refusal (field "why") where it can't be given."""
        from linli.frame.exports import export_xlsx

        if self.export is None:
            raise Refusal(_("This list can't be taken out."), code="no_export")
        return export_xlsx(self.request, self.ordered, self.columns, self.export, query=self.query)


def at_work(filters: forms.Form) -> list[tuple[str, str, str]]:
    """The filters that narrow: name, label, and what is asked for in the user's words."""
    filters.errors  # noqa: B018  # validates
    fields = [(name, value, filters.fields.get(name)) for name, value in filters.cleaned_data.items()]
    return [(n, str(f.label or n), _shown(f, v)) for n, v, f in fields if f is not None and not _asks_nothing(f, v)]


def _asks_nothing(field: forms.Field | None, value: Any) -> bool:
    """Whether a filter leaves the list as it is. A box that is not ticked asks for nothing, not for the opposite."""
    if value is False:
        return isinstance(field, forms.BooleanField) and not isinstance(field, forms.NullBooleanField)
    return value in (None, "", [], ()) or (isinstance(value, QuerySet) and not value)


def _shown(field: forms.Field, value: Any) -> str:
    choices = {str(k): v for k, v in _flat(getattr(field, "choices", ()))} if not isinstance(field, forms.ModelChoiceField) else {}
    if isinstance(value, list | tuple | QuerySet):
        return "、".join(str(choices.get(str(v), v)) for v in value)
    if isinstance(value, bool) and str(value) not in choices:
        return str(_("yes") if value else _("no"))
    return str(choices.get(str(value), value))


def _flat(choices: Any) -> Any:
    for key, value in choices:
        if isinstance(value, list | tuple):
            yield from _flat(value)
        else:
            yield key, value


def selected_ids(request: HttpRequest, queryset: QuerySet, *, cap: int = BULK_CAP) -> list[int]:
    """Primary keys of the rows a bulk act is for, in ascending order: those posted as ``selected``, or with ``all=1`` every row of
    ``queryset`` (which the page has narrowed to what the user sees and filtered). Ids outside it are left out in silence.

    Raises Refusal (codes none_selected, too_many) with nothing done.
    """
    if request.POST.get("all") == "1":
        found = list(queryset.order_by("pk").values_list("pk", flat=True)[: cap + 1])
    else:
        asked = {int(v) for v in request.POST.getlist("selected") if v.isascii() and v.isdigit() and len(v) < 19}
        if len(asked) > cap:
            raise Refusal(_("At most %(cap)s at a time. Narrow the list and take them in turns."), code="too_many", params={"cap": cap})
        found = list(queryset.filter(pk__in=asked).order_by("pk").values_list("pk", flat=True)) if asked else []
    if len(found) > cap:
        raise Refusal(_("At most %(cap)s at a time. Narrow the list and take them in turns."), code="too_many", params={"cap": cap})
    if not found:
        raise Refusal(_("Nothing is selected. Tick at least one row."), code="none_selected")
    return found


__all__ = ["Chip", "Column", "Count", "Export", "Filters", "Header", "Listing", "Pager", "selected_ids"]
