"""The views of matters beside the list itself, for those whose posts have them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.access.scope import scope_of

VIEWS = (
    ("matters:list", _("All matters"), "matter.see"),
    ("matters:calls", _("To ring up"), "matter.contact"),
    ("matters:pressings", _("Urged and supervised"), "matter.see"),
    ("matters:recurring", _("Recurring"), "matter.see"),
    ("matters:notices", _("Notices of the month"), "matter.see"),
)


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """For ``frame/parts/tabs.html``. No query."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    abilities = scope_of(request.user).abilities
    return [{"label": label, "url": reverse(name), "current": name == here} for name, label, ability in VIEWS if ability in abilities]
