"""What is wrong with a charter that could be loaded: wiring, people, times, routes, arithmetic. Pure.

``lint`` returns every finding. Errors keep a charter from being adopted. A warning that the place knows of and lives with is named in
the charter with a reason, and becomes a note::

    [[accepted]]
    finding = "duty-short:month-80"
    why = "…"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from linli.charter.rules import categories, channels, dividing, duties, gatherings, groups, posts, procedures, steps
from linli.charter.rules.base import CHARTER, Finding, error, warning
from linli.charter.schema import Charter

__all__ = ["RULES", "Finding", "lint"]

RULES: tuple[Callable[[Charter], Iterator[Finding]], ...] = (
    posts.hours,
    posts.posts,
    duties.duties,
    gatherings.gatherings,
    groups.groups,
    categories.categories,
    categories.refused,
    procedures.wiring,
    steps.people,
    steps.times,
    channels.lines,
    channels.boxes,
    dividing.dividing,
    dividing.own_requests,
)


def lint(charter: Charter) -> list[Finding]:
    """Every finding, errors first, then warnings, then notes; within that in the order of the rules."""
    found: dict[tuple[str, str], Finding] = {}
    for rule in RULES:
        for finding in rule(charter):
            found.setdefault((finding.code, finding.en), finding)
    all_findings = [*_accept(charter, list(found.values())), *_accepted_in_vain(charter, {f.code: f for f in found.values()})]
    return sorted(all_findings, key=lambda f: ("error", "warning", "note").index(f.severity))


def _accept(charter: Charter, findings: list[Finding]) -> Iterator[Finding]:
    why = {a.finding: a.why for a in charter.accepted}
    for finding in findings:
        if finding.severity == "warning" and finding.code in why:
            yield replace(finding, severity="note", why=why[finding.code])
        else:
            yield finding


def _accepted_in_vain(charter: Charter, found: dict[str, Finding]) -> Iterator[Finding]:
    """An acceptance that fits nothing hides the next mistake of that name; an error can't be lived with."""
    for accepted in charter.accepted:
        if accepted.finding not in found:
            yield warning(
                f"accepted-gone:{accepted.finding}",
                CHARTER,
                f"已接受的“{accepted.finding}”现在并不存在：请删去这条 [[accepted]]。",
                f'"{accepted.finding}" is accepted but no longer found: remove this [[accepted]].',
                "accepted",
                accepted.finding,
            )
        elif found[accepted.finding].severity == "error":
            yield error(
                f"accepted-error:{accepted.finding}",
                CHARTER,
                f"“{accepted.finding}”是错误，不能接受，只能改正。",
                f'"{accepted.finding}" is an error: it can\'t be accepted, only mended.',
                "accepted",
                accepted.finding,
            )
