"""A charter as a readable account: who does what, where, by when, with the arithmetic. Plain text in Markdown, Chinese or English. Pure."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from linli.charter.draw import actor_name
from linli.charter.graph import END, backward_edges
from linli.charter.linter import lint
from linli.charter.rules.base import day_hours, days_text, depth
from linli.charter.rules.duties import WITHIN, households, shortfalls
from linli.charter.schema import RATES, Category, Charter, Duty, Gathering, Group, Line, Procedure, Step
from linli.charter.words import ABILITY, LEVEL, NEED, PERIOD, PRESSES, RATE, WEEKDAY, duration, say, times, word
from linli.charter.words import outcome as outcome_word


def explain(charter: Charter, lang: str) -> str:
    """The whole account. ``lang`` beginning with "zh" gives Chinese, anything else English."""
    parts = [_head, _where, _who, _duties, _goals, _gatherings, _procedures, _lines, _boxes, _matters, _groups, _findings]
    return "\n\n".join(text for part in parts if (text := part(charter, lang.startswith("zh")).strip())) + "\n"


def _l(zh: bool) -> str:
    return "zh" if zh else "en"


def _join(items: list[str], zh: bool) -> str:
    return "、".join(items) if zh else ", ".join(items)


def _head(c: Charter, zh: bool) -> str:
    leaves, steps = len(c.leaves()), sum(len(p.steps) for p in c.procedures.values())
    if zh:
        base = f"在“{c.extends}”章程上修改而成。" if c.extends else ""
        return (
            f"# {c.name.zh}（{c.id}，{c.version} 版）\n\n依据：{c.source.zh}。{base}\n"
            f"共 {len(c.bodies)} 类组织、{len(c.posts)} 种岗位、{len(c.procedures)} 套程序 {steps} 个步骤、{leaves} 种诉求。文本指纹 {c.sha256[:12]}。"
        )
    base = f' It changes the charter "{c.extends}".' if c.extends else ""
    return (
        f"# {c.name.en} ({c.id}, version {c.version})\n\nSource: {c.source.en}.{base}\n"
        f"{len(c.bodies)} kinds of body, {len(c.posts)} posts, {len(c.procedures)} procedures with {steps} steps, {leaves} kinds of matter. "
        f"Fingerprint {c.sha256[:12]}."
    )


def _where(c: Charter, zh: bool) -> str:
    lang = _l(zh)
    levels = _join([word(LEVEL, level, lang) for level in c.area.levels], zh)
    hours = _join([f"{h.start:%H:%M}–{h.end:%H:%M}" for h in c.hours], zh)
    sums = " + ".join(days_text(day_hours((h,))) for h in c.hours)
    total = days_text(day_hours(c.hours))
    if zh:
        root = f"适用于代码 {c.area.root} 的区域" if c.area.root else "适用区域由继承本章程的地方写明"
        return (
            f"## 在哪里、什么时间\n\n{root}，层级为{levels}。一个网格约 {c.area.grid_households} 户。\n"
            f"工作时间 {hours}，每个工作日 {sums} = {total} 小时；节假日和调休按国家公布的日历。"
        )
    root = f"It holds in the area with the code {c.area.root}" if c.area.root else "The place that extends it says where it holds"
    return (
        f"## Where and when\n\n{root}; levels: {levels}. A grid has about {c.area.grid_households} households.\n"
        f"Working hours {hours}: {sums} = {total} hours each working day, by the official calendar of holidays and make-up days."
    )


def _who(c: Charter, zh: bool) -> str:
    lines = ["## 谁" if zh else "## Who"]
    for level in sorted({p.level for p in c.posts.values()}, key=depth):
        lines.append(f"\n### {word(LEVEL, level, _l(zh))}" if zh else f"\n### On the level of the {LEVEL[level].en}")
        lines += [_posts(c, ids, zh) for ids in _alike(c, level)]
    return "\n".join(lines)


def _alike(c: Charter, level: str) -> list[list[str]]:
    """The level's posts, those that differ only in name and body together."""
    found: dict[tuple, list[str]] = {}
    for id, post in c.posts.items():
        if post.level == level:
            found.setdefault((post.abilities, post.reach, post.falls_to, post.seats), []).append(id)
    return list(found.values())


def _posts(c: Charter, ids: list[str], zh: bool) -> str:
    post, lang = c.posts[ids[0]], _l(zh)
    does = _join([word(ABILITY, a, lang) for a in post.abilities], zh)
    above = say(c.posts[post.falls_to].name, lang) if post.falls_to in c.posts else ""
    low, high = post.seats
    if zh:
        names = _join([f"{c.posts[i].name.zh}（{_body(c, i, lang)}）" for i in ids], zh)
        seats = f"每处 {low} 人" if low == high else f"每处 {low} 至 {high} 人"
        reach = "只限本岗经手的工作" if post.reach == "own" else "限于所任区域"
        fall = f"空缺时由{above}承接。" if above else "在最上一级，空缺须即补。"
        return f"- {names}，{seats}。可以：{does}；{reach}。{fall}"
    names = _join([f"{c.posts[i].name.en} ({_body(c, i, lang)})" for i in ids], zh)
    seats = f"{low} at each place" if low == high else f"{low} to {high} at each place"
    reach = "only for work that has come to the post" if post.reach == "own" else "over the whole place held"
    fall = f"While vacant, the {above} does the work." if above else "At the top: a vacancy has to be filled at once."
    return f"- {names}; {seats}. May: {does}; {reach}. {fall}"


def _body(c: Charter, post: str, lang: str) -> str:
    body = c.posts[post].body
    return say(c.bodies[body].name, lang) if body in c.bodies else body


# -- duties


def _duties(c: Charter, zh: bool) -> str:
    if not c.duties:
        return ""
    lines = ["## 定期要做到的" if zh else "## What has to be reached regularly", ""]
    lines += [f"- {duty_sentence(c, duty, _l(zh))}" for duty in c.duties.values()]
    lines += [f"- {sentence}" for sentence in arithmetic(c, _l(zh))]
    return "\n".join(lines)


def _goals(c: Charter, zh: bool) -> str:
    if not c.goals:
        return ""
    return "\n".join(["## 指标要达到的" if zh else "## What the figures should reach", "", *(f"- {s}" for s in goal_sentences(c, _l(zh)))])


def goal_sentences(c: Charter, lang: str) -> list[str]:
    """Each goal in one sentence."""
    found = []
    for goal in c.goals.values():
        percent, less = float(100 * Fraction(goal.share)), RATES.get(goal.id) == "less"
        if lang == "zh":
            found.append(f"{RATE[goal.id].zh}不{'高' if less else '低'}于 {percent:g}%。")
        else:
            found.append(f"{RATE[goal.id].en}: at {'most' if less else 'least'} {percent:g} %.")
    return found


def _gatherings(c: Charter, zh: bool) -> str:
    if not c.gatherings:
        return ""
    lines = ["## 会议活动" if zh else "## Gatherings", ""]
    return "\n".join([*lines, *(f"- {gathering_sentence(c, kind, _l(zh))}" for kind in c.gatherings.values())])


def gathering_sentence(c: Charter, kind: Gathering, lang: str) -> str:
    """A kind of gathering in one sentence: where, who convenes it, what it asks for, who sees it."""
    zh = lang.startswith("zh")
    levels = _join([word(LEVEL, level, lang) for level in kind.levels], zh)
    posts = _join([say(c.posts[p].name, lang) if p in c.posts else p for p in kind.posts], zh)
    body = say(c.bodies[kind.body].name, lang) if kind.body in c.bodies else kind.body
    sides = _join([say(s.name, lang) for s in kind.sides], zh)
    about = _join([say(c.procedures[p].name, lang) if p in c.procedures else p for p in kind.about], zh)
    minutes, quorum = duration(kind.minutes, lang), kind.quorum
    if zh:
        said = [
            f"{levels}一级",
            f"由{posts}召集" if posts else "由有召集权限的岗位召集",
            f"{body}成员参加" if body else "",
            f"到会成员{'须超过' if quorum.more else '不少于'} {quorum.share}" if quorum else "",
            "须有议程" if kind.agenda else "",
            f"结束后 {minutes}内写出记录" if minutes else "",
            f"参加方：{sides}" if sides else "",
            f"可就“{about}”中的一件工作召集，只有看得到这件工作的人才看得到" if about else "",
            "向居民公开时间、地点和结果" if kind.public else "不公开",
        ]
        return f"**{kind.name.zh}**：{'；'.join(s for s in said if s)}。"
    said = [
        f"for a {levels}" if len(kind.levels) == 1 else f"for places of these levels: {levels}",
        f"convened by {posts}" if posts else "convened by any post that can",
        f"the members of {body} take part" if body else "",
        f"{'more than' if quorum.more else 'at least'} {quorum.share} of them have to come" if quorum else "",
        "an agenda is needed" if kind.agenda else "",
        f"minutes within {minutes} of its end" if minutes else "",
        f"sides: {sides}" if sides else "",
        f"can be about work under “{about}”, and then only those who see the work see it" if about else "",
        "residents are shown when and where it is and what came of it" if kind.public else "not public",
    ]
    return f"**{kind.name.en}**: {'; '.join(s for s in said if s)}."


def duty_sentence(c: Charter, duty: Duty, lang: str) -> str:
    """A duty in one sentence: who, how much, how often."""
    zh = lang.startswith("zh")
    post = say(c.posts[duty.post].name, lang) if duty.post in c.posts else duty.post
    area, period = word(LEVEL, duty.area, lang), PERIOD[duty.each].zh if zh else f"each {duty.each}"
    if duty.of == "worker-day":
        if zh:
            return f"{duty.name.zh}：{post}{period}至少 {duty.at_least} 天在{area}。"
        return f"{duty.name.en}: the {post} is in the {area} at least {duty.at_least} {'day' if duty.at_least == 1 else 'days'} {period}."
    much_zh = (
        "全部住户" if duty.at_least == "all" else f"{duty.at_least} 户" if isinstance(duty.at_least, int) else f"{duty.at_least} 的住户"
    )
    much_en = (
        "every household"
        if duty.at_least == "all"
        else f"at least {duty.at_least} {'of the ' if isinstance(duty.at_least, str) else ''}households"
    )
    if zh:
        return f"{duty.name.zh}：{post}{period}走访{'' if duty.at_least == 'all' else '至少'}{much_zh}（按{area}计）。"
    return f"{duty.name.en}: the {post} visits {much_en} of the {area} {period}."


def arithmetic(c: Charter, lang: str) -> list[str]:
    """What the duties come to: which are missed by others, and how many households fall to a day in the field."""
    zh = lang.startswith("zh")
    said = []
    for s in shortfalls(c):
        need = f"⌈{s.goal}/{s.times}⌉ = {s.needed}"
        said.append(
            f"注意：只做到“{s.low.name.zh}”达不到“{s.high.name.zh}”：{s.sum()}。{PERIOD[s.low.each].zh}至少要 {need} 户。"
            if zh
            else f'Note: "{s.low.name.en}" alone does not meet "{s.high.name.en}": {s.sum()}. It takes {need} households {PERIOD[s.low.each].en}.'
        )
    for days in (d for d in c.duties.values() if d.of == "worker-day" and isinstance(d.at_least, int)):
        for visits in (d for d in c.duties.values() if d.of == "household" and d.post == days.post and d.area == days.area):
            said += _per_day(c, days, visits, zh)
    return said


def _per_day(c: Charter, days: Duty, visits: Duty, zh: bool) -> list[str]:
    """How many households each of the least days in the field has to take."""
    periods = 1 if days.each == visits.each else WITHIN.get((days.each, visits.each), 0)
    goal = households(c, visits)
    if not periods or not goal or not isinstance(days.at_least, int):
        return []
    field = days.at_least * periods
    period = PERIOD[visits.each]
    if zh:
        return [
            f"{period.zh}只下 {days.at_least} × {periods} = {field} 天，要做到“{visits.name.zh}”，每天须走访 ⌈{goal}/{field}⌉ = {ceil(goal / field)} 户。"
        ]
    return [
        f'With no more than {days.at_least} × {periods} = {field} days in the field {period.en}, "{visits.name.en}" '
        f"means ⌈{goal}/{field}⌉ = {ceil(goal / field)} households a day."
    ]


# -- procedures


def _procedures(c: Charter, zh: bool) -> str:
    return "\n\n".join(_procedure(c, p, zh) for p in c.procedures.values())


def _procedure(c: Charter, p: Procedure, zh: bool) -> str:
    lang = _l(zh)
    total = duration(p.within, lang)
    lines = [f"## 程序：{p.name.zh}" if zh else f"## Procedure: {p.name.en}", ""]
    lines.append(
        f"从“{p.steps[p.start].name.zh}”开始，全程最长 {total}。"
        if zh
        else f'It starts with "{p.steps[p.start].name.en}" and takes {total} at most.'
    )
    lines.append("")
    lines += [f"{i}. {step_sentences(c, p, step, lang)}" for i, step in enumerate(p.steps.values(), 1)]
    if p.rungs:
        lines += ["", *(f"- {rung_sentence(c, p, n, lang)}" for n in range(len(p.rungs)))]
    good = _join([f"“{e.name.zh}”" if zh else f'"{e.name.en}"' for e in p.ends.values() if e.good], zh)
    bad = _join([f"“{e.name.zh}”" if zh else f'"{e.name.en}"' for e in p.ends.values() if not e.good], zh)
    if zh:
        lines.append(f"\n办成的结束：{good}。" + (f"其他结束：{bad}。" if bad else ""))
    else:
        lines.append(f"\nEnds that count as solved: {good}." + (f" Other ends: {bad}." if bad else ""))
    if p.reopen in p.steps:
        step, term = say(p.steps[p.reopen].name, lang), duration(p.reopen_within, lang)
        if zh:
            lines.append(f"结束后{f' {term}内' if term else ''}可以重新办理，至多 {times(p.reopens, lang)}，回到“{step}”。")
        else:
            lines.append(f'It can be reopened {times(p.reopens, lang)}{f" within {term}" if term else ""}, going back to "{step}".')
    others = _join([f"“{o.name.zh}”" if zh else f'"{o.name.en}"' for id in (p.id, *p.merges) if (o := c.procedures.get(id))], zh)
    handed = (
        (f"至多 {times(p.transfers, 'zh')}" if p.transfers else "不可以") if zh else (times(p.transfers, "en") if p.transfers else "never")
    )
    if zh:
        lines.append(f"说的是同一件事的，可以并入{others}的诉求；移送其他地方、移送平台外单位，各{handed}。")
    else:
        lines.append(
            f"About the same thing, it can be merged into matters of {others}; handed to another place, and to an authority outside: {handed} each."
        )
    if p.closed:
        lines.append(
            "就此召集的会只有参加的人、经办过的岗位和督办岗位看得到。"
            if zh
            else "Meetings about it are seen by those who take part and who supervise."
        )
    return "\n".join(lines)


def step_sentences(c: Charter, p: Procedure, step: Step, lang: str) -> str:
    """One step in sentences: who does what by when, what they have to give, where each outcome leads."""
    zh = lang.startswith("zh")
    said = [_who_when(c, step, zh)]
    if step.needs:
        said.append(_needs(step, zh))
    said.append(_ways(p, step, zh))
    if step.not_by:
        others = _join([say(p.steps[o].name, lang) if o in p.steps else o for o in step.not_by], zh)
        said.append(f"办过“{others}”的人不能办这一步。" if zh else f'Never by whoever took "{others}".')
    if step.extensions:
        said.append(
            f"到期前可申请延期，至多 {times(step.extensions, lang)}。"
            if zh
            else f"More time can be asked for before the deadline, {times(step.extensions, lang)}."
        )
    if step.suspend:
        said.append("条件不具备的可申请挂账。" if zh else "It can be put on the ledger where it can't be done now.")
    if step.joint:
        said.append("可请其他部门联合办理。" if zh else "Other departments can be called in.")
    if step.handover:
        term = duration(step.handover, lang)
        said.append(
            f"可移交其他组织，接收方 {term}内签收或说明理由退回，签收前仍由移交方负责。"
            if zh
            else f"It can be handed over to another body, which takes it over or sends it back within {term}; until then the sender answers for it."
        )
    return ("" if zh else " ").join(said)


def _who_when(c: Charter, step: Step, zh: bool) -> str:
    lang = _l(zh)
    actor, term, grace = actor_name(step.actor, lang, c.posts), duration(step.within, lang), duration(step.grace, lang)
    if zh:
        by = f"，时限{'' if step.within == 'category' else ' '}{term}" if term else ""
        late = f"，超期满 {grace}升一级，此后每满 {grace}再升一级" if step.late == "escalate" and grace else ""
        return f"**{step.name.zh}**：由{actor}办{by}{late}。"
    actor = actor if actor.startswith(("the ", "The ")) else f"the {actor}"
    by = f", within {term}" if term else ""
    late = (
        f"; {grace} after the deadline it goes up a level, and again after each further {grace}"
        if step.late == "escalate" and grace
        else ""
    )
    return f"**{step.name.en}**: by {actor}{by}{late}."


def _needs(step: Step, zh: bool) -> str:
    lang = _l(zh)
    must = [word(NEED, n, lang) for n in step.needs if not n.endswith("?")]
    may = [word(NEED, n[:-1], lang) for n in step.needs if n.endswith("?")]
    if zh:
        return (
            (f"须写明{_join(must, zh)}" if must else "") + ("，" if must and may else "") + (f"可附{_join(may, zh)}" if may else "") + "。"
        )
    return (
        (f"Needed: {_join(must, zh)}" if must else "")
        + ("; " if must and may else "")
        + (f"optional: {_join(may, zh)}" if may else "")
        + "."
    )


def _ways(p: Procedure, step: Step, zh: bool) -> str:
    """Where each outcome leads, with the bound of those that lead back."""
    lang = _l(zh)
    back = backward_edges(p)
    said = []
    for outcome, to in step.on.items():
        by = p.bounding(step, outcome)
        together = "" if by is step else (f"与“{by.name.zh}”合计" if zh else f'together with "{by.name.en}" ')
        bound = f"（{together}至多 {times(by.returns, lang)}）" if zh else f" ({together}at most {times(by.returns, lang)})"
        said.append(
            f"{outcome_word(step, outcome, lang)}{'→' if zh else ' → '}{target(p, to, lang)}{bound if (step.id, outcome) in back else ''}"
        )
    said += [f"{outcome_word(step, by, lang)}{'→' if zh else ' → '}{target(p, to, lang)}" for by, to in by_itself(step)]
    return ("；".join(said) + "。") if zh else ("; ".join(said) + ".")


def by_itself(step: Step) -> list[tuple[str, str]]:
    """Ways out of a step that nobody chooses there: once its ways back are used up, and where those concerned leave."""
    return [(by, to) for by, to in (("exhausted", step.exhausted), ("withdrawn", step.withdrawn)) if to]


def target(p: Procedure, to: str, lang: str) -> str:
    """A step or end by name, as the target of an outcome."""
    zh = lang.startswith("zh")
    if to.startswith(END) and (end := p.ends.get(to.removeprefix(END))):
        return f"结束“{end.name.zh}”" if zh else f'end "{end.name.en}"'
    return say(p.steps[to].name, lang) if to in p.steps else to


def rung_sentence(c: Charter, p: Procedure, number: int, lang: str) -> str:
    """One rung of the ladder that presses on late work."""
    rung, zh = p.rungs[number], lang.startswith("zh")
    after, does = duration(rung.after, lang), word(PRESSES, rung.does, lang)
    where = _join([say(p.steps[s].name, lang) if s in p.steps else s for s in rung.steps], zh)
    by = say(c.posts[rung.by].name, lang) if rung.by in c.posts else rung.by
    answer = duration(rung.within, lang)
    if zh:
        since = "上一级满" if number else "超期满"
        order = f"，由{by}督办，{answer}内回复" if rung.does == "supervise" else ""
        return f"**{rung.name.zh}**：{f'在“{where}”' if where else ''}{since} {after}，{does}{order}。"
    order = f" by the {by}, to be answered within {answer}" if rung.does == "supervise" else ""
    since = "the rung before" if number else "the deadline"
    return f"**{rung.name.en}**: {after} after {since}{f' of {where}' if where else ''}, {does}{order}."


# -- direct lines and opinion boxes


def _lines(c: Charter, zh: bool) -> str:
    if not c.lines:
        return ""
    return "\n".join(["## 直通车" if zh else "## Direct lines", "", *(f"- {line_sentence(c, line, _l(zh))}" for line in c.lines.values())])


def line_sentence(c: Charter, line: Line, lang: str) -> str:
    """A direct line in sentences: who reads it by when, who stands in, what it takes, when they can be spoken to."""
    zh = lang.startswith("zh")
    p = c.procedures[line.procedure]
    post = c.post_of(line)
    name, term, whole = say(post.name, lang), duration(p.steps[p.start].within, lang), duration(p.within, lang)
    above = say(c.posts[post.falls_to].name, lang) if post.falls_to in c.posts else ""
    kinds = _join([say(c.categories[k].name, lang) for k in line.categories if k in c.categories], zh)
    hours = say(line.reception, lang)
    if zh:
        said = f"{line.name.zh}：{line.about.zh}来信直接到{name}{f'，{term}内阅看' if term else ''}，全程最长 {whole}，由{name}答复。"
        said += f"空缺时由{above}承接。" if above else ""
        return said + (f"只收：{kinds}。" if kinds else "") + (f"接待日：{hours}。" if hours else "")
    read = f", is read within {term}" if term else ""
    said = f"{line.name.en}: {line.about.en} It goes straight to the {name}{read}, takes {whole} at most and is answered by them."
    said += f" While the post is vacant, the {above} does so." if above else ""
    return said + (f" Only: {kinds}." if kinds else "") + (f" Reception: {hours}." if hours else "")


def _boxes(c: Charter, zh: bool) -> str:
    if c.boxes is None:
        return ""
    return f"## {'意见箱' if zh else 'Opinion boxes'}\n\n{boxes_sentence(c, _l(zh))}"


def boxes_sentence(c: Charter, lang: str) -> str:
    """How boxes are kept, in one sentence; "" where the charter has none."""
    if c.boxes is None:
        return ""
    zh, boxes = lang.startswith("zh"), c.boxes
    keeper = say(c.posts[boxes.keeper].name, lang) if boxes.keeper in c.posts else boxes.keeper
    days, term = _join([word(WEEKDAY, d, lang) for d in boxes.days], zh), duration(boxes.within, lang)
    if zh:
        return f"每{days}开箱（逢休息日顺延到下一个工作日），{boxes.persons} 人一同开启，由{keeper}负责，开箱后 {term}内录完。"
    people = "one person" if boxes.persons == 1 else f"{boxes.persons} people together"
    return (
        f"Opened on {days} (on a day off: on the next working day) by {people}; kept by the {keeper}; every slip is entered within {term}."
    )


# -- matters and the rest


def _matters(c: Charter, zh: bool) -> str:
    leaves = c.leaves()
    if not leaves:
        return ""
    urgent, private = sum(x.urgent for x in leaves), sum(not x.public for x in leaves)
    r = c.recurring
    if zh:
        lines = ["## 诉求类别", "", f"共 {len(leaves)} 种，其中紧急 {urgent} 种、不公开 {private} 种。"]
        lines += [f"同一地点同一类别 {r.days} 天内达到 {r.times} 件的，视为重复诉求：只看地点，不看是谁提出。", ""]
    else:
        lines = ["## Kinds of matter", "", f"{len(leaves)} kinds, {urgent} of them urgent, {private} not public."]
        lines += [f"{r.times} of a kind at a place within {r.days} days recur: seen from the place, never from who raised them.", ""]
    for category in c.categories.values():
        if category.leaf:
            lines.append(f"- {category_sentence(c, category, _l(zh))}")
        else:
            here = sum(x.id.startswith(f"{category.id}.") for x in leaves)
            count = f"（{here} 种）" if zh else f" ({here})"
            lines.append(f"\n{'#' * (3 + category.id.count('.'))} {say(category.name, _l(zh))}{count}\n")
    return "\n".join(lines)


def category_sentence(c: Charter, category: Category, lang: str) -> str:
    """A kind of matter in one sentence: limit, and who is responsible level by level."""
    zh = lang.startswith("zh")
    levels = [level for level in reversed(c.area.levels) if level in category.route and depth(level) <= depth(category.start_level)]
    people = [say(c.posts[r].name, lang) if (r := category.route[level]) in c.posts else r for level in levels]
    marks = [
        m for m, on in ((("紧急" if zh else "urgent"), category.urgent), (("不公开" if zh else "not public"), not category.public)) if on
    ]
    limit = duration(category.within, lang)
    if category.settle:
        marks.append(
            f"不出{word(LEVEL, category.settle, lang)}" if zh else f"to be settled within the {word(LEVEL, category.settle, lang)}"
        )
    tail = (f"（{'、'.join(marks)}）" if zh else f" ({', '.join(marks)})") if marks else ""
    return f"{say(category.name, lang)}{tail}{'：' if zh else ': '}{limit}{'；' if zh else '; '}{' → '.join(people)}{'。' if zh else '.'}"


def _groups(c: Charter, zh: bool) -> str:
    if not c.groups:
        return ""
    lines = [_group(c, g, zh) for g in c.groups.values()]
    head = (
        "## 上门关心的家庭\n\n为了不遗漏，而不是为了管理。"
        if zh
        else "## Households that are visited\n\nSo that nobody is forgotten, for no other purpose."
    )
    return "\n".join([head, "", *lines])


def _group(c: Charter, group: Group, zh: bool) -> str:
    """One visited group: what for, by what right, and who sees who is in it."""
    lang = _l(zh)
    who = _join([say(c.posts[p].name, lang) for p in group.seen_by if p in c.posts], zh)
    parts = [
        say(group.purpose, lang),
        (f"依据：{group.basis.zh}" if zh else f"basis: {group.basis.en}") if group.basis else "",
        (f"名单只有{who}看得到" if zh else f"seen only by: {who}")
        if who
        else ("名单没有岗位看得到" if zh else "no post sees who is in it"),
    ]
    return f"- **{say(group.name, lang)}**{'：' if zh else ': '}{('；' if zh else '; ').join(p for p in parts if p)}{'。' if zh else '.'}"


def _findings(c: Charter, zh: bool) -> str:
    found = lint(c)
    if not found:
        return ""
    lines = ["## 检查结果" if zh else "## What the check says", ""]
    for f in found:
        why = (f"已知并接受：{f.why}" if zh else f"Known and accepted: {f.why}") if f.why else ""
        lines.append(f"- {f.code}{'：' if zh else ': '}{f.text(_l(zh))}{' ' if why and not zh else ''}{why}")
    return "\n".join(lines)
