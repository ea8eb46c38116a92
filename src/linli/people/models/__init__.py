"""The population register: who lives where, from when to when; what units there are in a building; who is visited so as not to be forgotten.

Household ≠ dwelling ≠ person. Every row carries the ``path`` of its place, and the database gives the product's role only rows below
places opened for the transaction (``access.rls``). Nothing is overwritten: what a change replaces is kept by a trigger (``Past``), and
without an open change the trigger refuses. Identity numbers and telephones lie in ``Secret``, whose sealed column that role can't read.
"""

from __future__ import annotations

from linli.people.models.base import PeriodQuerySet, RegisterQuerySet
from linli.people.models.base import _Period as _Period  # migrations call it by this name
from linli.people.models.handing import Handout, Takeout
from linli.people.models.keeping import Batch, Change, Past, Touched
from linli.people.models.living import (
    Custody,
    Ended,
    Household,
    Membership,
    Person,
    Registered,
    Residence,
    Role,
    Secret,
    Sex,
    Tenure,
    Unit,
    UnitKind,
)
from linli.people.models.sheets import ImportColumn, ImportFile, ImportPiece, Pair

__all__ = [
    "Batch",
    "Change",
    "Custody",
    "Ended",
    "Handout",
    "Household",
    "ImportColumn",
    "ImportFile",
    "ImportPiece",
    "Membership",
    "Pair",
    "Past",
    "PeriodQuerySet",
    "Person",
    "RegisterQuerySet",
    "Registered",
    "Residence",
    "Role",
    "Secret",
    "Sex",
    "Takeout",
    "Tenure",
    "Touched",
    "Unit",
    "UnitKind",
]
