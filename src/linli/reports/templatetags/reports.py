"""Figures in tables: a page has hundreds, so this is a tag and no included template."""

from __future__ import annotations

from django import template
from django.utils.html import format_html

from linli.reports.shown import Shown

register = template.Library()


@register.simple_tag(takes_context=True)
def figure(context, shown: Shown):
    """The number, a link to its records where the reader may see these (``linked`` in the page's context)."""
    if not (shown.url and context.get("linked")):
        return f"{shown.value}{shown.unit}"
    late = " sit-late" if shown.tone == "late" else ""
    return format_html('<a class="sit-figure{}" href="{}">{}{}</a>', late, shown.url, shown.value, shown.unit)
