"""What messages to people say: texts in the rooms' own words, registered under a key, filled when they are sent.

    texts.register("matters.answered", _("Your matter %(number)s has been answered."), title=_("Answer to your matter"))

A text message holds at most ``LONGEST`` signs, so that it goes as one; a test of each room fills its texts with the longest there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

LONGEST = 70
"""Signs of one text message in Chinese (GSM 03.40, UCS-2)."""


@dataclass(frozen=True, slots=True)
class Text:
    """``says`` may hold ``%(name)s``; ``title`` heads an e-mail and names the message on the pages."""

    key: str
    says: Any
    title: Any


_TEXTS: dict[str, Text] = {}


def register(key: str, says: Any, *, title: Any) -> None:
    """In ``AppConfig.ready`` of the room that sends it. ``key``: at most 60 signs, «room.what»."""
    _TEXTS[key] = Text(key, says, title)


def known() -> Mapping[str, Text]:
    return _TEXTS


def written(key: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text in the site's language. Raises KeyError for a text nobody registered."""
    text = _TEXTS[key]
    with translation.override(settings.LANGUAGE_CODE):
        return str(text.title), str(text.says) % values


register(
    "outbox.test",
    _("This is a test of %(site)s. You need do nothing."),
    title=_("Test"),
)
