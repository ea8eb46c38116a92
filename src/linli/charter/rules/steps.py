"""Rules on who takes a step and by when."""

from __future__ import annotations

from collections.abc import Iterator

from linli.charter.graph import END, reach, shortest, successors
from linli.charter.problems import meant
from linli.charter.rules.base import Finding, days_text, error, warning, working_days
from linli.charter.schema import BY_CLOCK, Category, Charter, Duration, Procedure, Step

# what a post must be able to do to take a step of this kind
NEEDED = {
    "accept": ("flow.act", "matter.intake"), "dispatch": ("flow.act", "matter.intake"), "entrust": ("flow.act", "matter.intake"),
    "callback": ("flow.act", "matter.contact"),
}  # fmt: skip


def people(charter: Charter) -> Iterator[Finding]:
    """Who takes each step, and whether they may."""
    for p in charter.procedures.values():
        where = f"procedures/{p.id}.toml"
        for step in p.steps.values():
            yield from _actor(charter, p, step, where)
            yield from _not_by(charter, p, step, where)
        yield from _decided(charter, p, where)
        yield from _rungs(charter, p, where)


def _rungs(charter: Charter, p: Procedure, where: str) -> Iterator[Finding]:
    """The ladder that presses on late work: who supervises, until when, in which steps."""
    for rung in p.rungs:
        at = ("procedure", p.id, "rung", rung.id)
        for step in rung.steps:
            if step not in p.steps:
                zh, en = meant(step, p.steps)
                yield error(
                    f"rung-step:{p.id}/{rung.id}",
                    where,
                    f"督办阶梯“{rung.id}”所指的步骤“{step}”不存在。{zh}",
                    f'Rung "{rung.id}": there is no step "{step}". {en}',
                    *at,
                    "steps",
                )
        if rung.does != "supervise":
            if rung.by or rung.within or rung.requires:
                yield warning(
                    f"rung-idle:{p.id}/{rung.id}",
                    where,
                    f"督办阶梯“{rung.id}”不是督办，by、within、requires 不起作用。",
                    f'Rung "{rung.id}" doesn\'t supervise: by, within and requires say nothing there.',
                    *at,
                )
            continue
        post = charter.posts.get(rung.by)
        if post is None or "flow.supervise" not in post.abilities:
            zh, en = meant(rung.by, [q.id for q in charter.posts.values() if "flow.supervise" in q.abilities])
            yield error(
                f"rung-by:{p.id}/{rung.id}",
                where,
                f"督办阶梯“{rung.id}”的督办岗位“{rung.by}”不存在，或没有“flow.supervise”权限。{zh}",
                f'Rung "{rung.id}": "{rung.by}" is no post with the ability flow.supervise. {en}',
                *at,
                "by",
            )
        if rung.within is None:
            yield error(
                f"rung-within:{p.id}/{rung.id}",
                where,
                f"督办阶梯“{rung.id}”没有写多久内回复（within）。",
                f'Rung "{rung.id}" supervises, but not until when it has to be answered: add "within".',
                *at,
            )


def _actor(charter: Charter, p: Procedure, step: Step, where: str) -> Iterator[Finding]:
    at = ("procedure", p.id, "step", step.id, "actor")
    if step.actor == "reporter":
        return
    if step.actor == "same" and step.id == p.start:
        yield error(
            f"same-first:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”是第一步，前面没有人办过，actor 不能写“same”。",
            f'Step "{step.id}" is the first: nobody had a step before it, so its actor can\'t be "same".',
            *at,
        )
    if step.actor in ("route", "same"):
        if not _takes(charter, p):
            yield error(
                f"no-actor:{p.id}/{step.id}",
                where,
                f"步骤“{step.id}”由类别的路由决定责任人，但没有类别使用本程序。",
                f'Step "{step.id}" goes to the category\'s route, but no category uses this procedure.',
                *at,
            )
        return
    post = charter.posts.get(step.actor)
    if post is None:
        zh, en = meant(step.actor, (*charter.posts, "route", "same", "reporter"))
        yield error(
            f"actor-unknown:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”的责任岗位“{step.actor}”不存在。{zh}",
            f'Step "{step.id}": there is no post "{step.actor}". {en}',
            *at,
        )
        return
    for ability in NEEDED.get(step.action, ("flow.act",)):
        if ability not in post.abilities:
            yield error(
                f"ability-missing:{p.id}/{step.id}",
                where,
                f"步骤“{step.id}”由“{post.name.zh}”办，但该岗位没有“{ability}”权限。",
                f'Step "{step.id}" is for "{post.name.en}", a post without the ability {ability}.',
                *at,
            )


def _not_by(charter: Charter, p: Procedure, step: Step, where: str) -> Iterator[Finding]:
    at = ("procedure", p.id, "step", step.id, "not_by")
    ways = successors(p)
    for other in step.not_by:
        if other not in p.steps:
            zh, en = meant(other, p.steps)
            yield error(
                f"not-by-unknown:{p.id}/{step.id}",
                where,
                f"步骤“{step.id}”的 not_by 里“{other}”不是步骤。{zh}",
                f'Step "{step.id}": "{other}" in not_by is no step. {en}',
                *at,
            )
        elif other == step.id or step.id not in reach(ways, other):
            yield error(
                f"not-by-idle:{p.id}/{step.id}",
                where,
                f"步骤“{other}”之后走不到“{step.id}”，not_by 不起作用。",
                f'"{step.id}" never comes after "{other}": that not_by says nothing.',
                *at,
            )
        elif (post := charter.posts.get(step.actor)) and p.steps[other].actor == post.id and post.seats[1] < 2:
            yield error(
                f"not-by-alone:{p.id}/{step.id}",
                where,
                f"步骤“{other}”和“{step.id}”都由“{post.name.zh}”办，该岗位每处只有 1 人，无人可办“{step.id}”。",
                f'"{other}" and "{step.id}" are both for "{post.name.en}", of whom there is one at a place: nobody is left to take "{step.id}".',
                *at,
            )


def _decided(charter: Charter, p: Procedure, where: str) -> Iterator[Finding]:
    """Extensions and the ledger need somebody who decides; joint work somebody who may call others in."""
    asks = [s for s in p.steps.values() if s.extensions or s.suspend]
    if asks and not any("flow.approve" in post.abilities for post in charter.posts.values()):
        yield error(
            f"nobody-approves:{p.id}",
            where,
            f"步骤“{asks[0].id}”可以申请延期或挂账，但没有一个岗位有“flow.approve”权限来审批。",
            f'Step "{asks[0].id}" allows extensions or the ledger, but no post has the ability flow.approve to decide on them.',
            "procedure",
            p.id,
            "step",
            asks[0].id,
        )
    joint = [s for s in p.steps.values() if s.joint]
    if joint and not any("flow.join" in post.abilities for post in charter.posts.values()):
        yield error(
            f"nobody-joins:{p.id}",
            where,
            f"步骤“{joint[0].id}”可以联合办理，但没有一个岗位有“flow.join”权限。",
            f'Step "{joint[0].id}" allows joint handling, but no post has the ability flow.join.',
            "procedure",
            p.id,
            "step",
            joint[0].id,
        )


def times(charter: Charter) -> Iterator[Finding]:
    """Deadlines that are missing, can't be met, or contradict the procedure's own."""
    for p in charter.procedures.values():
        where = f"procedures/{p.id}.toml"
        for step in p.steps.values():
            yield from _deadline(charter, p, step, where)
        yield from _whole(charter, p, where)


def _deadline(charter: Charter, p: Procedure, step: Step, where: str) -> Iterator[Finding]:
    at = ("procedure", p.id, "step", step.id)
    if step.within is None and step.action in BY_CLOCK:
        yield error(
            f"no-term:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”靠到期结束，却没有写 within。",
            f'Step "{step.id}" ends by time and has no "within".',
            *at,
        )
    elif step.within is None:
        yield warning(
            f"no-deadline:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”没有时限（within）。",
            f'Step "{step.id}" has no deadline ("within").',
            *at,
        )
    if step.late == "escalate" and step.grace is None:
        yield error(
            f"no-grace:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”超期升级，却没有写宽限（grace）。",
            f'Step "{step.id}" escalates when late, but has no "grace".',
            *at,
            "late",
        )
    if step.late == "escalate" and step.within is None:
        yield error(
            f"late-never:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”没有时限，永远不会超期升级。",
            f'Step "{step.id}" escalates when late, but has no deadline to be late for.',
            *at,
            "late",
        )
    if step.grace is not None and step.late != "escalate":
        yield warning(
            f"grace-unused:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”写了宽限，却不升级。",
            f'Step "{step.id}" has "grace" without late = "escalate".',
            *at,
            "grace",
        )
    if isinstance(step.within, Duration) and working_days(step.within, charter) > working_days(p.within, charter):
        yield error(
            f"step-longer:{p.id}/{step.id}",
            where,
            f"步骤“{step.id}”的时限 {step.within} 比整个程序的 {p.within} 还长。",
            f'Step "{step.id}" may take {step.within}, longer than the whole procedure\'s {p.within}.',
            *at,
            "within",
        )


def _takes(charter: Charter, p: Procedure) -> list[Category]:
    """Kinds of matter that go the way of the procedure: their own, or that of a direct line they can come by."""
    lines = [line for line in charter.lines.values() if line.procedure == p.id]
    taken = {c.id for line in lines for c in charter.taken_by(line) if not c.urgent}
    return [c for c in charter.leaves() if c.procedure == p.id or c.id in taken]


def _users(charter: Charter, p: Procedure) -> list[Category]:
    return [c for c in _takes(charter, p) if c.within]


def _whole(charter: Charter, p: Procedure, where: str) -> Iterator[Finding]:
    """The shortest way to a good end has to fit the whole; so has each category's own limit, with the steps around it."""
    limit = working_days(p.within, charter)
    good = frozenset(f"{END}{e.id}" for e in p.ends.values() if e.good)
    users = sorted(_users(charter, p), key=lambda c: working_days(c.within, charter))  # type: ignore[arg-type]
    if found := shortest(p, p.start, _weights(charter, p, users[0].within if users else None), good):
        total, way = found
        if total > limit:
            sums = " + ".join(_part(p, id, users[0].within if users else None) for id in way)
            yield error(
                f"way-longer:{p.id}",
                where,
                f"最短的走法就要 {sums} = {days_text(total)} 个工作日，超过整个程序的 {p.within}。",
                f"Even the shortest way takes {sums} = {days_text(total)} working days, more than the whole procedure's {p.within}.",
                "procedure",
                p.id,
                "within",
            )
            return
    for category in users:
        assert category.within is not None
        longest = shortest(p, p.start, _weights(charter, p, category.within), good)
        alone = working_days(category.within, charter)
        if alone > limit or (longest and longest[0] > limit):
            sums = str(category.within) if alone > limit or not longest else " + ".join(_part(p, id, category.within) for id in longest[1])
            total = alone if alone > limit or not longest else longest[0]
            yield error(
                f"category-longer:{category.id}",
                "matters.toml",
                f"类别“{category.name.zh}”：{sums} = {days_text(total)} 个工作日，超过程序“{p.id}”的 {p.within}。",
                f'Category "{category.name.en}": {sums} = {days_text(total)} working days, more than the {p.within} of the procedure "{p.id}".',
                "category",
                category.id,
                "within",
            )


def _weights(charter: Charter, p: Procedure, category: Duration | None) -> dict[str, float]:
    """Working days of each step. A step that waits for a person's silence can be shorter: it counts as nothing."""
    found = {}
    for step in p.steps.values():
        within = category if step.within == "category" else step.within
        waits = step.actor == "reporter"
        found[step.id] = working_days(within, charter) if isinstance(within, Duration) and not waits else 0.0
    return found


def _part(p: Procedure, id: str, category: Duration | None) -> str:
    step = p.steps[id]
    within = category if step.within == "category" else step.within
    return "0" if within is None or step.actor == "reporter" else str(within)
