"""The slip a reporter takes home: number, code, and a square to scan."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.charter.store import charter_of
from linli.frame import menu
from linli.matters.categories import category_name
from linli.matters.models import Matter


def slip_of(matter: Matter, code: str, link: str) -> dict:
    """What ``frame/parts/slip.html`` prints. No name, no telephone, no address: paper gets lost."""
    charter = charter_of(matter.flow.charter_id)
    raised = f"{timezone.localtime(matter.raised_at):%Y-%m-%d %H:%M}"
    return _slip(
        matter, code, link, _("Raised on %(day)s") % {"day": raised},
        *([category_name(charter, matter.category)] if matter.category else []),
        _("Follow it with this code, add to it, rate the answer. Keep the code: whoever has it can read the answer."),
    )  # fmt: skip


def voice_slip_of(matter: Matter, code: str, link: str) -> dict:
    """The same for somebody who told what had been raised already: it is another person's, of which they read what everybody may."""
    return _slip(
        matter,
        code,
        link,
        _("See with this code how far it is and what is answered, as far as it is public. Keep it: it is the only way back."),
    )


def _slip(matter: Matter, code: str, link: str, *lines: str) -> dict:
    return {
        "title": matter.number,
        "code": code,
        # as the page that asks for them calls them
        "title_label": _("Number"),
        "code_label": _("Follow-up code"),
        "org": menu.area_name(),
        "url": link,
        "lines": list(lines),
    }
