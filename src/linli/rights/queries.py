"""Residents' requests as pages show them. Read within what is opened."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from linli.people.actions.handing import Opened
from linli.people.models import Person
from linli.rights.actions import taken
from linli.rights.models import OwnRequest

SHOWN = 50


def of_person(person: Person) -> QuerySet[OwnRequest]:
    """Theirs, and those of entries that were made one with theirs; the newest first."""
    same = Person.objects.filter(Q(pk=person.pk) | Q(merged_into=person.pk)).values("pk")
    return OwnRequest.objects.filter(person__in=same).select_related("flow").order_by("-at", "-pk")


def own(link: Opened, person: Person) -> dict[str, Any] | None:
    """For the resident's own page: what they asked, how it stands, by when they are answered. None where nothing can be asked here."""
    asked = list(of_person(person)[:SHOWN])
    return {"asked": asked, "open": taken()} if asked or taken() else None


def copied(person: Person) -> list[dict[str, Any]]:
    """Everything they asked, for their own copy."""
    return [
        {
            "number": r.flow.subject_ref, "what": str(r.get_kind_display()), "about": str(r.get_item_display()), "words": r.words, "at": r.at,
            "state": str(r.get_state_display()), "decided_at": r.decided_at, "answer": r.answer,
        }
        for r in of_person(person)
    ]  # fmt: skip
