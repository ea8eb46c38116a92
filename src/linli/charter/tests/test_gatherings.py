"""Kinds of gathering in a charter: read, merged, linted, explained."""

from __future__ import annotations

import pytest

from linli.charter.explain import gathering_sentence
from linli.charter.linter import lint
from linli.charter.loader import find, load, parse
from linli.charter.problems import CharterError
from linli.charter.schema import Duration, Quorum
from linli.charter.tests.factories import small_charter, small_sources

COUNCIL = """
[[gathering]]
id = "council"
name = { zh = "议事会", en = "Council" }
levels = ["community"]
body = "station"
posts = ["coordinator"]
agenda = true
minutes = "P3D"
quorum = { at_least = "2/3" }
public = true
sides = [{ id = "guests", name = { zh = "列席居民", en = "residents who attend" } }]
"""


def council(old: str = "", new: str = "") -> str:
    assert old in COUNCIL
    return COUNCIL.replace(old, new, 1) if old else COUNCIL


def test_a_kind_of_gathering_is_read_whole():
    kind = small_charter(more=COUNCIL).gatherings["council"]
    assert (kind.levels, kind.body, kind.posts, kind.agenda, kind.public) == (("community",), "station", ("coordinator",), True, True)
    assert kind.minutes == Duration(days=3)
    assert kind.quorum == Quorum("2/3", more=False)
    assert [s.id for s in kind.sides] == ["guests"]
    assert small_charter().gatherings == {}  # charters from before there were gatherings
    assert lint(small_charter(more=COUNCIL)) == []


@pytest.mark.parametrize(
    ("old", "new", "slug"),
    [
        ('{ at_least = "2/3" }', '{ at_least = "2/3", more_than = "1/2" }', "bad-quorum"),
        ('{ at_least = "2/3" }', '{ more_than = "1/1" }', "bad-quorum"),
        ('{ at_least = "2/3" }', '{ at_least = "5/3" }', "bad-quorum"),
        ('{ at_least = "2/3" }', '{ least = "2/3" }', "unknown-key"),
        ('levels = ["community"]', "levels = []", "missing"),
        ('levels = ["community"]', 'levels = ["village"]', "unknown-level"),
        ("议事会", "少数民族座谈会", "denied"),
        ("列席居民", "重点人员", "denied"),
        ("agenda = true", "agend = true", "unknown-key"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_its_line(old, new, slug):
    with pytest.raises(CharterError) as failed:
        parse(small_sources(more=council(old, new)))
    assert slug in {p.slug for p in failed.value.problems}
    assert all(p.file == "charter.toml" and p.line > 1 for p in failed.value.problems)


WRONG = {
    "an unknown body": (('body = "station"', 'body = "sation"'), "gathering-body:council"),
    "a body of another level": (('levels = ["community"]', 'levels = ["community", "street"]'), "gathering-body-level:council"),
    "a level the charter does not have": (('levels = ["community"]', 'levels = ["province"]'), "gathering-level:council"),
    "an unknown post": (('posts = ["coordinator"]', 'posts = ["cordinator"]'), "gathering-post:council"),
    "a post that can't convene": (('posts = ["coordinator"]', 'posts = ["desk"]'), "gathering-ability:council/desk"),
    "nobody to convene it": (('posts = ["coordinator"]', 'posts = ["desk"]'), "gathering-nobody:council@community"),
    "a quorum of nobody": (('body = "station"\n', ""), "gathering-quorum:council"),
    "work under no procedure": (("public = true", 'about = ["mater"]'), "gathering-about:council"),
    "public and about a piece of work": (("public = true", 'public = true\nabout = ["matter"]'), "gathering-public:council"),
}


@pytest.mark.parametrize(("change", "code"), WRONG.values(), ids=WRONG.keys())
def test_the_linter_finds(change, code):
    found = {f.code: f for f in lint(small_charter(more=council(*change)))}
    assert found[code].severity == "error"
    assert found[code].text("zh") != found[code].text("en")


def test_a_child_changes_the_keys_it_names_and_drops_what_it_does_not_want():
    charter = load(find("qingshan"))
    mediators = ("street-mediator", "property-mediator", "medical-mediator")
    assert charter.gatherings["mediation"].posts == ("mediation-chair", "committee-chair", *mediators)
    assert charter.gatherings["mediation"].minutes == load(find("standard")).gatherings["mediation"].minutes
    assert "party-meeting" in charter.gatherings


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_shipped_kind_is_explained(lang):
    for key in ("standard", "qingshan"):
        charter = load(find(key))
        said = [gathering_sentence(charter, kind, lang) for kind in charter.gatherings.values()]
        assert len(set(said)) == len(said) >= 10
    assert ("more than 1/2" in said[0]) == (lang == "en")


def test_what_settles_disputes_is_never_public():
    for key in ("standard", "qingshan"):
        assert not load(find(key)).gatherings["mediation"].public
