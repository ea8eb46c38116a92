"""The charters that come with the product say what their sources say, and the demonstration's situations fit them."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import pytest

import linli
from linli.charter.linter import lint
from linli.charter.loader import find, load
from linli.charter.schema import ABILITIES, Charter, Duration, Name

HOME = Path(linli.__file__).parent
CJK = re.compile(r"[一-鿿]")
ROUTE_LEVELS = ("grid", "community", "street", "district")
SHIPPED = ("standard", "qingshan")


@pytest.fixture(scope="module")
def qingshan() -> Charter:
    return load(find("qingshan"))


@pytest.fixture(scope="module", params=SHIPPED)
def charter(request) -> Charter:
    return load(find(request.param))


@pytest.fixture(scope="module")
def situations() -> list[dict]:
    files = [f for f in sorted((HOME / "matters/situations").glob("*.toml")) if f.name != "terms.toml"]
    return [s for file in files for s in tomllib.loads(file.read_text())["situation"]]


def both(name: Name | None) -> bool:
    """Said in Chinese with Chinese characters and in English without."""
    return bool(name and CJK.search(name.zh) and name.en.strip() and not CJK.search(name.en))


# -- every charter that ships


def test_nothing_is_wrong_with_a_shipped_charter(charter):
    assert [(f.severity, f.code) for f in lint(charter) if f.severity != "note"] == []


def test_everything_a_person_reads_is_named_in_both_languages(charter):
    named = [*charter.bodies.values(), *charter.duties.values(), *charter.procedures.values(), *charter.categories.values()]
    named += [s for p in charter.procedures.values() for s in (*p.steps.values(), *p.ends.values())]
    assert [x.id for x in named if not both(x.name)] == []
    assert [id for id, group in charter.groups.items() if not (both(group.name) and group.basis and group.purpose and group.seen_by)] == []
    assert [s.id for p in charter.procedures.values() for s in p.steps.values() if not both(s.help)] == []
    assert [p.id for p in charter.posts.values() if not both(p.name)] == []


def test_at_least_sixty_kinds_of_matter_each_with_conditions_limit_and_a_route_at_every_level(charter):
    leaves = charter.leaves()
    assert len(leaves) >= 64
    assert [c.id for c in leaves if not (both(c.filing) and both(c.closing))] == []
    assert [c.id for c in leaves if c.within is None or not (c.within.days or c.within.hours)] == []
    assert [c.id for c in leaves if tuple(c.route) != ROUTE_LEVELS or c.start_level not in ROUTE_LEVELS] == []
    assert [c.id for c in leaves if any(charter.posts[post].level != level for level, post in c.route.items())] == []
    assert [c.id for c in leaves if not c.words] == []


def test_the_tree_has_two_levels_and_no_branch_without_leaves(charter):
    branches = {c.id for c in charter.categories.values() if not c.leaf}
    assert {c.parent for c in charter.leaves()} == branches
    assert all(charter.categories[b].parent == "" and charter.categories[b].within is None for b in branches)


def test_limits_of_the_field_are_kept(charter):
    """The limits of digital urban management as published by 济源, and the hotline's three days for a question."""
    limit = {c.id: c.within for c in charter.leaves()}
    assert limit["environment.rubbish"] == Duration(days=1)
    assert limit["environment.road-dirty"] == Duration(hours=5)
    assert limit["streetscape.illegal-building"] == Duration(days=15)
    assert limit["services.question"] == Duration(days=3)


def test_what_can_hurt_somebody_today_runs_by_the_clock_on_the_wall(charter):
    urgent = {c.id for c in charter.leaves() if c.urgent}
    assert {"utilities.gas-smell", "facilities.manhole-open", "safety.fire-lane", "property.lift-trapped"} <= urgent
    for c in charter.leaves():
        assert (c.procedure == "urgent") == c.urgent, c.id
        assert (c.within.clock == "natural") == c.urgent, c.id
    steps = charter.procedures["urgent"].steps
    assert [s.id for s in steps.values() if isinstance(s.within, Duration) and s.within.clock != "natural"] == [
        "answer",
        "rate",
        "callback",
    ]


def test_matters_within_a_family_or_about_a_persons_means_are_never_public(charter):
    private = {c.id for c in charter.leaves() if not c.public}
    assert {c.id for c in charter.leaves() if c.parent in ("neighbours", "livelihood")} <= private
    assert {"utilities.bills", "services.registration", "services.public-housing", "village.land", "village.forest"} <= private


def test_nobody_checks_their_own_work(charter):
    # both sides of a dispute say whether the agreement was kept; divisions and residents' own requests are decided on, not handled
    decided = ("mediation", charter.dividing.procedure, charter.own_requests.procedure)
    checked = [p for p in charter.procedures.values() if p.id not in decided]
    for p in checked:
        assert p.steps["check"].not_by == ("handle",)
    handlers = {post for c in charter.leaves() for post in c.route.values()}
    assert not handlers & {p.steps["check"].actor for p in checked}


def test_disputes_are_mediated_never_public_and_say_up_to_where_they_should_be_settled(charter):
    """小事不出社区、大事不出街道."""
    disputes = [c for c in charter.leaves() if c.procedure == "mediation"]
    assert {c.parent for c in disputes} == {"neighbours", "disputes", "livelihood", "village"}
    assert not any(c.public for c in disputes)
    assert {c.settle for c in disputes if c.parent == "neighbours"} == {"community"}
    assert {c.settle for c in disputes if c.parent != "neighbours"} == {"street"}
    committees = [b for b in charter.bodies.values() if b.kind == "mediation"]
    assert {b.level for b in committees} == {"community", "street", "district"}
    assert {p.reach for p in charter.posts.values() if charter.bodies[p.body] in committees} == {"own"}


def test_a_mediation_can_be_handed_over_until_it_is_concluded_and_a_receipt_is_due(charter):
    steps = charter.procedures["mediation"].steps
    assert [s.id for s in steps.values() if s.handover] == ["consent", "mediate"]
    assert [s.id for s in steps.values() if s.within == "agreed"] == ["confirm", "perform"]
    assert all(both(s.told) for s in steps.values() if s.id != "decline")


def test_a_matter_can_go_wrong_only_so_often(charter):
    """回退, 返工 and a dissatisfied answer each lead back a bounded number of times, then to 督办 or an end."""
    steps = charter.procedures["matter"].steps
    assert (steps["handle"].on["return"], steps["handle"].returns, steps["handle"].exhausted) == ("dispatch", 2, "supervise")
    assert (steps["check"].on["rework"], steps["check"].returns, steps["check"].exhausted) == ("handle", 2, "supervise")
    assert (steps["rate"].on["dissatisfied"], steps["rate"].returns, steps["rate"].exhausted) == ("handle", 1, "END disputed")
    assert (steps["supervise"].on["return"], steps["supervise"].returns, steps["supervise"].exhausted) == ("dispatch", 1, "END unresolved")


def test_the_work_of_any_vacant_post_arrives_at_the_district_coordinator(charter):
    for post in charter.posts.values():
        seen: list[str] = []
        while post.falls_to:
            assert post.id not in seen, seen
            seen.append(post.id)
            post = charter.posts[post.falls_to]
        assert post.id == "district-coordinator"


def test_departments_see_only_what_has_come_to_them(charter):
    departments = [p for p in charter.posts.values() if charter.bodies[p.body].kind == "department" and p.id != "auditor"]
    assert len(departments) >= 20
    assert {p.reach for p in departments} == {"own"}


def test_the_auditor_reads_and_does_nothing_else(charter):
    assert [a for a in charter.posts["auditor"].abilities if not a.endswith(".see")] == []
    assert "audit.see" in charter.posts["auditor"].abilities


def test_lists_of_residents_are_approved_above_those_who_ask_by_posts_that_see_no_resident(charter):
    approve = [p for p in charter.posts.values() if "person.approve" in p.abilities]
    assert {p.id for p in approve} == {"street-coordinator", "district-coordinator"}
    assert [p.id for p in approve if {"person.see", "person.export"} & set(p.abilities)] == []


def test_every_ability_belongs_to_some_post(charter):
    assert {a for p in charter.posts.values() for a in p.abilities} == set(ABILITIES)


def test_the_standard_charter_names_no_place(charter):
    assert (charter.area.root == "") == (charter.id == "standard")


# -- 青山区


def test_qingshan_lies_on_its_official_codes(qingshan):
    with (HOME / "places/data/150204-qingshan.csv").open(newline="", encoding="utf-8") as file:
        places = {row["code"]: row for row in csv.DictReader(file)}
    assert qingshan.area.root == "150204000000"
    assert places[qingshan.area.root]["name"] == "青山区"
    assert places["150204006019"]["name"] == "都兰社区居委会"
    assert places["150204008015"]["name"] == "建华社区居委会"
    streets = {row["name"] for row in places.values() if row["level"] == "street"}
    assert {"先锋道街道", "幸福路街道", "万青路街道", "青山路街道", "乌素图街道"} <= streets
    assert all(not row["parent"] or row["parent"] in places for row in places.values())


def test_qingshan_has_one_party_committee_one_station_and_one_residents_committee_a_community(qingshan):
    names = {b.name.zh for b in qingshan.bodies.values() if b.level == "community"}
    assert {"社区党委", "社区管理服务站", "社区居委会"} <= names
    assert {"人民调解委员会", "治安保卫委员会", "公共卫生委员会", "计划生育委员会", "群众文化委员会"} <= names


def test_qingshan_has_three_officers_in_every_grid_of_400_households(qingshan):
    assert qingshan.area.grid_households == 400
    grid = {p.name.zh: qingshan.bodies[p.body].kind for p in qingshan.posts.values() if p.level == "grid"}
    assert grid == {"居民服务员": "station", "民情收集员": "committee", "党建指导员": "party"}
    assert all(p.seats == (1, 1) for p in qingshan.posts.values() if p.level == "grid")


def test_qingshans_stations_and_committees_have_room_for_the_people_sent_down(qingshan):
    """289 staff and 122 chairs and vice-chairs for 25 communities; one vice-chair for 800 households, so for two grids."""
    counter, chair, vice = (qingshan.posts[id].seats for id in ("community-counter", "committee-chair", "committee-vice-chair"))
    assert counter[0] <= 289 / 25 <= counter[1]
    assert chair[0] + vice[0] <= 122 / 25 <= chair[1] + vice[1]
    assert vice[1] * 800 >= 300_000 / (35 + 50)  # a community's households, by its money a year


def test_qingshans_visits_are_a_day_a_week_80_households_a_month_and_everybody_each_quarter(qingshan):
    rules = {(d.each, d.of, d.at_least) for d in qingshan.duties.values()}
    assert rules == {("week", "worker-day", 1), ("month", "household", 80), ("quarter", "household", "all")}
    assert {d.post for d in qingshan.duties.values()} == {"grid-worker"}


def test_the_linter_shows_that_80_a_month_do_not_make_a_grid_in_a_quarter(qingshan):
    (note,) = [f for f in lint(qingshan) if f.severity == "note"]
    assert note.code == "duty-short:monthly-visits"
    assert "80 × 3 = 240 < 400" in note.zh
    assert "80 × 3 = 240 < 400" in note.en
    assert note.why


def test_quarrels_in_qingshan_begin_with_the_voice_officer_and_go_to_mediation(qingshan):
    for c in qingshan.leaves():
        if c.parent == "neighbours":
            assert (c.start_level, c.route["grid"], c.route["community"]) == ("grid", "grid-voice", "mediation-chair")


def test_qingshan_visits_households_because_they_need_a_service(qingshan):
    assert {g.name.zh for g in qingshan.groups.values()} == {
        "困难家庭", "独居老人家庭", "残疾人家庭", "高龄老人家庭", "孕产妇和婴幼儿家庭", "优抚家庭",
    }  # fmt: skip


# -- the demonstration's situations

HALF_WIDTH = re.compile(r"[一-鿿][,;:?!(]|[,;?!)][一-鿿]")

SAID = ("title", "text", "address", "result", "finding", "answer")
MAY_SAY = ("return_reason", "rework_reason", "refuse_reason", "dissatisfied")


def test_every_kind_of_matter_has_a_situation_and_every_situation_a_kind(situations, qingshan):
    kinds = {c.id for c in qingshan.leaves()}
    assert {s["category"] for s in situations} == kinds
    assert {c.id for c in load(find("standard")).leaves()} <= kinds


def test_situations_are_many_and_none_is_another_with_other_words_filled_in(situations):
    assert len(situations) >= 400
    for key in ("title", "text", "result", "answer"):
        # what is left when numbers and placeholders are taken out is still another text
        bare = [re.sub(r"\d+|\{\w+\}", "", s[key]) for s in situations]
        assert len(set(bare)) == len(bare), key


def test_a_situation_is_told_from_first_word_to_answer(situations):
    for s in situations:
        assert set(s) <= {"category", "weight", "season", "fresh", *SAID, *MAY_SAY}, s["title"]
        assert all(CJK.search(s[key]) for key in SAID if key != "address"), s["title"]
        assert CJK.search(s["address"]) or "{building}" in s["address"], s["title"]
        assert all(s[key].strip() for key in MAY_SAY if key in s), s["title"]
        assert 15 <= len(s["text"]) <= 90, s["title"]
        assert len(s["title"]) <= 20, s["title"]
        assert 1 <= s["weight"] <= 10, s["title"]
        season = s.get("season", [1])
        assert len(season) == len(set(season)) > 0, s["title"]
        assert set(season) <= set(range(1, 13)), s["title"]


def test_chinese_is_set_with_chinese_punctuation(situations, charter):
    texts = [s[key] for s in situations for key in (*SAID, *MAY_SAY) if key in s]
    texts += [n.zh for c in charter.categories.values() for n in (c.name, c.filing, c.closing) if n]
    texts += [s.help.zh for p in charter.procedures.values() for s in p.steps.values() if s.help]
    texts += [x.name.zh for x in (*charter.posts.values(), *charter.bodies.values(), *charter.duties.values())]
    assert [t for t in texts if HALF_WIDTH.search(t)] == []


def test_situations_also_go_wrong(situations):
    for key, least in (("return_reason", 60), ("rework_reason", 60), ("refuse_reason", 12), ("dissatisfied", 45)):
        assert sum(key in s for s in situations) >= least, key


def test_no_situation_names_a_dwelling_a_telephone_or_a_person(situations):
    dwelling = re.compile(r"\d+\s*室|\d+号房|\d+-\d+-\d+|\d{7,}")
    named = re.compile(r"[赵钱孙李周吴郑王冯陈张刘杨黄]某|(?:电话|手机)\D?\d")
    for s in situations:
        text = " ".join(s.get(key, "") for key in (*SAID, *MAY_SAY))
        assert not dwelling.search(text), s["title"]
        assert not named.search(text), s["title"]
        assert set(re.findall(r"\{(\w*)\}", text)) <= {"building", "unit"}, s["title"]
        assert "{" not in "".join(s[key] for key in ("title", "text", "result", "finding", "answer")), s["title"]


def test_cold_rooms_are_reported_in_the_heating_season_only(situations):
    season = {m for s in situations if s["category"] == "utilities.heat-low" for m in s["season"]}
    assert season == {10, 11, 12, 1, 2, 3, 4}


def test_the_demonstrations_names_are_distinct_and_weighted():
    names = tomllib.loads((HOME / "matters/demo/names.toml").read_text())
    surnames, weights = names["surnames"], names["surname_weights"]
    assert len(surnames) == len(set(surnames)) == len(weights) >= 60
    assert len(names["given"]) == len(set(names["given"])) == 120
    assert min(weights) > 0
    assert weights == sorted(weights, reverse=True)
