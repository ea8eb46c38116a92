"""QR codes for slips and papers."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def square(link: str) -> SafeString:
    """A QR code as inline SVG without style or size of its own: whoever shows it says how large, and all of it is seen."""
    drawn = segno.make(link, error="m").svg_inline(border=2, svgclass=None, lineclass=None, omitsize=True)
    return mark_safe(drawn)  # noqa: S308  (segno draws modules from the link; no text of it gets into the SVG)
