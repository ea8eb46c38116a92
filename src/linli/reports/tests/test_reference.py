"""docs/measures.md is made from the declarations, and all of these can be understood in both languages."""

from __future__ import annotations

import re

from linli.charter.schema import RATES
from linli.measures import reference
from linli.measures.declare import measures


def test_the_committed_document_is_what_the_declarations_say_today():
    assert reference.FILE.read_text(encoding="utf-8") == reference.generate(), "run: python -m linli.measures.reference"


def test_every_measure_says_what_it_counts_in_both_languages():
    for m in measures().values():
        for name in (m.name, m.meaning):
            assert re.search(r"[\u4e00-\u9fff]", name.zh), m.key
            assert name.en, m.key
            assert not re.search(r"[\u4e00-\u9fff]", name.en), m.key
        assert len(m.key) <= 24


def test_a_charter_can_set_a_goal_for_every_share_and_for_nothing_else():
    assert {m.key: m.better for m in measures().values() if m.kind == "share"} == RATES
