"""``docs/charter-reference.md``, made from the schema: its docstrings, its fields and the comments behind them.

python -m linli.charter.reference            writes the file
"""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import MISSING, Field
from pathlib import Path

from linli.charter import loader, schema
from linli.charter.rules import categories, channels, duties, gatherings, groups, posts, procedures, steps
from linli.charter.words import ABILITY, ACTION, LEVEL, OUTCOME, RATE

FILE = Path(__file__).resolve().parents[3] / "docs" / "charter-reference.md"

# where each type is written
PLACES = {
    "Charter": "`charter.toml`, top level (`area`, `hours` and the lists below are parts of it)",
    "Area": "`[area]` in `charter.toml`",
    "Body": "`[[body]]` in `charter.toml`",
    "Post": "`[[post]]` in `charter.toml`",
    "Duty": "`[[duty]]` in `charter.toml`",
    "Goal": "`[[goal]]` in `charter.toml`",
    "Recurring": "`[recurring]` in `charter.toml`",
    "Dividing": "`[dividing]` in `charter.toml`",
    "Staffing": "`[staffing]` in `charter.toml`",
    "OwnRequests": "`[own_requests]` in `charter.toml`",
    "Line": "`[[line]]` in `charter.toml`",
    "Boxes": "`[boxes]` in `charter.toml`",
    "Gathering": "`[[gathering]]` in `charter.toml`",
    "Quorum": '`{ at_least = "2/3" }` or `{ more_than = "1/2" }`',
    "Side": 'in `sides` of a gathering: `[{ id = "…", name = { zh = "…", en = "…" } }]`',
    "Group": "`[[group]]` in `charter.toml`",
    "Accepted": "`[[accepted]]` in `charter.toml`",
    "Category": "`[[category]]` in `matters.toml`; `parent` and `leaf` follow from the ids and are not written",
    "Procedure": "top level of `procedures/<id>.toml`",
    "Step": "`[[step]]` in `procedures/<id>.toml`, in order",
    "End": "`[[end]]` in `procedures/<id>.toml`",
    "Rung": "`[[rung]]` in `procedures/<id>.toml`, in order",
    "Name": '`{ zh = "…", en = "…" }`, both needed',
    "Duration": '`"P3D"`, `"PT4H"`, `"PT2H natural"`',
    "Hours": '`"08:30-12:00"`',
}
_DERIVED = {("Category", "parent"), ("Category", "leaf"), ("Charter", "sha256")}
_WRITTEN_AS = {
    ("Charter", "bodies"): "body",
    ("Charter", "posts"): "post",
    ("Charter", "duties"): "duty",
    ("Charter", "goals"): "goal",
    ("Charter", "lines"): "line",
    ("Charter", "groups"): "group",
    ("Charter", "gatherings"): "gathering",
    ("Procedure", "steps"): "step",
    ("Procedure", "ends"): "end",
    ("Procedure", "rungs"): "rung",
}
_AS_TEXT = ("Duration", "Hours", "Quorum")  # its keys are not those of its fields
_ELSEWHERE = {("Charter", "procedures"), ("Charter", "categories")}


def generate() -> str:
    """The whole reference as Markdown."""
    parts = [
        _intro(),
        *(_type(name, place) for name, place in PLACES.items()),
        _actions(),
        _abilities(),
        _rates(),
        _levels(),
        _extends(),
        _rules(),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _intro() -> str:
    return (
        "# Charter reference\n\n<!-- Made by python -m linli.charter.reference; change the schema, not this file. -->\n\n"
        f"{inspect.getdoc(schema)}\n\n"
        "Everything is checked when a charter is loaded: a mistake is told with file, line and mend. `linli charter check` also runs the\n"
        'linter (see the end). Names that people read are given in Chinese and English. A share is text such as `"2/3"`, never a float.'
    )


def _type(name: str, place: str) -> str:
    kind = getattr(schema, name)
    lines = [f"## {name}", "", f"Written: {place}.", "", inspect.getdoc(kind) or ""]
    comments = _comments(name)
    if name not in _AS_TEXT and (
        rows := [_field(name, f, kind, comments) for f in kind.__dataclass_fields__ if (name, f) not in _DERIVED | _ELSEWHERE]
    ):
        lines += ["", "| key | type | default | meaning |", "| --- | --- | --- | --- |", *rows]
    return "\n".join(lines)


def _field(owner: str, name: str, kind: type, comments: dict[str, str]) -> str:
    entry = kind.__dataclass_fields__[name]  # type: ignore[attr-defined]
    key, says = _WRITTEN_AS.get((owner, name), name), comments.get(name, "").replace("|", "/")
    default = "none" if owner == "Charter" and _shape(str(entry.type)) == "tables" else _default(entry)
    return f"| `{key}` | {_shape(str(entry.type))} | {default} | {says} |"


def _default(entry: Field) -> str:
    """What holds where the key is left out."""
    if entry.default is MISSING:
        return "**needed**" if entry.default_factory is MISSING else "none"
    if entry.default is None or entry.default == () or entry.default == "":
        return "none"
    if isinstance(entry.default, bool):
        return "`true`" if entry.default else "`false`"
    return f"`{entry.default}`"


def _shape(text: str) -> str:
    """A Python type as somebody writes TOML would say it."""
    words = {
        "str": "text", "int": "whole number", "bool": "true or false", "Name": "name", "Name | None": "name", "Duration": "duration",
        "Duration | None": "duration", "Duration | str | None": "duration or word", "tuple[str, ...]": "list of texts",
        "tuple[int, int]": "number or [fewest, most]", "int | str": "number or text", "dict[str, str]": "table of texts", "Area": "table",
        "Recurring": "table", "Dividing": "table", "Staffing": "table", "OwnRequests": "table",
        "Boxes | None": "table",
        "tuple[Hours, ...]": "list of hours", "tuple[Accepted, ...]": "tables", "time": "time of day", "Quorum | None": "share",
    }  # fmt: skip
    return words.get(text, "tables")


def _comments(name: str) -> dict[str, str]:
    """The comment behind each field of a class in the schema."""
    source = inspect.getsource(schema)
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {
                field.target.id: lines[(field.end_lineno or field.lineno) - 1].partition("#")[2].strip()
                for field in node.body
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            }
    return {}


def _actions() -> str:
    lines = [
        "## Actions and their outcomes",
        "",
        "Each step wires every outcome of its action.",
        "",
        "| action | | outcomes | taken by time |",
    ]
    lines.append("| --- | --- | --- | --- |")
    for action, outcomes in schema.ACTIONS.items():
        words = ", ".join(f"`{o}` {OUTCOME[o].zh} {OUTCOME[o].en}" for o in outcomes)
        clock = f"`{schema.BY_CLOCK[action]}`" if action in schema.BY_CLOCK else ""
        lines.append(f"| `{action}` | {ACTION[action].zh} {ACTION[action].en} | {words} | {clock} |")
    return "\n".join(lines)


def _abilities() -> str:
    rows = [f"| `{a}` | {ABILITY[a].zh} | {ABILITY[a].en} |" for a in schema.ABILITIES]
    return "\n".join(["## Abilities", "", "| ability | | |", "| --- | --- | --- |", *rows])


def _rates() -> str:
    rows = [
        f"| `{key}` | {RATE[key].zh} | {RATE[key].en} | {'at most' if way == 'less' else 'at least'} |" for key, way in schema.RATES.items()
    ]
    return "\n".join(["## Shares that can have a goal", "", "| key | 中文 | English | the goal is |", "| --- | --- | --- | --- |", *rows])


def _levels() -> str:
    rows = [f"| `{level}` | {LEVEL[level].zh} | {LEVEL[level].en} |" for level in schema.LEVELS]
    return "\n".join(["## Levels", "", inspect.cleandoc("Outermost first."), "", "| level | | |", "| --- | --- | --- |", *rows])


def _extends() -> str:
    text = inspect.getdoc(loader) or ""
    return "## One charter over another\n\n" + text.partition("\n\n")[2]


def _rules() -> str:
    """Every code the linter can give, read from the rules' own source."""
    lines = [
        "## What the linter finds",
        "",
        "`[[accepted]]` names a warning by its code and gives the reason; an error can't be accepted.",
        "",
    ]
    for module in (procedures, steps, posts, categories, duties, channels, gatherings, groups):
        lines += [
            f"**{(inspect.getdoc(module) or '').splitlines()[0].rstrip('.')}**: " + ", ".join(f"`{c}`" for c in codes(module)) + ".",
            "",
        ]
    lines.append("**Acceptances**: `accepted-gone`, `accepted-error`.")
    return "\n".join(lines)


def codes(module) -> list[str]:
    """The slugs a rules module can give: the beginnings of its codes."""
    found = []
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("error", "warning", "_refused"):
            code = node.args[1] if node.func.id == "_refused" else node.args[0]
            first = code.values[0] if isinstance(code, ast.JoinedStr) else code
            text = str(first.value) if isinstance(first, ast.Constant) else ""
            if text == "no-":  # the two conditions of a category
                found += ["no-filing", "no-closing"]
            elif ":" in text:
                found.append(text.partition(":")[0])
    return sorted(set(found))


if __name__ == "__main__":
    FILE.write_text(generate(), encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")
