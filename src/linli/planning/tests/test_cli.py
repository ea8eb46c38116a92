"""The other questions of ``linli plan`` from file to file: what they write, what they refuse and how they say so."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.utils import translation

from linli.conf.cli import parser
from linli.planning import cli, commands, words
from linli.planning.studies.kinds.circles import _out as elderly_out


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


@pytest.mark.parametrize(("name", "data"), [("b.xlsx", b"PK\x03\x04..."), ("b.csv", b"\x89PNG...")])
def test_a_file_of_another_kind_is_told_with_the_kind_that_is_wanted(buildings, clinics, tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    words = ("circles", "--facilities", str(clinics), "--out", str(tmp_path / "o"))
    assert f"{name}: It is a spreadsheet, picture or other file that isn't read here. CSV or GeoJSON is wanted" in run(
        *words, "--in", str(tmp_path / name)
    )[2].replace(" :", ":")
    assert "GeoJSON is wanted" in run(*words, "--in", str(buildings), "--network", str(tmp_path / name))[2]


def test_facilities_far_from_any_way_are_named(buildings, clinics, tmp_path):
    ways, out = tmp_path / "ways.geojson", tmp_path / "out.json"
    clinics.write_text(clinics.read_text("gb18030") + "菜店,远店,109.9,40.7\n")
    line = {"type": "LineString", "coordinates": [[109.869, 40.649], [109.872, 40.652], [109.878, 40.655]]}
    ways.write_text(json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": line}]}))
    said = run("circles", "--in", str(buildings), "--facilities", str(clinics), "--network", str(ways), "--out", str(out))[1]
    assert "1 of 3 facilities lie more than 300 m from any way; the same goes for them: 远店." in said
    [far] = written(out)["linli"]["figures"]["sites_astray"]
    assert (far["name"], far["metres"] > 300) == ("远店", True)


def test_a_row_without_a_name_is_told_by_its_number_alone(clinics, tmp_path):
    (tmp_path / "b.csv").write_text("编号,户数,经度,纬度\n,40,109.87,40.65\n")
    wrong = run("circles", "--in", str(tmp_path / "b.csv"), "--facilities", str(clinics), "--out", str(tmp_path / "o"))[2]
    assert "Row 2, b.csv 编号: It is empty." in wrong


def test_few_elderly_households_are_not_counted_out_loud(buildings, clinics, tmp_path):
    data = written(buildings)
    for n, feature in enumerate(data["features"]):
        feature["properties"]["elderly"] = int(n in (0, 89))
    buildings.write_text(json.dumps(data))
    out = tmp_path / "circles.json"
    _, said, _ = run("circles", "--in", str(buildings), "--facilities", str(clinics), "--minutes", "1", "--out", str(out))
    assert "fewer than 5 of them with an elderly person" in said
    assert written(out)["linli"]["figures"]["kinds"][0]["elderly_households_left_out"] is None


def test_what_is_known_of_some_buildings_only_is_said_to_be(buildings, clinics, tmp_path):
    data = written(buildings)
    for feature in data["features"][40:]:
        del feature["properties"]["elderly"]
    buildings.write_text(json.dumps(data))
    _, said, _ = run("circles", "--in", str(buildings), "--facilities", str(clinics), "--minutes", "1", "--out", str(tmp_path / "o"))
    assert "Of 40 of 90 buildings it is known in how many households somebody elderly lives" in said


def test_what_is_known_of_no_building_left_out_is_not_said_to_be_none(buildings, clinics, tmp_path):
    data, out = written(buildings), tmp_path / "circles.json"
    words = ("circles", "--in", str(buildings), "--facilities", str(clinics), "--minutes", "1", "--kinds", "卫生站")
    run(*words, "--out", str(out))
    inside = {f["properties"]["id"] for f in written(out)["features"] if not f["properties"]["missing"]}
    some = [f for f in data["features"] if f["properties"]["id"] not in inside][:10]
    assert inside
    assert "known_of" not in out.read_text()
    for feature in data["features"]:
        if feature["properties"]["id"] not in inside:
            feature["properties"]["elderly"] = None
    for known, said in (
        (0, ", how many of them with an elderly person is not known"),
        (10, ", 20 of them with an elderly person (known of 10 of the"),
    ):
        for feature in some[:known]:
            feature["properties"]["elderly"] = 2
        buildings.write_text(json.dumps(data))
        out = tmp_path / f"{known}.json"
        assert said in run(*words, "--out", str(out))[1]
        [kind] = written(out)["linli"]["figures"]["kinds"]
        assert kind["elderly_households_left_out_known_of"] == known
        with translation.override("en"):
            shown = str(elderly_out(kind))
        assert shown == "not known" if not known else shown.startswith("20 (10 of ")
        del kind["elderly_households_left_out_known_of"]
        assert elderly_out(kind) == 2 * known  # answers of before are shown as they were


def test_everything_wrong_in_a_file_is_told_at_once_row_by_row_in_its_own_words(clinics, tmp_path):
    bad = tmp_path / "楼栋.csv"
    bad.write_text("编号,户数,老人户,经度,纬度\nA,40,50,109.87,40.65\nB,x,3,,40.65\nA,,1,109.87,91\n")
    status, _, wrong = run("circles", "--in", str(bad), "--facilities", str(clinics), "--out", str(tmp_path / "o"))
    assert status == 1
    told = [line.split(":")[0].strip() for line in wrong.splitlines()[1:]]
    where = ["2 (A), 楼栋.csv 老人户", "3 (B), 楼栋.csv geometry", "3 (B), 楼栋.csv 户数", "4 (A), 楼栋.csv geometry", "4 (A), 楼栋.csv 户数",
             "4 (A), 楼栋.csv 编号"]  # fmt: skip
    assert told == [f"Row {one}" for one in where]


def test_nothing_is_said_to_be_nearer_to_its_bound_than_it_is():
    assert (words.within(0.000004, 2), words.within(0.0049, 0), words.within(0.02)) == ("0.01", "1", "2.0")
    assert (words.lowest(1294.39), words.band(375.98, 459.5)) == ("1,294.3", {"low": "376", "high": "459"})


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
    said = run(*words, "--out", str(out))[1]
    assert "measured along the ways given" in said
    assert "5 of 90 places lie more than 300 m from any way" in said
    near = tmp_path / "near.json"
    said = run(*words, "--off-way", "310", "--out", str(near))[1]
    astray = written(near)["linli"]["figures"]["astray"]
    assert all(a["metres"] > 310 for a in astray)
    assert 0 < len(astray) < 5
    assert ", ".join(a["name"] for a in astray) in said
    assert "from any way" not in run(*words, "--off-way", "5000", "--out", str(tmp_path / "all.json"))[1]
    feature = {"type": "Feature", "properties": {}, "geometry": line | {"coordinates": [[120.1, 30.2], [120.2, 30.2]]}}
    ways.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert "km away. Is it the right area" in run(*words, "--out", str(tmp_path / "far.json"))[2]
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
        (lambda fs: fs[3].update(geometry=None), "Here stands no shape; a point or an area is needed.", "这里是空的，应为点或面。"),
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


def test_room_that_is_nowhere_is_told_once_and_not_of_every_row(buildings, clinics, tmp_path):
    words = ("sites", "--in", str(buildings), "--standing", str(clinics), "--number", "2", "--goal", "room", "--out", str(tmp_path / "o"))
    status, _, wrong = run(*words)
    assert status == 1
    [_first, line] = wrong.splitlines()
    assert line.strip().startswith("--room: clinics.csv, buildings.geojson: no site says")
    assert "“room” (容量)" in line


def test_stairs_are_in_the_bound_as_they_are_in_the_way(tmp_path):
    """High up on one staircase nearly all of the way is stairs: the bound is told to be near."""
    homes, out = tmp_path / "homes.csv", tmp_path / "tours.json"
    homes.write_text(
        "编号,单元,经度,纬度,楼层\n" + "".join(f"H{n},{n // 12},{109.87 + n // 12 / 3000},40.65,{1 + n % 6}\n" for n in range(48))
    )
    said = run("tours", "--in", str(homes), "--period", "week", "--a-day", "12", "--days-a-week", "4", "--rounds", "1", "--out", str(out))[
        1
    ]
    figures = written(out)["linli"]["figures"]
    assert figures["metres_as_stairs"] > figures["metres"] / 2
    assert figures["gap"] < 0.2
    assert "stairs among them as in its own" in said


HOMES = "编号,经度,纬度,必访,双人,楼层,电梯,最早,最晚\n" + "".join(
    f"H{n},{109.87 + n % 7 / 3000},{40.65 + n // 7 / 4000},{'是' if n % 9 == 0 else ''},{'是' if n == 5 else ''},{1 + n % 6},"
    f"{'有' if n % 2 else ''},{'9：30' if n == 3 else ''},{'11:00' if n == 3 else ''}\n"
    for n in range(40)
)


def test_tours_of_a_quarter_keep_the_rules_and_say_which_binds(tmp_path):
    homes, out = tmp_path / "homes.csv", tmp_path / "tours.json"
    homes.write_text(HOMES)
    words = ("tours", "--in", str(homes), "--days", "5", "--a-day", "5", "--least", "10", "--rounds", "1")
    status, said, wrong = run(*words, "--out", str(out))
    assert (status, wrong) == (0, "")
    made = written(out)
    figures = made["linli"]["figures"]
    assert (figures["households"], figures["every_month"], figures["turn"], figures["visits"]) == (40, 5, 17, 50)
    assert max(figures["a_month"]) <= 17
    assert figures["floors"] > 0
    assert "40 households, 5 of them each month: 35 ÷ 3 + 5 = 17 visits a month." in said
    assert "10 × 3 = 30 < 40. Everyone's turn binds." in said
    stops = [s["id"] for f in made["features"] for s in f["properties"]["stops"]]
    assert {stops.count(f"H{n}") for n in range(0, 40, 9)} == {3}
    assert all(f["properties"]["two_persons"] for f in made["features"] if "H5" in [s["id"] for s in f["properties"]["stops"]])
    assert all(
        "9:30" <= s["reached"].zfill(4) <= "9:59" or s["reached"] < "11:01"
        for f in made["features"]
        for s in f["properties"]["stops"]
        if s["id"] == "H3"
    )
    again = tmp_path / "again.json"
    run(*words, "--out", str(again))
    assert out.read_bytes() == again.read_bytes()
    for period, more in (
        ("day", ["--a-day", "40", "--pair-days", "1", "--end", "23:00", "--visit", "5"]),
        ("week", ["--lift-floors", "6"]),
    ):
        out = tmp_path / f"{period}.json"
        status, said, wrong = run("tours", "--in", str(homes), "--period", period, "--rounds", "1", "--out", str(out), *more)
        assert (status, wrong) == (0, "")
        assert "Day 1: " in said


def test_a_start_far_from_any_way_is_told_like_a_door(tmp_path):
    homes, ways, out = tmp_path / "homes.csv", tmp_path / "ways.geojson", tmp_path / "tours.json"
    homes.write_text(HOMES)
    line = {"type": "LineString", "coordinates": [[109.87, 40.65], [109.872, 40.6515]]}
    ways.write_text(json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": line}]}))
    words = ("tours", "--in", str(homes), "--period", "week", "--rounds", "1", "--network", str(ways))
    assert "from any way" not in run(*words, "--start", "109.870,40.650", "--out", str(tmp_path / "near.json"))[1]
    assert "1 of 41 places lie more than 300 m from any way" in run(*words, "--start", "109.880,40.650", "--out", str(out))[1]
    assert written(out)["linli"]["figures"]["astray"] == [{"name": "Start and end", "metres": 697}]


@pytest.mark.parametrize(
    ("more", "change", "en", "zh"),
    [
        (["--days", "2"], ("", ""), "40 households, 5 of them each month, make 17 visits a month, but 2 days of 8 are only 16.", "40户"),
        (["--pair-days", "0"], ("", ""), "1 visits a month are for two persons, but only 0 days have a second one.", "双人"),
        (["--end", "10:00"], ("", ""), "finds no place", "排不进"),
        ([], ("9：30", "半晌"), "«半晌» is no time. Enter it as 9:30.", "不是时间"),
        ([], ("9：30", "12:00"), "It ends before it begins.", "早于"),
        ([], ("H1,109", "H1,119"), "too far away", "太远"),
    ],
)
def test_what_keeps_a_worker_from_the_rules_is_said(tmp_path, more, change, en, zh):
    homes, out = tmp_path / "homes.csv", tmp_path / "tours.json"
    homes.write_text(HOMES.replace(*change) if change[0] else HOMES)
    words = ("tours", "--in", str(homes), "--days", "5", "--rounds", "1", "--out", str(out), *more)
    assert en in run(*words)[2]
    assert zh in run(*words, lang="zh")[2]
    assert not out.exists()


@pytest.fixture
def ranked(tmp_path: Path) -> list[str]:
    (tmp_path / "places.csv").write_text("名称,办结率,超期,满意\n甲,95%,3,0.9\n乙,88%,1,0.95\n丙,70%,9,\n")
    (tmp_path / "indicators.csv").write_text("指标,方向,权重\n办结率,高,3\n超期,低,2\n满意,高,1\n")
    (tmp_path / "experts.csv").write_text(
        "专家,甲,乙,比值\n一,办结率,超期,3\n一,办结率,满意,5\n一,超期,满意,2\n二,办结率,超期,2\n二,满意,办结率,1/4\n二,超期,满意,2\n"
    )
    return [
        "indicators",
        "--in",
        str(tmp_path / "places.csv"),
        "--indicators",
        str(tmp_path / "indicators.csv"),
        "--out",
        str(tmp_path / "out.json"),
    ]


def test_places_are_ranked_and_what_the_ranking_rests_on_is_said(ranked, tmp_path):
    assert "满意: It is empty." in run(*ranked)[2]
    status, said, wrong = run(*ranked, "--missing", "mean")
    assert (status, wrong) == (0, "")
    made = written(tmp_path / "out.json")
    assert [row["name"] for row in made["rows"]] == ["乙", "甲", "丙"]
    assert made["linli"]["figures"]["weights"] == {
        "办结率": 0.5,
        "超期": pytest.approx(1 / 3, abs=1e-6),
        "满意": pytest.approx(1 / 6, abs=1e-6),
    }
    assert sum(made["rows"][0]["parts"].values()) == pytest.approx(made["rows"][0]["score"], abs=1e-3)
    assert "乙 is first until the weight of" in said
    assert "1 values are missing; the mean of the others stands for them: 丙 满意." in said
    assert [row.get("filled") for row in made["rows"]] == [None, None, ["满意"]]
    for more in (["--weights", "entropy"], ["--weights", "experts", "--experts", str(tmp_path / "experts.csv")]):
        (tmp_path / "out.json").unlink()
        status, said, wrong = run(*ranked, "--missing", "mean", *more)
        assert (status, wrong) == (0, "")
    assert "Weights from comparisons of 2 experts, consistency ratio 0.0" in said


def test_an_indicator_that_is_equal_everywhere_is_said_to_rank_nobody(ranked, tmp_path):
    (tmp_path / "places.csv").write_text("名称,办结率,超期,满意\n甲,95%,3,0.9\n乙,88%,1,0.9\n丙,70%,9,0.9\n")
    _, said, _ = run(*ranked)
    assert "Equal everywhere, and so ranking nobody: 满意." in said
    assert "the weight of 满意" not in said
    holds = written(tmp_path / "out.json")["linli"]["figures"]["holds"]["满意"]
    assert (holds["from"], holds["to"]) == (None, None)


@pytest.mark.parametrize(
    ("file", "change", "en", "zh"),
    [
        ("experts.csv", ("一,超期,满意,2\n", ""), "Expert 一: 超期 and 满意 are not compared. Add the line.", "没有比较"),
        ("experts.csv", ("一,超期,满意,2", "一,超期,满意,1/9"), "Expert 一 contradicts themselves", "自相矛盾"),
        ("experts.csv", ("1/4", "40"), "«40» is no ratio from 1/9 to 9.", "1/9"),
        ("experts.csv", ("二,超期", "二,环境"), "«环境» is none of the indicators.", "不是"),
        ("experts.csv", ("二,超期,满意", "二,超期,办结率"), "compared twice", "两次"),
        ("indicators.csv", ("满意,高", "满意,好"), "Is more better or less? Enter up or down.", "越高越好"),
        ("indicators.csv", ("满意,高", "信教人数,高"), "religion", "宗教"),
        ("indicators.csv", ("满意,高", "绿化,高"), "There is no such column.", "没有这一列"),
        ("places.csv", ("乙,88%", "甲,88%"), "«甲» is there already", "已经有"),
    ],
)
def test_indicators_that_cannot_be_used_are_named(ranked, tmp_path, file, change, en, zh):
    path = tmp_path / file
    path.write_text(path.read_text().replace(*change))
    words = (*ranked, "--missing", "mean", "--weights", "experts", "--experts", str(tmp_path / "experts.csv"))
    assert en in run(*words)[2]
    assert zh in run(*words, lang="zh")[2]
    assert not (tmp_path / "out.json").exists()


@pytest.fixture
def office(tmp_path: Path) -> list[str]:
    (tmp_path / "communities.csv").write_text(
        "社区,户数,人数,工作人员,副主任,面积\n甲,3530,10590,10,4,2300\n乙,900,2700,4,,\n", encoding="gb18030"
    )
    (tmp_path / "people.csv").write_text("岗位,在岗人数,每日小时,每周固定小时\n窗口,2,8,4\n调解,1,8,10\n")
    (tmp_path / "work.csv").write_text("事项,岗位,每日件数,每件分钟,时限工作日\n证明,窗口,20,12,1\n纠纷,调解,3,300,5\n")
    files = [
        f(name)
        for name in ("in", "people", "work")
        for f in (lambda n: f"--{n}", lambda n: str(tmp_path / {"in": "communities"}.get(n, n)) + ".csv")
    ]
    return ["staff", *files, "--days", "60", "--out", str(tmp_path / "out.json")]


def test_staff_and_space_are_held_to_the_norms_and_deadlines_foreseen(office, tmp_path):
    status, said, wrong = run(*office)
    assert (status, wrong) == (0, "")
    made = written(tmp_path / "out.json")
    figures = made["linli"]["figures"]
    assert (figures["staff_needed"], figures["staff_short"], figures["chairs_needed"], figures["chairs_short"]) == (17, 3, 7, 1)
    assert (figures["space_needed"], figures["space_short"]) == (3250, 0)
    assert "甲: 3,530 households need 13 workers, 5 vice-chairs, 2,250 m². Missing: 3 workers, 1 vice-chairs." in said
    counter, dispute = figures["foreseen"]["kinds"]
    assert counter["in_time"] > 0.95 > 0.5 > dispute["in_time"]
    assert figures["foreseen"]["posts"][1]["enough"] >= 3
    assert "what is not done grows from day to day" in said
    (tmp_path / "out.json").unlink()
    again = run(*office)
    assert again == (0, said, "")
    (tmp_path / "out.json").unlink()
    people = tmp_path / "people.csv"
    people.write_text(people.read_text().replace("调解,1", "调解,0"))
    assert run(*office)[0] == 0
    assert written(tmp_path / "out.json")["linli"]["figures"]["foreseen"]["kinds"][1]["in_time"] == 0


@pytest.mark.parametrize(
    ("file", "change", "en", "zh"),
    [
        ("work.csv", ("纠纷,调解", "纠纷,调度"), "«调度» is none of the posts.", "没有这个岗位"),
        ("work.csv", ("3,300", "3,-1"), "«-1» is no number from 0.1", "不是"),
        ("people.csv", ("1,8,10", "1,8,60"), "The duties of a week take all of its hours.", "占满"),
        ("communities.csv", ("甲", "乙"), "«乙» is there already", "已经有"),
    ],
)
def test_staff_tables_that_cannot_be_used_are_named(office, tmp_path, file, change, en, zh):
    path = tmp_path / file
    text = path.read_bytes().decode("gb18030" if file == "communities.csv" else "utf-8")
    path.write_text(text.replace(*change))
    assert en in run(*office)[2]
    assert zh in run(*office, lang="zh")[2]
    assert not (tmp_path / "out.json").exists()
    assert "belong together" in run("staff", "--people", str(path), "--out", str(tmp_path / "out.json"))[2]
    assert "Give communities" in run("staff", "--out", str(tmp_path / "out.json"))[2]
