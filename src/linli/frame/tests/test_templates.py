"""Every template of the house: it compiles, carries no inline code, uses only classes and icons that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import TemplateSyntaxError, engines
from django.template.loader import get_template

import linli
from linli.frame.icons import NAMES

ROOT = Path(linli.__file__).parent
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))
CSS = "".join(f.read_text() for f in ROOT.glob("*/static/linli/*.css"))
COMMENT = re.compile(r"\{% comment %\}.*?\{% endcomment %\}", re.S)
TAG = re.compile(r"\{[%{#].*?[%}#]\}", re.S)


def name_of(path: Path) -> str:
    return str(path).split("/templates/", 1)[1]


def bare(path: Path) -> str:
    """The markup without comments and with template tags taken out of it."""
    return TAG.sub(" ", COMMENT.sub("", path.read_text()))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_template_compiles(path):
    get_template(name_of(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_template_carries_inline_style_script_or_handler(path):
    text = bare(path)
    assert not re.findall(r"<style|\sstyle=|javascript:|<[a-z][^>]*\son[a-z]+\s*=", text, re.I)
    for opening, inside in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.S):
        assert not inside.strip(), "script in a template"
        assert "src=" in opening


KNOWN = set(re.findall(r"\.([a-zA-Z][\w-]*)", CSS))
FAMILIES = {
    re.split(r"[-]", name)[0]
    for f in (ROOT / "frame/static/linli").glob("*.css")
    for name in re.findall(r"\.([a-z][\w-]*-[\w-]+)", f.read_text())
}
BOOTSTRAP = re.compile(
    r"row|col(-.+)?|container(-.+)?|[mp][tbsexy]?-\d|[dgw]-\w+|text-\w+|bg-\w+|form-(control|select|label|text|check.*)|alert(-.+)?|fw-.+"
)


def classes_of(path: Path) -> set[str]:
    """The classes a template writes out; names put together from a variable ("badge-{{ tone }}") can't be read here."""
    used: set[str] = set()
    for value in re.findall(r'class="([^"]*)"', COMMENT.sub("", path.read_text())):
        words = re.sub(r"\S*\{\{.*?\}\}\S*", " ", re.sub(r"\{%.*?%\}", " ", value)).split()
        used.update(w for w in words if "{" not in w and "}" not in w)
    return used


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_class_is_a_slip_of_the_pen_or_of_another_framework(path):
    """A name without a style may mark a thing for a script; a near miss of a component's name, or a name of Bootstrap's, is a mistake."""
    strange = {c for c in classes_of(path) - KNOWN if c.split("-")[0] in FAMILIES or BOOTSTRAP.fullmatch(c)}
    assert not strange, f"no style for {sorted(strange)}"


@pytest.mark.parametrize("path", [p for p in TEMPLATES if "/frame/" in str(p) or "/web/" in str(p)], ids=name_of)
def test_the_frames_own_templates_use_only_classes_that_have_a_style(path):
    assert classes_of(path) <= KNOWN


def test_a_slip_of_the_pen_would_be_found(tmp_path):
    page = tmp_path / "page.html"
    page.write_text('<div class="btn btn-primry mb-3 {% if x %}notice-god{% endif %} badge-{{ tone }} mine">')
    found = classes_of(page) - KNOWN
    assert found == {"btn-primry", "mb-3", "notice-god", "mine"}
    assert {c for c in found if c.split("-")[0] in FAMILIES or BOOTSTRAP.fullmatch(c)} == {"btn-primry", "mb-3", "notice-god"}


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_icon_named_in_a_template_is_in_the_list(path):
    named = set(re.findall(r"""\{% icon ["']([\w-]+)["']""", path.read_text()))
    named |= set(re.findall(r"""[{ ]with [^%]*?\bicon=["']([\w-]+)["']""", path.read_text()))
    assert named <= set(NAMES)


def test_an_icon_that_is_not_in_the_list_is_an_error():
    template = engines["django"].from_string('{% icon "no-such-icon" %}')
    with pytest.raises(TemplateSyntaxError, match=r"icons\.txt"):
        template.render({})


@pytest.mark.parametrize("path", [p for p in TEMPLATES if "frame/parts/" in str(p)], ids=name_of)
def test_every_part_says_at_its_head_what_it_needs(path):
    assert COMMENT.search(path.read_text()[:600])
