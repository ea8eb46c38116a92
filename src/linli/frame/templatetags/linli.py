"""Template tags of the page frame."""

from __future__ import annotations

from django import template

register = template.Library()
