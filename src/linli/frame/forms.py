"""How forms look: Django's own forms, drawn by the project's templates.

``{{ form }}`` draws the error summary and every field; ``{{ field.as_field_group }}`` one field with label, help, error and counter.
Django ties help and errors to the control by ``aria-describedby``. Widgets get the house's classes when they are drawn, so no form
names a class. A text field with ``max_length`` of 100 or more shows a counter.
"""

from __future__ import annotations

from django import forms
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Form and field markup from ``templates/frame/forms/``."""

    form_template_name = "frame/forms/form.html"
    field_template_name = "frame/forms/field.html"
    formset_template_name = "frame/forms/formset.html"


def kind_of(widget: forms.Widget) -> str:
    """Which layout a field gets: check | choices | file | date | select | long | text."""
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.FileInput):
        return "file"
    if isinstance(widget, forms.Select):
        return "select"
    if isinstance(widget, forms.Textarea):
        return "long"
    return "text"
