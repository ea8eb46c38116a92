"""A procedure as an SVG drawing: who does what, by when, and where each outcome leads.

Presentation attributes and classes only (no style attributes, no style element, no scripts), so that the drawing can stand in a page
under a strict content security policy, and colours can be restyled by the page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from html import escape

from linli.charter.graph import END
from linli.charter.layout import Box, Drawing, Line, connect, layout, place
from linli.charter.schema import Post, Procedure
from linli.charter.words import REPORTER, ROUTE, SAME, duration, outcome, say, times

INK, QUIET, LINE, ACCENT, SOFT, GROUND, RAISED = "#1a2330", "#535e6c", "#7b8796", "#0b4f9e", "#e8f0fa", "#ffffff", "#f4f6f9"
GOOD, GOOD_SOFT = "#17653a", "#e6f4ea"
FONT = "system-ui, -apple-system, 'PingFang SC', 'HarmonyOS Sans SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
NAME, SMALL = 16, 13  # px
STEP_WIDTH, END_WIDTH = 224, 148
PADDING = 16


def draw(procedure: Procedure, lang: str, current: str | None = None, *, posts: Mapping[str, Post] | None = None) -> str:
    """The drawing as SVG text. ``current`` is the step (or ``"END name"``) to mark as the present one; ``posts`` gives actors their names."""
    texts = {id: _texts(procedure, id, lang, posts or {}) for id in (*procedure.steps, *(f"{END}{e}" for e in procedure.ends))}
    size = {id: _size(id, lines) for id, lines in texts.items()}
    said = {line.key: _said(line, procedure, lang) for line in connect(procedure, place(procedure))}
    plan = layout(procedure, size, {key: width(text, SMALL) for key, text in said.items()})
    parts = [
        *(_line(line) for line in sorted(plan.lines, key=lambda n: not n.back)),
        *(_box(box, texts[box.id], procedure, current, lang) for box in plan.boxes.values()),
        *(_label(line, said[line.key]) for line in plan.lines),
    ]
    return _frame(procedure, lang, plan, parts, current)


def width(text: str, size: float) -> float:
    """About how wide ``text`` is drawn, px: Chinese signs are square, Latin letters differ."""
    return sum(_em(c) for c in text) * size


def _em(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.0
    if sign in "iljtf.,:;'|!()[] ":
        return 0.34
    if sign in "mwMW…—":
        return 0.9
    return 0.68 if sign.isupper() else 0.57


def wrap(text: str, size: float, room: float) -> list[str]:
    """Break ``text`` into lines of at most ``room`` px: between words, and between any two Chinese signs, never before a closing mark."""
    lines, here = [], ""
    for piece in _pieces(text):
        if here and width(here + piece.rstrip(), size) > room:
            lines.append(here.strip())
            here = ""
        here += piece
    return [*lines, here.strip()] if here.strip() else lines


def _pieces(text: str) -> list[str]:
    found: list[str] = []
    for sign in text:
        alone = unicodedata.east_asian_width(sign) in "WF" and sign not in "，。；：、！？）”》"
        joins = found and not alone and not found[-1].endswith(" ") and (sign in "，。；：、！？）”》" or not _square(found[-1][-1]))
        if joins or (sign == " " and found):
            found[-1] += sign
        else:
            found.append(sign)
    return found


def _square(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"


# -- what stands in the boxes and on the lines


def _texts(p: Procedure, id: str, lang: str, posts: Mapping[str, Post]) -> list[tuple[str, str]]:
    """The lines of a box: (class, text)."""
    if id.startswith(END):
        name = say(p.ends[id.removeprefix(END)].name, lang)
        return [("end", t) for t in wrap(name, SMALL + 1, END_WIDTH - 32)]
    step = p.steps[id]
    room = STEP_WIDTH - 2 * PADDING
    found = [("name", t) for t in wrap(say(step.name, lang), NAME, room)]
    found += [("actor", t) for t in wrap(actor_name(step.actor, lang, posts), SMALL, room)]
    if step.within:
        found += [("term", t) for t in wrap(_term(p, id, lang), SMALL, room)]
    return found


def actor_name(actor: str, lang: str, posts: Mapping[str, Post]) -> str:
    """Who takes a step, in words."""
    if actor == "route":
        return say(ROUTE, lang)
    if actor == "same":
        return say(SAME, lang)
    if actor == "reporter":
        return say(REPORTER, lang)
    return say(posts[actor].name, lang) if actor in posts else actor


def _term(p: Procedure, id: str, lang: str) -> str:
    step = p.steps[id]
    text = duration(step.within, lang)
    if step.late == "escalate":
        text += "，超期升级" if lang.startswith("zh") else ", then up a level"
    return text


def _said(line: Line, p: Procedure, lang: str) -> str:
    text = " / ".join(outcome(p.steps[line.edge.step], o, lang) if line.edge.step in p.steps else o for o in line.outcomes)
    if not line.back:
        return text
    bound = times(p.bounding(p.steps[line.edge.step], line.outcomes[0]).returns, lang)
    return f"{text}（至多 {bound}）" if lang.startswith("zh") else f"{text} (at most {bound})"


def _size(id: str, lines: list[tuple[str, str]]) -> tuple[float, float]:
    if id.startswith(END):
        return END_WIDTH, max(40.0, 20 + 19.0 * len(lines))
    return STEP_WIDTH, 24 + sum(_leading(kind) for kind, _ in lines)


def _leading(kind: str) -> float:
    return 22 if kind == "name" else 19


# -- SVG


def _frame(p: Procedure, lang: str, plan: Drawing, parts: list[str], current: str | None) -> str:
    name = f"drawing-{p.id}"
    zh = lang.startswith("zh")
    title = f"程序图：{p.name.zh}" if zh else f"Procedure: {p.name.en}"
    w, h = round(plan.width), round(plan.height)
    markers = "".join(
        f'<marker id="{name}-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0,0.5 L7.5,4 L0,7.5 z" fill="{colour}"/></marker>'
        for kind, colour in (("on", ACCENT), ("back", LINE))
    )
    body = "\n".join(part.replace("url(#", f"url(#{name}-") for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="procedure-drawing" role="img" lang="{"zh-Hans" if zh else "en"}" '
        f'aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {w} {h}" width="{w}" height="{h}" font-family="{escape(FONT)}">\n'
        f'<title id="{name}-title">{escape(title)}</title>\n<desc id="{name}-desc">{escape(_description(p, lang, current))}</desc>\n'
        f'<defs>{markers}</defs>\n<rect class="ground" width="{w}" height="{h}" fill="{GROUND}"/>\n{body}\n</svg>\n'
    )


def _description(p: Procedure, lang: str, current: str | None) -> str:
    """The drawing in one breath, for who can't see it: each step and where its outcomes lead."""
    zh = lang.startswith("zh")
    said = []
    for step in p.steps.values():
        ways = [(outcome(step, o, lang), _target(p, to, lang)) for o, to in step.on.items()]
        mark = ("（当前步骤）" if zh else " (the present step)") if step.id == current else ""
        if zh:
            said.append(f"{step.name.zh}{mark}：" + "，".join(f"{o}则到“{t}”" for o, t in ways) + "。")
        else:
            said.append(f"{step.name.en}{mark}: " + ", ".join(f'{o} leads to "{t}"' for o, t in ways) + ".")
    return ("" if zh else " ").join(said)


def _target(p: Procedure, to: str, lang: str) -> str:
    end = p.ends.get(to.removeprefix(END)) if to.startswith(END) else None
    step = p.steps.get(to)
    return say(end.name, lang) if end else say(step.name, lang) if step else to


def _line(line: Line) -> str:
    colour, kind = (LINE, "back") if line.back else (ACCENT, "on")
    dashes = ' stroke-dasharray="5 4"' if line.back else ""
    return (
        f'<path class="way way-{kind}" d="{_rounded(line.points)}" fill="none" stroke="{colour}" stroke-width="1.6"{dashes} '
        f'stroke-linejoin="round" marker-end="url(#{kind})"/>'
    )


def _rounded(points: list[tuple[float, float]], radius: float = 9) -> str:
    """A path through the points with its corners rounded."""
    path = [f"M{_n(points[0][0])},{_n(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        start, stop = _toward(here, before, radius), _toward(here, after, radius)
        path.append(f"L{_n(start[0])},{_n(start[1])} Q{_n(here[0])},{_n(here[1])} {_n(stop[0])},{_n(stop[1])}")
    path.append(f"L{_n(points[-1][0])},{_n(points[-1][1])}")
    return " ".join(path)


def _toward(here: tuple[float, float], there: tuple[float, float], far: float) -> tuple[float, float]:
    dx, dy = there[0] - here[0], there[1] - here[1]
    length = (dx * dx + dy * dy) ** 0.5
    part = min(far, length / 2) / length if length else 0
    return here[0] + dx * part, here[1] + dy * part


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _label(line: Line, text: str) -> str:
    x, y = line.at
    colour = QUIET if line.back else ACCENT
    return (
        f'<text class="outcome" x="{_n(x)}" y="{_n(y)}" text-anchor="{line.anchor}" font-size="{SMALL}" fill="{colour}" '
        f'stroke="{GROUND}" stroke-width="4" stroke-linejoin="round" paint-order="stroke">{escape(text)}</text>'
    )


def _box(box: Box, lines: list[tuple[str, str]], p: Procedure, current: str | None, lang: str) -> str:
    return _end(box, lines, p, current) if box.id.startswith(END) else _step(box, lines, current, lang)


def _end(box: Box, lines: list[tuple[str, str]], p: Procedure, current: str | None) -> str:
    good = p.ends[box.id.removeprefix(END)].good
    stroke, fill = (GOOD, GOOD_SOFT) if good else (LINE, RAISED)
    present = ' aria-current="step"' if box.id == current else ""
    rect = (
        f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.w)}" height="{_n(box.h)}" rx="{_n(min(20, box.h / 2))}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="{3 if present else 1.4}"/>'
    )
    y = box.mid[1] - 19 * (len(lines) - 1) / 2 + 5
    texts = "".join(
        f'<text x="{_n(box.mid[0])}" y="{_n(y + 19 * i)}" text-anchor="middle" font-size="{SMALL + 1}" '
        f'font-weight="600" fill="{GOOD if good else INK}">{escape(t)}</text>'
        for i, (_, t) in enumerate(lines)
    )
    return f'<g class="end{" end-good" if good else ""}"{present}>{rect}{texts}</g>'


def _step(box: Box, lines: list[tuple[str, str]], current: str | None, lang: str) -> str:
    here = box.id == current
    fill, stroke = (ACCENT, ACCENT) if here else (GROUND, LINE)
    out = [
        f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.w)}" height="{_n(box.h)}" rx="8" fill="{fill}" stroke="{stroke}" stroke-width="1.4"/>'
    ]
    if not here:
        out.append(
            f'<path d="M{_n(box.x + 2.2)},{_n(box.y + 12)} V{_n(box.y + box.h - 12)}" stroke="{ACCENT}" stroke-width="3" stroke-linecap="round"/>'
        )
    y = box.y + 8
    for kind, text in lines:
        y += _leading(kind)
        colour = GROUND if here else {"name": INK, "actor": INK, "term": QUIET}[kind]
        size, weight = (NAME, ' font-weight="600"') if kind == "name" else (SMALL, "")
        out.append(f'<text x="{_n(box.x + PADDING)}" y="{_n(y)}" font-size="{size}"{weight} fill="{colour}">{escape(text)}</text>')
    if here:
        badge = "现在" if lang.startswith("zh") else "now"
        w = width(badge, 12) + 16
        x = box.x + box.w - w - 10
        out.append(f'<rect x="{_n(x)}" y="{_n(box.y + 10)}" width="{_n(w)}" height="20" rx="10" fill="{SOFT}"/>')
        out.append(
            f'<text x="{_n(x + w / 2)}" y="{_n(box.y + 24.5)}" text-anchor="middle" font-size="12" font-weight="600" fill="{ACCENT}">{badge}</text>'
        )
    present = ' aria-current="step"' if here else ""
    return f'<g class="step{" step-now" if here else ""}"{present} data-step="{escape(box.id)}">{"".join(out)}</g>'
