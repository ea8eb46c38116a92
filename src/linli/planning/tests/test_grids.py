"""Dividing a community: what is wrong today, alternatives, by hand, proposing, deciding, and that all of it happens or nothing."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely
from django.core.exceptions import PermissionDenied
from django.utils import timezone, translation
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linli.access.models import User
from linli.access.rls import opened
from linli.bodies.actions import appoint
from linli.bodies.models import Holding, Seat
from linli.charter.loader import find
from linli.charter.store import adopt, charter_in_force
from linli.flow.models import Flow
from linli.frame.refusal import Conflict, Refusal
from linli.kit import idnumber
from linli.matters.models import Matter
from linli.matters.tests.factories import LAT, LON, report
from linli.matters.whereabouts import Position
from linli.people.actions import enter_household, enter_unit
from linli.people.models import Household, Unit
from linli.people.told import Living, Told
from linli.places import lookup, shapes
from linli.places.actions import change_place
from linli.places.models import Place
from linli.planning.grids import actions, adopting
from linli.planning.grids.ground import redrawn, same
from linli.planning.grids.measuring import faults, measure
from linli.planning.grids.reading import read_fixed, standing
from linli.planning.grids.shown import Shown, compared, largest, measured_present, norms, stale, tones
from linli.planning.grids.values import Options, given_of
from linli.planning.models import Alternative, Material, State

EVEN = Options(target=360.0, tolerance=0.1, stay=1000, seed=1)


def searched(town, options=EVEN, by=None, **told) -> Alternative:
    made = actions.start_search(by=by or town.coordinator, community=town.c1, options=options, **told)
    actions.run_search(None, made.pk)
    return Alternative.objects.select_related("place").get(pk=made.pk)


def proposed(town, row=None, **told) -> Alternative:
    row = row or searched(town)
    told = {"reason": "居民代表议过"} | told
    return adopting.propose_division(by=town.coordinator, alternative=row, seq=row.seq, names={}, successors={}, **told)


def decided(town, row, outcome="agree", reason="") -> Alternative:
    return adopting.decide_division(by=town.district, alternative=row, seq=row.seq, outcome=outcome, reason=reason)


def grid_of(building: Place) -> str:
    return Place.objects.current().select_related("parent").get(code=building.code).parent.name


# --- what is wrong with the present division ----------------------------------------------------------------------------------------------


def test_the_present_division_is_measured_and_its_faults_are_named(block):
    charter = charter_in_force()
    Holding.objects.filter(seat__place=block.g2).update(until=timezone.now())
    found = standing(block.c1, charter)
    present = measured_present(found, charter)
    assert [(u.name, u.households, u.buildings) for u in present.units] == [("第1网格", 450, 6), ("第2网格", 270, 6)]
    wrong = {(f.code, f.grid) for f in faults(present, norms(charter), {g.name: g.vacant for g in found.grids})}
    assert ("size", "第1网格") in wrong  # 450 of at most 440
    assert ("size", "第2网格") in wrong
    assert ("vacant", "第2网格") in wrong


def test_a_grid_in_pieces_names_what_lies_apart():
    sites = [[f"B{n}", f"{n}号楼", 10, LON + n * 0.0008, LAT, "甲" if n in (0, 1, 4) else "乙"] for n in range(6)]
    given_ = given_of({"sites": sites})
    found = measure(given_, 120, [0 if s[5] == "甲" else 1 for s in sites], ["甲", "乙"])
    assert found.units[0].loose == ("4号楼",)
    assert found.units[1].loose == ("5号楼",)


# --- searching ------------------------------------------------------------------------------------------------------------------------------


def test_a_search_is_kept_with_what_made_it_and_comes_out_the_same_again(block):
    row = searched(block)
    assert row.state == State.KEPT
    assert [u["name"] for u in row.units] == ["第1网格", "第2网格"]
    shown = Shown(row)
    assert sorted(shown.measured.sizes) == [330, 390]
    assert shown.within == 2
    assert shown.measured.moved == 60  # one building is enough
    assert shown.gap is not None
    assert shown.gap < 0.5
    allowed = next(
        line
        for line in compared(measured_present(standing(block.c1, charter_in_force()), charter_in_force()), charter_in_force(), [shown])
        if "/" in line.cells[0]
    )
    assert allowed.cells == ["0 / 2", "1 / 2"]  # both by the charter, 360 to 440, whatever was asked for
    actions.run_again(None, row.pk)
    row.refresh_from_db()
    assert row.checked_same
    Alternative.objects.filter(pk=row.pk).update(facts=row.facts | {"fixed": {"x": "y"}})
    actions.run_again(None, row.pk)
    row.refresh_from_db()
    assert row.checked_same is False  # what it was made from was touched


def test_what_cannot_be_divided_is_refused_before_anything_is_kept_and_says_what_to_do(block):
    Place.objects.filter(pk=block.b3.pk).update(households=None)
    Place.objects.filter(pk=block.b4.pk).update(lon=None, lat=None)
    with pytest.raises(actions.Unplannable) as told:
        actions.start_search(by=block.coordinator, community=block.c1, options=EVEN)
    assert any("3号楼" in p for p in told.value.problems)
    assert any("4号楼" in p for p in told.value.problems)
    Place.objects.filter(pk=block.b3.pk).update(households=900)
    Place.objects.filter(pk=block.b4.pk).update(lon=LON, lat=LAT)
    with pytest.raises(actions.Unplannable) as told:
        actions.start_search(by=block.coordinator, community=block.c1, options=EVEN)
    assert any("3号楼" in p and "900" in p for p in told.value.problems)  # larger than a grid
    with pytest.raises(actions.Unplannable) as told:
        actions.start_search(by=block.coordinator, community=block.c1, options=Options(target=1000.0, tolerance=0.01))
    assert not Alternative.objects.exists()


def test_where_ways_are_brought_distances_follow_them(block):
    def brought(*lines):
        features = [{"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}} for line in lines]
        data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
        return actions.bring_material(by=block.coordinator, community=block.c1, kind="ways", name="路.geojson", data=data)

    charter = charter_in_force()
    straight, before = measured_present(standing(block.c1, charter), charter), searched(block)
    with pytest.raises(actions.Unplannable) as told:
        brought([[120.1, 30.2], [120.2, 30.2]])
    assert "None of these ways" in told.value.problems[0] or "都不在" in told.value.problems[0]
    # a comb: from each building down to a street far below, and up again
    spots = sorted({(b.lon, b.lat) for b in standing(block.c1, charter).buildings})
    low = min(lat for _lon, lat in spots) - 0.003
    brought([[lon, low] for lon, _lat in spots], *([[lon, low], [lon, lat]] for lon, lat in spots))
    found = standing(block.c1, charter)
    along = measured_present(found, charter)
    assert along.walking > 2 * straight.walking
    assert [u.spread for u in along.units] == pytest.approx([u.farthest for u in straight.units], abs=60)  # what the charter holds to 300 m
    assert stale(before, found)
    actions.drop_alternative(by=block.coordinator, alternative=before, seq=None)
    row = searched(block)
    assert row.facts["ways"] == list(found.ways)
    assert not stale(row, found)
    with translation.override("en"):
        assert any("along the ways brought" in line for line in Shown(row).words)
    assert Shown(row).measured.walking == pytest.approx(row.result["walking"], abs=0.01)
    actions.run_again(None, row.pk)
    row.refresh_from_db()
    assert row.checked_same


def test_fixed_buildings_and_barriers_are_heeded(block):
    charter = charter_in_force()
    found = standing(block.c1, charter)
    fixed = read_fixed("6号楼，第1网格\n", found.buildings, found.grids)
    row = searched(block, Options(target=360.0, tolerance=0.3), fixed=fixed)
    assert Shown(row).lab[5] == 0
    with pytest.raises(Refusal, match="refused"):
        read_fixed("99号楼,第1网格", found.buildings, found.grids)
    wall = {"type": "LineString", "coordinates": [[LON + 0.0048, LAT], [LON + 0.0048, LAT + 0.01]]}
    data = json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": wall}]}).encode()
    actions.bring_material(by=block.coordinator, community=block.c1, kind="barriers", name="墙.geojson", data=data)
    with pytest.raises(actions.Unplannable) as told:
        actions.start_search(by=block.coordinator, community=block.c1, options=EVEN)
    assert any("号楼" in p for p in told.value.problems)  # 450 | 270: neither side makes grids of 324 to 396


def test_barriers_far_away_are_refused_and_a_building_fixed_twice_at_its_line(block):
    far = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    data = json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": far}]}).encode()
    with pytest.raises(actions.Unplannable) as told:
        actions.bring_material(by=block.coordinator, community=block.c1, kind="barriers", name="墙.geojson", data=data)
    assert "公里以外" in told.value.problems[0] or "km away" in told.value.problems[0]
    assert not Material.objects.exists()
    found = standing(block.c1, charter_in_force())
    with pytest.raises(Refusal) as twice:
        read_fixed("6号楼,第1网格\n6号楼,第2网格", found.buildings, found.grids)
    assert (twice.value.field, "2" in twice.value.message) == ("fixed", True)


def test_household_counts_come_by_file_row_by_row(block):
    rows = "楼栋,户数\n" + "".join(f"{n}号楼,60\n" for n in range(1, 13))
    actions.bring_material(by=block.coordinator, community=block.c1, kind="counts", name="户数.csv", data=rows.encode("gbk"))
    found = standing(block.c1, charter_in_force())
    assert (found.counts, found.households, found.file) == ("file", 720, "户数.csv")
    with pytest.raises(actions.Unplannable) as told:
        actions.bring_material(
            by=block.coordinator, community=block.c1, kind="counts", name="户数.csv", data="楼栋,户数\n1号楼,很多\n99号楼,4\n2号楼,3\n2号楼,3\n".encode()
        )  # fmt: skip
    assert len(told.value.problems) == 3
    with pytest.raises(Refusal):
        actions.bring_material(by=block.coordinator, community=block.c1, kind="counts", name="x.csv", data=b"a,b\n1,2\n")
    assert Material.objects.get().name == "户数.csv"  # the good one stays
    actions.drop_material(by=block.coordinator, community=block.c1, kind="counts")
    assert standing(block.c1, charter_in_force()).counts == "places"


def test_a_building_far_from_any_way_is_reckoned_straight_and_named(block):
    line = [[block.b1.lon, block.b1.lat], [block.b11.lon, block.b11.lat]]
    ways = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}}],
    }
    actions.bring_material(by=block.coordinator, community=block.c1, kind="ways", name="路.geojson", data=json.dumps(ways).encode())
    near = searched(block, replace(EVEN, off_way=300))
    assert Shown(near).measured.astray == ()
    Place.objects.filter(pk=block.b12.pk).update(lat=block.b12.lat + 0.005)
    far = searched(block, replace(EVEN, off_way=300, link=700))
    [(name, metres)] = Shown(far).measured.astray
    assert (name, round(metres, -2)) == ("12号楼", 600)
    assert any("12号楼" in line and "300" in line for line in Shown(far).words)
    assert not any("12号楼" in line for line in Shown(searched(block, replace(EVEN, link=700))).words)  # as it was before there was a limit


# --- by hand ------------------------------------------------------------------------------------------------------------------------------


def test_a_building_is_moved_by_hand_and_back(block):
    row = searched(block)
    code, unit = block.b12.code, 0
    moved = actions.move_building(by=block.coordinator, alternative=row, seq=row.seq, building=code, unit=unit)
    shown = Shown(moved)
    assert sum(shown.measured.sizes) == 720
    assert shown.measured.units[0].loose == ("12号楼",)
    with pytest.raises(Conflict):
        actions.move_building(by=block.coordinator, alternative=row, seq=row.seq - 1, building=code, unit=1)
    assert Shown(actions.undo_move(by=block.coordinator, alternative=moved, seq=None)).measured.sizes == Shown(row).measured.sizes


def test_the_present_division_is_changed_by_hand(block):
    row = actions.start_from_present(by=block.coordinator, community=block.c1)
    assert Shown(row).measured.moved == 0
    with pytest.raises(Refusal, match="nothing"):
        proposed(block, row)
    for n in (5, 6):
        row = actions.move_building(by=block.coordinator, alternative=row, seq=row.seq, building=block.places[f"b{n}"].code, unit=1)
    assert Shown(row).measured.sizes == [330, 390]


def test_what_was_made_by_hand_is_held_to_the_charter_as_the_table_is(block):
    shown = Shown(actions.start_from_present(by=block.coordinator, community=block.c1))
    allowed = norms(charter_in_force())
    assert shown.band == (allowed.low, allowed.high)
    with translation.override("en"):
        assert f"by the charter {allowed.low:.0f} to {allowed.high:.0f} are allowed" in shown.words[0]
        assert "were asked for" not in "".join(shown.words)
    assert shown.within == shown.measured.within(allowed.low, allowed.high)


def test_one_band_holds_on_the_whole_page_and_where_the_charter_has_another_it_is_said_once(block):
    shown = Shown(searched(block, Options(target=None, units=3, tolerance=0.4)))
    low, high = shown.band
    assert (round(low), round(high)) == (144, 336)
    with translation.override("en"):
        assert not [
            f for f in shown.faults if f.code == "size" and low <= shown.measured.units[shown.names.index(f.grid)].households <= high
        ]
        assert "".join(shown.words).count("360 to 440") == 1
    assert not Shown(actions.start_from_present(by=block.coordinator, community=block.c1)).by_charter


def test_buildings_far_from_the_others_are_told_on_the_page_of_an_alternative(block):
    Place.objects.filter(pk=block.b12.pk).update(lon=block.b12.lon + 0.02)
    with translation.override("en"):
        said = "\n".join(Shown(searched(block)).words)
    assert "12号楼: 1,7" in said
    assert "farther than neighbours may be (120 m)" in said


# --- adopting --------------------------------------------------------------------------------------------------------------------------------


def test_adopting_moves_buildings_grids_and_open_work_together(block):
    row = searched(block)
    moved = next(n for n, s in enumerate(row.facts["sites"]) if s[5] != Shown(row).names[Shown(row).lab[n]])
    building = block.places[f"b{moved + 1}"]
    about_building = report(block, place=block.g1).matter
    for model, key in ((Flow, about_building.flow_id), (Matter, about_building.pk)):
        model.objects.filter(pk=key).update(place=building, path=str(building.path))
    door = Place.objects.create(
        code=f"{building.code}-301",
        name="301",
        level="dwelling",
        parent=building,
        path=f"{building.path}.D301",
        valid_from=building.valid_from,
    )
    enter_unit(by=None, place=building, name="便民超市", kind="shop", since=building.valid_from)
    told = Told("赵德福", date(1940, 5, 1), "m", idnumber.invented(date(1940, 5, 1), "m", 9), ())
    enter_household(by=None, dwelling=door, people=[(told, Living("head"))], since=date(2020, 1, 1))
    by_position = report(block, place=block.g1, position=Position(building.lon, building.lat)).matter
    elsewhere = report(block, place=block.g1).matter
    old, worker, other = (
        block.g1,
        Seat.objects.get(post="grid-worker", place=block.g1),
        Seat.objects.get(post="grid-worker", place=block.g2),
    )
    Flow.objects.filter(pk__in=[m.flow_id for m in (about_building, by_position, elsewhere)]).update(owner=worker)
    row = proposed(block, row)
    assert row.flow.step == "decide"
    assert Place.objects.current().get(code=old.code).pk == old.pk  # nothing has changed yet
    row = decided(block, row)
    assert row.state == State.ADOPTED
    old.refresh_from_db()
    new = Place.objects.current().get(code=old.code)
    assert old.valid_to == new.valid_from == timezone.localdate()
    assert new.households == 390
    assert grid_of(building) == "第2网格"
    assert len(row.result["ground"]) == 2  # as it was drawn that day
    owners = {m.pk: Flow.objects.get(pk=m.flow_id).owner_id for m in (about_building, by_position, elsewhere)}
    assert owners == {about_building.pk: other.pk, by_position.pk: other.pk, elsewhere.pk: worker.pk}
    assert Matter.objects.get(pk=by_position.pk).place.name == "第2网格"
    with opened([str(block.c1.path)]):  # who lives and trades there goes with the building
        second = str(Place.objects.current().get(code=block.g2.code).path)
        assert str(Household.objects.get().path).startswith(second)
        assert str(Unit.objects.get().path).startswith(second)
    lookup.forget()
    assert Place.objects.get(pk=lookup.grid_at(building.lon, building.lat)).name == "第2网格"
    now = [shapes.read(p.shape) for p in Place.objects.current().filter(parent=block.c1, level="grid")]
    assert not shapes.overlaps(now)
    assert Holding.objects.current().filter(seat=worker).exists()  # whoever was there still is


def test_unchanged_grids_stay_the_same_place_and_new_ones_begin(block):
    row = searched(block, Options(target=None, units=3, tolerance=0.4, stay=1000))
    names = Shown(row).names
    assert "第3网格" in names
    decided(block, proposed(block, row))
    grids = {p.name: p for p in Place.objects.current().filter(parent=block.c1, level="grid")}
    assert set(grids) == {"第1网格", "第2网格", "第3网格"}
    assert Seat.objects.filter(place=grids["第3网格"], post="grid-worker").exists()
    kept = [
        n for n in ("第1网格", "第2网格") if {s[5] for s, u in zip(row.facts["sites"], Shown(row).lab, strict=True) if names[u] == n} == {n}
    ]
    whole = [n for n in kept if sum(s[5] == n for s in row.facts["sites"]) == Shown(row).lab.count(names.index(n))]
    for name in whole:
        assert grids[name].valid_from.year == 2013


def test_a_grid_that_ends_hands_everything_over_or_nothing_happens(block):
    matter = report(block, place=block.g2).matter
    ending = Seat.objects.get(post="grid-worker", place=block.g2)
    Flow.objects.filter(pk=matter.flow_id).update(owner=ending)
    row = searched(block, Options(target=None, units=1, tolerance=0.1))
    assert [u["name"] for u in row.units] == ["第1网格"]
    row = proposed(block, row)
    change = adopting.change_of(row, standing(block.c1, charter_in_force(), "places"))
    assert [(x.name, x.heir) for x in change.leaving] == [("第2网格", 0)]
    assert not change.stuck
    assert [(c.name, c.before, c.after, c.came, c.left) for c in change.changed] == [("第1网格", 450, 720, 6, 0)]
    decided(block, row)
    flow = Flow.objects.get(pk=matter.flow_id)
    assert flow.place.name == "第1网格"
    assert flow.owner == Seat.objects.get(post="grid-worker", place__code=block.g1.code)
    assert not Holding.objects.current().filter(seat=ending).exists()
    assert Place.objects.get(pk=block.g2.pk).valid_to == timezone.localdate()
    row.refresh_from_db()
    kept = row.result["change"]  # what it changed is still read afterwards
    assert [one["name"] for one in kept["leaving"]] == ["第2网格"]
    assert kept["leaving"][0]["holders"] == list(change.leaving[0].holders)
    assert (kept["moving"], kept["changed"][0]["after"]) == (1, 720)
    with translation.override("en"):
        assert any("came to another grid than before" in line for line in Shown(row).words)


def test_what_stands_in_the_way_is_named_and_nothing_is_half_adopted(block):
    row = proposed(block, searched(block, Options(target=None, units=1, tolerance=0.1)))
    matter = report(block, place=block.g2).matter
    Flow.objects.filter(pk=matter.flow_id).update(owner=Seat.objects.get(post="grid-worker", place=block.g2), suspended=True)
    with pytest.raises(Refusal, match="stuck"):
        decided(block, row)
    row.refresh_from_db()
    assert row.state == State.PROPOSED
    assert Place.objects.current().filter(parent=block.c1, level="grid").count() == 2
    Flow.objects.filter(pk=matter.flow_id).update(suspended=False)
    change_place(block.b1, by=None, parent=block.g2)  # meanwhile somebody changed the present division
    with pytest.raises(Refusal, match="stuck"):
        decided(block, row)


def test_whoever_proposes_a_division_with_something_wrong_says_why(block):
    row = searched(block)
    row = actions.move_building(by=block.coordinator, alternative=row, seq=row.seq, building=block.b12.code, unit=0)
    with translation.override("en"):
        assert any("several pieces" in line and "12号楼" in line for line in Shown(row).objections)
    with pytest.raises(Refusal) as told:
        proposed(block, row, reason="  ")
    assert (told.value.field, told.value.code) == ("reason", "reason")
    assert adopting.reason_of(proposed(block, row, reason="两处院落同一物业")) == "两处院落同一物业"


def test_a_division_with_nothing_wrong_needs_no_reason(block):
    for n in range(1, 13):
        Place.objects.filter(pk=block.places[f"b{n}"].pk).update(households=84 if n < 6 else 12 if n == 6 else 65)
    row = actions.start_from_present(by=block.coordinator, community=block.c1)
    row = actions.move_building(by=block.coordinator, alternative=row, seq=row.seq, building=block.b6.code, unit=1)
    assert Shown(row).objections == []
    assert proposed(block, row, reason="").state == State.PROPOSED


# --- who may -----------------------------------------------------------------------------------------------------------------------------------


def test_one_proposes_and_another_decides(block):
    row = searched(block, by=block.district)
    with pytest.raises(Refusal, match="same_person"):
        decided(block, proposed(block, row))
    row.refresh_from_db()
    with pytest.raises(PermissionDenied):
        adopting.decide_division(by=block.station, alternative=row, seq=row.seq, outcome="agree")


def test_sent_back_it_can_be_changed_and_proposed_again_and_declined_it_stays(block):
    row = decided(block, proposed(block), "return", "两处边界再看看")
    assert row.state == State.KEPT
    row = actions.move_building(by=block.coordinator, alternative=row, seq=row.seq, building=block.b5.code, unit=1)
    row = proposed(block, row)
    assert actions.flows_of(row).count() == 2
    with pytest.raises(Refusal, match="reason"):
        decided(block, row, "refuse")
    row = decided(block, row, "refuse", "不必调整")
    assert row.state == State.DECLINED
    with pytest.raises(Refusal, match="state"):
        actions.drop_alternative(by=block.coordinator, alternative=row, seq=None)


def test_whoever_proposed_it_takes_it_back_until_it_is_decided_and_it_is_free_again(block):
    row = proposed(block)
    with pytest.raises(Refusal, match="other_person"):
        adopting.withdraw_proposal(by=block.district, alternative=row, seq=row.seq)
    row = adopting.withdraw_proposal(by=block.coordinator, alternative=row, seq=row.seq)
    assert (row.state, Flow.objects.get(pk=row.flow_id).end) == (State.KEPT, "withdrawn")
    with pytest.raises(Refusal, match="state"):
        decided(block, row)
    row = actions.move_building(by=block.coordinator, alternative=row, seq=row.seq, building=block.b5.code, unit=1)
    row = adopting.withdraw_proposal(by=block.coordinator, alternative=proposed(block, row), seq=None)
    flow = row.flow
    actions.drop_alternative(by=block.coordinator, alternative=row, seq=row.seq)
    assert adopting.url_of(flow) == ""
    assert searched(block).number == row.number + 1  # the number stays with what was withdrawn
    row = decided(block, proposed(block, Alternative.objects.get()), "return", "再看看")
    with pytest.raises(Refusal, match="history"):
        actions.drop_alternative(by=block.coordinator, alternative=row, seq=None)


def test_a_committee_is_heard_on_the_plan_it_sees_before_the_district_decides(block, tmp_path):
    folder = tmp_path / "qingshan"
    shutil.copytree(find("qingshan"), folder)
    usual = (find("standard") / "procedures" / "division.toml").read_text()
    hear = """[[step]]
id = "hear"
name = { zh = "居委会商议", en = "The committee is heard" }
actor = "committee-chair"
action = "opinion"
needs = ["reason?"]
within = "P5D"
on = { agree = "decide", return = "END returned", refuse = "END declined" }

"""
    (folder / "procedures" / "division.toml").write_text(
        usual.replace('start = "decide"', 'start = "hear"').replace("[[step]]", hear + "[[step]]", 1)
    )
    adopt(folder)
    chair = User.objects.create(username="chair", name="居委会主任")
    appoint(by=None, seat=Seat.objects.get(post="committee-chair", place=block.c1), user=chair, since=timezone.now())
    row = proposed(block)
    with pytest.raises(PermissionDenied):
        decided(block, row)  # it isn't the district's turn
    assert Alternative.objects.visible_to(chair).get() == row
    row = adopting.decide_division(by=chair, alternative=row, seq=row.seq, outcome="agree")
    assert (row.state, Flow.objects.get(pk=row.flow_id).step) == (State.PROPOSED, "decide")
    assert decided(block, row).state == State.ADOPTED


@pytest.mark.parametrize("who", ["stranger", "station", "worker"])
def test_the_outsider_makes_no_alternatives(block, who):
    user = block.people[who]
    with pytest.raises(PermissionDenied):
        actions.start_search(by=user, community=block.c1, options=EVEN)
    row = searched(block)
    with pytest.raises(PermissionDenied):
        actions.move_building(by=user, alternative=row, seq=None, building=block.b1.code, unit=1)
    assert Alternative.objects.visible_to(block.stranger).count() == 0
    assert Alternative.objects.visible_to(block.station).count() == 1
    assert Alternative.objects.visible_to(block.auditor).count() == 1


# --- ground ----------------------------------------------------------------------------------------------------------------------------------------


@example(192, 3)  # cells a union lost: 58,308 m² of them
@example(397, 2)
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5))
def test_new_outlines_cover_the_old_ground_without_overlap(seed, count):
    rng = np.random.default_rng(seed)
    west = {
        "type": "Polygon",
        "coordinates": [[[LON, LAT], [LON + 0.004, LAT], [LON + 0.005, LAT + 0.005], [LON, LAT + 0.005], [LON, LAT]]],
    }
    east = {
        "type": "Polygon",
        "coordinates": [[[LON + 0.004, LAT], [LON + 0.01, LAT], [LON + 0.01, LAT + 0.005], [LON + 0.005, LAT + 0.005], [LON + 0.004, LAT]]],
    }
    points = [(round(LON + 0.01 * x, 7), round(LAT + 0.005 * y, 7)) for x, y in rng.random((20, 2))]
    lab = [*range(count), *rng.integers(0, count, 20 - count).tolist()]
    hut = 0.0001
    bodies = [
        {"type": "Polygon", "coordinates": [[[x, y], [x + hut, y], [x + hut, y + hut], [x, y + hut], [x, y]]]} if n % 4 == 0 else None
        for n, (x, y) in enumerate(points)
    ]  # fmt: skip
    huts = [shapes.shape(b) for b in bodies if b]
    spots = [shapes.shape({"type": "Point", "coordinates": p}) for p in points]
    if shapes.overlaps(huts) or sum(h.distance(s) < 1e-6 for h in huts for s in spots) > len(huts):  # no building stands in another
        bodies = [None] * 20
    ground = redrawn(points, bodies, lab, count, None, [west, east])
    assert not shapes.overlaps(ground)
    total = sum(shapes.area(shapes.shape(g)) for g in (west, east))
    assert abs(sum(shapes.area(g) for g in ground) - total) < 60
    for point, unit in zip(points, lab, strict=True):
        assert ground[unit].distance(shapes.shape({"type": "Point", "coordinates": point})) < 1e-6


def _area(*corners: tuple[float, float]) -> dict:
    """An area by its corners, in thousandths of a degree from the town's corner."""
    ring = [[round(LON + x / 1000, 7), round(LAT + y / 1000, 7)] for x, y in (*corners, corners[0])]
    return {"type": "Polygon", "coordinates": [ring]}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.booleans())
def test_no_part_of_an_outline_is_without_a_building_of_its_own(seed, count, grids):
    """A horseshoe of a community, with grids that have bays and leave some of it to nobody: what is nearest may lie across the gap."""
    rng = np.random.default_rng(seed)
    whole = _area((0, 0), (10, 0), (10, 6), (6.1, 6), (6, 1), (5.8, 1), (5.7, 6), (0, 6))
    west = _area((0, 0), (3, 0), (3, 2), (1, 2.1), (1, 2.2), (3, 2.4), (3, 5), (0, 5))
    east = _area((6.2, 0), (10, 0), (10, 5), (8, 5), (8, 1), (7.8, 1), (7.6, 5), (6.2, 5))
    ground = shapes.shape(whole)
    points = [
        p
        for p in zip(LON + rng.random(60) / 100, LAT + rng.random(60) * 0.006, strict=True)
        if ground.contains(shapes.shape({"type": "Point", "coordinates": p}))
    ][:24]
    lab = [*range(count), *rng.integers(0, count, len(points) - count).tolist()]
    drawn = redrawn(points, [None] * len(points), lab, count, whole, [west, east] if grids else [])
    assert not shapes.overlaps(drawn)
    assert abs(sum(shapes.area(g) for g in drawn) - shapes.area(ground)) < 100
    spots = [shapes.shape({"type": "Point", "coordinates": p}) for p in points]
    for unit, one in enumerate(drawn):
        own = [s for s, u in zip(spots, lab, strict=True) if u == unit]
        for part in getattr(one, "geoms", [one]):
            assert any(part.distance(s) < 1e-6 for s in own), f"{shapes.area(part):.1f} m²"


def test_ground_that_nothing_changes_for_is_the_same(block):
    points = [(b.lon, b.lat) for b in (block.places[f"b{n}"] for n in range(1, 13))]
    ground = redrawn(points, [None] * 12, [0] * 6 + [1] * 6, 2, None, [block.g1.shape, block.g2.shape])
    assert same(ground[0], block.g1.shape)
    assert same(ground[1], block.g2.shape)


def test_touching_grids_differ_in_colour_and_a_name_stands_in_the_largest_piece():
    ground = [shapes.shape(_area((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1))) for y in range(4) for x in range(4)]
    chosen = tones(ground)
    assert chosen == tones(ground)
    assert not [1 for a in range(16) for b in range(a) if chosen[a] == chosen[b] and ground[a].distance(ground[b]) < 1e-9]
    two = shapely.multipolygons([ground[0], shapes.shape(_area((6, 6), (9, 6), (9, 9), (6, 9)))])
    assert largest(two).contains(shapes.shape({"type": "Point", "coordinates": [LON + 0.0075, LAT + 0.0075]}))
