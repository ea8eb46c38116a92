"""A place doesn't end while a box hangs there: it is moved or taken down first."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from linli.matters.models import Box
from linli.places.followers import Ending


def leave(ending: Ending) -> None:
    """Raises ValidationError while boxes hang at the place."""
    if hang := Box.objects.hanging().filter(place=ending.place).count():
        raise ValidationError(
            _("Opinion boxes at %(name)s: %(count)s. Move them or take them down first.") % {"name": ending.place.name, "count": hang}
        )
