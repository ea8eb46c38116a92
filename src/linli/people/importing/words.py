"""What is said of columns and rows: a sentence for everything that can be wrong, none of which repeats a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from linli.people.fields import AGES, DATE_FAULTS, ID_FAULTS, LONG_AGO, PHONE_FAULTS
from linli.people.importing.plan import CHANGED, EMPTY, NEW, SAME, WRONG
from linli.people.likeness import REASONS
from linli.people.models import Registered, Role, Tenure
from linli.people.words import FIELDS

COLUMN_NAMES: Mapping[str, Any] = {
    "name": gettext_lazy("Name"),
    "id_number": gettext_lazy("Identity number"),
    "sex": gettext_lazy("Sex"),
    "born": gettext_lazy("Date of birth"),
    "phone": gettext_lazy("Telephone"),
    "role": gettext_lazy("To the head"),
    "household": gettext_lazy("Number of the household"),
    "building": gettext_lazy("Building"),
    "unit": pgettext_lazy("of a building", "Unit"),
    "door": gettext_lazy("Door"),
    "address": gettext_lazy("Address"),
    "tenure": gettext_lazy("Lives there by"),
    "registered": gettext_lazy("Household registration"),
    "registered_at": gettext_lazy("Registered at"),
    "since": gettext_lazy("Lives there since"),
    "row": gettext_lazy("Row"),
    "number": gettext_lazy("Identity number"),
}

_FUTURE = gettext_lazy("This day is still to come.")
_UNKNOWN = gettext_lazy("This word isn't known here. Leave it empty, or use the words of the guide.")
FAULTS: Mapping[str, Any] = {
    "name.empty": gettext_lazy("The name is missing."),
    "name.long": gettext_lazy("This is too long for a name."),
    "name.digits": gettext_lazy("There are digits in the name."),
    "name.signs": gettext_lazy("A name has at least two letters, and no digits or signs."),
    "door.empty": gettext_lazy("The dwelling is missing: nobody is registered nowhere."),
    "door.unknown": gettext_lazy("There is no such dwelling in this area. Compare with the buildings under Places."),
    "door.several": gettext_lazy("Several dwellings fit. Say the building and the unit as well."),
    "door.elsewhere": gettext_lazy("The address names a community, an estate or a city that isn't of this area."),
    "door.occupied": gettext_lazy(
        "Another household is registered at this dwelling. Enter first where it moved, or enter this one on the page of the dwelling."
    ),
    "sex.unknown": gettext_lazy("Write 男 or 女."),
    "sex.disagrees": gettext_lazy("The identity number says otherwise. Put right what is wrong."),
    "sex.register": gettext_lazy(
        "The register says otherwise. Compare with the card, and correct it on the person's page if it is the register that is wrong."
    ),
    "born.missing": gettext_lazy("Without an identity number the date of birth is needed."),
    "born.disagrees": gettext_lazy("The identity number says otherwise. Put right what is wrong."),
    "born.register": gettext_lazy(
        "The register says otherwise. Compare with the card, and correct it on the person's page if it is the register that is wrong."
    ),
    "born.future": _FUTURE,
    "born.long_ago": LONG_AGO,
    "born.date": DATE_FAULTS["shape"],
    "born.no_custodian": gettext_lazy("A child under 14 needs a grown-up head of the household, who has custody."),
    "born.protected": gettext_lazy("What is kept about a child under 14 is changed only by posts that may see it."),
    "since.date": DATE_FAULTS["shape"],
    "since.future": _FUTURE,
    "since.before_birth": gettext_lazy("This is before they were born."),
    "since.before_home": gettext_lazy("This is before the household came to live there."),
    "role.unknown": _UNKNOWN,
    "role.two_heads": gettext_lazy("The household has two heads."),
    "role.no_head": gettext_lazy("Nobody of this household is its head, or the row of the head is wrong."),
    "role.head_there": gettext_lazy("The register has another head of this household. Change it on the person's page."),
    "role.head_wrong": gettext_lazy("The row of the head can't be entered, and so not this one."),
    "role.ages": AGES,
    "tenure.unknown": _UNKNOWN,
    "registered.unknown": _UNKNOWN,
    "row.twice": gettext_lazy("The same person stands in the sheet twice."),
    "number.twice": gettext_lazy("The same person stands in the sheet twice."),
    "number.elsewhere": gettext_lazy("This person is registered at another dwelling. Enter the move on the page of the household."),
    "id_number.dead": gettext_lazy("Whoever has this number is entered as dead."),
    "id_number.other_name": gettext_lazy("This number is registered under another name. Check both."),
    "id_number.other_number": gettext_lazy("Somebody of this name and birth is registered here under another number. Check both."),
    **{f"id_number.{code}": text for code, text in ID_FAULTS.items()},
    **{f"phone.{code}": text for code, text in PHONE_FAULTS.items()},
}

CHANGES: Mapping[str, Any] = {
    **FIELDS,
    "tenure": gettext_lazy("lives there by"),
    "registered": gettext_lazy("household registration"),
    "role": gettext_lazy("to the head of the household"),
}
LISTS: Mapping[str, Any] = {"role": Role, "tenure": Tenure, "registered": Registered}

TO_COME = {
    NEW: gettext_lazy("to be entered"),
    CHANGED: gettext_lazy("to be changed"),
    SAME: gettext_lazy("unchanged"),
    WRONG: gettext_lazy("can't be entered"),
    EMPTY: gettext_lazy("nothing in the columns that are taken"),
}
DONE = {
    NEW: pgettext_lazy("of a row", "entered"),
    CHANGED: pgettext_lazy("of a row", "changed"),
    SAME: gettext_lazy("unchanged"),
    WRONG: gettext_lazy("not entered"),
    EMPTY: gettext_lazy("nothing in the columns that are taken"),
}


def fault(field: str, code: str, other: int = 0) -> str:
    """«Telephone: …», with the row it stands against."""
    said = f"{COLUMN_NAMES[field]}\N{FULLWIDTH COLON}{FAULTS[f'{field}.{code}']}"
    compare = _("Compare row %(n)s.") % {"n": other}
    return f"{said} {compare}" if other else said


def explained(state: str, what: list[Any]) -> str:
    """Everything that is to be said of a row, beside its state."""
    if state == WRONG:
        return " ".join(fault(*one) for one in what)
    changed = "、".join(_changed(*name.split(":")) for name in what if name.split(":")[0] in CHANGES)
    alike = "、".join(str(REASONS[name.removeprefix("alike.")]) for name in what if name.startswith("alike."))
    return changed or (_("Perhaps registered already: %(why)s. Compare under “Entries alike”.") % {"why": alike} if alike else "")


def _changed(name: str, was: str = "", will: str = "") -> str:
    """«lives there by: own dwelling → rented», «telephone added»: numbers, birth and sex are only ever added."""
    if was:
        return _("%(what)s: %(was)s → %(will)s") % {"what": CHANGES[name], "was": LISTS[name](was).label, "will": LISTS[name](will).label}
    return str(CHANGES[name]) if name in LISTS else _("%(what)s added") % {"what": CHANGES[name]}


def fault_named(name: str) -> str:
    field, code = name.split(".", 1)
    return fault(field, code)
