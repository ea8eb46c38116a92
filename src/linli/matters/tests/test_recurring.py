"""重复诉求: the same kind at the same place again and again, seen from the place alone."""

import uuid
from datetime import timedelta
from random import Random

import pytest
from django.core.exceptions import PermissionDenied

from linli.charter.store import charter_of
from linli.frame.refusal import Refusal
from linli.matters import actions
from linli.matters.models import Ground, Matter
from linli.matters.recurring import here, recurring_kinds
from linli.matters.reporters import ReporterInfo
from linli.matters.tests.factories import START, report
from linli.matters.tests.visiting import signed_in
from linli.matters.whereabouts import Position
from linli.measures.actions import check_measures, compute_measures

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def rubbish(town, day, **more):
    told = {"place": town.g1, "now": START - 60 * DAY + day * DAY} | more
    return report(town, **told).matter


def at(town, metres):
    """A place in the first grid, so far north of its middle."""
    lon, lat = town.point("g1")
    return {"place": None, "position": Position(lon, lat + metres / 111195)}


def test_the_third_within_ninety_days_recurs_and_those_before_do_not(town):
    old, *others = [rubbish(town, day) for day in (-95, 0, 20, 40)]
    found = [here(Matter.objects.select_related("flow").get(pk=m.pk)) for m in (old, *others)]
    assert [(h.number, h.recurs) for h in found] == [(1, False), (1, False), (2, False), (3, True)]


def test_who_raised_it_plays_no_part_and_another_kind_or_grid_none(town):
    rubbish(town, 0, reporter=ReporterInfo("甲", "13900000001"))
    rubbish(town, 1, reporter=None)
    rubbish(town, 2, place=town.g2)
    rubbish(town, 3, category="environment.road-dirty")
    third = rubbish(town, 4, reporter=ReporterInfo("乙", "13900000002"))
    assert here(third).number == 3


def test_where_positions_are_known_the_kind_says_how_far_is_still_the_same_place(town):
    rubbish(town, 0, **at(town, 0))
    rubbish(town, 1, **at(town, 90))
    rubbish(town, 2, **at(town, 180))
    assert here(rubbish(town, 3, **at(town, 0))).number == 3  # the one 180 metres off is another place


def test_kinds_about_people_are_never_looked_for(town):
    charter = charter_of(town.version)
    found = recurring_kinds(charter)
    assert "environment.rubbish" in found
    assert all(charter.categories[k].public and charter.categories[k].near for k in found)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counted_bit_by_bit_it_is_what_counting_from_nothing_gives(town, seed):
    chance = Random(seed)
    matters = [rubbish(town, chance.randint(0, 120), place=town.places[chance.choice(["g1", "g2"])]) for _ in range(7)]
    compute_measures()
    for _ in range(4):
        kind, place = chance.choice(["environment.rubbish", "environment.road-dirty"]), town.places[chance.choice(["g1", "g2"])]
        actions.correct_matter(by=town.desk, matter=chance.choice(matters), seq=None, category=kind, place=place, reason="改")
        matters.append(rubbish(town, chance.randint(0, 120)))
        compute_measures()
    assert not any(check_measures().values())


def test_the_page_lists_places_with_their_records_and_not_to_the_next_street(town, media):
    found = [rubbish(town, day) for day in range(50, 54)]
    compute_measures()
    html = signed_in(town.coordinator).get("/matters/recurring/?days=365").content.decode()
    assert found[-1].number in html
    assert f"again={found[-1].number}" in html
    assert "诉求人" not in html
    assert found[-1].number not in signed_in(town.stranger).get("/matters/recurring/?days=365").content.decode()
    assert "?again=" not in signed_in(town.coordinator).get("/matters/recurring/?days=365&kind=environment.bins").content.decode()


def test_a_number_opens_exactly_the_matters_it_counts(town, media):
    """Of those of the kind in the grid only those near enough count: the list is of these."""
    here_, there = [rubbish(town, day, **at(town, 0)) for day in (50, 51, 53)], [rubbish(town, day, **at(town, 180)) for day in (52, 54)]
    compute_measures()
    client = signed_in(town.coordinator)
    (line,) = client.get("/matters/recurring/?days=365").context["lines"]
    assert (line["most"], line["seen"]) == (3, 3)
    listed = {row.row.number for row in client.get(line["url"]).context["listing"].lines}
    assert listed == {m.number for m in here_}
    assert not listed & {m.number for m in there}
    url = client.get(f"/matters/{here_[-1].number}/").context["here"]["url"]
    assert {row.row.number for row in client.get(url).context["listing"].lines} == listed


def test_the_number_is_that_of_the_list_also_where_something_changed_since_it_was_counted(town, media):
    found = [rubbish(town, day) for day in (50, 51, 52)]
    compute_measures()
    actions.correct_matter(by=town.desk, matter=found[0], seq=None, place=town.g2, reason="改")
    client = signed_in(town.coordinator)
    (line,) = client.get("/matters/recurring/?days=365").context["lines"]
    assert line["most"] == len(client.get(line["url"]).context["listing"].lines) == 2  # as it is now, not as it was counted


def test_what_keeps_coming_before_a_matter_one_does_not_see_is_not_to_be_asked_for(town, media):
    found = [rubbish(town, day) for day in (50, 51, 52)]
    answer = signed_in(town.stranger).get(f"/matters/?again={found[-1].number}")
    assert answer.context["listing"].filters.errors
    assert [c.label for c in answer.context["listing"].chips] == []


def test_the_matters_page_says_the_how_manieth_it_is(town, media):
    for day in range(50, 52):
        rubbish(town, day)
    third = rubbish(town, 52)
    html = signed_in(town.desk).get(f"/matters/{third.number}/").content.decode()
    assert f"/matters/{third.number}/root-cause/" in html
    assert f"again={third.number}" in html


def test_the_root_cause_is_one_matter_with_those_it_is_about_as_its_grounds(town, media):
    found = [rubbish(town, day) for day in range(3)]
    request = uuid.uuid4()
    told = {
        "by": town.coordinator,
        "matter": found[-1],
        "grounds": found[:2],
        "request_id": request,
        "title": "点位不足",
        "text": "没有垃圾桶",
    }
    raised = actions.raise_root_cause(**told).matter
    assert actions.raise_root_cause(**told).matter == raised
    assert set(Ground.objects.filter(root=raised).values_list("matter", flat=True)) == {m.pk for m in found}
    html = signed_in(town.coordinator).get(f"/matters/{raised.number}/").content.decode()
    assert all(m.number in html for m in found)


def test_the_root_cause_is_not_raised_by_whoever_does_not_see_or_may_not_report(town, media):
    found = [rubbish(town, day) for day in range(3)]
    told = {"matter": found[-1], "grounds": found[:2], "request_id": uuid.uuid4(), "title": "点位不足", "text": "没有垃圾桶"}
    for who in ("auditor", "stranger"):
        with pytest.raises(PermissionDenied):
            actions.raise_root_cause(by=town.people[who], **told)
    other = rubbish(town, 4, category="environment.road-dirty")
    with pytest.raises(Refusal):
        actions.raise_root_cause(by=town.coordinator, **told | {"grounds": [other]})
    assert signed_in(town.stranger).get(f"/matters/{found[-1].number}/root-cause/").status_code == 404
    response = signed_in(town.coordinator).post(
        f"/matters/{found[-1].number}/root-cause/",
        {
            "title": "点位不足",
            "text": "没有垃圾桶",
            "category": "environment.bins",
            "grounds": [found[0].number],
            "request_id": str(uuid.uuid4()),
        },
    )
    assert response.status_code == 302
    assert Ground.objects.count() == 2


def test_a_root_cause_is_no_further_time_that_it_came_and_is_named_to_whoever_would_raise_another(town, media):
    found = [rubbish(town, day) for day in (50, 51, 52)]
    compute_measures()
    root = actions.raise_root_cause(
        by=town.coordinator,
        matter=found[-1],
        grounds=found,
        request_id=uuid.uuid4(),
        title="点位不足",
        text="没有垃圾桶",
        now=START - 7 * DAY,
    ).matter
    assert here(root).number == 1
    assert here(rubbish(town, 54)).number == 4
    compute_measures()
    assert not any(check_measures().values())
    page = signed_in(town.coordinator).get(f"/matters/{found[-1].number}/root-cause/").content.decode()
    assert root.number in page
    assert "点位不足" in page


def test_what_is_wrong_with_a_question_stands_behind_it_without_a_colon(town, media):
    found = [rubbish(town, day) for day in (50, 51, 52)]
    page = signed_in(town.coordinator).post(
        f"/matters/{found[-1].number}/root-cause/", {"title": "点位不足", "category": "environment.bins"}
    )
    assert "怎样从根子上解决？ 这一项需要填写" in page.content.decode().replace("&nbsp;", " ")
