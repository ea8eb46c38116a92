"""The icons the product uses, drawn from one npm package into one sprite file.

A closed list (icons.txt): a name that isn't in it fails the first time a template uses it, in the tests and not in front of a resident.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

from linli.conf.home import Home
from linli.frame.assets import NODE

SERVED = "vendor/icons.svg"
NAMES = tuple(Path(__file__).with_name("icons.txt").read_text().split())
_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.S)


def sprite(node: Path = NODE) -> bytes:
    """One SVG with a <symbol> for each icon. Raises FileNotFoundError where the package isn't installed."""
    symbols = []
    for name in NAMES:
        found = _BODY.search((node / "bootstrap-icons" / "icons" / f"{name}.svg").read_text())
        if found is None:
            raise ValueError(f"icon {name} is not an SVG file")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 16 16">{" ".join(found[1].split())}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode()


def drawn() -> Path | None:
    """The sprite as a file in the data folder's cache, drawn again only when its content changes. None without the package."""
    try:
        content = sprite()
    except FileNotFoundError:
        return None
    file = Home().data / "cache" / f"icons-{hashlib.sha256(content).hexdigest()[:12]}.svg"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_suffix(".part")
        half.write_bytes(content)
        half.replace(file)
    return file


class SpriteFinder(BaseFinder):
    """Serves the sprite under ``vendor/icons.svg``."""

    def find(self, path, find_all=False, **kwargs):
        file = drawn() if path == SERVED else None
        if find_all:
            return [str(file)] if file else []
        return str(file) if file else []

    def list(self, ignore_patterns) -> Iterator[tuple[str, FileSystemStorage]]:
        if file := drawn():
            yield SERVED, _OneFile(file)


class _OneFile(FileSystemStorage):
    """The sprite as collectstatic wants it: a storage that knows one name."""

    def __init__(self, file: Path):
        super().__init__(file.parent)
        self.file, self.prefix = file, ""

    def path(self, name):
        return str(self.file) if name == SERVED else super().path(name)
