"""What the documents promise about themselves and about the product: links, pictures, terms, commands, settings, names of buttons."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from linli.charter import commands
from linli.charter.loader import load, packaged
from linli.charter.schema import ABILITIES, ACTIONS
from linli.charter.words import ABILITY, ACTION, LEVEL, OUTCOME
from linli.conf.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "linli"
TEXTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LARGEST = {"desk.png": 250_000}  # bytes of a picture; every other 150 kB

_LINK = re.compile(r"""(?:!?\[[^\]]*\]\(|src=")([^)"\s]+)[)"]""")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_BUTTON = re.compile(r"\*\*「([^」]+)」\*\*")


def _names(texts: list[Path]) -> list[str]:
    return [str(p.relative_to(ROOT)) for p in texts]


def _prose(path: Path) -> str:
    """A document without what stands in code."""
    return _CODE.sub("", path.read_text())


def _anchors(path: Path) -> set[str]:
    """The anchors that headings make, as GitHub and GitLab do."""
    found = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *$", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL), re.MULTILINE):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        found.add(re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-"))
    return found


@pytest.mark.parametrize("name", _names(TEXTS))
def test_every_link_of_a_document_leads_somewhere(name: str) -> None:
    path = ROOT / name
    broken = []
    for target in _LINK.findall(_prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        if not found.exists() or (anchor and found.suffix == ".md" and anchor not in _anchors(found)):
            broken.append(target)
    assert broken == []


def test_no_link_leads_out_of_the_repository() -> None:
    out = {
        name: target
        for name in _names(TEXTS)
        for target in _LINK.findall(_prose(ROOT / name))
        if not re.match(r"[a-z]+:", target) and not ((ROOT / name).parent / target.split("#")[0]).resolve().is_relative_to(ROOT)
    }
    assert out == {}


def test_every_picture_is_shown_somewhere_and_light_enough() -> None:
    shown = {
        ((ROOT / name).parent / t).resolve() for name in _names(TEXTS) for t in _LINK.findall(_prose(ROOT / name)) if t.endswith(".png")
    }
    pictures = set(ROOT.glob("docs/images/**/*.png"))
    assert pictures, "the pictures are gone"
    assert {p.name for p in pictures - shown} == set()
    assert {p.name: p.stat().st_size for p in pictures if p.stat().st_size > LARGEST.get(p.name, 150_000)} == {}


def test_both_readmes_show_the_same_pictures_and_lead_to_the_same_documents() -> None:
    def targets(name: str) -> set[str]:
        return {t for t in _LINK.findall((ROOT / name).read_text()) if not t.startswith(("README", "#"))}

    assert targets("README.md") == targets("README.zh-CN.md")


def _terms() -> Iterator[str]:
    for folder in packaged().values():
        charter = load(folder)
        yield from (p.name.zh for p in charter.posts.values())
        yield from (s.name.zh for p in charter.procedures.values() for s in p.steps.values())
        yield from (e.name.zh for p in charter.procedures.values() for e in p.ends.values())
        yield from (n.zh for p in charter.procedures.values() for s in p.steps.values() for n in s.labels.values())
    for table in (ACTION, OUTCOME, LEVEL, ABILITY):
        yield from (name.zh for key, name in table.items() if key != "exhausted")


def test_the_glossary_has_every_post_step_end_action_outcome_level_and_ability() -> None:
    text = (ROOT / "docs/glossary.md").read_text()
    assert sorted({t for t in _terms() if t not in text}) == []
    assert [name for name in (*ABILITIES, *ACTIONS) if f"`{name}`" not in text] == []


def test_the_glossary_has_each_term_once() -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \| [^|]+ \|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    terms = [row for row in rows if row not in ("中文", "---")]
    assert len(terms) > 80
    assert {t for t in terms if terms.count(t) > 1} == set()


def test_every_command_of_linli_is_told_to_the_operator() -> None:
    text = (ROOT / "docs/operations.md").read_text()
    assert [name for name in COMMANDS if f"linli {name}" not in text] == []


def _variables() -> set[str]:
    """Names read from the environment anywhere in the product: ``os.environ.get("X")``, ``os.environ["X"]``, ``"X" in os.environ``."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        if "tests" not in path.parts and "environ" in (text := path.read_text()):
            found |= {
                node.value
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"(LINLI|DATABASE)_[A-Z_]+", node.value)
            }
    return found


def test_every_variable_that_the_product_reads_is_told_to_the_operator() -> None:
    names = _variables()
    assert {"LINLI_DATA", "DATABASE_URL"} <= names, "the search itself is broken"
    text = (ROOT / "docs/operations.md").read_text()
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_every_variable_in_the_settings_table_is_read_by_the_product() -> None:
    table = (ROOT / "docs/operations.md").read_text().split("## Settings")[1].split("\n## ")[0]
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))
    assert len(told) > 10
    assert sorted(told - _variables()) == []


def _quoted(block: str, field: str) -> str:
    found = re.search(rf'^{field} ((?:".*"\n?)+)', block, re.MULTILINE)
    return "".join(re.findall(r'^"(.*)"$', found[1], re.MULTILINE)).replace('\\"', '"') if found else ""


def _said() -> set[str]:
    """All that the Chinese interface says: the charters' names, and the rooms' messages as Django merges them (of two the upper room's)."""
    merged: dict[tuple[str, str], str] = {}
    for room in (
        "web",
        "reports",
        "planning",
        "matters",
        "gatherings",
        "rights",
        "outbox",
        "flow",
        "people",
        "access",
        "bodies",
        "places",
        "charter",
        "frame",
        "conf",
    ):
        po = SOURCE / room / "locale/zh_Hans/LC_MESSAGES/django.po"
        for block in po.read_text().split("\n\n") if po.exists() else ():
            merged.setdefault((_quoted(block, "msgctxt"), _quoted(block, "msgid")), _quoted(block, r"msgstr(?:\[0\])?"))
    assert len(merged) > 1000, "the search itself is broken"
    return set(merged.values()) | set(_terms())


@pytest.mark.parametrize("name", _names(sorted(ROOT.glob("docs/guides/*.md"))))
def test_every_button_a_guide_names_is_in_the_interface(name: str) -> None:
    """Guides write what is pressed or read on a page as **「…」**: such a name can't drift from the interface."""
    buttons = set(_BUTTON.findall((ROOT / name).read_text()))
    assert sorted(buttons - _said()) == []


def test_the_guides_name_what_is_pressed() -> None:
    for path in ROOT.glob("docs/guides/*.md"):
        if path.name not in ("README.md", "admin.md", "planning.md"):  # which are about commands
            assert len(set(_BUTTON.findall(path.read_text()))) >= 5, path.name


def _checked(folder: Path) -> str:
    out = io.StringIO()
    commands.check(str(folder), False, out, "en")
    return out.getvalue()


def test_the_example_of_the_charter_guide_says_what_the_guide_says(tmp_path: Path) -> None:
    """The guide's own blocks, put together step by step, find and say what it shows."""
    guide = (ROOT / "docs/charter-guide.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    folder = tmp_path / "kundulun"
    folder.mkdir()
    first, owners, worker, duties, accepted, category = blocks[:6]
    said = []

    def write(*parts: str, file: str = "charter.toml") -> None:
        (folder / file).write_text("\n".join(parts))
        said.append(_checked(folder))

    write(first)
    write(first, owners)
    mended = owners.replace("station-haed", "station-head")
    write(first, mended, duties)
    write(first, mended, duties, accepted)
    assert "0 findings" in said[-1], said[-1]
    write(category, file="matters.toml")
    write(category.replace("street-coordinator", 'street-coordinator", district = "housing-officer'), file="matters.toml")
    assert "0 findings" in said[-1], said[-1]
    write(first, worker, mended, duties, accepted)
    assert "0 findings" in said[-1], said[-1]
    shown = re.findall(r"^(?:kundulun 2026\.1: |\w+\.toml:\d+: ).*$", guide, re.MULTILINE)
    assert len(shown) >= 5
    assert [line for line in shown if line not in "\n".join(said)] == []
