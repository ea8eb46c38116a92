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
