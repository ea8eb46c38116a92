"""Places and categories as form fields: chosen from a list, cleaned to the thing itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.charter.store import charter_in_force
from linli.matters.categories import grouped
from linli.places.codes import short_name
from linli.places.models import Level, Place
from linli.places.queries import AS_LABELLED, CURRENT

Groups = list[tuple[str, list[tuple[str, str]]]]


_CHOSEN = f"""r.code = %s AND {CURRENT} AND r.level = ANY(%s::text[])
  AND (%s::text[] IS NULL OR r.path <@ ANY(%s::text[]::ltree[]))"""


_CHOSEN_ONCE = """r.code = %s AND r.valid_from <= %s
  AND NOT EXISTS (SELECT FROM places_place n WHERE n.code = r.code AND n.valid_from > r.valid_from AND n.valid_from <= %s)
  AND r.level = ANY(%s::text[]) AND (%s::text[] IS NULL OR r.path <@ ANY(%s::text[]::ltree[]))"""


class PlaceField(forms.ChoiceField):
    """A place by its code. ``choices`` are grouped for the eye; what is sent is looked up among ``within`` and nothing else.

    ``ended``: places that are no more can be asked for, too, as they were last.
    """

    default_error_messages = {"invalid_choice": _("Choose a place from the list.")}

    def __init__(self, *, levels: Sequence[str], within: Sequence[str] | None = None, ended: bool = False, **kwargs: Any) -> None:
        self.levels, self.within, self.ended = tuple(levels), within, ended
        kwargs.setdefault("label", _("Place"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        code, today = str(value), timezone.localdate()
        within = None if self.within is None else list(self.within)
        found = (
            AS_LABELLED.where(_CHOSEN_ONCE if self.ended else _CHOSEN, [code, today, today, list(self.levels), within, within])
            if len(code) <= 40 and "\0" not in code
            else []
        )
        if not found:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return found[0]

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)


def give_choices(form: forms.BaseForm, name: str, choices: Any) -> None:
    """Set what can be chosen in one field of a form, known only when the form is made; a function is asked when somebody looks."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = cache(choices) if callable(choices) else choices  # a select looks twice


def bound_places(form: forms.BaseForm, name: str, within: Sequence[str] | None, *, empty: Any = "", wide: bool = False) -> None:
    """Let a form's place be a grid or community below ``within`` (None: anywhere), and nothing else; ``wide``: streets and districts, too."""
    field = form.fields[name]
    assert isinstance(field, PlaceField)
    field.within = within
    field.choices = cache(lambda: grid_groups(within, empty=empty, wide=wide))


SEAT_AT = ("place__name", "place__level", "place__parent__name")


def community_groups(within: Sequence[str] | None = None, *, empty: Any = "") -> list[Any]:
    """Communities under their streets, for residents: ``[("", …), (street, [(code, name), …]), …]``. One query."""
    places = Place.objects.current().filter(level=Level.COMMUNITY)
    if within is not None:
        places = places.filter(path__descends=list(within))
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, name, street in places.order_by("code").values_list("code", "name", "parent__name"):
        groups.setdefault(short_name(street or ""), []).append((code, short_name(name)))
    return [("", empty), *groups.items()]


def area_groups(*, empty: Any = "") -> list[Any]:
    """Streets and their communities, the street itself first, wherever they lie. One query."""
    rows = Place.objects.current().filter(level__in=[Level.STREET, Level.COMMUNITY]).order_by("path")
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, name, level, parent in rows.values_list("code", "name", "level", "parent__name"):
        if level == Level.STREET:
            groups.setdefault(short_name(name), []).insert(0, (code, _("%(name)s, community not known") % {"name": short_name(name)}))
        else:
            groups.setdefault(short_name(parent or ""), []).append((code, short_name(name)))
    return [("", empty), *groups.items()]


def grid_groups(within: Sequence[str] | None = None, *, empty: Any = "", wide: bool = False) -> list[Any]:
    """Grids under their communities, the community itself first, for staff; ``wide``: the areas they lie in before them. One query."""
    levels = [Level.COMMUNITY, Level.GRID, *([Level.DISTRICT, Level.STREET] if wide else [])]
    places = Place.objects.current().filter(level__in=levels)
    if within is not None:
        places = places.filter(path__descends=list(within))
    groups: dict[str, list[tuple[str, str]]] = {}
    areas: list[tuple[str, str]] = []
    for code, name, level, parent in places.order_by("path").values_list("code", "name", "level", "parent__name"):
        if level in (Level.DISTRICT, Level.STREET):
            areas.append((code, short_name(name)))
        elif level == Level.COMMUNITY and wide:  # what is filtered by it lies anywhere below
            groups.setdefault(short_name(name), []).insert(0, (code, short_name(name)))
        elif level == Level.COMMUNITY:
            groups.setdefault(short_name(name), []).insert(0, (code, _("%(name)s, grid not known") % {"name": short_name(name)}))
        else:
            groups.setdefault(short_name(parent or ""), []).append((code, name))
    return [("", empty), *areas, *groups.items()]


def category_groups(*, empty: Any = "") -> list[Any]:
    """The leaves of the charter in force under their branches."""
    charter = charter_in_force()
    return [("", empty), *_grouped(charter.id, charter.sha256, get_language())]


@lru_cache(maxsize=16)
def _grouped(key: str, sha256: str, language: str | None) -> Groups:
    """What every form that takes a category in asks for: the same until another charter is in force."""
    return grouped(charter_in_force())
