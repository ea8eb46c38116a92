"""The situations the demonstration plays and the proposals learn from: many, each its own, and those held out apart from the rest."""

import re

import pytest

from linli.charter.loader import find, load
from linli.kit.discreet import indiscretions
from linli.matters.situations import learnt_and_held, situations, terms


@pytest.fixture(scope="module")
def leaves():
    return {c.id for key in ("standard", "qingshan") for c in load(find(key)).leaves()}


def bigrams(text):
    return {text[i : i + 2] for i in range(len(text) - 1)}


def test_there_are_more_than_four_hundred_and_every_category_has_three(leaves):
    counts = dict.fromkeys(leaves, 0)
    for s in situations():
        counts[s["category"]] += 1
    assert len(situations()) >= 400
    assert min(counts.values()) >= 3
    assert set(terms()) == leaves


def test_those_held_out_are_a_hundred_of_every_category_and_always_the_same(leaves):
    learnt, held = learnt_and_held()
    assert len(held) >= 100
    assert {s["category"] for s in held} == {s["category"] for s in learnt} == leaves
    assert len(learnt) + len(held) == len(situations())
    assert not {s["title"] for s in learnt} & {s["title"] for s in held}
    assert learnt_and_held() == (learnt, held)


def test_no_text_is_another_told_again(leaves):
    """Above all none held out is one learnt from in other words: pairs of signs shared, of all they have."""
    texts = [(bigrams(re.sub(r"\W", "", s["text"])), s["title"]) for s in situations()]
    alike = [
        (a, b, round(len(x & y) / len(x | y), 2)) for n, (x, a) in enumerate(texts) for y, b in texts[:n] if len(x & y) > 0.25 * len(x | y)
    ]
    assert alike == []


def test_no_situation_holds_a_person_or_a_dwelling():
    for s in situations():
        said = " ".join(str(v) for k, v in s.items() if k not in ("category", "weight", "season", "fresh"))
        assert indiscretions(said) == [], s["title"]
