"""The other questions of ``linli plan`` from file to file: what they write, what they refuse and how they say so."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.utils import translation

from linli.conf.cli import parser
from linli.planning import cli, commands


def run(*words: str, lang: str = "en") -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with translation.override("zh-hans" if lang == "zh" else "en"):
        status = cli.answer(parser().parse_args(["plan", *words, "--lang", lang]), out, err)
    return status, out.getvalue(), err.getvalue()


def written(path: Path) -> dict:
    return json.loads(path.read_text())


@pytest.fixture
def buildings(tmp_path: Path) -> Path:
    path = tmp_path / "buildings.geojson"
    data = json.loads(commands.example("community"))
    for feature in data["features"]:
        feature["properties"].update(residents=3 * feature["properties"]["households"], elderly=2)
    path.write_text(json.dumps(data))
    return path


@pytest.fixture
def clinics(tmp_path: Path) -> Path:
    path = tmp_path / "clinics.csv"
    path.write_text("类别,名称,经度,纬度\n卫生站,甲,109.872,40.652\n菜店,乙,109.875,40.653\n", encoding="gb18030")
    return path


def test_circles_say_who_is_left_out_and_how_far_everyone_walks(buildings, clinics, tmp_path):
    out = tmp_path / "circles.json"
    kinds = "卫生站,菜店,图书室"
    status, said, wrong = run(
        "circles", "--in", str(buildings), "--facilities", str(clinics), "--minutes", "3", "--kinds", kinds, "--out", str(out)
    )
    assert (status, wrong) == (0, "")
    made = written(out)
    clinic, _market, library = made["linli"]["figures"]["kinds"]
    assert 0 < clinic["share_of_households"] == clinic["share_of_residents"] < 1
    assert clinic["households_left_out"] + round(clinic["share_of_households"] * 3530) == pytest.approx(3530, abs=1)
    assert (library["sites"], library["households_left_out"], library["elderly_households_left_out"]) == (0, 3530, 180)
    assert "3 minutes on foot at 80 m a minute are 240 m." in said
    assert "times 1.3: walls and detours are only assumed" in said
    first = made["features"][0]["properties"]
    assert (first["minutes"]["卫生站"] > 3) == ("卫生站" in first["missing"])
    assert made["linli"]["figures"]["share_of_all_kinds"] == 0
    assert "elderly" not in out.read_text().replace("elderly_households_left_out", "").replace("with an elderly person", "")


def test_few_elderly_households_are_not_counted_out_loud(buildings, clinics, tmp_path):
    data = written(buildings)
    for n, feature in enumerate(data["features"]):
        feature["properties"]["elderly"] = int(n in (0, 89))
    buildings.write_text(json.dumps(data))
    out = tmp_path / "circles.json"
    _, said, _ = run("circles", "--in", str(buildings), "--facilities", str(clinics), "--minutes", "1", "--out", str(out))
    assert "fewer than 5 of them with an elderly person" in said
    assert written(out)["linli"]["figures"]["kinds"][0]["elderly_households_left_out"] is None


@pytest.mark.parametrize("goal", ["walk", "reach", "room"])
def test_sites_are_proposed_with_bound_and_today(buildings, clinics, tmp_path, goal):
    out = tmp_path / "sites.json"
    room = ["--room", "1800"] if goal == "room" else []
    words = [
        "sites",
        "--in",
        str(buildings),
        "--number",
        "2",
        "--goal",
        goal,
        "--standing",
        str(clinics),
        "--minutes",
        "3",
        "--tries",
        "3",
        "--seconds",
        "4",
    ]
    status, said, wrong = run(*words, *room, "--out", str(out))
    assert (status, wrong) == (0, "")
    figures = written(out)["linli"]["figures"]
    assert (figures["sites"], figures["new"]) == (4, 2)
    assert figures["gap"] < 0.01
    assert figures["within_reach"] >= figures["within_reach_before"]
    served = [b for f in written(out)["features"] for b in f["properties"]["buildings"]]
    assert len(served) == len(set(served))
    if goal != "reach":
        assert len(served) == 90
    if goal == "room":
        assert max(f["properties"]["households"] for f in written(out)["features"]) <= 1800
    assert "No choice can" in said


def test_ways_are_followed_where_they_are_given(buildings, clinics, tmp_path):
    ways, out = tmp_path / "ways.geojson", tmp_path / "out.json"
    line = {"type": "LineString", "coordinates": [[109.869, 40.649], [109.872, 40.652], [109.878, 40.655]]}
    ways.write_text(json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": line}]}))
    words = ("circles", "--in", str(buildings), "--facilities", str(clinics), "--network", str(ways))
    assert "measured along the ways given" in run(*words, "--out", str(out))[1]
    line["coordinates"] = line["coordinates"][:1] * 2
    ways.write_text(json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": line}]}))
    status, _, wrong = run(*words, "--out", str(tmp_path / "none.json"))
    assert status == 1
    assert "Feature 1, ways.geojson geometry" in wrong


@pytest.mark.parametrize(
    ("change", "en", "zh"),
    [
        (lambda fs: fs[3]["properties"].update(households="many"), "Feature 4 (4号楼), buildings.geojson households: «many» is no number from 0", "不是"),
        (lambda fs: fs[3]["properties"].update(households=2.5), "«2.5» is no whole number", "不是整数"),
        (lambda fs: fs[3]["properties"].update(id="B0001"), "«B0001» is there already, as number 1", "已经有"),
        (lambda fs: fs[3]["properties"].update(elderly=99999), "more households with an elderly person than households", "老人"),
        (lambda fs: fs[3].update(geometry=None), "is needed here", "此处应为"),
        (lambda fs: [f["properties"].update(households=0, elderly=0) for f in fs], "Nobody lives there", "没有住户"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_in_both_languages_and_nothing_is_written(buildings, clinics, tmp_path, change, en, zh):
    data = written(buildings)
    change(data["features"])
    buildings.write_text(json.dumps(data))
    out = tmp_path / "out.json"
    words = ("circles", "--in", str(buildings), "--facilities", str(clinics), "--out", str(out))
    status, said, wrong = run(*words)
    assert (status, said) == (1, "")
    assert en in wrong
    assert zh in run(*words, lang="zh")[2]
    assert not out.exists()


def test_a_question_without_an_answer_says_what_to_do(buildings, tmp_path):
    out = tmp_path / "out.json"
    assert "fewer candidates than sites" in run("sites", "--in", str(buildings), "--number", "91", "--out", str(out))[2]
    assert (
        "hold too little" in run("sites", "--in", str(buildings), "--number", "2", "--goal", "room", "--room", "900", "--out", str(out))[2]
    )
    assert "room" in run("sites", "--in", str(buildings), "--number", "2", "--goal", "room", "--out", str(out))[2]
