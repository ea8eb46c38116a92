"""Rules on the wiring of procedures: every outcome leads somewhere, every way ends, every way back is bounded."""

from __future__ import annotations

from collections.abc import Iterator

from linli.charter.graph import END, backward_edges, reach, successors, ways_out
from linli.charter.problems import meant
from linli.charter.rules.base import Finding, error, warning
from linli.charter.schema import ACTIONS, BY_CLOCK, Charter, Procedure, Step


def wiring(charter: Charter) -> Iterator[Finding]:
    for procedure in charter.procedures.values():
        where = f"procedures/{procedure.id}.toml"
        yield from _begins(procedure, where)
        yield from _merges(charter, procedure, where)
        for step in procedure.steps.values():
            yield from _outcomes(procedure, step, where)
            yield from _targets(procedure, step, where)
        yield from _bounds(procedure, where)
        yield from _reached(procedure, where)


OURS = ("withdrawn", "merged", "undone", "elsewhere")
"""Ends that every procedure has without naming them."""


def _merges(charter: Charter, p: Procedure, where: str) -> Iterator[Finding]:
    for other in p.merges:
        if other not in charter.procedures or other == p.id:
            zh, en = meant(other, [id for id in charter.procedures if id != p.id])
            yield error(
                f"merges-unknown:{p.id}/{other}",
                where,
                f"可并入的程序“{other}”不是另一个程序。{zh}",
                f'It may be merged into "{other}", which is no other procedure. {en}',
                "procedure",
                p.id,
                "merges",
            )
    for end in p.ends:
        if end in OURS:
            yield error(
                f"end-taken:{p.id}/{end}",
                where,
                f"结束方式不能叫“{end}”：这是每个程序自带的结束。",
                f'An end can\'t be called "{end}": every procedure has that one by itself.',
                "procedure",
                p.id,
            )


def _begins(p: Procedure, where: str) -> Iterator[Finding]:
    at = ("procedure", p.id)
    if p.start not in p.steps:
        zh, en = meant(p.start, p.steps)
        yield error(
            f"start-unknown:{p.id}",
            where,
            f"开始的步骤“{p.start}”不存在。{zh}",
            f'It starts at "{p.start}", which is no step. {en}',
            *at,
            "start",
        )
    if not p.ends:
        yield error(f"no-end:{p.id}", where, "没有写任何结束方式（[[end]]）。", "It has no [[end]] at all.", *at)
    elif not any(e.good for e in p.ends.values()):
        yield error(f"no-good-end:{p.id}", where, "没有一种结束方式算办成（good = true）。", "No end counts as solved (good = true).", *at)
    if p.reopen and p.reopen not in p.steps:
        zh, en = meant(p.reopen, p.steps)
        yield error(
            f"reopen-unknown:{p.id}",
            where,
            f"重新办理的步骤“{p.reopen}”不存在。{zh}",
            f'It reopens at "{p.reopen}", which is no step. {en}',
            *at,
            "reopen",
        )
    if p.reopen and not p.reopens:
        yield error(
            f"reopen-unbounded:{p.id}",
            where,
            "可以重新办理，却没有写最多几次（reopens）。",
            'It can be reopened, but not how often: add "reopens".',
            *at,
            "reopen",
        )
    if p.reopens and not p.reopen:
        yield error(
            f"reopen-missing:{p.id}",
            where,
            "写了重新办理的次数，却没有写回到哪一步（reopen）。",
            '"reopens" needs "reopen": the step it goes back to.',
            *at,
            "reopens",
        )


def _outcomes(p: Procedure, step: Step, where: str) -> Iterator[Finding]:
    at = ("procedure", p.id, "step", step.id)
    if step.action not in ACTIONS:
        zh, en = meant(step.action, ACTIONS)
        yield error(
            f"action-unknown:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”的动作“{step.action}”不存在。{zh}",
            f'Step "{step.id}": no action "{step.action}". {en}',
            *at,
            "action",
        )
        return
    known = ACTIONS[step.action]
    for outcome in known:
        if outcome not in step.on:
            yield error(
                f"unwired:{p.id}/{step.id}.{outcome}",
                where,
                f"步骤“{step.id}”的结果“{outcome}”没有写去向：在 on 里补上。",
                f'Step "{step.id}": the outcome "{outcome}" leads nowhere. Wire it in "on".',
                *at,
                "on",
            )
    for outcome in step.labels:
        if outcome not in known:
            zh, en = meant(outcome, known)
            yield error(
                f"label-unknown:{p.id}/{step.id}.{outcome}",
                where,
                f"步骤“{step.id}”（{step.action}）没有“{outcome}”这种结果，labels 里不能给它起名。{zh}",
                f'Step "{step.id}" ({step.action}) has no outcome "{outcome}" to be called something in "labels". {en}',
                *at,
                "labels",
                outcome,
            )
    for outcome in step.on:
        if outcome not in known:
            zh, en = meant(outcome, known)
            yield error(
                f"outcome-unknown:{p.id}/{step.id}.{outcome}",
                where,
                f"步骤“{step.id}”（{step.action}）没有“{outcome}”这种结果。{zh}",
                f'Step "{step.id}" ({step.action}) has no outcome "{outcome}". {en}',
                *at,
                "on",
                outcome,
            )


def _targets(p: Procedure, step: Step, where: str) -> Iterator[Finding]:
    ends = [f"{END}{e}" for e in p.ends]
    for outcome, to in (*step.on.items(), ("exhausted", step.exhausted)):
        if to and to not in p.steps and to not in ends:
            zh, en = meant(to, (*p.steps, *ends))
            keys = ("exhausted",) if outcome == "exhausted" else ("on", outcome)
            yield error(
                f"target-unknown:{p.id}/{step.id}.{outcome}",
                where,
                f"步骤“{step.id}”的“{outcome}”指向“{to}”，没有这个步骤或结束方式。{zh}",
                f'Step "{step.id}": "{outcome}" leads to "{to}", which is no step and no end. {en}',
                "procedure",
                p.id,
                "step",
                step.id,
                *keys,
            )
    if step.withdrawn and step.withdrawn not in ends:
        zh, en = meant(step.withdrawn, ends)
        yield error(
            f"withdrawn-unknown:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”的 withdrawn 指向“{step.withdrawn}”，没有这种结束方式。{zh}",
            f'Step "{step.id}": "withdrawn" leads to "{step.withdrawn}", which is no end. {en}',
            "procedure",
            p.id,
            "step",
            step.id,
            "withdrawn",
        )


def _bounds(p: Procedure, where: str) -> Iterator[Finding]:
    back = backward_edges(p)
    for step in p.steps.values():
        at = ("procedure", p.id, "step", step.id)
        mine = [o for o in step.on if (step.id, o) in back]
        yield from _shares(p, step, where)
        for outcome in (o for o in mine if not p.bounding(step, o).returns):
            yield error(
                f"unbounded:{p.id}/{step.id}.{outcome}",
                where,
                f"步骤“{step.id}”的“{outcome}”退回“{step.on[outcome]}”，没有上限，可能永远绕圈：写上 returns = 次数。",
                f'Step "{step.id}": "{outcome}" leads back to "{step.on[outcome]}" without a bound and could go round for ever. Add "returns".',
                *at,
                "on",
                outcome,
            )
        if (step.id, "exhausted") in back:
            yield error(
                f"exhausted-back:{p.id}/{step.id}",
                where,
                f"步骤“{step.id}”退回次数用完后又退回“{step.exhausted}”：exhausted 应往前走或结束。",
                f'Step "{step.id}": once its returns are used up it leads back again, to "{step.exhausted}". It has to go on or end.',
                *at,
                "exhausted",
            )
        if not step.exhausted and (reason := _stuck(step, mine)):
            yield error(f"stuck:{p.id}/{step.id}", where, reason[0], reason[1], *at)
        if step.returns and not mine:
            yield warning(
                f"returns-unused:{p.id}/{step.id}",
                where,
                f"步骤“{step.id}”写了 returns，却没有退回的去向。",
                f'Step "{step.id}" has "returns", but none of its outcomes leads back.',
                *at,
                "returns",
            )
        if step.exhausted and not step.returns:
            yield warning(
                f"exhausted-unused:{p.id}/{step.id}",
                where,
                f"步骤“{step.id}”写了 exhausted，却没有写 returns，永远用不到。",
                f'Step "{step.id}" has "exhausted" without "returns": it is never used.',
                *at,
                "exhausted",
            )


def _shares(p: Procedure, step: Step, where: str) -> Iterator[Finding]:
    """Ways back counted with another step's need that step, and an outcome both have."""
    other = p.steps.get(step.shares)
    if step.shares and (other is None or other.id == step.id or not set(other.on) & set(step.on)):
        zh, en = meant(step.shares, [s for s in p.steps if s != step.id])
        yield error(
            f"shares-unknown:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”的 shares 指向“{step.shares}”，没有这个步骤，或两步没有相同的结果。{zh}",
            f'Step "{step.id}": "shares" names "{step.shares}", which is no other step or has no outcome in common with it. {en}',
            "procedure",
            p.id,
            "step",
            step.id,
            "shares",
        )
    order = list(p.steps)
    if other is not None and other.exhausted in order and order.index(other.exhausted) <= order.index(step.id):
        yield error(
            f"shares-back:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”与“{other.id}”合计退回次数，而“{other.id}”的 exhausted 指向“{other.exhausted}”，从“{step.id}”看又是退回：应指向它之后的步骤或结束。",
            f'Step "{step.id}" counts its ways back with "{other.id}", whose "exhausted" leads to "{other.exhausted}": back again, seen from here. '
            "It has to lead on from both, or end.",
            "procedure",
            p.id,
            "step",
            step.id,
            "shares",
        )
    if step.action == "callback" and not step.exhausted and (step.id, "unreached") in backward_edges(p):
        yield error(
            f"unreached-back:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”回访不到时退回，却没有写 exhausted：没留电话的人无处可去。",
            f'Step "{step.id}" goes back where nobody is reached and has no "exhausted": matters without a telephone would lead nowhere.',
            "procedure",
            p.id,
            "step",
            step.id,
        )


def _stuck(step: Step, back: list[str]) -> tuple[str, str] | None:
    """Why the step could come to a stop once its returns are used up."""
    clock = BY_CLOCK.get(step.action, "")
    if clock in back:
        return (
            f"步骤“{step.id}”到期自动“{clock}”并退回；次数用完后无处可去：写上 exhausted。",
            f'Step "{step.id}": time itself takes "{clock}" and leads back; once used up there is nowhere to go. Add "exhausted".',
        )
    if back and set(back) == set(step.on):
        return (
            f"步骤“{step.id}”的所有结果都是退回；次数用完后无处可去：写上 exhausted。",
            f'Step "{step.id}": every outcome leads back; once used up there is nowhere to go. Add "exhausted".',
        )
    return None


def _reached(p: Procedure, where: str) -> Iterator[Finding]:
    ways = successors(p)
    seen = reach(ways, p.start) if p.start in p.steps else frozenset()
    if not seen:
        return
    for id, step in p.steps.items():
        at = ("procedure", p.id, "step", id)
        if id not in seen:
            yield error(
                f"unreachable:{p.id}/{id}",
                where,
                f"步骤“{id}”（{step.name.zh}）从开始处走不到。",
                f'Step "{id}" ({step.name.en}) can\'t be reached from the start.',
                *at,
            )
        if not any(to.startswith(END) for to in reach(ways, id)):
            yield error(
                f"no-way-out:{p.id}/{id}",
                where,
                f"步骤“{id}”（{step.name.zh}）走不到任何结束。",
                f'From step "{id}" ({step.name.en}) no end can be reached.',
                *at,
            )
    used = {e.to for e in ways_out(p) if e.step in seen}
    for id, end in p.ends.items():
        if f"{END}{id}" not in used:
            yield warning(
                f"end-unused:{p.id}/{id}",
                where,
                f"没有步骤通向结束“{id}”（{end.name.zh}）。",
                f'No step leads to the end "{id}" ({end.name.en}).',
                "procedure",
                p.id,
                "end",
                id,
            )
