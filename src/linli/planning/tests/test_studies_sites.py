"""Siting on pages: from what is stored, with what no choice can beat; and what the form refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from linli import planning
from linli.planning.cli import Wrong, line
from linli.planning.models import Study, StudyState
from linli.planning.studies import actions
from linli.planning.studies.kinds import kinds
from linli.planning.studies.shown import Shown
from linli.planning.tests.test_studies import asked, clinic, desk, file, new_url  # noqa: F401  # fixtures
from linli.planning.words import MENDED_BY

SITES = {
    "facility": "clinic", "number": 1, "goal": "walk", "room": None, "minutes": 3.0, "pace": 80.0, "detour": 1.0, "off_way": 300.0,
    "seconds": 5, "seed": 1, "datum": "wgs84",
    "note": "",
}  # fmt: skip


@pytest.mark.parametrize(("goal", "room"), [("walk", None), ("reach", None), ("room", 500)])
def test_the_next_clinic_is_placed_and_proven(block, clinic, goal, room):  # noqa: F811
    row = asked(block, "sites", {**SITES, "goal": goal, "room": room})
    assert row.said == StudyState.DONE
    figures, shown = row.result["figures"], Shown(row)
    assert (figures["new"], figures["sites"], figures["proven"]) == (1, 2, True)
    assert figures["mean_metres"] < figures["mean_metres_before"]
    with translation.override("en"):
        assert "No choice can do better: that is proven." in shown.words
        assert shown.kind.changed(shown.answered, shown.answered)[1].startswith("Now: 2 sites, ")
    assert sum(s["households"] for s in shown.parts.sheets[0].rows) in (720, figures["within_reach"])
    assert len(shown.parts.sheets[2].rows) == 12
    assert {m.tone for m, _body in shown.drawn if m.large} == {0, 1}
    actions.run_again(None, row.pk)
    row.refresh_from_db()
    assert row.checked_same


def test_too_little_room_is_said_on_the_page(block, clinic):  # noqa: F811
    row = asked(block, "sites", {**SITES, "goal": "room", "room": 100})
    assert row.said == StudyState.FAILED
    [said] = row.problems
    labels = kinds()["sites"].form.base_fields
    assert said.startswith(f"{labels['number'].label}、{labels['room'].label}: ")


@pytest.mark.parametrize(("field", "value"), [("number", "0"), ("goal", "x"), ("room", ""), ("seconds", "999"), ("facility", "castle")])
def test_what_is_wrong_in_the_form_is_said_at_the_field(block, desk, field, value):  # noqa: F811
    form = {k: "" if v is None else str(v) for k, v in SITES.items()} | {"goal": "room", "room": "500"}
    answer = desk.post(new_url("sites", block.c1), form | {field: value})
    assert field in answer.context["form"].errors
    assert not Study.objects.exists()


def test_fewer_candidates_than_sites_are_refused_above_the_form(block, desk):  # noqa: F811
    form = {k: "" if v is None else str(v) for k, v in SITES.items()} | {"number": "3", "facility": ""}
    answer = desk.post(new_url("sites", block.c1), form | {"candidates": file("c.csv", "name,lon,lat\nA,109.9,40.65\n")})
    assert answer.status_code == 422
    [said] = answer.context["problems"]
    assert said.startswith(f"{answer.context['form'].fields['number'].label}: ")  # as the form calls it, not as the command line does


@pytest.mark.parametrize("kind", ["circles", "sites", "villages", "tours", "staff", "indicators"])
def test_what_can_be_mended_is_called_by_the_form_and_by_the_command_line_in_their_own_ways(kind):
    """No message names a flag of the command line by itself; ``options`` are those of both."""
    asked_by = kinds()[kind].form.base_fields
    known = {o for of in MENDED_BY.values() for o in of if o in asked_by}
    for option in known:
        problem = Wrong(None, "", "x", options=(option,))
        assert line(problem) == f"--{option.replace('_', '-')}: x"
        assert actions.told(kinds()[kind], [problem]) == [f"{asked_by[option].label}: x"]
    assert actions.told(kinds()[kind], [Wrong(None, "", "x", options=("nothing",))]) == ["x"]
    assert "source" not in known


def test_no_message_names_a_flag():
    text = (Path(planning.__file__).parent / "locale/zh_Hans/LC_MESSAGES/django.po").read_text()
    assert not re.findall(r"--[a-z]+", text)
