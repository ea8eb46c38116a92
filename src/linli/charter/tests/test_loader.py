"""Loading: every mistake is told with file, line and mend, in both languages."""
# ruff: noqa: E501 - a table of mistakes, a line each

from __future__ import annotations

import pytest

from linli.charter.denied import denied
from linli.charter.loader import CharterError, find, fingerprint, load, packaged, parse, sources
from linli.charter.schema import Duration
from linli.charter.tests.factories import small_charter, small_sources


def problems(source: dict[str, str]):
    with pytest.raises(CharterError) as refused:
        parse(source)
    return refused.value.problems


# what is written instead -> kind of problem, what its line holds, what the mend says
WRONG = {
    "an unknown key": ({"procedure_swap": "grace = \"P1D\" -> graze = \"P1D\""}, "unknown-key", "graze", '"grace"'),
    "an unknown key in an inline table": ({"head_swap": "name = { zh = \"小章程\" -> name = { zg = \"小章程\""}, "unknown-key", "zg", "zh, en"),
    "a text where a number belongs": ({"procedure_swap": "returns = 2 -> returns = \"2\""}, "wrong-type", "returns = \"2\"", "whole number"),
    "a truth value where a number belongs": ({"procedure_swap": "returns = 2 -> returns = true"}, "wrong-type", "returns = true", "whole number"),
    "a missing field": ({"bodies_swap": "level = \"street\"\n -> "}, "missing", "[[body]]", "level"),
    "a name in one language": ({"head_swap": "name = { zh = \"小章程\", en = \"Small charter\" } -> name = { zh = \"小章程\" }"}, "missing", "name = { zh", "en"),
    "a bad duration": ({"procedure_swap": "grace = \"P1D\" -> grace = \"1 day\""}, "bad-duration", "1 day", "P3D"),
    "a duration of nothing": ({"procedure_swap": "grace = \"P1D\" -> grace = \"P0D\""}, "bad-duration", "P0D", "P3D"),
    "a duration as a float": ({"procedure_swap": "grace = \"P1D\" -> grace = 0.5"}, "float", "grace = 0.5", '"1/2"'),
    "a threshold as a float": (
        {"more": "\n[[duty]]\nid = \"d\"\nname = { zh = \"走\", en = \"go\" }\npost = \"worker\"\neach = \"month\"\nof = \"household\"\nat_least = 0.6666666\n"},
        "float", "at_least = 0.66", '"2/3"',
    ),
    "an unknown level": ({"bodies_swap": "level = \"street\" -> level = \"stret\""}, "unknown-level", "stret", '"street"'),
    "an unknown kind of body": ({"bodies_swap": "kind = \"street\" -> kind = \"road\""}, "unknown-kind", "road", "department"),
    "an unknown ability": ({"more": "\n[[post]]\nid = \"x\"\nname = { zh = \"某\", en = \"X\" }\nbody = \"street\"\nlevel = \"street\"\nabilities = [\"flow.act\",\n\"flow.urg\"]\n"},
                           "unknown-abilities", "\"flow.urg\"", '"flow.urge"'),
    "a goal for what is no rate": ({"more": "\n[[goal]]\nid = \"on_tim\"\nshare = \"9/10\"\n"}, "unknown-id", "on_tim", '"on_time"'),
    "a goal beyond all": ({"more": "\n[[goal]]\nid = \"on_time\"\nshare = \"11/10\"\n"}, "wrong-type", "11/10", "at most 1"),
    "an unknown action": ({"procedure_swap": "action = \"check\" -> action = \"chek\""}, "unknown-action", "chek", '"check"'),
    "an id with capital letters": ({"bodies_swap": "id = \"street\" -> id = \"Street\""}, "bad-id", "Street", "lower-case"),
    "hours that are none": ({"head_swap": "\"14:30-18:00\" -> \"14:30-25:00\""}, "bad-hours", "25:00", "08:30-12:00"),
    "seats that are none": ({"more": "\n[[post]]\nid = \"x\"\nname = { zh = \"某\", en = \"X\" }\nbody = \"street\"\nlevel = \"street\"\nabilities = []\nseats = [1]\n"},
                            "wrong-type", "seats = [1]\n", "[fewest, most]"),
    "a step twice": ({"procedure_swap": "id = \"answer\" -> id = \"check\""}, "duplicate-id", "[[step]]\nid = \"check\"\nname = { zh = \"答复\"", "check"),
    "a body twice": ({"bodies_swap": "id = \"street\" -> id = \"station\""}, "duplicate-id", "[[body]]\nid = \"station\"\nname = { zh = \"街道", "line"),
    "an end without a verdict": ({"procedure_swap": "name = { zh = \"办结\", en = \"Closed\" }\ngood = true -> name = { zh = \"办结\", en = \"Closed\" }"}, "missing", "[[end]]", "good"),
    "a code that is none": ({"head_swap": "root = \"150204000000\" -> root = \"1502\""}, "bad-code", "1502", "12"),
    "levels out of order": ({"head_swap": "levels = [\"district\", \"street\" -> levels = [\"street\", \"district\""}, "level-order", "levels", "outermost"),
    "a syntax error": ({"procedure_swap": "grace = \"P1D\" -> grace = P1D"}, "syntax", "grace = P1D", "quotation marks"),
    "a key twice": ({"procedure_swap": "grace = \"P1D\" -> grace = \"P1D\"\ngrace = \"P2D\""}, "syntax", "grace = \"P2D\"", "only once"),
    "an open quotation": ({"procedure_swap": "grace = \"P1D\" -> grace = \"P1D"}, "syntax", "grace = \"P1D", "end of its line"),
    "a forbidden group": ({"more": "\n[[group]]\nid = \"watched\"\nname = { zh = \"重点人员\", en = \"Watched\" }\n"}, "denied", "[[group]]", "nobody who needs a visit is forgotten"),
    "a forbidden word of a category": ({"matters_swap": "\"灯坏了\" -> \"信 访户\""}, "denied", "words = [", "no label"),
    "forbidden evidence": ({"procedure_swap": "needs = [\"finding\"] -> needs = [\"religion\"]"}, "denied", "religion", "religion is recorded"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "slug", "piece", "mend"), WRONG.values(), ids=WRONG.keys())
def test_the_loader_tells(changes, slug, piece, mend):
    source = small_sources(**changes)
    found = [p for p in problems(source) if p.slug == slug]
    assert found, [p.text() for p in problems(source)]
    problem = found[0]
    lines = source[problem.file].splitlines()
    assert piece.splitlines()[0] in lines[problem.line - 1]
    assert any(mend in p.en for p in found)
    assert problem.text("zh") != problem.text("en")
    assert problem.text("en").startswith(f"{problem.file}:{problem.line}: ")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_files():
    source = small_sources(bodies_swap='level = "street" -> level = "stret"', procedure_swap='grace = "P1D" -> graze = "P1D"')
    assert [(p.file, p.slug) for p in problems(source)] == [("charter.toml", "unknown-level"), ("procedures/matter.toml", "unknown-key")]


def test_an_unknown_file_is_told():
    assert [p.slug for p in problems(small_sources(files={"mattrs.toml": ""}))] == ["unknown-file"]


def test_a_procedure_in_a_file_of_another_name_is_told():
    source = small_sources()
    source["procedures/other.toml"] = source.pop("procedures/matter.toml")
    assert [p.slug for p in problems(source)] == ["file-name"]


def test_durations_are_working_time_unless_they_say_natural():
    charter = small_charter(procedure_swap='grace = "P1D" -> grace = "PT2H natural"')
    assert charter.procedures["matter"].steps["handle"].grace == Duration(hours=2, clock="natural")
    assert charter.categories["public.lamp"].within == Duration(days=3)


def test_a_leaf_takes_over_what_its_branch_says_and_overrides_what_it_says_itself():
    charter = small_charter()
    lamp, noise = charter.categories["public.lamp"], charter.categories["quiet.noise"]
    assert lamp.leaf
    assert lamp.route["grid"] == "worker"
    assert not charter.categories["public"].leaf
    assert (noise.start_level, noise.public, lamp.public) == ("community", False, True)
    assert [c.id for c in charter.leaves()] == ["public.lamp", "public.bench", "quiet.noise"]


# -- one charter over another


def child(more: str, **files: str) -> dict[str, str]:
    base = {f"small/{name}": text for name, text in small_sources().items()}
    head = 'id = "child"\nname = { zh = "子", en = "Child" }\nversion = "2"\nsource = { zh = "测", en = "t" }\nextends = "small"\n'
    return {"charter.toml": head + more, **files, **base}


def test_a_child_takes_everything_over_from_its_parent():
    charter, parent = parse(child("")), small_charter()
    assert (charter.id, charter.extends, charter.hours, charter.area) == ("child", "small", parent.hours, parent.area)
    assert charter.posts == parent.posts
    assert charter.categories == parent.categories
    assert charter.procedures == parent.procedures


def test_a_child_says_only_what_differs_of_a_post_or_category():
    charter = parse(
        child('[[post]]\nid = "worker"\nname = { zh = "居民服务员", en = "Service officer" }\n', **{"matters.toml": '[[category]]\nid = "public.lamp"\nwithin = "P1D"\n'})
    )  # fmt: skip
    assert charter.posts["worker"].name.zh == "居民服务员"
    assert charter.posts["worker"].falls_to == "head"
    assert charter.categories["public.lamp"].within == Duration(days=1)
    assert charter.categories["public.lamp"].name.zh == "路灯不亮"


def test_a_goal_is_a_share_that_a_child_sets_anew():
    goal = '\n[[goal]]\nid = "on_time"\nshare = "%s"\n'
    parent = small_sources(more=goal % "9/10")
    assert parse(parent).goals["on_time"].share == "9/10"
    source = {f"small/{name}": text for name, text in parent.items()}
    source |= child(goal % "19/20")
    assert parse(source).goals["on_time"].share == "19/20"


def test_a_child_drops_what_it_does_not_want_branches_with_all_below():
    charter = parse(child('[drop]\ncategories = ["quiet", "public.bench"]\nposts = ["officer"]\n'))
    assert list(charter.categories) == ["public", "public.lamp"]
    assert "officer" not in charter.posts


def test_dropping_what_is_not_there_is_told_with_its_line():
    found = problems(child('[drop]\nposts = ["oficer"]\n'))
    assert [(p.slug, p.file, p.line) for p in found] == [("drop-unknown", "charter.toml", 7)]
    assert '"officer"' in found[0].en


def test_a_mistake_in_the_parent_names_the_parents_file():
    source = child("")
    source["small/charter.toml"] = source["small/charter.toml"].replace('kind = "street"', 'kind = "road"')
    assert [p.file for p in problems(source)] == ["small/charter.toml"]


def test_charters_that_extend_each_other_are_refused():
    source = child("")
    source["small/charter.toml"] = 'extends = "small"\n' + source["small/charter.toml"]
    assert "extends-cycle" in {p.slug for p in problems(source)}


# -- files


def test_the_fingerprint_does_not_depend_on_line_ends_or_order_but_on_every_word():
    source = small_sources()
    windows = {name: text.replace("\n", "\r\n") for name, text in reversed(source.items())}
    assert fingerprint(windows) == fingerprint(source) == parse(source).sha256
    assert fingerprint(source | {"charter.toml": source["charter.toml"] + "#"}) != fingerprint(source)


def test_a_folder_is_read_with_the_files_of_the_charter_it_extends(tmp_path):
    for name, text in child("", **{"matters.toml": ""}).items():
        path = tmp_path / ("child" if "small/" not in name else "") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert "small/procedures/matter.toml" in sources(tmp_path / "child")
    assert load(tmp_path / "child").extends == "small"


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path):
    (tmp_path / "charter.toml").write_bytes('id = "x"\n# 章程'.encode("gb18030"))
    with pytest.raises(CharterError) as refused:
        load(tmp_path)
    assert [(p.slug, p.line) for p in refused.value.problems] == [("not-utf8", 2)]


def test_a_folder_without_a_charter_and_a_misspelt_key_are_told(tmp_path):
    with pytest.raises(CharterError, match=r"no charter\.toml"):
        load(tmp_path)
    with pytest.raises(CharterError, match='"qingshan"'):
        find("qingshang")
    assert find("qingshan") == packaged()["qingshan"]


# -- the deny-list


@pytest.mark.parametrize(
    ("term", "about"),
    [
        ("信教群众", "religion"), ("Religious sites", "religion"), ("少数民族家庭", "ethnicity"), ("ethnic.minority", "ethnicity"),
        ("信仰情况", "belief"), ("政治倾向", "political opinion"), ("Political views", "political opinion"), ("上访户", "petition history"),
        ("petitioners", "petition history"), ("高风险人员", "risk of a person"), ("high-risk persons", "risk of a person"),
        ("high_risk persons", "risk of a person"), ("重点人员", "key-person lists"), ("key persons", "key-person lists"), ("key-persons", "key-person lists"),
        ("人脸采集", "biometrics"), ("fingerprint", "biometrics"), ("居民评分", "scores of persons"), ("social credit", "scores of persons"),
        ("重\u200b点 人 员", "key-person lists"), ("ＲＥＬＩＧＩＯＮ", "religion"),
    ],
)  # fmt: skip
def test_the_deny_list_refuses(term, about):
    found = denied(term)
    assert found is not None
    assert found.about == about
    assert found.reason.zh
    assert found.reason.en


@pytest.mark.parametrize(
    "term", ["独居老人家庭", "消防安全隐患", "民族路路灯", "Elderly people living alone", "Trace of a leak", "Section of road", "道路积水"]
)
def test_the_deny_list_lets_pass(term):
    assert denied(term) is None


@pytest.mark.parametrize(
    "heading",
    ["政治面貌", "党员", "信访情况", "风险等级", "重点关注", "涉毒", "前科", "社区矫正", "人员标签", "居民积分", "教派", "精神病"],
)
def test_a_column_of_residents_is_refused_for_more_words_than_a_charter(heading):
    assert denied(heading, column=True)


@pytest.mark.parametrize("heading", ["姓名", "残疾等级", "文化程度", "备注", "楼栋", "户籍地址"])
def test_a_column_that_communities_keep_for_their_work_is_none_of_them(heading):
    assert denied(heading, column=True) is None


@pytest.mark.parametrize("name", ["在职党员志愿者", "党员服务", "信访接待室", "风险隐患", "重点工程", "积分超市"])
def test_a_charter_may_name_kinds_of_work_and_things_by_them(name):
    assert denied(name) is None
