"""What people and rooms are held to, in a charter: read, inherited, refused with the line."""

from __future__ import annotations

import pytest

from linli.charter.loader import find, load, parse
from linli.charter.problems import CharterError
from linli.charter.schema import Staffing
from linli.charter.tests.factories import small_charter, small_sources


def test_a_charter_that_says_nothing_has_the_usual_norms():
    assert small_charter().staffing == Staffing(274, 822, 800, 1000, 1000, 50, 100)
    assert load(find("qingshan")).staffing == Staffing()


def test_norms_are_read():
    found = small_charter(more="[staffing]\nworker = 400\nworker_residents = 0\nchair = 800\nspace = 600\nspace_each = 200\n").staffing
    assert found == Staffing(400, 0, 800, 600, 1000, 50, 200)


@pytest.mark.parametrize("line", ["space_each = 0", "worker = -1", 'chair = "many"', "desks = 3"])
def test_what_is_no_norm_is_refused_with_the_line(line):
    with pytest.raises(CharterError):
        parse(small_sources(more=f"[staffing]\n{line}\n"))
