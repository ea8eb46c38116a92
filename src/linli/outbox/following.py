"""Messages and subscriptions follow their place under its new name and its new path."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from linli.outbox.models import Message, Subscription
from linli.places.followers import Ending, Succession, carry
from linli.places.ltree import rebase


def take_over(change: Succession) -> None:
    carry(Subscription, change)
    if change.moved:
        rebase(Message, change.old_path, str(change.place.path))


def leave(ending: Ending) -> None:
    """Raises ValidationError while a system is told of the place: nothing would ever reach it again."""
    if left := Subscription.objects.filter(place=ending.place, active=True).count():
        raise ValidationError(_("Subscriptions to %(name)s: %(count)s. Pause them first.") % {"name": ending.place.name, "count": left})
