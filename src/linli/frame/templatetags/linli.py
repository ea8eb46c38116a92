"""Template tags of the page frame; built in, so no template loads them."""

from __future__ import annotations

from datetime import datetime
from html import escape

from django import template
from django.forms.utils import flatatt
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.frame import due, squares
from linli.frame.columns import Cell
from linli.frame.forms import kind_of
from linli.frame.icons import NAMES, SERVED

register = template.Library()
_KNOWN = frozenset(NAMES)


@register.simple_tag
def icon(name: str, label: str = ""):
    """An icon of the set in ``frame/icons.txt``. Decoration unless it has a ``label``. An unknown name is an error."""
    if name not in _KNOWN:
        raise template.TemplateSyntaxError(f"icon {name!r} is not in linli/frame/icons.txt")
    href = f"{static(SERVED)}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.simple_tag
def mark():
    """The product's own sign."""
    return format_html('<img class="mark" src="{}" alt="" width="28" height="28">', static("linli/mark.svg"))


@register.simple_tag
def url_if(name: str, *args, default: str = "", **kwargs) -> str:
    """``{% url %}`` that gives ``default`` where the page doesn't exist in this installation."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return default


@register.simple_tag
def deadline(due_at: datetime | str | None, done=None, hold=False, now=None) -> SafeString:
    """``frame/parts/deadline.html``, which says what it shows: without a template for each, for a page of a list has twenty. Missing template
    variables arrive as empty text."""
    none, head = _("no deadline"), _("Due")
    if not isinstance(due_at, datetime):
        return SafeString(f'<span class="quiet">{escape(none)}</span>')
    told = due.describe(due_at, done=done or None, hold=bool(hold), now=now or None)
    at = timezone.localtime(due_at)
    sign = icon("alarm") if told.state == "late" else icon("clock") if told.state == "soon" else ""
    title = f"{escape(head)} {at:%Y-%m-%d %H:%M}"
    return SafeString(f'<time class="due due-{told.state}" datetime="{at.isoformat()}" title="{title}">{sign}{escape(told.words)}</time>')


@register.filter
def square(link: str) -> SafeString:
    """The link as a QR code."""
    return squares.square(link)


@register.filter
def named(name) -> str:
    """A charter's ``Name`` in the language of the page; anything else as text."""
    if hasattr(name, "zh") and hasattr(name, "en"):
        return name.zh if (get_language() or "zh").startswith("zh") else name.en
    return "" if name is None else str(name)


@register.simple_tag
def field_kind(field) -> str:
    return kind_of(field.field.widget)


@register.simple_tag
def options(choices) -> SafeString:
    """The options of a select as Django's widget describes them: without a template and ``format_html`` for each, for there are hundreds of
    grids to choose from."""
    lines = (
        f'\n  <option value="{_escaped(o["value"])}"{flatatt(o["attrs"]) if o["attrs"] else ""}>{_escaped(o["label"])}</option>'
        for o in choices
    )
    return SafeString("".join(lines))


@register.simple_tag(takes_context=True)
def cell(context, cell: Cell) -> SafeString:
    """A cell of ``frame/parts/table.html``: without an include, a condition and a look-up for each, for a page of a list has hundreds."""
    column = cell.column
    narrow = ' class="num"' if column.kind == "number" else ' class="brief"' if column.width <= 18 else ""
    if column.template:
        with context.push(row=cell.row, value=cell.value, url=cell.url):
            inner = context.template.engine.get_template(column.template).render(context)
    elif url := cell.url:
        inner = f'<a class="row-link" href="{_escaped(url)}">{_escaped(cell.text)}</a>'
    else:
        inner = _escaped(cell.text)
        if inner and column.kind == "tag":
            inner = f'<span class="badge badge-plain">{inner}</span>'  # as frame/parts/badge.html
    return SafeString(f'<td data-label="{_escaped(column.title)}"{narrow}>{inner}</td>')


def _escaped(value) -> str:
    return value.__html__() if hasattr(value, "__html__") else escape(str(value))


@register.simple_tag
def counter_of(field) -> int:
    """How many characters a long text may have: shown and counted from 100 on, else 0. A name to sign in with isn't counted."""
    if "username" in str(field.field.widget.attrs.get("autocomplete", "")):
        return 0
    most = getattr(field.field, "max_length", None) or 0
    return most if most >= 100 else 0
