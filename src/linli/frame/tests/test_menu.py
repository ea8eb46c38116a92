"""The menu shows what a post may do and what exists, and nothing else."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch

from linli.charter.schema import ABILITIES
from linli.frame import menu
from linli.frame.menu import Entry, entries

PAGES = {"web:desk": "/desk/", "room:list": "/list/", "room:other": "/other/"}


def resolve(name: str) -> str:
    try:
        return PAGES[name]
    except KeyError:
        raise NoReverseMatch(name) from None


HOME = Entry("home", "Home", ("web:desk",), "house", key="h")
LIST = Entry("list", "List", ("room:new_list", "room:list"), "list", ("thing.see",), "l", ("room",))
OTHER = Entry("other", "Other", ("room:other",), "book", ("thing.see", "thing.do"))
GONE = Entry("gone", "Gone", ("room:nowhere",), "x-lg")


def slugs(abilities, view="", which=(HOME, LIST, OTHER, GONE)):
    return [s.slug for s in entries(which, abilities, view=view, resolve=resolve)]


def test_an_entry_needs_one_of_its_abilities():
    assert slugs(frozenset()) == ["home"]
    assert slugs(frozenset({"thing.see"})) == ["home", "list", "other"]
    assert slugs(frozenset({"thing.do"})) == ["home", "other"]


def test_a_page_that_does_not_exist_is_not_offered():
    assert "gone" not in slugs(None)


def test_the_first_page_that_exists_is_used():
    assert entries([LIST], None, resolve=resolve)[0].href == "/list/"


def current(view):
    return [s.slug for s in entries((HOME, LIST, OTHER), None, view=view, resolve=resolve) if s.current]


def test_the_room_one_is_in_is_marked_and_a_page_of_its_own_goes_first():
    assert current("room:detail") == ["list"]
    assert current("room:other") == ["other"]
    assert current("web:desk") == ["home"]
    assert current("") == []


def test_the_desk_has_at_most_eight_entries_with_different_keys():
    assert len(menu.DESK) <= 8
    keys = [e.key for e in menu.DESK if e.key]
    assert len(keys) == len(set(keys))
    assert all(len(k) == 1 and k.isalpha() for k in keys)


def test_the_phone_has_four_tabs():
    assert len(menu.PHONE) == 4


@pytest.mark.parametrize("entry", menu.DESK, ids=lambda e: e.slug)
def test_entries_ask_for_abilities_a_charter_can_give(entry):
    assert set(entry.abilities) <= set(ABILITIES)
