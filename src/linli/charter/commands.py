"""What ``linli charter …`` does. ``check``, ``explain_text`` and ``draw_svg`` need no database."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from linli.charter.draw import draw
from linli.charter.explain import explain
from linli.charter.linter import Finding, lint
from linli.charter.loader import find, load, packaged, parse, sources
from linli.charter.problems import CharterError, Problem, meant
from linli.charter.reading import Doc
from linli.charter.scanner import scan

SEVERITY = {
    "zh": {"error": "错误", "warning": "警告", "note": "已接受"},
    "en": {"error": "error", "warning": "warning", "note": "accepted"},
}


def check(target: str | None, every: bool, out: TextIO, lang: str = "en") -> int:
    """Load and lint one charter (key or path) or all packaged ones, and say what is found. 1 on any error or warning, else 0."""
    targets = list(packaged()) if every else [target or "."]
    return max([_check(one, out, lang) for one in targets], default=0)


def _check(target: str, out: TextIO, lang: str) -> int:
    try:
        source = sources(find(target))
        charter = parse(source)
    except CharterError as error:
        for problem in error.problems:
            out.write(f"{problem.text(lang)}\n")
        out.write(
            f"{target}: 读不出来，{len(error.problems)} 处\n"
            if lang == "zh"
            else f"{target}: can't be loaded, {len(error.problems)} problems\n"
        )
        return 1
    findings = lint(charter)
    for finding in findings:
        why = f" [{finding.why}]" if finding.why else ""
        out.write(f"{locate(finding, source)}: {SEVERITY[lang][finding.severity]}: {finding.code}: {finding.text(lang)}{why}\n")
    bad = [f for f in findings if f.severity != "note"]
    steps, leaves = sum(len(p.steps) for p in charter.procedures.values()), len(charter.leaves())
    out.write(
        f"{charter.id} {charter.version}：{len(charter.posts)} 种岗位、{steps} 个步骤、{leaves} 种诉求，{len(bad)} 项待处理\n"
        if lang == "zh"
        else f"{charter.id} {charter.version}: {len(charter.posts)} posts, {steps} steps, {leaves} kinds of matter, {len(bad)} findings\n"
    )
    return 1 if bad else 0


def locate(finding: Finding, source: dict[str, str]) -> str:
    """``file:line`` of what the finding is about; the file alone where it has no line. The charter's own files win over inherited ones."""
    for name in sorted((n for n in source if n == finding.where or n.endswith(f"/{finding.where}")), key=lambda n: n.count("/")):
        doc = Doc(name, tomllib.loads(source[name]), scan(source[name]))
        if line := _line(doc, finding.at):
            return f"{name}:{line}"
    return finding.where


def _line(doc: Doc, at: tuple[str, ...]) -> int:
    """The line ``at`` leads to: sections are followed by an id (or, for acceptances, the finding's code), then keys."""
    path: tuple[str | int, ...] = ()
    data = doc.data
    keys = list(at[2:] if at[:1] == ("procedure",) else at)
    while keys:
        key = keys.pop(0)
        if isinstance(data, dict) and isinstance(data.get(key), list) and keys:
            id = keys.pop(0)
            index = next(
                (i for i, item in enumerate(data[key]) if isinstance(item, dict) and id in (item.get("id"), item.get("finding"))), None
            )
            if index is None:
                return 0
            path, data = (*path, key, index), data[key][index]
        else:
            path, data = (*path, key), data.get(key, {}) if isinstance(data, dict) else {}
    return doc.spot(path).line if path and (path in doc.lines or path[:-1] in doc.lines) else 0


def explain_text(target: str, lang: str) -> str:
    """The readable account of a charter (key or path). Raises CharterError."""
    return explain(load(find(target)), lang)


def draw_svg(target: str, procedure: str, lang: str) -> str:
    """A procedure of a charter (key or path) as SVG. Raises CharterError."""
    charter = load(find(target))
    if procedure not in charter.procedures:
        zh, en = meant(procedure, charter.procedures)
        raise CharterError(
            [Problem("no-procedure", target, 0, f"章程里没有程序“{procedure}”。{zh}", f'The charter has no procedure "{procedure}". {en}')]
        )
    return draw(charter.procedures[procedure], lang, posts=charter.posts)


def adopt(target: str, *, by: str = "", out: TextIO) -> None:
    """Put a charter (key or path) in force. Needs the database. Raises CharterError, also for what the linter finds wrong."""
    from linli.charter import store

    folder: Path = find(target)
    version = store.adopt(folder, by=by)
    out.write(f"{version.key} {version.version} ({version.sha256[:12]}) is in force. Work under way keeps the charter it began under.\n")


def list_charters(out: TextIO) -> None:
    """The packaged charters, and what has been in force here, latest first. Needs the database."""
    from django.utils import timezone

    from linli.charter.models import CharterInForce

    out.write("Packaged:\n")
    out.writelines(f"  {line}\n" for line in _packaged_lines())
    out.write("In force here:\n")
    lines = list(CharterInForce.objects.select_related("charter"))
    now = timezone.now()
    current = next((line.pk for line in lines if line.from_when <= now), None)
    for line in lines:
        mark = "*" if line.pk == current else " "
        when = timezone.localtime(line.from_when)
        out.write(
            f"{mark} {when:%Y-%m-%d %H:%M}  {line.charter.key} {line.charter.version} ({line.charter.sha256[:12]})  {line.by}".rstrip()
            + "\n"
        )
    if not lines:
        out.write("  nothing yet: linli charter adopt KEY\n")


def _packaged_lines() -> Iterable[str]:
    for key, folder in packaged().items():
        try:
            charter = load(folder)
        except CharterError as error:
            yield f"{key}: can't be loaded, {len(error.problems)} problems (linli charter check {key})"
        else:
            yield f"{key} {charter.version}: {charter.name.zh} / {charter.name.en}"
