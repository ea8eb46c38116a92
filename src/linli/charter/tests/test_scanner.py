"""Lines of keys and tables."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.charter.loader import packaged, sources
from linli.charter.scanner import scan

TEXT = '''# a comment with [table] and key = 1
title = "a # no comment, = no key"   # end
"quoted key" = 1
a.b."c.d" = 2
[area]
levels = [
  "one", # [x]
  """two
lines ] = """,
  { deep = 1, other = [1, 2] },
]
[[step]]
id = 'literal \\'
on = { "x y" = "}", z = "," }
[step.more]
key = 1979-05-27T07:32:00Z
[[step]]
id = """
]]"""
[[step.sub]]
n = 1
'''

LINES = {
    ("title",): 2,
    ("quoted key",): 3,
    ("a", "b", "c.d"): 4,
    ("area",): 5,
    ("area", "levels"): 6,
    ("area", "levels", 0): 7,
    ("area", "levels", 1): 8,
    ("area", "levels", 2, "deep"): 10,
    ("area", "levels", 2, "other", 1): 10,
    ("step", 0): 12,
    ("step", 0, "on", "x y"): 14,
    ("step", 0, "on", "z"): 14,
    ("step", 0, "more", "key"): 16,
    ("step", 1): 17,
    ("step", 1, "id"): 18,
    ("step", 1, "sub", 0, "n"): 21,
}


@pytest.mark.parametrize(("path", "line"), LINES.items())
def test_a_key_is_found_on_its_line(path, line):
    assert scan(TEXT)[path] == line


def paths(value, path=()):
    yield path
    if isinstance(value, dict):
        for k, v in value.items():
            yield from paths(v, (*path, k))
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from paths(v, (*path, i))


def test_every_path_of_the_packaged_charters_has_a_line():
    for folder in packaged().values():
        for text in sources(folder).values():
            lines = scan(text)
            assert [p for p in paths(tomllib.loads(text)) if p and p not in lines] == []


keys = st.from_regex(r"\A[a-z][a-z_-]{0,5}\Z")
values = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.text(alphabet="ab]}[{=#,.'\" 字", max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)


def toml(value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    return "{" + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + "}"


@given(st.dictionaries(keys, values, max_size=5), st.integers(0, 3))
@settings(max_examples=80, deadline=None)
def test_every_value_of_any_text_is_found_on_the_line_it_was_written_on(data, blank):
    text = "".join("# [no] = table\n" * blank + f"{k} = {toml(v)}\n" for k, v in data.items())
    assert tomllib.loads(text) == data
    lines = scan(text)
    for number, (key, value) in enumerate(data.items(), 1):
        for path in paths(value, (key,)):
            assert lines[path] == number * (blank + 1)
