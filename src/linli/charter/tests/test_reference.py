"""The reference in docs/ is made from the schema."""

from __future__ import annotations

from linli.charter import reference
from linli.charter.linter import lint
from linli.charter.rules import categories, duties, gatherings, groups, posts, procedures, steps
from linli.charter.schema import ACTIONS
from linli.charter.tests.factories import small_charter
from linli.charter.tests.test_linter import WRONG


def test_the_committed_reference_is_what_the_schema_says_today():
    assert reference.FILE.read_text(encoding="utf-8") == reference.generate(), "run: python -m linli.charter.reference"


def test_every_key_in_the_reference_has_a_meaning():
    plain = {"id", "name", "zh", "en", *ACTIONS}
    rows = [line.split("|") for line in reference.generate().splitlines() if line.startswith("| `") and line.count("|") == 5]
    assert [row for row in rows if not row[4].strip() and row[1].strip(" `") not in plain] == []


def test_every_code_the_linter_gives_is_in_the_reference():
    known = {c for module in (categories, duties, gatherings, groups, posts, procedures, steps) for c in reference.codes(module)}
    given = {f.slug for changes, _ in WRONG.values() for f in lint(small_charter(**changes))}
    assert given <= known
