"""One set of icons, drawn from the package into one file."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from django.contrib.staticfiles import finders

from linli.frame import icons
from linli.frame.icons import NAMES, SERVED, SpriteFinder, drawn, sprite


def test_the_sprite_has_every_icon_once_and_is_well_formed():
    root = ET.fromstring(sprite())
    ids = [symbol.get("id") for symbol in root]
    assert ids == list(NAMES)
    assert len(set(ids)) == len(ids)
    assert all(len(symbol) for symbol in root)


def test_every_icon_is_used_somewhere():
    house = Path(icons.__file__).parents[1]
    files = [f for kind in ("py", "html", "js", "toml") for f in house.rglob(f"*.{kind}") if "tests" not in f.parts]
    said = {word for f in files for word in re.findall(r"""["']([a-z0-9-]+)["']""", f.read_text())}
    assert set(NAMES) - said == set()


def test_the_list_is_sorted_so_that_two_people_adding_icons_rarely_meet():
    assert list(NAMES) == sorted(NAMES)


def test_the_sprite_is_found_and_collected_under_its_served_name():
    assert finders.find(SERVED) == str(drawn())
    [(name, storage)] = SpriteFinder().list([])
    assert name == SERVED
    with storage.open(name) as file:
        assert file.read() == sprite()


def test_nothing_else_is_served_by_it():
    assert SpriteFinder().find("vendor/other.svg") == []


def test_without_the_package_pages_still_draw(tmp_path, monkeypatch):
    monkeypatch.setattr("linli.frame.icons.sprite.__defaults__", (tmp_path,))
    assert drawn() is None
    assert SpriteFinder().find(SERVED) == []
    assert list(SpriteFinder().list([])) == []
