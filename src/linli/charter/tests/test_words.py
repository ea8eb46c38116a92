"""Every closed word of the language has a name in both languages."""

from __future__ import annotations

from linli.charter import words
from linli.charter.schema import ABILITIES, ACTIONS, BODY_KINDS, LEVELS, PERIODS, Duration


def test_every_closed_word_has_both_names():
    tables = {
        "LEVEL": LEVELS, "ACTION": ACTIONS, "ABILITY": ABILITIES, "BODY_KIND": BODY_KINDS, "PERIOD": PERIODS,
        # what leads on besides the outcomes: the bound on ways back, and a step left by those concerned
        "OUTCOME": {o for outcomes in ACTIONS.values() for o in outcomes} | {"exhausted", "withdrawn"},
    }  # fmt: skip
    for name, closed in tables.items():
        table = getattr(words, name)
        assert set(table) == set(closed), name
        assert all(n.zh and n.en for n in table.values())


def test_durations_are_said_as_working_or_natural_time():
    said = [
        words.duration(d, lang) for d in (Duration(days=1), Duration(hours=2), Duration(hours=1, clock="natural")) for lang in ("zh", "en")
    ]
    assert said == ["1 个工作日", "1 working day", "2 个工作小时", "2 working hours", "1 小时", "1 hour"]
