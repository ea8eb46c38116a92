"""Requests follow the community that was asked, wherever it moves."""

from __future__ import annotations

from linli.access.rls import opened
from linli.places.followers import Succession
from linli.places.ltree import rebase
from linli.rights.models import OwnRequest


def take_over(change: Succession) -> None:
    if change.moved:
        with opened([change.old_path, str(change.place.path)]):
            rebase(OwnRequest, change.old_path, str(change.place.path))
