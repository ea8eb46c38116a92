"""The lines of the register's history as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.people.actions.undoing import may_undo
from linli.people.models import Change

ACTS: Mapping[str, Any] = {
    "household.entered": _("Household entered"),
    "person.entered": _("Person entered"),
    "person.born": _("Birth entered"),
    "person.died": _("Death entered"),
    "people.left": _("Moved away"),
    "people.moved": _("Moved within the register"),
    "people.came": _("Moved here"),
    "people.taken": _("Registered at another dwelling from now on"),
    "person.corrected": _("Person corrected"),
    "residence.corrected": _("How they live here corrected"),
    "custody.given": _("Custody entered"),
    "group.joined": _("Entered into a visited group"),
    "group.left": _("Visits under a group ended"),
    "unit.entered": _("Unit entered"),
    "unit.left": _("Unit left"),
    "place.followed": _("The place was renamed or redrawn"),
    "register.imported": _("Entered from a sheet"),
    "people.merged": _("Two entries made one"),
    "undone": _("Taken back"),
}
FIELDS: Mapping[str, Any] = {
    "name": pgettext_lazy("person", "name"),
    "born": _("date of birth"),
    "sex": _("sex"),
    "id": _("identity number"),
    "phone": _("telephone"),
}


def lines(user, changes: Iterable[Change]) -> list[dict[str, Any]]:
    """History for ``frame/parts/history.html``, in the order given. ``by`` and ``undone_by`` are loaded."""
    return [_line(user, change) for change in changes]


def _line(user, change: Change) -> dict[str, Any]:
    undone = getattr(change, "undone_by", None)
    texts = []
    if fields := change.data.get("fields"):
        texts.append({"label": _("what"), "text": "、".join(str(FIELDS.get(f, f)) for f in fields)})
    if change.act == "undone":
        texts.append({"label": _("what"), "text": ACTS.get(change.data.get("act", ""), "")})
    if change.act.startswith("unit."):
        texts.append({"label": _("what"), "text": change.data.get("name", "")})
    if change.note:
        texts.append({"label": _("note"), "text": change.note})
    if undone:
        texts.append({"label": "", "text": _("taken back")})
    line = {
        "at": change.at,
        "what": ACTS.get(change.act, change.act),
        "who": change.by.name if change.by else "",
        "tone": "warn" if undone else "plain",
        "texts": texts,
    }
    if may_undo(user, change):
        line |= {"url": reverse("people:undo", args=[change.pk]), "url_text": _("Take this back")}
    return line
