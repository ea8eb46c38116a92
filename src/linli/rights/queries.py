"""Residents' requests as pages show them. Read within what is opened."""

from __future__ import annotations

from typing import Any

from linli.people.actions.handing import Opened
from linli.people.models import Person
from linli.rights.actions import of_person, taken

SHOWN = 50


def own(link: Opened, person: Person) -> dict[str, Any] | None:
    """For the resident's own page: what they asked, how it stands, by when they are answered. None where nothing can be asked here."""
    asked = list(of_person(person.pk).select_related("flow").order_by("-at", "-pk")[:SHOWN])
    return {"asked": asked, "open": taken()} if asked or taken() else None


def copied(person: Person) -> list[dict[str, Any]]:
    """Everything they asked, for their own copy."""
    return [
        {
            "number": r.flow.subject_ref, "what": str(r.get_kind_display()), "about": str(r.get_item_display()), "words": r.words, "at": r.at,
            "state": str(r.get_state_display()), "decided_at": r.decided_at, "answer": r.answer,
        }
        for r in of_person(person.pk).select_related("flow").order_by("-at", "-pk")
    ]  # fmt: skip
