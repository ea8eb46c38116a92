"""What a charter can say since disputes are mediated: labels, told, same, agreed, handover, settle."""

import pytest

from linli.charter.draw import actor_name
from linli.charter.explain import category_sentence, step_sentences
from linli.charter.linter import lint
from linli.charter.loader import find as where
from linli.charter.loader import load
from linli.charter.problems import CharterError
from linli.charter.schema import Duration
from linli.charter.tests.factories import PROCEDURE, small_charter
from linli.charter.words import outcome

CHECK = 'actor = "checker"\naction = "check"'


def codes(charter):
    return {f.code for f in lint(charter) if f.severity == "error"}


def test_a_step_calls_its_outcomes_by_their_own_words():
    p = load(where("standard")).procedures["mediation"]
    assert outcome(p.steps["mediate"], "agree", "zh") == "达成协议"
    assert outcome(p.steps["mediate"], "agree", "en") == "Agreement reached"
    assert outcome(p.steps["accept"], "accepted", "zh") == "受理"
    c = load(where("standard"))
    said = step_sentences(c, p, p.steps["mediate"], "zh")
    assert "达成协议" in said
    assert "移交" in said
    assert actor_name("same", "zh", c.posts) == "上一步的责任岗位"
    assert "不出社区" in category_sentence(c, c.categories["neighbours.leak"], "zh")
    assert p.steps["mediate"].handover == Duration(days=2)


def test_a_label_of_no_outcome_is_refused():
    charter = small_charter(procedure=PROCEDURE.replace(CHECK, CHECK + '\nlabels = { agree = { zh = "好", en = "Good" } }'))
    assert "label-unknown:matter/check.agree" in codes(charter)


def test_the_first_step_stays_with_nobody():
    charter = small_charter(procedure=PROCEDURE.replace('actor = "desk"\naction = "accept"', 'actor = "same"\naction = "accept"'))
    assert "same-first:matter/accept" in codes(charter)


def test_work_cannot_be_settled_below_where_it_begins():
    charter = small_charter(
        matters_swap='start_level = "community"\nroute = { community -> settle = "grid"\nstart_level = "community"\nroute = { community'
    )
    assert "settle-below:quiet.noise" in codes(charter)


def test_what_is_mediated_is_never_public():
    charter = small_charter(
        matters_swap='within = "P3D"\nwords = ["路灯", "灯坏了"] -> within = "P3D"\nprocedure = "mediation"\nwords = ["路灯", "灯坏了"]'
    )
    assert "dispute-public:public.lamp" in codes(charter)


def test_what_is_no_level_or_no_name_is_said_with_its_line():
    with pytest.raises(CharterError) as fault:
        small_charter(matters_swap='public = false -> public = false\nsettle = "village"')
    assert any("settle" in str(p) for p in fault.value.problems)
