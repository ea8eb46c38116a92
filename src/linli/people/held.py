"""What is held about one person, for that person: on the page, and as their copy in JSON and on paper. Read within what is opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from linli.access import records
from linli.access.models import Purpose, ReadLog
from linli.charter.store import charter_in_force
from linli.frame.templatetags.linli import named
from linli.people import queries, words
from linli.people.addresses import whole_address
from linli.people.models import Person, Residence, Secret

UP = "household__dwelling__parent__parent__parent__parent"
MOST_LOOKS = 500


def held(person: Person, numbers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Everything, in words of the page's language: dates as dates, nothing sealed. ``numbers`` as ``actions.own_numbers`` gave them."""
    return {
        "name": person.name,
        "sex": str(person.get_sex_display()),
        "born": person.born,
        "died": person.died,
        "numbers": [{"kind": str(Secret.Kind(kind).label), "value": value} for kind, value in numbers],
        "homes": [_home(r) for r in person.residences.select_related(UP).order_by("-since", "-pk")],
        "visits": _visits(person),
        "custodians": [
            {"name": c.custodian.name, "kind": str(c.get_kind_display()), "since": c.since, "until": c.until}
            for c in person.custodies.select_related("custodian").order_by("-since")
        ],
        "custody_of": [{"name": c.child.name, "since": c.since, "until": c.until} for c in person.wards.select_related("child")],
        "changes": [
            {"at": line["at"], "what": str(line["what"]), "by": line["who"], "texts": [str(t["text"]) for t in line["texts"]]}
            for line in words.lines(None, queries.history_of_person(person, 500))
        ],
        "looks": looks(person),
    }


def _home(residence: Residence) -> dict[str, Any]:
    return {
        "address": whole_address(residence.household.dwelling),
        "role": str(residence.get_role_display()),
        "tenure": str(residence.get_tenure_display()),
        "registered": " · ".join(filter(None, (str(residence.get_registered_display()), residence.registered_at))),
        "since": residence.since,
        "until": residence.until,
    }


def _visits(person: Person) -> list[dict[str, Any]]:
    groups = charter_in_force().groups
    return [
        {
            "group": named(groups[m.group].name) if m.group in groups else m.group,
            "basis": named(groups[m.group].basis) if m.group in groups and groups[m.group].basis else "",
            "purpose": m.purpose, "since": m.since, "until": m.until,
        }
        for m in person.memberships.order_by("-since")
    ]  # fmt: skip


def looks(person: Person) -> list[dict[str, Any]]:
    """Who looked at their numbers, when, at which, and what for; the latest first. What they read themselves by a link is one line a link,
    however often they turned back to it."""
    lines = ReadLog.objects.filter(subject=f"people.person:{person.pk}").select_related("by").order_by("-at")[:MOST_LOOKS]
    found, own = [], set[str]()
    for line in lines:
        by = line.by.name
        if line.purpose == Purpose.FOR_THE_PERSON:
            if line.note in own:
                continue
            own.add(line.note)
            by = _("you yourself; %(name)s had checked who you are") % {"name": by}
        found.append(
            {"at": line.at, "by": by, "fields": records.fields(line), "purpose": str(line.get_purpose_display()), "note": line.note}
        )
    return found


def filename(extension: str) -> str:
    """Says nothing of whose it is: it lies in a folder of downloads."""
    return _("My data") + f".{extension}"
