"""Acts that can't be done, said to the person where they can mend it.

An action raises ``Refusal`` (or ``Conflict``); a page with a form catches it and calls ``onto(form)``, so that it stands at the field.
Uncaught, ``frame.middleware.Outage`` turns it into a page of its own (422, or 409) that gives back what was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _


class Unready(Exception):
    """A fresh installation: nothing is broken, but what all work stands on is not set up yet. Uncaught: a page of its own (503)."""


class Refusal(Exception):
    """An act that can't be done, and why.

    ``message`` is for the user, lazily translated; ``field`` is the form field it is about ("" for the act as a whole); ``code`` is for
    tests and the API («late», «no_owner»), never shown. ``params`` fill the message's ``%(name)s``.
    """

    status = 422

    def __init__(self, message: Any, *, field: str = "", code: str = "refused", params: dict[str, Any] | None = None) -> None:
        super().__init__(code)  # the code, not the message: what the log may hold
        self.text, self.field, self.code, self.params = message, field, code, params or {}

    @property
    def message(self) -> str:
        return str(self.text) % self.params if self.params else str(self.text)

    def __str__(self) -> str:
        return f"{self.code}: {self.field}" if self.field else self.code

    def onto(self, form: forms.BaseForm) -> None:
        """Put the message at the field; on the form as a whole where the form has no such field."""
        where = self.field if self.field in form.fields else NON_FIELD_ERRORS
        form.add_error(where if where != NON_FIELD_ERRORS else None, ValidationError(self.message, code=self.code))


class Conflict(Refusal):
    """Somebody else was quicker. ``changed`` says what is different now, one line each, newest last."""

    status = 409

    def __init__(
        self, message: Any, *, changed: Sequence[Any] = (), field: str = "", code: str = "conflict", params: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message, field=field, code=code, params=params)
        self.changed = list(changed)


class Used(Refusal):
    """The number that makes a retry the same act was used for something else: nothing is made, and what it made is told to nobody."""

    def __init__(self) -> None:
        super().__init__(_("This form was used for something else already. Copy what you wrote and open it again."), code="used")


def refusal_page(request: HttpRequest, refusal: Refusal, *, back: str = "") -> HttpResponse:
    """A page of its own for a refusal no form caught: the reason, what changed, and what was typed, to copy or send again.

    ``back`` is the address of the thing as it is now (by default the page the request was sent to).
    """
    from linli.frame.errors import kept_page

    template = "frame/errors/conflict.html" if isinstance(refusal, Conflict) else "frame/errors/refused.html"
    context = {"refusal": refusal, "changed": getattr(refusal, "changed", ()), "back": back or request.path}
    return kept_page(request, template, refusal.status, context)
