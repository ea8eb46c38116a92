"""Call-backs, the ladder that presses on late work, and when matters of a place recur, as a charter says them."""

from __future__ import annotations

import pytest

from linli.charter.explain import explain
from linli.charter.linter import lint
from linli.charter.loader import CharterError
from linli.charter.schema import Duration, Recurring
from linli.charter.tests.factories import POSTS, PROCEDURE, small_charter

CALL = """
[[step]]
id = "call"
name = { zh = "回访", en = "Call back" }
actor = "desk"
action = "callback"
within = "P1D"
returns = 2
shares = "rate"
exhausted = "END closed"
on = { satisfied = "END closed", dissatisfied = "handle", explained = "END disputed", unreached = "call" }
"""
LADDER = """
[[rung]]
id = "urge"
name = { zh = "催办", en = "Urging" }
does = "urge"
after = "P1D"

[[rung]]
id = "supervise"
name = { zh = "督办", en = "Supervision" }
does = "supervise"
after = "P2D"
by = "coordinator"
within = "P2D"
requires = { zh = "说明原因", en = "Say why" }
steps = ["handle"]
"""
CALLING = PROCEDURE.replace('silent = "END closed"', 'silent = "call"') + CALL
POSTS_OF = POSTS.replace('"flow.approve", ', '"flow.approve", "flow.supervise", ') if '"flow.approve", ' in POSTS else POSTS


def codes(text: str) -> set[str]:
    return {f.code for f in lint(small_charter(procedure=text, posts=POSTS_OF))}


def test_a_call_back_and_a_ladder_lint_clean_and_are_explained_in_both_languages():
    charter = small_charter(procedure=CALLING + LADDER, posts=POSTS_OF)
    assert lint(charter) == []
    assert charter.procedures["matter"].ladder("accept") == charter.procedures["matter"].rungs[:1]
    zh, en = explain(charter, "zh"), explain(charter, "en")
    assert "与“评价”合计至多" in zh
    assert "上一级满 2 个工作日，督办，由" in zh
    assert "2 working days after the rung before" in en


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CALLING.replace('shares = "rate"', 'shares = "rat"'), "shares-unknown:matter/call"),
        (CALLING.replace('shares = "rate"', 'shares = "accept"'), "shares-unknown:matter/call"),
        (CALLING.replace('shares = "rate"\nexhausted = "END closed"\n', 'shares = "rate"\n'), "unreached-back:matter/call"),
        (CALLING.replace('exhausted = "END disputed"', 'exhausted = "call"'), "shares-back:matter/call"),
        (
            CALLING.replace('action = "callback"', 'action = "callback"\nneeds = []').replace("returns = 2\nshares", "shares"),
            "unbounded:matter/call.unreached",
        ),
        (PROCEDURE + LADDER.replace('by = "coordinator"', 'by = "worker"'), "rung-by:matter/supervise"),
        (PROCEDURE + LADDER.replace('by = "coordinator"', 'by = "nobody"'), "rung-by:matter/supervise"),
        (PROCEDURE + LADDER.replace('within = "P2D"\nrequires', "requires"), "rung-within:matter/supervise"),
        (PROCEDURE + LADDER.replace('steps = ["handle"]', 'steps = ["handel"]'), "rung-step:matter/supervise"),
        (PROCEDURE + LADDER.replace('after = "P1D"', 'after = "P1D"\nby = "desk"'), "rung-idle:matter/urge"),
    ],
)
def test_what_is_wrong_with_them_is_said(text, code):
    assert code in codes(text)


@pytest.mark.parametrize("wrong", ['does = "shout"', "does = 1"])
def test_a_rung_that_does_something_else_is_refused(wrong):
    with pytest.raises(CharterError):
        small_charter(procedure=PROCEDURE + LADDER.replace('does = "urge"', wrong), posts=POSTS_OF)


def test_when_matters_recur_is_the_charters_own_or_the_usual():
    assert small_charter().recurring == Recurring(3, 90)
    assert small_charter(more="\n[recurring]\ntimes = 4\ndays = 30\n").recurring == Recurring(4, 30)
    with pytest.raises(CharterError):
        small_charter(more="\n[recurring]\ntimes = 1\n")


def test_a_charter_from_before_has_no_ladder_and_no_call_back():
    procedure = small_charter().procedures["matter"]
    assert procedure.rungs == ()
    assert all(s.action != "callback" and not s.shares for s in procedure.steps.values())
    assert procedure.within == Duration(days=30)
