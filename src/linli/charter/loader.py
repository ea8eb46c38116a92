"""A folder of TOML files becomes one typed ``Charter``. Plain Python: no database, no Django.

``extends = "standard"`` lays a charter over another: bodies, posts, duties, goals, lines, groups, gatherings and categories are matched by
id and a child's table replaces only the keys it names; a procedure of the same id replaces the parent's as a whole; ``[area]``, ``[boxes]``,
``[dividing]``, ``[staffing]``, ``[own_requests]``, ``[recurring]`` and ``hours`` replace.
What a child doesn't want it drops: ``[drop]`` with lists ``bodies``, ``posts``, ``duties``, ``goals``, ``lines``, ``groups``,
``gatherings``, ``categories``, ``procedures``.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from linli.charter import building
from linli.charter.problems import CharterError, Problem, meant, nearest
from linli.charter.reading import Doc, Spot, Table, floats
from linli.charter.scanner import scan
from linli.charter.schema import Accepted, Area, Category, Charter, Dividing, Hours, OwnRequests, Recurring, Staffing
from linli.charter.syntax import syntax_problem

__all__ = ["CharterError", "find", "load", "packaged", "parse", "sources"]

PACKAGED = Path(__file__).resolve().parents[1] / "charters"
TOP = ("charter.toml", "matters.toml")
LARGEST = 2_000_000  # bytes a file may have: a charter is written by people

# section of charter.toml or matters.toml -> the word for it in [drop]
SECTIONS = {
    "body": "bodies",
    "post": "posts",
    "duty": "duties",
    "goal": "goals",
    "line": "lines",
    "group": "groups",
    "category": "categories",
    "gathering": "gatherings",
}


# -- files


def packaged() -> dict[str, Path]:
    """The charters that come with the product: key -> folder."""
    return {p.parent.name: p.parent for p in sorted(PACKAGED.glob("*/charter.toml"))}


def find(key_or_path: str | Path) -> Path:
    """The folder of a packaged charter by its key, or of one's own by its path. Raises CharterError."""
    known = packaged()
    if str(key_or_path) in known:
        return known[str(key_or_path)]
    path = Path(key_or_path).expanduser()
    if path.name == "charter.toml" and path.is_file():
        return path.parent
    if path.is_dir():
        return path
    zh, en = meant(str(key_or_path), known)
    raise CharterError(
        [
            Problem(
                "no-charter", str(key_or_path), 0, f"既不是随附的章程，也不是文件夹。{zh}", f"Neither a packaged charter nor a folder. {en}"
            )
        ]
    )


def sources(folder: Path) -> dict[str, str]:
    """The charter's files, relative name -> text; those of the charters it extends are prefixed ``key/``. Raises CharterError."""
    found = _files(Path(folder), "")
    base, seen = _extends(found.get("charter.toml", "")), {""}
    home = Path(folder)
    while base and base not in seen:
        seen.add(base)
        home = _parent(home, base)
        found |= _files(home, f"{base}/")
        base = _extends(found.get(f"{base}/charter.toml", ""))
    return found


def _parent(child: Path, key: str) -> Path:
    """Where an extended charter is: packaged, or in the folder beside the child's."""
    for candidate in (packaged().get(key), child.parent / key):
        if candidate and (candidate / "charter.toml").is_file():
            return candidate
    near = nearest(key, packaged())
    raise CharterError(
        [
            Problem(
                "no-parent",
                f"{child.name}/charter.toml",
                0,
                f"找不到 extends 所指的章程“{key}”。" + (f"是不是想写“{near}”？" if near else ""),
                f'There is no charter "{key}" to extend.' + (f' Did you mean "{near}"?' if near else ""),
            )
        ]
    )


def _extends(text: str) -> str:
    try:
        key = tomllib.loads(text).get("extends", "")
    except tomllib.TOMLDecodeError:
        return ""
    return key if isinstance(key, str) and re.fullmatch(r"[a-z0-9_-]+", key) else ""


def _files(folder: Path, prefix: str) -> dict[str, str]:
    if not (folder / "charter.toml").is_file():
        raise CharterError(
            [
                Problem(
                    "no-file",
                    f"{prefix}charter.toml",
                    0,
                    f"文件夹 {folder} 里没有 charter.toml。",
                    f"There is no charter.toml in {folder}.",
                )
            ]
        )
    names = [*folder.glob("*.toml"), *folder.glob("*/*.toml")]
    return {f"{prefix}{p.relative_to(folder).as_posix()}": _read(p, prefix + p.relative_to(folder).as_posix()) for p in sorted(names)}


def _read(path: Path, name: str) -> str:
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST:
            raise CharterError([Problem("too-big", name, 0, f"文件超过 {LARGEST} 字节。", f"The file has more than {LARGEST} bytes.")])
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise CharterError([Problem("unreadable", name, 0, f"文件读不出来：{error}", f"The file can't be read: {error}")]) from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CharterError(
            [Problem("not-utf8", name, line, "文件不是 UTF-8 编码，请另存为 UTF-8。", "The file isn't UTF-8: save it as UTF-8.")]
        ) from None
    return text.replace("\r\n", "\n")


def fingerprint(source: dict[str, str]) -> str:
    """sha256 over the canonical form of a charter's files: sorted names, line ends as "\\n"."""
    canonical = json.dumps(
        {n: t.replace("\r\n", "\n") for n, t in source.items()}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


# -- texts to a charter


def load(folder: Path) -> Charter:
    """The charter in ``folder``. Raises CharterError with everything that keeps it from being loaded."""
    return parse(sources(folder))


def parse(source: dict[str, str]) -> Charter:
    """The charter in the texts ``sources`` returns. Raises CharterError with everything that keeps it from being loaded."""
    problems: list[Problem] = []
    docs = {name: doc for name, text in sorted(source.items()) if (doc := _doc(name, text, problems))}
    if problems:
        raise CharterError(problems)
    if "charter.toml" not in docs:
        raise CharterError([Problem("no-file", "charter.toml", 0, "缺少 charter.toml。", "charter.toml is missing.")])
    for doc in docs.values():
        floats(doc, problems)
    made = _Build(docs, problems).charter(fingerprint(source))
    if problems:
        raise CharterError(sorted(problems, key=lambda p: (p.file, p.line)))
    return made


def _doc(name: str, text: str, problems: list[Problem]) -> Doc | None:
    try:
        return Doc(name, tomllib.loads(text), scan(text))
    except tomllib.TOMLDecodeError as error:
        problems.append(syntax_problem(name, text, error))
        return None


class _Build:
    """Lays the charter's layers over each other, outermost parent first, and builds the typed parts."""

    def __init__(self, docs: dict[str, Doc], problems: list[Problem]):
        self.docs = docs
        self.problems = problems
        self.items: dict[str, dict[str, Table]] = {section: {} for section in (*SECTIONS, "procedure")}
        self.layers = self._layers()

    def _layers(self) -> list[str]:
        """The prefixes of the layers, outermost parent first: ``["standard/", ""]``."""
        found, prefix = [""], ""
        while base := self.docs[f"{prefix}charter.toml"].data.get("extends", ""):
            spot = self.docs[f"{prefix}charter.toml"].spot(("extends",))
            prefix = f"{base}/"
            if prefix in found:
                self._say("extends-cycle", spot, "章程互相继承，绕成了圈。", "These charters extend each other in a circle.")
                break
            if f"{prefix}charter.toml" not in self.docs:
                self._say("no-parent", spot, f"找不到 extends 所指的章程“{base}”。", f'There is no charter "{base}" to extend.')
                break
            found.append(prefix)
        return found[::-1]

    def _say(self, slug: str, spot: Spot, zh: str, en: str) -> None:
        self.problems.append(Problem(slug, spot.file, spot.line, zh, en))

    def charter(self, sha256: str) -> Charter:
        head = Table({}, Spot("charter.toml", 1), self.problems)
        drops: Table | None = None
        for prefix in self.layers:
            mine = Table.of(self.docs[f"{prefix}charter.toml"], self.problems)
            inherited = {
                k: c for k, c in head.cells.items() if k in ("area", "hours", "boxes", "recurring", "dividing", "staffing", "own_requests")
            }
            head = Table({**inherited, **mine.cells}, mine.spot, self.problems)
            drops = mine.table("drop")
            self._drop(drops)
            self._layer(prefix, mine)
        return self._typed(head, sha256)

    def _drop(self, table: Table | None) -> None:
        if table is None:
            return
        for section, plural in (*SECTIONS.items(), ("procedure", "procedures")):
            for id, spot in table.strings_at(plural):
                known = self.items[section]
                gone = [k for k in known if k == id or (section == "category" and k.startswith(f"{id}."))]
                if not gone:
                    zh, en = meant(id, known)
                    self._say(
                        "drop-unknown", spot, f"上级章程里没有可去掉的“{id}”。{zh}", f'The extended charter has no "{id}" to drop. {en}'
                    )
                for k in gone:
                    del known[k]
        table.close()

    def _layer(self, prefix: str, head: Table) -> None:
        own = {
            name.removeprefix(prefix): doc
            for name, doc in self.docs.items()
            if name.startswith(prefix) and name.removeprefix(prefix).count("/") <= 1
        }
        if not prefix:
            own = {name: doc for name, doc in own.items() if f"{name.partition('/')[0]}/" not in self.layers}
        for name, doc in own.items():
            if name == "charter.toml":
                for section in ("body", "post", "duty", "goal", "line", "group", "gathering"):
                    self._merge(section, list(head.tables(section)))
            elif name == "matters.toml":
                table = Table.of(doc, self.problems)
                self._merge("category", list(table.tables("category")))
                table.close()
            elif name.startswith("procedures/"):
                self._procedure(name, doc)
            else:
                zh, en = meant(name, (*TOP, "procedures/…"))
                self._say("unknown-file", Spot(doc.file, 1), f"章程里没有这种文件。{zh}", f"A charter has no such file. {en}")

    def _merge(self, section: str, tables: list[Table]) -> None:
        """Items of one layer: an id twice in a layer is a mistake, an id of the parent's is laid over it."""
        known = self.items[section]
        mine: dict[str, Spot] = {}
        for table in tables:
            id = table.cells["id"].value if "id" in table.cells else ""
            if not isinstance(id, str) or not id:
                table.id()  # says what is wrong
                continue
            if id in mine:
                first = mine[id]
                self._say(
                    "duplicate-id",
                    table.spot,
                    f"编号“{id}”重复：{first.file} 第 {first.line} 行已用过。请换一个。",
                    f'The id "{id}" is taken: {first.file} line {first.line} has it. Choose another.',
                )
                continue
            mine[id] = table.spot
            known[id] = table.over(known[id]) if id in known else table

    def _procedure(self, name: str, doc: Doc) -> None:
        table = Table.of(doc, self.problems)
        id = doc.data.get("id")
        expected = Path(name).stem
        if isinstance(id, str) and id != expected:
            spot = doc.spot(("id",))
            self._say(
                "file-name", spot, f"程序“{id}”应写在 procedures/{id}.toml。", f'The procedure "{id}" belongs into procedures/{id}.toml.'
            )
        self.items["procedure"][id if isinstance(id, str) else expected] = table

    def _typed(self, head: Table, sha256: str) -> Charter:
        for section in ("body", "post", "duty", "goal", "line", "group", "gathering", "drop"):
            head.asked.append(section)
        area = head.table("area", required=True)
        recurring, dividing, own_requests = head.table("recurring"), head.table("dividing"), head.table("own_requests")
        staffing = head.table("staffing")
        hours = head.hours("hours")
        boxes = head.table("boxes")
        if "hours" not in head.cells:
            self._say("missing", head.spot, "缺少“hours”：写明工作时间。", '"hours" is missing: say when work is done.')
        made = Charter(
            id=head.id(),
            name=head.named(),
            version=head.text("version", required=True),
            source=head.name("source") or building.Name("", ""),
            area=building.area(area) if area else Area("", (), 1),
            hours=_in_order(hours),
            bodies=self._all("body", building.body),
            posts=self._all("post", building.post),
            duties=self._all("duty", building.duty),
            goals=self._all("goal", building.goal),
            lines=self._all("line", building.line),
            boxes=building.boxes(boxes) if boxes else None,
            gatherings=self._all("gathering", building.gathering),
            procedures=self._all("procedure", building.procedure),
            categories=self._categories(),
            groups=self._all("group", building.group),
            accepted=self._accepted(head),
            sha256=sha256,
            extends=head.text("extends"),
            recurring=building.recurring(recurring) if recurring else Recurring(),
            dividing=building.dividing(dividing) if dividing else Dividing(),
            staffing=building.staffing(staffing) if staffing else Staffing(),
            own_requests=building.own_requests(own_requests) if own_requests else OwnRequests(),
        )
        head.close()
        return made

    def _all(self, section: str, build: Any) -> dict[str, Any]:
        return {made.id: made for made in (build(table) for table in self.items[section].values())}

    def _accepted(self, head: Table) -> tuple[Accepted, ...]:
        found: dict[str, Accepted] = {}
        for table in head.tables("accepted"):
            one = building.accepted(table)
            if one.finding in found:
                self._say("duplicate-id", table.spot, f"“{one.finding}”已经接受过一次。", f'"{one.finding}" has been accepted before.')
            found[one.finding] = one
        return tuple(found.values())

    def _categories(self) -> dict[str, Category]:
        tables = self.items["category"]
        raw = {id: building.category(table) for id, table in tables.items()}
        return {id: _inherit(id, raw, tables) for id in raw}


def _in_order(hours: tuple[Hours, ...]) -> tuple[Hours, ...]:
    return tuple(sorted(hours, key=lambda h: h.start))


def _inherit(id: str, raw: dict[str, Category], tables: dict[str, Table]) -> Category:
    """A category with what it leaves unsaid taken from the nearest branch above that says it."""
    leaf = not any(c.parent == id for c in raw.values())
    line = [id]
    while (above := line[-1].rpartition(".")[0]) in raw:
        line.append(above)
    taken: dict[str, Any] = {"leaf": leaf}
    for key in ("route", "start_level", "public", "closing", "procedure", "near", "repeats", "settle"):
        source = next((c for c in line if key in tables[c].cells), None)
        if source:
            taken[key] = getattr(raw[source], key)
    return replace(raw[id], **taken)
