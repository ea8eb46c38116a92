"""What all tables of the register have in common: where a row lies, and from when to when it holds."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db.models import Func, Q

from linli.places.models import PlacedQuerySet


class RegisterQuerySet(PlacedQuerySet):
    """Rows that lie somewhere in the area tree and hold residents' data."""

    def within(self, path: str):
        return self.filter(path__descends=path)

    def visible_to(self, user):
        """Those of the places the user's posts cover."""
        from linli.access.scope import scope_of

        return self.filter(scope_of(user).q("person.see"))


class _Period(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


def _once(name: str, *same: str, condition: Q | None = None) -> ExclusionConstraint:
    """Periods of the rows that are the same in ``same`` don't overlap."""
    period = (_Period("since", "until", RangeBoundary()), RangeOperators.OVERLAPS)
    return ExclusionConstraint(name=name, expressions=[*((s, RangeOperators.EQUAL) for s in same), period], condition=condition)


class PeriodQuerySet(RegisterQuerySet):
    def on(self, day):
        """Rows that hold on ``day``."""
        return self.filter(Q(until=None) | Q(until__gt=day), since__lte=day)

    def open(self):
        """Rows that have not ended."""
        return self.filter(until=None)
