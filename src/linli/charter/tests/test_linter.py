"""Each rule of the linter, by the mistake it finds."""
# ruff: noqa: E501 - a table of mistakes, a line each

from __future__ import annotations

from dataclasses import replace

import pytest

from linli.charter.linter import lint
from linli.charter.schema import Group, Name
from linli.charter.tests.factories import LINEAR, PROCEDURE, small_charter


def codes(charter, severity: str = "") -> set[str]:
    return {f.code for f in lint(charter) if not severity or f.severity == severity}


def test_the_small_charters_lint_clean():
    assert lint(small_charter()) == []
    assert lint(small_charter(procedure=LINEAR)) == []


# the mistake made in one piece of the small charter -> what has to be found, and nothing has to be found without it
WRONG = {
    "an unwired outcome": ({"procedure_swap": "passed = \"answer\", rework -> rework"}, "unwired:matter/check.passed"),
    "an outcome the action does not have": ({"procedure_swap": "on = { answered = -> on = { finished = \"rate\", answered ="}, "outcome-unknown:matter/answer.finished"),
    "a target that does not exist": ({"procedure_swap": "answered = \"rate\" -> answered = \"rat\""}, "target-unknown:matter/answer.answered"),
    "an end that does not exist": ({"procedure_swap": "refused = \"END refused\" -> refused = \"END refusd\""}, "target-unknown:matter/accept.refused"),
    "an exhausted way to nowhere": ({"procedure_swap": "exhausted = \"answer\" -> exhausted = \"anser\""}, "target-unknown:matter/check.exhausted"),
    "a withdrawal that ends as nothing": ({"procedure_swap": "exhausted = \"answer\" -> exhausted = \"answer\"\nwithdrawn = \"answer\""}, "withdrawn-unknown:matter/check"),
    "a start that does not exist": ({"procedure_swap": "start = \"accept\" -> start = \"acept\""}, "start-unknown:matter"),
    "an unreachable step": ({"procedure_swap": "on = { answered = \"rate\" } -> on = { answered = \"END closed\" }"}, "unreachable:matter/rate"),
    "an unbounded way back": ({"procedure_swap": "returns = 2\n -> "}, "unbounded:matter/check.rework"),
    "an exhausted way that leads back": ({"procedure_swap": "exhausted = \"answer\" -> exhausted = \"handle\""}, "exhausted-back:matter/check"),
    "time leading back with nowhere to go once used up": (
        {"procedure_swap": "exhausted = \"END disputed\"\non = { satisfied = \"END closed\", dissatisfied = \"handle\", silent = \"END closed\" } -> "
                           "on = { satisfied = \"END closed\", dissatisfied = \"END disputed\", silent = \"handle\" }"},
        "stuck:matter/rate",
    ),
    "a step with returns and no way back": ({"procedure_swap": "on = { answered = \"rate\" } -> returns = 1\non = { answered = \"rate\" }"}, "returns-unused:matter/answer"),
    "a reopening without a bound": ({"procedure_swap": "reopens = 1\n -> "}, "reopen-unbounded:matter"),
    "merging into a procedure that does not exist": ({"procedure_swap": "reopens = 1\n -> reopens = 1\nmerges = [\"urgnt\"]\n"}, "merges-unknown:matter/urgnt"),
    "an end that every procedure has by itself": ({"procedure_swap": "on = { answered = \"rate\" } -> on = { answered = \"rate\" }\n\n[[end]]\nid = \"merged\"\nname = { zh = \"并案\", en = \"Merged\" }\ngood = false\n\n"}, "end-taken:matter/merged"),
    "a reopening at a step that does not exist": ({"procedure_swap": "reopen = \"handle\" -> reopen = \"handel\""}, "reopen-unknown:matter"),
    "a missing actor": ({"procedure_swap": "actor = \"checker\" -> actor = \"cheker\""}, "actor-unknown:matter/check"),
    "an actor who may not take the step": ({"procedure_swap": "actor = \"desk\"\naction = \"accept\" -> actor = \"worker\"\naction = \"accept\""}, "ability-missing:matter/accept"),
    "not_by naming no step": ({"procedure_swap": "not_by = [\"handle\"] -> not_by = [\"handel\"]"}, "not-by-unknown:matter/check"),
    "not_by naming a step that never comes before": ({"procedure_swap": "action = \"accept\"\n -> action = \"accept\"\nnot_by = [\"accept\"]\n"}, "not-by-idle:matter/accept"),
    "escalation without grace": ({"procedure_swap": "grace = \"P1D\"\n -> "}, "no-grace:matter/handle"),
    "grace without escalation": ({"procedure_swap": "late = \"escalate\"\n -> "}, "grace-unused:matter/handle"),
    "a step without a deadline": ({"procedure_swap": "within = \"PT4H\"\n -> "}, "no-deadline:matter/accept"),
    "a step that only time can end, without a term": ({"procedure_swap": "action = \"rate\"\nwithin = \"P5D\" -> action = \"rate\""}, "no-term:matter/rate"),
    "a step longer than its procedure": ({"procedure_swap": "within = \"P30D\" -> within = \"P4D\""}, "step-longer:matter/rate"),
    "a shortest way longer than the procedure": ({"procedure_swap": "within = \"P30D\" -> within = \"P5D\""}, "way-longer:matter"),
    "a category's limit longer than its procedure": ({"matters_swap": "within = \"P3D\" -> within = \"P31D\""}, "category-longer:public.lamp"),
    "a category's limit that leaves no time for the rest": ({"matters_swap": "within = \"P3D\" -> within = \"P29D\""}, "category-longer:public.lamp"),
    "a missing route": ({"matters_swap": "route = { community = \"head\", street = \"desk\", district = \"coordinator\" } -> "
                                          "route = { community = \"head\", district = \"coordinator\" }"}, "no-route:quiet.noise@street"),
    "a route to no post": ({"matters_swap": "route = { grid = \"worker\" -> route = { grid = \"workr\""}, "route-unknown:public.lamp@grid"),
    "a route to a post further in": ({"matters_swap": "route = { community = \"head\", -> route = { community = \"worker\","}, "route-too-deep:quiet.noise@community"),
    "a category without a limit": ({"matters_swap": "within = \"P3D\"\n -> "}, "no-limit:public.lamp"),
    "a branch with a limit": ({"matters_swap": "id = \"quiet\"\n -> id = \"quiet\"\nwithin = \"P1D\"\n"}, "branch-limit:quiet"),
    "a category whose branch is missing": ({"matters_swap": "id = \"quiet.noise\" -> id = \"loud.noise\""}, "parent-unknown:loud.noise"),
    "a category without a filing condition": ({"matters_swap": "filing = { zh = \"夜间不亮\", en = \"Dark at night\" }\n -> "}, "no-filing:public.lamp"),
    "a category of a procedure that does not exist": ({"matters_swap": "within = \"P3D\" -> within = \"P3D\"\nprocedure = \"mater\""}, "procedure-unknown:public.lamp"),
    "two kinds nobody can tell apart": ({"matters_swap": "zh = \"座椅损坏\" -> zh = \"路灯不亮\""}, "same-name:public.bench"),
    "a missing body": ({"bodies_swap": "id = \"station\" -> id = \"sation\""}, "body-unknown:worker"),
    "a body on a level the charter does not have": ({"bodies_swap": "level = \"street\" -> level = \"city\""}, "level-unused:street"),
    "a body outside the area": ({"bodies_swap": "kind = \"station\" -> kind = \"station\"\nplaces = [\"370782001001\"]"}, "place-outside:station"),
    "a post that falls to nobody": ({"posts_swap": "falls_to = \"head\" -> falls_to = \"haed\""}, "falls-to-unknown:worker"),
    "a post without a ladder": ({"posts_swap": "falls_to = \"head\" -> falls_to = \"\""}, "no-ladder:worker"),
    "hours that overlap": ({"head_swap": "\"14:30-18:00\" -> \"11:30-18:00\""}, "hours-overlap:11:30"),
    "hours that end before they begin": ({"head_swap": "\"14:30-18:00\" -> \"18:00-14:30\""}, "hours-backward:18:00-14:30"),
    "no hours at all": ({"head_swap": "[\"08:30-12:00\", \"14:30-18:00\"] -> []"}, "hours-empty:hours"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "code"), WRONG.values(), ids=WRONG.keys())
def test_the_linter_finds(changes, code):
    found = lint(small_charter(**changes))
    assert code in {f.code for f in found}
    finding = next(f for f in found if f.code == code)
    assert finding.text("zh") != finding.text("en")
    assert finding.where.endswith(".toml")


def test_a_ladder_that_goes_round_is_found_with_its_circle():
    charter = small_charter()
    posts = charter.posts | {"coordinator": replace(charter.posts["coordinator"], level="street", falls_to="desk")}
    found = {f.code: f for f in lint(replace(charter, posts=posts))}
    assert "desk → coordinator → desk" in found["falls-to-cycle:desk"].en


def test_a_ladder_that_leads_downwards_is_found():
    charter = small_charter()
    posts = charter.posts | {"desk": replace(charter.posts["desk"], falls_to="worker")}
    assert "falls-down:desk" in codes(replace(charter, posts=posts))


def test_fewer_most_seats_than_least_are_found():
    charter = small_charter()
    posts = charter.posts | {"desk": replace(charter.posts["desk"], seats=(3, 2))}
    assert "seats:desk" in codes(replace(charter, posts=posts))


def test_an_unknown_ability_is_found_in_a_charter_that_was_not_loaded_from_text():
    charter = small_charter()
    posts = charter.posts | {"desk": replace(charter.posts["desk"], abilities=(*charter.posts["desk"].abilities, "matter.watch"))}
    assert "ability-unknown:desk/matter.watch" in codes(replace(charter, posts=posts))


def test_extensions_that_nobody_can_approve_are_found():
    charter = small_charter()
    posts = {id: replace(p, abilities=tuple(a for a in p.abilities if a != "flow.approve")) for id, p in charter.posts.items()}
    assert "nobody-approves:matter" in codes(replace(charter, posts=posts))


def test_joint_handling_that_nobody_can_call_is_found():
    charter = small_charter()
    posts = {id: replace(p, abilities=tuple(a for a in p.abilities if a != "flow.join")) for id, p in charter.posts.items()}
    assert "nobody-joins:matter" in codes(replace(charter, posts=posts))


@pytest.mark.parametrize("ability", ["flow.act", "post.assign", "matter.intake"])
def test_an_ability_nothing_moves_without_and_nobody_holds_is_found(ability):
    charter = small_charter()
    posts = {id: replace(p, abilities=tuple(a for a in p.abilities if a != ability)) for id, p in charter.posts.items()}
    assert f"unheld:{ability}" in codes(replace(charter, posts=posts))


def test_a_check_by_the_only_person_who_could_have_handled_it_is_found():
    charter = small_charter(procedure_swap='actor = "route" -> actor = "checker"')
    assert "not-by-alone:matter/check" not in codes(charter)
    alone = charter.posts | {"checker": replace(charter.posts["checker"], seats=(1, 1))}
    assert "not-by-alone:matter/check" in codes(replace(charter, posts=alone))


def test_a_step_from_which_no_end_can_be_reached_is_found():
    charter = small_charter(procedure_swap='on = { answered = "rate" } -> on = { answered = "answer" }\nreturns = 1')
    assert "no-way-out:matter/answer" in codes(charter)


def test_a_way_to_an_earlier_step_counts_as_back_even_where_it_could_not_go_round():
    """The flow engine counts by the order of the file; an outcome it would never offer has to be found here."""
    wired = PROCEDURE.replace('on = { answered = "rate" }', 'on = { answered = "aside" }')
    aside = wired[wired.index('[[step]]\nid = "answer"') : wired.index('[[step]]\nid = "rate"')].replace('"answer"\nname', '"aside"\nname')
    aside = aside.replace('answered = "aside"', 'answered = "rate"')
    straight = wired.replace('dissatisfied = "handle"', 'dissatisfied = "END disputed"').replace(
        'returns = 1\nexhausted = "END disputed"\n', ""
    )
    assert codes(small_charter(procedure=straight + aside)) == {"unbounded:matter/aside.answered", "stuck:matter/aside"}


def test_a_denied_group_is_found_in_a_charter_that_was_not_loaded_from_text():
    assert "denied:watch" in codes(replace(small_charter(), groups={"watch": Group("watch", Name("重点人员", "Watch"))}))


# -- arithmetic

MONTHLY = """
[[duty]]
id = "monthly"
name = { zh = "每月 80 户", en = "80 a month" }
post = "worker"
each = "month"
of = "household"
at_least = %s

[[duty]]
id = "quarterly"
name = { zh = "每季度一遍", en = "All each quarter" }
post = "worker"
each = "quarter"
of = "household"
at_least = "all"
"""


def test_eighty_a_month_do_not_make_four_hundred_a_quarter_and_the_finding_says_what_does():
    found = {f.code: f for f in lint(small_charter(more=MONTHLY % 80))}
    finding = found["duty-short:monthly"]
    assert finding.severity == "warning"
    for text in (finding.zh, finding.en):
        assert "80 × 3 = 240 < 400" in text
        assert "⌈400/3⌉ = 134" in text


def test_a_hundred_and_thirty_four_a_month_do():
    assert lint(small_charter(more=MONTHLY % 134)) == []
    assert codes(small_charter(more=MONTHLY % 133)) == {"duty-short:monthly"}


def test_duties_of_different_posts_are_not_held_against_each_other():
    assert lint(small_charter(more=(MONTHLY % 80).replace('post = "worker"', 'post = "head"', 1))) == []


def test_a_share_counts_as_its_part_of_the_grid():
    assert codes(small_charter(more=(MONTHLY % 80).replace('"all"', '"3/5"'))) == set()  # 240
    assert codes(small_charter(more=(MONTHLY % 80).replace('"all"', '"2/3"'))) == {"duty-short:monthly"}  # 267


def test_six_days_of_a_five_day_week_are_found():
    more = '\n[[duty]]\nid = "days"\nname = { zh = "下户", en = "Days" }\npost = "worker"\neach = "week"\nof = "worker-day"\nat_least = 6\n'
    assert codes(small_charter(more=more)) == {"duty-days:days"}


def test_more_households_than_the_grid_has_are_found():
    assert "duty-more:monthly" in codes(small_charter(more=MONTHLY % 500))


def test_a_duty_wider_than_its_post_is_found():
    more = (MONTHLY % 134).replace('at_least = "all"', 'at_least = 500\narea = "community"')
    assert "duty-area:quarterly" in codes(small_charter(more=more))


# -- accepting

ACCEPT = '\n[[accepted]]\nfinding = "%s"\nwhy = "as in the source"\n'


def test_an_accepted_warning_becomes_a_note_with_its_reason():
    found = lint(small_charter(more=MONTHLY % 80 + ACCEPT % "duty-short:monthly"))
    assert [(f.severity, f.why) for f in found] == [("note", "as in the source")]


def test_an_acceptance_of_what_is_not_there_is_itself_a_finding():
    found = lint(small_charter(more=ACCEPT % "duty-short:monthly"))
    assert [(f.severity, f.code) for f in found] == [("warning", "accepted-gone:duty-short:monthly")]


def test_an_error_cannot_be_accepted():
    charter = small_charter(head_swap='"14:30-18:00" -> "11:30-18:00"', more=ACCEPT % "hours-overlap:11:30")
    assert codes(charter, "error") == {"hours-overlap:11:30", "accepted-error:hours-overlap:11:30"}


def test_errors_come_before_warnings_before_notes():
    charter = small_charter(head_swap='"14:30-18:00" -> "11:30-18:00"', more=MONTHLY % 80 + ACCEPT % "duty-short:monthly" + ACCEPT % "x:y")
    assert [f.severity for f in lint(charter)] == ["error", "warning", "note"]
