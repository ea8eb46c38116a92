"""Work follows its place: under the new name, and to the new street's people where a community moved. Who had it keeps it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from linli.flow.models import Flow
from linli.places.followers import Ending, Succession, carry


def take_over(change: Succession) -> None:
    """All work, closed work too: whoever answers for the place now reads its past."""
    carry(Flow, change)


def leave(ending: Ending) -> None:
    """Raises ValidationError while work about the place is open, wherever it lies by now."""
    if left := Flow.objects.filter(place=ending.place, end="").count():
        raise ValidationError(
            _("Open work about %(name)s: %(count)s. Have it finished first.") % {"name": ending.place.name, "count": left}
        )
