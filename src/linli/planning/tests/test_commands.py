"""``linli plan`` from file to file: what it writes, what it refuses and how it says so."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from django.utils import translation

from linli.conf.cli import parser
from linli.places import geojson as places_geojson
from linli.planning import commands


class Told:
    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()


def run(*words: str, lang: str = "en") -> tuple[int, str, str]:
    told = Told()
    with translation.override("zh-hans" if lang == "zh" else "en"):
        status = commands.plan(parser().parse_args(["plan", *words, "--lang", lang]), told.out, told.err)
    return status, told.out.getvalue(), told.err.getvalue()


@pytest.fixture
def community(tmp_path: Path) -> Path:
    path = tmp_path / "buildings.geojson"
    path.write_text(commands.example("community"))
    return path


def edited(path: Path, change) -> Path:
    data = json.loads(path.read_text())
    change(data["features"])
    path.write_text(json.dumps(data))
    return path


def test_a_community_becomes_grids_with_the_record_of_how(community, tmp_path):
    out = tmp_path / "grids.geojson"
    status, said, wrong = run("grids", "--in", str(community), "--target", "400", "--out", str(out))
    assert (status, wrong) == (0, "")
    made = json.loads(out.read_text())
    assert len(made["features"]) == 9
    sites = [s for f in made["features"] for s in f["properties"]["sites"]]
    assert len(sites) == len(set(sites)) == 90
    record = made["linli"]
    assert record["inputs"][0]["sha256"] == commands.Source.of(community).sha256
    assert record["options"]["seed"] == 1
    assert record["figures"]["walking"] == pytest.approx(64.68)
    assert record["figures"]["vice_chairs"] == 5
    assert "3,530 ÷ 400 = 8.82, so 9 units" in said
    assert "No division can do better than" in said
    again = tmp_path / "again.geojson"
    run("grids", "--in", str(community), "--target", "400", "--out", str(again))
    assert out.read_bytes() == again.read_bytes()


def test_grids_of_a_community_with_its_code_can_be_imported_as_places(community, tmp_path):
    edited(community, lambda fs: [f["properties"].update(community="150204001001") for f in fs])
    out = tmp_path / "grids.geojson"
    assert run("grids", "--in", str(community), "--out", str(out))[0] == 0
    drafts, problems = places_geojson.parse(out.read_bytes())
    assert problems == []
    assert len(drafts) == 9


def test_grids_that_go_on_keep_code_and_name_so_that_they_are_the_same_places_when_imported(community, tmp_path):
    code, first, out = "150204001001", tmp_path / "first.geojson", tmp_path / "grids.geojson"
    edited(community, lambda fs: [f["properties"].update(community=code) for f in fs])
    run("grids", "--in", str(community), "--rounds", "1", "--out", str(first))
    stored = json.loads(first.read_text())
    for n, feature in enumerate(stored["features"], 1):  # as places export gives them
        feature["properties"] = {"level": "grid", "code": f"{code}{n:03}", "name": f"第{n}网格", "community": code}
    first.write_text(json.dumps(stored))
    edited(community, lambda fs: fs[0]["properties"].update(grid=f"{code}001"))
    assert run("grids", "--in", str(community), "--rounds", "1", "--keep", str(first), "--out", str(out))[2] == ""
    drafts, problems = places_geojson.parse(out.read_bytes())
    assert problems == []
    assert {(d.code, d.name) for d in drafts} == {(f"{code}{n:03}", f"第{n}网格") for n in range(1, 10)}


def test_present_grids_are_kept_barriers_respected_and_fixed_buildings_stay(community, tmp_path):
    first = tmp_path / "first.geojson"
    run("grids", "--in", str(community), "--out", str(first))
    out = tmp_path / "second.geojson"
    status, said, _ = run("grids", "--in", str(community), "--keep", str(first), "--seed", "5", "--out", str(out))
    assert status == 0
    assert "0 of 3,530" in said.replace("3530", "3,530")
    one = json.loads(first.read_text())["features"][0]["properties"]
    fixed = tmp_path / "fixed.csv"
    fixed.write_text(f"id,unit\n{one['sites'][0]},东网格\n{one['sites'][1]},东网格\n")
    wall = tmp_path / "wall.geojson"
    wall.write_text(json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": {
        "type": "LineString", "coordinates": [[109.86, 40.7], [109.88, 40.7]]}}]}))  # fmt: skip
    out = tmp_path / "third.geojson"
    assert run("grids", "--in", str(community), "--fixed", str(fixed), "--barriers", str(wall), "--out", str(out))[0] == 0
    east = next(f["properties"] for f in json.loads(out.read_text())["features"] if f["properties"]["name"] == "东网格")
    assert set(one["sites"][:2]) <= set(east["sites"])


def test_present_units_count_for_nothing_where_staying_is_worth_nothing(community, tmp_path):
    keep, first, out = tmp_path / "keep.csv", tmp_path / "first.geojson", tmp_path / "o"
    words = ("grids", "--in", str(community), "--rounds", "1")
    run(*words, "--target", "500", "--out", str(first))
    keep.write_text("id,unit\n" + "".join(f"{s},{f['properties']['name']}\n" for f in json.loads(first.read_text())["features"]
                                           for s in f["properties"]["sites"]))  # fmt: skip
    moved = []
    for stay in ("0", "1000"):
        assert run(*words, "--units", "8", "--keep", str(keep), "--stay", stay, "--out", str(out))[0] == 0
        moved.append(json.loads(out.read_text())["linli"]["figures"]["moved"])
        out.unlink()
    assert moved[0] > moved[1]


def test_what_is_fixed_against_each_other_is_named_with_its_unit(tmp_path):
    path, fixed = tmp_path / "row.csv", tmp_path / "fixed.csv"
    path.write_text("id,households,lon,lat\n" + "".join(f"{c},40,{109.87 + n / 2000},40.65\n" for n, c in enumerate("abcdef")))
    fixed.write_text("id,unit\na,西\nc,东\ne,西\n")
    _, _, wrong = run("grids", "--in", str(path), "--units", "2", "--fixed", str(fixed), "--out", str(tmp_path / "o.geojson"))
    assert "e can't be in 西: what is fixed elsewhere stands between." in wrong
    fixed.write_text("id,unit\nz,西\n")
    _, _, wrong = run("grids", "--in", str(path), "--units", "2", "--fixed", str(fixed), "--out", str(tmp_path / "o.geojson"))
    assert "«z» is not among what is to be divided" in wrong


def test_what_barriers_cut_off_is_named_with_its_sites(tmp_path):
    path, wall = tmp_path / "row.csv", tmp_path / "wall.geojson"
    path.write_text("id,households,lon,lat\n" + "".join(f"{c},40,{109.87 + n / 2000},40.65\n" for n, c in enumerate("abcdefgh")))
    line = {"type": "LineString", "coordinates": [[109.8702, 40.6], [109.8702, 40.7]]}
    wall.write_text(json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": line}]}))
    out = tmp_path / "o.geojson"
    words = ("grids", "--in", str(path), "--units", "2", "--rounds", "1", "--out", str(out))
    assert run(*words)[0] == 0
    out.unlink()
    status, _, wrong = run(*words, "--barriers", str(wall))
    assert status == 1
    assert "a are cut off from the rest; their 40 households make no units of 144 to 176" in wrong


def test_units_of_villages_are_the_present_ones_of_the_next_plan(tmp_path):
    source, first, second = tmp_path / "villages.geojson", tmp_path / "units.geojson", tmp_path / "again.geojson"
    source.write_text(commands.example("zhucheng"))
    towns = {"昌城镇", "百尺河镇"}
    edited(source, lambda fs: fs.__setitem__(slice(None), [f for f in fs if f["properties"]["township"] in towns]))
    words = ("villages", "--in", str(source), "--per", "5", "--tolerance", "30%", "--rounds", "1")
    assert run(*words, "--out", str(first))[2] == ""
    made = json.loads(first.read_text())["features"]
    ids = [f["properties"]["id"] for f in made]
    assert len(set(ids)) == len(ids)
    assert {i.split()[0] for i in ids} == towns
    _, said, wrong = run(*words, "--keep", str(first), "--out", str(second))
    assert wrong == ""
    assert ": 0 of" in said or "\n0 of" in said
    made[1]["geometry"] = made[0]["geometry"]
    first.write_text(json.dumps({"type": "FeatureCollection", "features": made}))
    assert f"{ids[0]} and {ids[1]} share" in run(*words, "--keep", str(first), "--out", str(tmp_path / "o"))[2]


def test_zhucheng_becomes_208_units_within_its_townships(tmp_path):
    """1,249 villages, 208 units of about 1,500 households: positions and sizes are made up, townships official."""
    source, out = tmp_path / "villages.geojson", tmp_path / "units.geojson"
    source.write_text(commands.example("zhucheng"))
    status, said, wrong = run("villages", "--in", str(source), "--units", "208", "--customs", "surname_share,market", "--customs-metres", "300",
                              "--rounds", "1", "--out", str(out))  # fmt: skip
    assert (status, wrong) == (0, "")
    made = json.loads(out.read_text())
    figures = made["linli"]["figures"]
    assert (figures["sites"], figures["units"], figures["within_band"]) == (1249, 208, 208)
    assert 1400 < figures["households"] / figures["units"] < 1600
    assert figures["walking"] <= 1.08 * figures["bound"]
    assert figures["customs_within"] < figures["customs_between_any"]
    town = {f["properties"]["id"]: f["properties"]["township"] for f in json.loads(source.read_text())["features"]}
    for feature in made["features"]:
        assert {town[s] for s in feature["properties"]["sites"]} == {feature["properties"]["community"]}
    assert "Who loses most:" in said


def row_of_villages(path: Path, **said: str) -> Path:
    """Eight villages in a row, some of which say something."""
    lines = (f"{c},30,{119.4 + n / 100},36.0,{said.get(c, ',')}" for n, c in enumerate("abcdefgh"))
    path.write_text("村名,户数,经度,纬度,不并,同并\n" + "\n".join(lines) + "\n")
    return path


def test_villages_declared_together_stay_so_and_each_says_how_far_its_centre_is_now_and_before(tmp_path):
    path, out = row_of_villages(tmp_path / "v.csv", b=",一家", c=",一家", d="两家,", e="两家,"), tmp_path / "units.geojson"
    status, said, wrong = run("villages", "--in", str(path), "--per", "4", "--tolerance", "30%", "--rounds", "1", "--out", str(out))
    assert (status, wrong) == (0, "")
    unit = {v["id"]: f["properties"]["name"] for f in json.loads(out.read_text())["features"] for v in f["properties"]["villages"]}
    assert len(unit) == 8
    assert unit["b"] == unit["c"]
    assert unit["d"] != unit["e"]
    villages = [v for f in json.loads(out.read_text())["features"] for v in f["properties"]["villages"]]
    assert all(v["metres_before"] == 0 for v in villages)
    assert max(v["metres"] for v in villages) > 500
    assert "Who loses most:" in said


def test_villages_declared_apart_are_never_merged_whatever_else_may_be_missed(tmp_path):
    path, out = row_of_villages(tmp_path / "v.csv", d="两家,", e="两家,"), tmp_path / "units.geojson"
    status, _, wrong = run("villages", "--in", str(path), "--units", "1", "--anyway", "--rounds", "1", "--out", str(out))
    assert status == 1
    assert "1 pairs that were declared apart could not be kept apart" in wrong
    assert not out.exists()


def test_customs_are_never_about_religion_or_ethnicity(tmp_path):
    path = row_of_villages(tmp_path / "v.csv")
    path.write_text(path.read_text().replace("同并", "民族"))
    _, _, wrong = run("villages", "--in", str(path), "--per", "4", "--customs", "民族", "--out", str(tmp_path / "o"))
    assert "Nobody's ethnicity is recorded" in wrong


@pytest.mark.parametrize(
    ("change", "en", "zh"),
    [
        (lambda fs: fs[3]["properties"].pop("households"), "Feature 4 (4号楼), buildings.geojson households: The number of households is missing", "户数"),
        (lambda fs: fs[3]["properties"].update(households=-2), "no whole number from 0", "户数"),
        (lambda fs: fs[3]["properties"].update(id="B0001"), "«B0001» is there already, as number 1", "已经有"),
        (lambda fs: fs[3]["geometry"].update(coordinates=[40.65, 109.87]), "Longitude comes first", "经度在前"),
        (lambda fs: fs[3].update(geometry=None), "Here stands no shape; a point or an area is needed.", "这里是空的，应为点或面。"),
        (lambda fs: fs[3]["properties"].update(households=900), "4号楼 alone has 900 households", "4号楼一处就有900户"),
        (lambda fs: fs.__delitem__(slice(1, None)), "make 1 units of", "户"),
        (lambda fs: [f["properties"].update(households=0) for f in fs], "Nobody lives there", "没有住户"),
    ],
)  # fmt: skip
def test_what_cannot_be_divided_is_named_in_both_languages_and_nothing_is_written(community, tmp_path, change, en, zh):
    edited(community, change)
    out = tmp_path / "grids.geojson"
    status, said, wrong = run("grids", "--in", str(community), "--rounds", "1", "--out", str(out))
    assert (status, said) == (1, "")
    assert en in wrong
    assert zh in run("grids", "--in", str(community), "--rounds", "1", "--out", str(out), lang="zh")[2]
    assert not out.exists()


def test_overlapping_and_crossing_outlines_are_named(tmp_path):
    def square(x, y, **properties):
        ring = [[x, y], [x + 0.001, y], [x + 0.001, y + 0.001], [x, y + 0.001], [x, y]]
        return {"type": "Feature", "properties": {"households": 40, **properties}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    bow = square(109.9, 40.6, name="丙")
    bow["geometry"]["coordinates"] = [[[109.9, 40.6], [109.901, 40.601], [109.901, 40.6], [109.9, 40.601], [109.9, 40.6]]]
    path = tmp_path / "b.geojson"
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": [square(109.87, 40.65, name="甲"), square(109.8705, 40.65, name="乙"), bow]})
    )
    _, _, wrong = run("grids", "--in", str(path), "--out", str(tmp_path / "o.geojson"))
    assert "Feature 1 (甲), b.geojson geometry: It shares" in wrong
    assert "乙 (number 2)" in wrong
    assert "crosses itself" in wrong


def test_a_csv_without_the_columns_or_a_missing_file_is_said(tmp_path):
    path = tmp_path / "v.csv"
    path.write_text("村名,户数\n甲,3\n", encoding="gb18030")
    assert "v.csv lon: There is no such column" in run("villages", "--in", str(path), "--per", "5", "--out", str(tmp_path / "o"))[2]
    assert "There is no such file." in run("villages", "--in", str(tmp_path / "none.csv"), "--per", "5", "--out", str(tmp_path / "o"))[2]
    path.write_text("id,村名,户数,经度,纬度,乡镇\n1,甲,30,119.4,36.0,东镇\n2,乙,30,119.41,36.0,东镇\n3,丙,30,119.42,36.0,西镇\n")
    assert run("villages", "--in", str(path), "--per", "2", "--out", str(tmp_path / "o.geojson"))[0] == 0


def test_present_units_in_which_nothing_lies_and_fewer_units_than_townships_are_refused(community, tmp_path):
    keep = tmp_path / "keep.csv"
    keep.write_text("id,unit\n")
    assert "There is no such column" in run("grids", "--in", str(community), "--keep", str(keep), "--out", str(tmp_path / "o"))[2]
    keep.write_text("id,unit\nelsewhere,1\n")
    wrong = run("grids", "--in", str(community), "--keep", str(keep), "--out", str(tmp_path / "o"))[2]
    assert "Row 2, keep.csv id: «elsewhere» is not among what is to be divided" in wrong
    villages = tmp_path / "villages.geojson"
    villages.write_text(commands.example("zhucheng"))
    wrong = run("villages", "--in", str(villages), "--units", "3", "--out", str(tmp_path / "o"))[2]
    assert "3 units are too few for 14 townships" in wrong
    path = tmp_path / "bare.csv"
    path.write_text("编号,经度\nA,109.87\n")
    wrong = run("grids", "--in", str(path), "--out", str(tmp_path / "o"))[2]
    assert ("bare.csv households: There is no such column" in wrong, "bare.csv lat: There is no such column" in wrong) == (True, True)


def ways_of(path: Path, *lines) -> Path:
    drawn = [{"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}} for line in lines]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": drawn}))
    return path


def test_ways_that_are_elsewhere_are_refused_and_those_that_join_few_are_told(tmp_path):
    path, out = row_of_villages(tmp_path / "v.csv"), tmp_path / "units.geojson"
    words = ("villages", "--in", str(path), "--per", "4", "--tolerance", "30%", "--rounds", "1", "--network", str(tmp_path / "w.geojson"))
    ways_of(tmp_path / "w.geojson", [[105.0, 30.0], [105.01, 30.0]])
    status, _, wrong = run(*words, "--out", str(out))
    assert status == 1
    assert "--network: These ways are 1," in wrong
    ways_of(tmp_path / "w.geojson", *([[119.4 + n / 100, 36.0], [119.41 + n / 100, 36.0]] for n in (0, 2, 4, 6)))
    _, said, wrong = run(*words, "--out", str(out))
    assert wrong == ""
    assert "Distances are measured along the ways given" in said
    assert "8 of 8 places are joined by the ways to no more than half of the others" in said
    assert "a, b, c, d, e and 3 more" in said
    assert json.loads(out.read_text())["linli"]["figures"]["unjoined"] == [*"abcdefgh"]
    ways_of(tmp_path / "w.geojson", [[119.4 + n / 100, 36.0] for n in range(8)])
    assert "no more than half" not in run(*words, "--out", str(tmp_path / "whole.geojson"))[1]


def test_rows_of_present_and_fixed_units_that_contradict_one_another_are_named(community, tmp_path):
    path = tmp_path / "units.csv"
    path.write_text("id,unit\nB0001,1\nB0002,\nB0001,2\nZZ,3\n1号楼,3\n")
    words = ("grids", "--in", str(community), "--rounds", "1", "--out", str(tmp_path / "o"))
    wrong = run(*words, "--keep", str(path))[2]
    assert "Row 3 (B0002), units.csv unit: It says no unit." in wrong
    assert "Row 4 (B0001), units.csv unit: It is in «2» here and in «1» by another line." in wrong
    assert "Row 5, units.csv id: «ZZ» is not among" in wrong
    assert "Row 6 (1号楼), units.csv unit: It is in «3» here and in «1» by another line." in wrong
    wrong = run(*words, "--fixed", str(path))[2]
    assert "It says no unit" not in wrong
    assert "Row 4 (B0001)" in wrong


def test_households_without_a_present_unit_are_not_said_to_stay(community, tmp_path):
    first, keep = tmp_path / "first.geojson", tmp_path / "keep.csv"
    run("grids", "--in", str(community), "--rounds", "1", "--out", str(first))
    made = json.loads(first.read_text())["features"]
    keep.write_text(
        "id,unit\n" + "".join(f"{s},{f['properties']['name']}\n" for f in made for s in f["properties"]["sites"] if s != "B0001")
    )
    said = run("grids", "--in", str(community), "--rounds", "1", "--keep", str(keep), "--out", str(tmp_path / "o"))[1]
    alone = json.loads(community.read_text())["features"][0]["properties"]["households"]
    assert f"0 of {3530 - alone:,} households come to another unit" in said
    assert f"{alone} households have no present unit" in said


def test_an_id_that_two_townships_use_a_place_far_from_all_and_barriers_elsewhere_are_refused(community, tmp_path):
    path, out = tmp_path / "v.csv", tmp_path / "o"
    head = "id,村名,户数,经度,纬度,乡镇\n"
    rows = [f"{n},村{n},30,{119.4 + n / 100},36.0,{'东镇' if n < 4 else '西镇'}\n" for n in range(8)]
    path.write_text(head + "".join(rows).replace("7,村7", "1,村7"))
    words = ("villages", "--in", str(path), "--per", "2", "--rounds", "1", "--out", str(out))
    assert "Row 9 (村7), v.csv id: «1» is there already, as number 3" in run(*words)[2]
    path.write_text(head.replace("id,", "") + "".join(row.split(",", 1)[1] for row in rows).replace("村7", "村1"))
    assert run(*words)[2] == ""  # without ids, villages of two townships may have one name
    out.unlink()
    path.write_text(head + "".join(rows).replace("119.42,", "9.42,"))
    assert "Row 4 (村2), v.csv geometry: It lies " in run(*words)[2]
    path.write_text(head + "".join(rows))
    ways_of(tmp_path / "w.geojson", [[105.0, 30.0], [105.01, 30.0]])
    assert "--barriers: These barriers are 1," in run(*words, "--barriers", str(tmp_path / "w.geojson"))[2]


def test_villages_that_say_no_township_are_told_to_have_no_border(tmp_path):
    path = row_of_villages(tmp_path / "v.csv")
    words = ("villages", "--in", str(path), "--per", "4", "--tolerance", "30%", "--rounds", "1")
    assert "No village says its township: no township’s border was kept." in run(*words, "--out", str(tmp_path / "a"))[1]
    text = path.read_text().replace("村名,户数", "村名,户数,乡镇").replace(",30,", ",30,东镇,").replace("h,30,东镇,", "h,30,,")
    path.write_text(text)
    assert "1 of 8 villages say no township" in run(*words, "--anyway", "--out", str(tmp_path / "b"))[1]


def test_a_plan_that_misses_is_written_when_asked_for_with_the_reason(community, tmp_path):
    edited(community, lambda fs: fs[3]["properties"].update(households=900))
    out = tmp_path / "grids.geojson"
    status, said, _ = run("grids", "--in", str(community), "--rounds", "1", "--anyway", "--out", str(out))
    assert status == 0
    assert "4号楼 alone has 900 households" in said
    assert "4号楼 alone has 900 households" in "\n".join(json.loads(out.read_text())["linli"]["words"])


def test_the_command_starts_without_the_heavy_libraries():
    import subprocess

    code = "import sys; from linli.conf.cli import parser; parser(); print([m for m in ('numba', 'scipy', 'numpy', 'shapely') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
