"""How grids are divided, in a charter: read, inherited, linted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linli.charter.linter import lint
from linli.charter.loader import find, load, parse
from linli.charter.problems import CharterError
from linli.charter.schema import Dividing
from linli.charter.tests.factories import small_charter, small_sources


def test_a_charter_from_before_it_has_the_usual_norms_and_adopts_no_division():
    assert small_charter().dividing == Dividing()
    assert small_charter().dividing.procedure == ""


def test_norms_are_read_and_inherited():
    found = small_charter(more='[dividing]\ntolerance = "1/5"\nfarthest = 250\nlink = 90\nstay = 0\n').dividing
    assert found == Dividing("1/5", 250, 90, 0, "")
    assert load(find("qingshan")).dividing == load(find("standard")).dividing
    assert load(find("qingshan")).dividing.procedure == "division"


@pytest.mark.parametrize("share", ["1/1", "0/5", "tenth", "0.1"])
def test_a_tolerance_that_is_no_share_is_refused_with_the_line(share):
    with pytest.raises(CharterError) as told:
        parse(small_sources(more=f'[dividing]\ntolerance = "{share}"\n'))
    assert any(p.slug == "wrong-type" for p in told.value.problems)


def test_a_procedure_that_does_not_exist_or_is_not_for_deciding_is_found():
    def codes(key: str) -> set[str]:
        return {f.code for f in lint(small_charter(more=f'[dividing]\nprocedure = "{key}"\n'))}

    assert "dividing-procedure" in codes("nothing")
    assert any(c.startswith("dividing-step:") for c in codes("matter"))
    assert not {f.code for f in lint(load(find("qingshan"))) if f.code.startswith("dividing")}


def test_each_step_sees_the_plan_and_only_the_one_that_ends_it_well_divides():
    def codes(post: str = "", without: str = "") -> set[str]:
        posts = {id: replace(p, abilities=tuple(a for a in p.abilities if (id, a) != (post, without))) for id, p in usual.posts.items()}
        found = lint(replace(usual, posts=posts, procedures=usual.procedures | {"division": heard}))
        return {f.code for f in found if f.code.startswith("dividing")}

    usual = load(find("qingshan"))
    division = usual.procedures["division"]
    decide = division.steps["decide"]
    hear = replace(decide, id="hear", actor="committee-chair", on={"agree": "decide", "return": "END returned", "refuse": "END declined"})
    heard = replace(division, start="hear", steps={"hear": hear, "decide": decide})
    assert codes() == set()  # the chair of a committee gives an opinion, though dividing is not theirs
    assert codes("committee-chair", "plan.see") == {"dividing-may:hear@plan.see"}
    assert codes("district-coordinator", "place.edit") == {"dividing-may:decide@place.edit"}


def test_who_answers_for_a_community_and_who_audits_see_its_divisions():
    for charter in ("standard", "qingshan"):
        seeing = {p.id for p in load(find(charter)).posts.values() if "plan.see" in p.abilities}
        assert {"auditor", "committee-chair", "station-head", "street-coordinator", "district-coordinator"} <= seeing
    assert "party-secretary" in seeing
