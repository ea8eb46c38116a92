"""What ``linli charter`` says, and the account and drawing it gives."""

from __future__ import annotations

from io import StringIO
from xml.etree import ElementTree

import pytest

from linli.charter import commands
from linli.charter.draw import draw, wrap
from linli.charter.explain import explain
from linli.charter.loader import CharterError, packaged
from linli.charter.tests.factories import small_charter, small_sources
from linli.charter.tests.test_linter import MONTHLY


def written(tmp_path, **changes) -> str:
    for name, text in small_sources(**changes).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(tmp_path)


def checked(target: str | None, every: bool = False, lang: str = "en") -> tuple[int, str]:
    out = StringIO()
    return commands.check(target, every, out, lang), out.getvalue()


def test_the_packaged_charters_pass_the_check():
    code, text = checked(None, every=True)
    assert code == 0
    assert all(f"{key} " in text for key in packaged())
    assert "80 × 3 = 240 < 400" in text


def test_a_finding_is_told_with_its_line_and_makes_the_check_fail(tmp_path):
    code, text = checked(written(tmp_path, procedure_swap='rework = "handle" -> rework = "handel"'))
    assert code == 1
    lines = small_sources()["procedures/matter.toml"].splitlines()
    number = next(i for i, line in enumerate(lines, 1) if "rework" in line)
    assert f"procedures/matter.toml:{number}: error: target-unknown:matter/check.rework" in text


def test_a_warning_fails_the_check_too(tmp_path):
    assert checked(written(tmp_path, more=MONTHLY % 80))[0] == 1


def test_a_clean_charter_passes_in_both_languages(tmp_path):
    folder = written(tmp_path)
    assert checked(folder) == (0, "small 1: 6 posts, 5 steps, 3 kinds of matter, 0 findings\n")
    assert checked(folder, lang="zh") == (0, "small 1：6 种岗位、5 个步骤、3 种诉求，0 项待处理\n")


def test_a_charter_that_cannot_be_read_fails_the_check_with_its_line(tmp_path):
    code, text = checked(written(tmp_path, procedure_swap='grace = "P1D" -> graze = "P1D"'))
    assert code == 1
    assert 'Did you mean "grace"?' in text


def test_an_unknown_procedure_is_told_with_the_nearest():
    with pytest.raises(CharterError, match='"matter"'):
        commands.draw_svg("qingshan", "mater", "zh")


def test_the_account_says_the_arithmetic_in_both_languages():
    charter = small_charter(more=MONTHLY % 80)
    for lang in ("zh", "en"):
        text = explain(charter, lang)
        assert "80 × 3 = 240 < 400" in text
        assert "⌈400/3⌉ = 134" in text
        assert "3.5 + 3.5 = 7" in text


def test_the_account_names_every_step_post_and_kind_of_matter():
    charter = small_charter()
    for lang in ("zh", "en"):
        text = explain(charter, lang)
        names = [n.name for part in (charter.posts, charter.categories, charter.procedures["matter"].steps) for n in part.values()]
        assert [getattr(n, lang) for n in names if getattr(n, lang) not in text] == []


def test_the_account_tells_how_often_a_way_back_may_be_taken():
    assert "返工→办理（至多 2 次）" in explain(small_charter(), "zh")
    assert "rework → Handle (at most twice)" in explain(small_charter(), "en")


def test_no_account_or_drawing_of_a_packaged_charter_shows_an_id_for_a_name():
    for key, folder in packaged().items():
        text = commands.explain_text(key, "zh")
        assert not [step for step in ("END ", "→accept", "→handle", "None") if step in text], key
        assert folder.is_dir()


def test_the_drawing_names_who_and_by_when_and_marks_the_present_step():
    charter = small_charter()
    svg = draw(charter.procedures["matter"], "en", "check", posts=charter.posts)
    root = ElementTree.fromstring(svg)
    texts = {t.text for t in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Check", "Checker", "1 working day", "rework (at most twice)", "now"} <= texts
    assert root.get("role") == "img"
    assert [g.get("data-step") for g in root.iter() if g.get("aria-current")] == ["check"]
    assert "(the present step)" in root.find("{http://www.w3.org/2000/svg}desc").text


def test_the_drawing_escapes_what_a_charter_says():
    charter = small_charter(procedure_swap='zh = "核查" -> zh = "核<b>查"')
    svg = draw(charter.procedures["matter"], "zh", posts=charter.posts)
    assert "核&lt;b&gt;查" in svg
    ElementTree.fromstring(svg)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("一二三四五六七八", ["一二三四五", "六七八"]),
        ("一二三四五，六", ["一二三四", "五，六"]),
        ("one two three", ["one two", "three"]),
        ("", []),
    ],
)
def test_long_texts_break_between_words_and_signs_and_never_before_a_mark(text, lines):
    assert wrap(text, 10, 52) == lines
