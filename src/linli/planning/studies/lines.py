"""Small tables typed into a form: one thing a line, its parts with commas between."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST = 200
COMMA = re.compile(r"[,\uff0c\u3001\t]")


def parts(text: str) -> list[list[str]]:
    """The lines that say something; a line whose later parts are all empty says nothing."""
    split = [[part.strip() for part in COMMA.split(line)] for line in text.splitlines()]
    return [line for line in split if any(line[1:]) or (len(line) == 1 and line[0])]


def counts(text: str) -> dict[str, float]:
    """Lines of a name and a number."""
    return {line[0]: float(line[1]) for line in parts(text)}


def typed(rows: Sequence[Sequence[Any]]) -> str:
    return "\n".join(", ".join(str(cell) for cell in row) for row in rows)


class LinesField(forms.CharField, ABC):
    """A text area of such lines. Subclasses check a line."""

    def __init__(self, *, rows: int = 6, **kwargs: Any) -> None:
        if self.widget is forms.TextInput:
            kwargs["widget"] = forms.Textarea(attrs={"rows": rows})
        super().__init__(max_length=20_000, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        lines = parts(text)
        if len(lines) > MOST:
            raise ValidationError(_("These are more than %(n)s lines. Bring a file.") % {"n": MOST})
        names = [tuple(line[: self.key]) for line in lines]
        wrong = [said for line in lines if (said := self.wrong(line))]
        wrong += [_("«%(name)s» is there twice.") % {"name": ", ".join(n)} for n in dict.fromkeys(names) if names.count(n) > 1]
        if wrong:
            raise ValidationError([ValidationError(said) for said in wrong[:10]])
        return text

    key = 1  # parts that name a line

    @abstractmethod
    def wrong(self, line: list[str]) -> str:
        """What is wrong with it, or ""."""


class CountsField(LinesField):
    """Lines of a name and a number from 0 to ``high``; ``names``: the only ones there can be, where they are known."""

    def __init__(self, *, high: int = 1_000_000, whole: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.high, self.whole = high, whole
        self.names: Sequence[str] = ()

    def wrong(self, line: list[str]) -> str:
        said = ", ".join(line)[:60]
        if len(line) != 2 or not re.fullmatch(r"\d{1,7}(\.\d+)?" if not self.whole else r"\d{1,7}", line[1]) or float(line[1]) > self.high:
            return _("«%(line)s»: a name, a comma and a number from 0 to %(high)s are needed.") % {"line": said, "high": f"{self.high:,}"}
        if self.names and line[0] not in self.names:
            return _("«%(line)s»: there is no such name here.") % {"line": said}
        return ""
