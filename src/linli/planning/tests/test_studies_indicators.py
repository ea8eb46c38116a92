"""Composite indicators on pages: the site's own figures, tables that are brought, comparisons, and what is weighted otherwise the next time."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone, translation

from linli.charter.store import charter_in_force
from linli.measures import periods
from linli.measures.models import Month
from linli.planning.models import Study, StudyState
from linli.planning.reading import Source
from linli.planning.studies import actions, figures
from linli.planning.studies.kinds import kinds
from linli.planning.studies.shown import Shown
from linli.planning.tests.test_studies import client_of, file, new_url, url

PLACES = "名称,办结率,超期\n甲,95%,3\n乙,88%,1\n丙,70%,9\n"
CHOSEN = "办结率,高,3\n超期，低，1"
DATA = {
    "level": "community", "period": "last-month", "chosen": CHOSEN, "weights": "given", "pairs": "", "table": "saaty", "anyway": False, "scale": "range",
    "missing": "mean", "shake": 10, "seed": 1, "note": "",
}  # fmt: skip
FORM = {k: "" if v is False else str(v) for k, v in DATA.items()}
TABLE = {"source": Source("数值.csv", PLACES.encode())}


def asked(block, brought=None, earlier=None, **more) -> Study:
    row = actions.ask_study(
        by=block.coordinator, kind=kinds()["indicators"], place=block.s1, data=DATA | more, brought=brought, earlier=earlier, at_once=True
    )
    return Study.objects.with_state().select_related("place", "made_by", "charter").get(pk=row.pk)


@pytest.fixture
def desk(block) -> Client:
    return client_of(block.coordinator)


@pytest.fixture
def counted(block) -> list[str]:
    """Figures of last month of the street's two communities; the names of two measures, of which the second is told of one community alone."""
    day = periods.named("last-month", timezone.localdate()).since
    for place, key, good in ((block.c1, "closing", 9), (block.c2, "closing", 5), (block.c1, "satisfied", 8)):
        Month.objects.create(place=place, measure=key, part="", day=day, numerator=good, denominator=10)
    return [next(name for name, m in figures.rankable().items() if m.key == key) for key in ("closing", "satisfied")]


def test_communities_are_ranked_by_what_is_counted_here(block, counted):
    row = asked(block, chosen=f"{counted[0]},高,3\n{counted[1]},高,1")
    assert row.said == StudyState.DONE
    assert [(r["name"], r["rank"], r["values"][counted[0]]) for r in row.result["rows"]] == [("都兰社区", 1, 90.0), ("昆仑社区", 2, 50.0)]
    assert (row.result["figures"]["filled"], row.result["figures"]["weights"]) == (1, {counted[0]: 0.75, counted[1]: 0.25})
    shown = Shown(row)
    with translation.override("en"):
        assert any(line.startswith("1 values are missing; the mean of the others stands for them: ") for line in shown.words)
        *values, which = [c.value(row.result["rows"][1]) for c in shown.parts.sheets[2].columns]
    assert (values[0], {str(v) for v in values[1:]}, which) == ("昆仑社区", {"50.0", "80.0 (filled in)"}, counted[1])
    assert len(shown.parts.sheets) == 3
    refused = kinds()["indicators"]
    with pytest.raises(actions.Unanswerable):
        actions.ask_study(
            by=block.coordinator, kind=refused, place=block.s1, data=DATA | {"chosen": f"{counted[1]},高,1", "missing": "refuse"}
        )


def test_what_the_form_begins_with_can_be_sent_as_it_is(block, counted, desk, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = desk.get(new_url("indicators", block.s1))
    usual = page.context["form"].initial
    assert usual["chosen"].count("\n") == len(figures.usual(charter_in_force())) - 1
    answer = desk.post(new_url("indicators", block.s1), FORM | {"chosen": f"{counted[0]},高,3\n{counted[1]},高,1"})
    assert answer.url == url("", Study.objects.get())
    ours = kinds()["indicators"].demo(block.d, charter_in_force())
    assert ours["pairs"].count("\n") + 1 == 15


def test_pairs_are_compared_in_rows_whose_agreement_is_told_before_anything_is_worked_out(block, desk):
    names = "甲,高\n乙,高\n丙,低"
    sent = {k: v for k, v in FORM.items() if k != "pairs"} | {
        "chosen": names, "weights": "experts", "pairs-first": ["甲", "甲", "乙"], "pairs-second": ["乙", "丙", "丙"], "pairs-ratio": ["3", "1/9", "5"],
        "note": "比一比",
    }  # fmt: skip
    looked = desk.post(new_url("indicators", block.s1), sent | {"look": "1"})
    page = looked.content.decode()
    assert (looked.status_code, looked.context["form"].is_bound, Study.objects.count()) == (200, False, 0)
    assert "一致性比例" in page
    assert "自相矛盾" in page
    assert "矛盾最大的是" in page
    assert page.count('name="pairs-ratio"') == 3
    assert 'value="比一比"' in page
    table = "名称,甲,乙,丙\nA,1,2,3\nB,3,1,1\n"
    missed = desk.post(new_url("indicators", block.s1), sent | {"chosen": names + "\n丁,高", "source": file("值.csv", table)})
    assert "甲 : 丁" in str(missed.context["form"].errors["pairs"])
    assert missed.content.decode().count('name="pairs-ratio"') == 6  # those said stay, those missing are asked
    desk.post(new_url("indicators", block.s1), sent | {"pairs-ratio": ["3", "5", "2"], "source": file("值.csv", table)})
    row = Study.objects.get()
    assert row.options["pairs"] == "甲, 乙, 3\n甲, 丙, 5\n乙, 丙, 2"
    assert bytes(row.files.get(role="experts").data).decode() == "first,second,ratio\n甲,乙,3\n甲,丙,5\n乙,丙,2\n"


def test_weights_that_say_nothing_are_told_at_their_field(block, desk):
    sent = FORM | {"chosen": "甲,高,0\n乙,高,0", "source": file("值.csv", "名称,甲,乙\nA,1,2\nB,3,1\n")}
    assert list(desk.post(new_url("indicators", block.s1), sent).context["form"].errors) == ["chosen"]
    chosen = file("项.csv", "指标,方向\n甲,高\n乙,高\n")
    sent = FORM | {"weights": "experts", "source": file("值.csv", "名称,甲,乙\nA,1,2\nB,3,1\n"), "indicators": chosen}
    errors = desk.post(new_url("indicators", block.s1), sent | {"pairs": "丙,丁,2"}).context["form"].errors
    assert list(errors) == ["experts"]
    assert not Study.objects.exists()


def test_weights_come_from_comparisons_and_the_next_study_tells_what_changed(block, desk, django_assert_max_num_queries):
    first = asked(block, TABLE, weights="experts", pairs="办结率，超期，3")
    assert first.result["figures"]["weights"] == {"办结率": 0.75, "超期": 0.25}
    assert {f.role: f.own for f in first.files.all()} == {"source": False, "indicators": True, "experts": True}
    form = desk.get(f"{new_url('indicators', block.s1)}&from={first.uid}").context["form"]
    assert (form.initial["weights"], form.initial["shake"]) == ("experts", 10)
    sent = desk.post(new_url("indicators", block.s1), FORM | {"from": str(first.uid), "weights": "experts", "pairs": "办结率,超期,1/4"})
    second = Study.objects.exclude(pk=first.pk).get()
    assert sent.url == url("", second)
    assert second.former == first
    actions.run_study(None, second.pk)
    with django_assert_max_num_queries(12):
        page = desk.get(url("", second)).content.decode()
    assert url("", first) in page
    assert "75.0" in page
    assert "20.0" in page
    assert "乙 2 → 1" in page
    assert "75.0" in desk.get(url("print", second)).content.decode()
    actions.drop_study(by=block.coordinator, study=first)
    second.refresh_from_db()
    assert second.former is None
    assert desk.get(url("", second)).status_code == 200


def test_an_answer_is_the_same_again_and_tells_its_places_on_a_map(block, counted):
    row = asked(block, chosen=f"{counted[0]},高,1", weights="entropy")
    assert json.dumps(row.result, allow_nan=False)
    actions.run_again(None, row.pk)
    row.refresh_from_db()
    assert row.checked_same
    block.c1.shape = block.g1.shape
    block.c1.save()
    assert [m.id for m, _body in Shown(asked(block, chosen=f"{counted[0]},高,1")).drawn] == [block.c1.code]


def test_a_place_of_which_nothing_is_known_is_in_no_ranking(block):
    table = Source("数值.csv", (PLACES + "丁,,\n").encode())
    row = asked(block, {"source": table})
    assert (len(row.result["rows"]), row.result["figures"]["left_out"]) == (3, ["丁"])
    assert any("丁" in line for line in Shown(row).words)


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("chosen", {"chosen": "信访量,低,1"}),
        ("chosen", {"chosen": "办结率,好,1"}),
        ("chosen", {"chosen": "办结率,高,1\n办结率,高,2"}),
        ("chosen", {"chosen": ""}),
        ("pairs", {"weights": "experts"}),
        ("pairs", {"weights": "experts", "pairs": "办结率,超期,三"}),
        ("shake", {"shake": "0"}),
        ("scale", {"scale": "x"}),
    ],
)
def test_what_is_wrong_in_the_form_is_said_at_the_field(block, desk, field, more):
    answer = desk.post(new_url("indicators", block.s1), FORM | more)
    assert field in answer.context["form"].errors
    assert not Study.objects.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"chosen": "办结率,高,1\n民族,高,1"}, "民族"),
        ({"weights": "experts", "pairs": "办结率,超期,40"}, "40"),
    ],
)
def test_what_cannot_be_ranked_is_told_before_it_is_worked_out(block, desk, more, said):
    answer = desk.post(new_url("indicators", block.s1), FORM | more | {"source": file("数值.csv", PLACES)})
    assert answer.status_code == 422
    assert said in " ".join(answer.context["problems"])
