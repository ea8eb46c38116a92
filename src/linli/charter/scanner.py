"""Where each key of a TOML text stands. ``tomllib`` gives values without positions; this gives positions without values.

The text has to be valid TOML (``tomllib`` has read it before). Lines count from 1.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]

_QUOTES = "\"'"


def scan(text: str) -> dict[Path, int]:
    """Line of every table, key and array element, by its path: ``("step", 2, "on", "return") -> 41``."""
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]
        self.lines: dict[Path, int] = {}
        self.last: dict[Path, int] = {}  # index of the newest element of each array of tables

    def run(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip_blank():
            table = self._statement(table)
        return self.lines

    def _statement(self, table: Path) -> Path:
        if self.text[self.at] == "[":
            return self._header()
        self._pair(table)
        return table

    def _header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``: the path all following keys hang from."""
        line = self._line()
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        *front, final = self._key()
        self.at = self.text.index("]", self.at) + (2 if many else 1)
        path: Path = ()
        for part in front:
            path = self._into(path, part, line)
        if many:
            array: Path = (*path, final)
            self.last[array] = self.last.get(array, -1) + 1
            self.lines.setdefault(array, line)
            path = (*array, self.last[array])
        else:
            path = (*path, final)
        self.lines[path] = line
        return path

    def _into(self, path: Path, part: str, line: int) -> Path:
        """One part down a header, stepping into the newest element where the part is an array of tables."""
        path = (*path, part)
        self.lines.setdefault(path, line)
        return (*path, self.last[path]) if path in self.last else path

    def _pair(self, table: Path) -> None:
        """``key = value``, in a table or an inline table."""
        line = self._line()
        path = table
        for part in self._key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self.at = self.text.index("=", self.at) + 1
        self._value(path)

    def _key(self) -> list[str]:
        """The parts of a bare, quoted or dotted key; stops behind it."""
        parts = []
        while True:
            self._skip_spaces()
            start = self.at
            if self.text[start] in _QUOTES:
                self._string()
                parts.append(tomllib.loads(f"k = {self.text[start : self.at]}")["k"])
            else:
                while self.text[self.at].isalnum() or self.text[self.at] in "_-":
                    self.at += 1
                parts.append(self.text[start : self.at])
            self._skip_spaces()
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def _value(self, path: Path) -> None:
        self._skip_spaces()
        sign = self.text[self.at]
        if sign in _QUOTES:
            self._string()
        elif sign == "[":
            self._array(path)
        elif sign == "{":
            self._inline(path)
        else:  # number, boolean, date
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\n":
                self.at += 1

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._next_item("]"):
            self.lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._next_item("}"):
            self._pair(path)

    def _next_item(self, close: str) -> bool:
        """Steps over blanks, comments and commas to the next item; False (and behind it) at the closing sign."""
        while True:
            self._skip_blank()
            if self.text[self.at] == ",":
                self.at += 1
            elif self.text[self.at] == close:
                self.at += 1
                return False
            else:
                return True

    def _string(self) -> None:
        """Over a string of any of the four kinds."""
        quote = self.text[self.at]
        if self.text.startswith(quote * 3, self.at):
            return self._long_string(quote)
        self.at += 1
        while self.text[self.at] != quote:
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += 1
        return None

    def _long_string(self, quote: str) -> None:
        self.at += 3
        while not self.text.startswith(quote * 3, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += 3
        while self.text.startswith(quote, self.at):  # up to two quotes may stand before the closing three
            self.at += 1

    def _skip_spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def _skip_blank(self) -> bool:
        """Over spaces, line ends and comments; whether anything is left."""
        while self.at < len(self.text):
            if self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at] in " \t\r\n":
                self.at += 1
            else:
                return True
        return False

    def _line(self) -> int:
        return bisect_right(self.starts, self.at)
