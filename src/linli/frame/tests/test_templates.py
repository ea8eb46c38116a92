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


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_class_in_a_template_is_known_to_the_styles(path):
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", CSS))
    text = COMMENT.sub("", path.read_text())
    used: set[str] = set()
    for value in re.findall(r'class="([^"]*)"', text):
        # a name that is put together from a variable ("badge-{{ tone }}") can't be read here: it is in the styleguide
        words = re.sub(r"\S*\{\{.*?\}\}\S*", " ", re.sub(r"\{%.*?%\}", " ", value)).split()
        used.update(w for w in words if "{" not in w and "}" not in w)
    assert used <= known, f"no style for {sorted(used - known)}"


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
