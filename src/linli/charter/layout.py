"""Where the boxes and lines of a drawn procedure go. Pure geometry: no colours, no SVG.

The main way (each step's first outcome) runs down the first column; steps off it stand in the second, ends beside the step that leads
to them. Ways back run in lanes on the left, everything else in lanes between the columns, so that no line crosses a box.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from linli.charter.graph import END, Edge, backward_edges, shortest, ways_out
from linli.charter.schema import ACTIONS, Procedure

LANE = 16  # px between parallel lines
GAP_ROW = 46  # px between rows
Cell = tuple[int, int]  # row, column
LineKey = tuple[str, str, bool]  # from, to, whether it leads back


@dataclass(slots=True)
class Box:
    """One step or end, in px."""

    id: str  # step id or "END name"
    row: int
    col: int
    x: float = 0
    y: float = 0
    w: float = 0
    h: float = 0

    @property
    def mid(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2


@dataclass(slots=True)
class Line:
    """One way from box to box: ``points`` px, ``label`` at ``at`` with its anchor (start, middle, end)."""

    edge: Edge
    outcomes: tuple[str, ...]
    back: bool
    kind: str = ""
    points: list[tuple[float, float]] = field(default_factory=list)
    at: tuple[float, float] = (0, 0)
    anchor: str = "start"
    lane: int = 0
    out: float = 0  # offset of the port from the middle of the side it leaves by
    into: float = 0

    @property
    def key(self) -> LineKey:
        return self.edge.step, self.edge.to, self.back


@dataclass(slots=True)
class Drawing:
    """Everything placed. ``width`` and ``height`` in px."""

    boxes: dict[str, Box]
    lines: list[Line]
    width: float = 0
    height: float = 0


def spine(p: Procedure) -> list[str]:
    """The main way: each step's first outcome, down to a good end; where that goes round, the shortest way there."""
    good = frozenset(f"{END}{e.id}" for e in p.ends.values() if e.good)
    way: list[str] = []
    here = p.start
    while here in p.steps and here not in way:
        way.append(here)
        step = p.steps[here]
        first = next((o for o in ACTIONS.get(step.action, ()) if o in step.on), "")
        here = step.on.get(first, "")
    if here in good:
        return [*way, here]
    found = shortest(p, p.start, dict.fromkeys(p.steps, 1.0), good)
    if found is None:
        return way or list(p.steps)[:1]
    last = p.steps[found[1][-1]]
    return [*found[1], next(to for to in (*last.on.values(), last.exhausted) if to in good)]


def place(p: Procedure) -> dict[str, Box]:
    """Row and column of every step and end that exists."""
    main = spine(p)
    boxes = {id: Box(id, row, 0) for row, id in enumerate(main)}
    taken: set[Cell] = {(b.row, b.col) for b in boxes.values()}
    back = backward_edges(p)
    ahead = [e for e in ways_out(p) if (e.step, e.outcome) not in back]

    def settle(id: str, row: int, col: int) -> None:
        while (row, col) in taken:
            row += 1
        taken.add((row, col))
        boxes[id] = Box(id, row, col)

    waiting = [id for id in p.steps if id not in boxes]
    while waiting:
        id = next((w for w in waiting if any(e.to == w and e.step in boxes for e in ahead)), waiting[0])
        waiting.remove(id)
        from_main = [boxes[e.step].row for e in ahead if e.to == id and e.step in boxes and boxes[e.step].col == 0]
        from_side = [boxes[e.step].row + 1 for e in ahead if e.to == id and e.step in boxes and boxes[e.step].col > 0]
        # a step that only ways back lead to stands beside the first step that sends there
        sent_back = min((boxes[e.step].row for e in ways_out(p) if e.to == id and e.step in boxes), default=len(main))
        settle(id, max([*from_main, *from_side], default=sent_back), 1)
    for end in (f"{END}{e}" for e in p.ends):
        sources = [boxes[e.step] for e in ways_out(p) if e.to == end]
        if end not in boxes and sources:
            last = max(sources, key=lambda b: (b.col, b.row))
            settle(end, last.row, 2 if (last.row, last.col + 1) in taken else last.col + 1)
        elif end not in boxes:
            settle(end, len(main) - 1, 2)
    return boxes


def connect(p: Procedure, boxes: dict[str, Box]) -> list[Line]:
    """One line for each pair of boxes and direction; outcomes that lead the same way share it."""
    back = backward_edges(p)
    lines: dict[LineKey, Line] = {}
    for edge in ways_out(p):
        if edge.to not in boxes:
            continue
        key = (edge.step, edge.to, (edge.step, edge.outcome) in back)
        if key in lines:
            lines[key].outcomes += (edge.outcome,)
        else:
            lines[key] = Line(edge, (edge.outcome,), key[2])
    cells = {(b.row, b.col) for b in boxes.values()}
    for line in lines.values():
        line.kind = _kind(boxes[line.edge.step], boxes[line.edge.to], cells)
    return list(lines.values())


def _kind(s: Box, t: Box, cells: set[Cell]) -> str:
    """How the line runs.

    down, across, home (straight back to the column before), left (a lane at the left edge), lane (in a gap), corner (down, then back),
    drop (across, then down), over (a lane, then above the row).
    """
    between = {(s.row, c) for c in range(s.col + 1, t.col)}
    if s.col == t.col and t.row == s.row + 1:
        return "down"
    if s.row == t.row and t.col > s.col and not between & cells:
        return "across"
    if s.row == t.row and s.col == t.col + 1:
        return "home"
    if s.col == t.col == 0 and t.row <= s.row:
        return "left"
    if s.col == t.col or (t.col < s.col and t.row <= s.row):
        return "lane"
    below = {(r, s.col) for r in range(s.row + 1, t.row + 1)}
    if t.col == s.col - 1:
        return "corner" if not below & cells else "lane"
    above = {(r, t.col) for r in range(s.row, t.row)} | between
    return "drop" if t.row > s.row and t.col > s.col and not above & cells else "over"


def layout(p: Procedure, size: dict[str, tuple[float, float]], label: dict[LineKey, float] | None = None) -> Drawing:
    """Place everything. ``size``: width and height of each box by id; ``label``: width of each line's text by its key, px."""
    boxes = place(p)
    lines = connect(p, boxes)
    label = label or {}
    _lanes(lines, boxes)
    gaps = _gaps(lines, boxes, label)
    columns = max(b.col for b in boxes.values()) + 1
    wide = [gap.width for gap in gaps]
    widths = [max((size[b.id][0] for b in boxes.values() if b.col == c), default=0) for c in range(columns)]
    rows = max(b.row for b in boxes.values()) + 1
    heights = [max((size[b.id][1] for b in boxes.values() if b.row == r), default=0) for r in range(rows)]
    for box in boxes.values():
        box.w, box.h = size[box.id]
        left = wide[0] + sum(widths[: box.col]) + sum(wide[1 : box.col + 1])
        box.x = left + (widths[box.col] - box.w) / 2 if box.col == 0 else left
        box.y = 20 + sum(heights[: box.row]) + GAP_ROW * box.row + (heights[box.row] - box.h) / 2
    _ports(lines, boxes)
    edge = [wide[0] + sum(widths[: c + 1]) + sum(wide[1 : c + 1]) for c in range(columns)]  # right edge of each column
    top = [20 + sum(heights[:r]) + GAP_ROW * r for r in range(rows)]
    for line in lines:
        _run(line, boxes, edge, top, gaps)
    width = edge[-1] + wide[columns] + 20
    return Drawing(boxes, lines, width, top[-1] + heights[-1] + 20)


def _gap_of(line: Line, boxes: dict[str, Box]) -> int:
    """Which gap the line's lane is in: 0 left of the first column, 1 behind it, and so on."""
    s, t = boxes[line.edge.step], boxes[line.edge.to]
    return 0 if line.kind == "left" else min(s.col, t.col) + 1 if t.col <= s.col else s.col + 1


def _lanes(lines: list[Line], boxes: dict[str, Box]) -> None:
    """Parallel lines get a lane each: short ones inside."""
    used: dict[int, list[tuple[int, int, int]]] = {}
    laned = [line for line in lines if line.kind in ("left", "lane", "over")]
    for line in sorted(laned, key=lambda n: abs(boxes[n.edge.step].row - boxes[n.edge.to].row)):
        rows = sorted((boxes[line.edge.step].row, boxes[line.edge.to].row))
        here = used.setdefault(_gap_of(line, boxes), [])
        while any(lane == line.lane and rows[0] <= high and low <= rows[1] for lane, low, high in here):
            line.lane += 1
        here.append((line.lane, rows[0], rows[1]))


@dataclass(slots=True)
class _Gap:
    """What stands between two columns, from left to right: labels of the left column's lines, lanes, labels of the right column's."""

    least: float
    before: float = 0
    lanes: int = 0
    behind: float = 0
    across: float = 0

    @property
    def width(self) -> float:
        laned = self.before + self.behind + (LANE * (self.lanes - 1) + 36 if self.lanes else 0)
        return max(self.least, laned, self.across)


def _gaps(lines: list[Line], boxes: dict[str, Box], label: dict[LineKey, float]) -> list[_Gap]:
    """The gaps, the one left of the first column included: as wide as their labels and lanes."""
    columns = max(b.col for b in boxes.values()) + 1
    gaps = [_Gap(24), *(_Gap(44) for _ in range(columns - 1)), _Gap(0)]
    for line in lines:
        s, t = boxes[line.edge.step], boxes[line.edge.to]
        text = label.get(line.key, 0) + 12
        if line.kind in ("left", "lane", "over"):
            gap = gaps[_gap_of(line, boxes)]
            gap.lanes = max(gap.lanes, line.lane + 1)
            if line.kind == "left" or s.col > t.col:
                gap.behind = max(gap.behind, text)
            else:
                gap.before = max(gap.before, text)
        elif line.kind in ("across", "drop", "home"):
            gap = gaps[max(s.col, t.col) if line.kind == "home" else s.col + 1]
            gap.across = max(gap.across, text + 26)
    return gaps


def _ports(lines: list[Line], boxes: dict[str, Box]) -> None:
    """Spread the lines that touch the same side of a box: those going up above its middle, those going down below."""
    sides: dict[tuple[str, str], list[tuple[float, Line, str]]] = {}
    for line in lines:
        s, t = boxes[line.edge.step], boxes[line.edge.to]
        leaving = {"left": "left", "lane": "right" if s.col <= t.col else "left", "over": "right", "drop": "right"}.get(line.kind)
        arriving = {"left": "left", "lane": "right", "corner": "right"}.get(line.kind)
        if leaving:
            sides.setdefault((s.id, leaving), []).append((t.mid[1] - s.mid[1] or 1, line, "out"))
        if arriving:
            sides.setdefault((t.id, arriving), []).append((s.mid[1] - t.mid[1] or -1, line, "into"))
    for (id, _side), ports in sides.items():
        half = boxes[id].h / 2
        for up in (True, False):
            # the nearer a line goes, the nearer to the corner it starts: lanes lie inside each other and don't cross
            group = sorted((p for p in ports if (p[0] < 0) == up), key=lambda p: -abs(p[0]))
            for i, (_, line, which) in enumerate(group):
                offset = half * (i + 1) / (len(group) + 1) * (-1 if up else 1)
                setattr(line, which, offset)


def _run(line: Line, boxes: dict[str, Box], edge: list[float], top: list[float], gaps: list[_Gap]) -> None:
    """The points of a line, and where its label stands."""
    s, t = boxes[line.edge.step], boxes[line.edge.to]
    (sx, sy), (tx, ty) = s.mid, t.mid
    right, out, into = s.x + s.w, sy + line.out, ty + line.into
    if line.kind == "down":
        line.points = [(sx, s.y + s.h), (sx, t.y)] if s.col else [(sx, s.y + s.h), (tx, t.y)]
        line.at, line.anchor = (sx + 8, (s.y + s.h + t.y) / 2 + 4), "start"
    elif line.kind == "across":
        line.points = [(right, sy), (t.x, sy)]
        line.at, line.anchor = ((right + t.x) / 2 - 3, sy - 7), "middle"
    elif line.kind == "home":
        y = sy - min(s.h, t.h) / 4
        line.points = [(s.x, y), (t.x + t.w, y)]
        line.at, line.anchor = ((s.x + t.x + t.w) / 2 + 3, y - 7), "middle"
    elif line.kind == "left":
        x = gaps[0].width - gaps[0].behind - 12 - LANE * line.lane
        line.points = [(s.x, out), (x, out), (x, into), (t.x, into)]
        line.at, line.anchor = (s.x - 8, out - 6), "end"
    elif line.kind == "lane" and s.col > t.col:
        x = edge[t.col] + gaps[t.col + 1].before + 18 + LANE * line.lane
        line.points = [(s.x, out), (x, out), (x, into), (t.x + t.w, into)]
        line.at, line.anchor = (s.x - 8, out - 6), "end"
    elif line.kind == "lane":
        x = edge[s.col] + gaps[s.col + 1].before + 18 + LANE * line.lane
        line.points = [(right, out), (x, out), (x, into), (t.x + t.w, into)]
        line.at, line.anchor = (right + 8, out - 6), "start"
    elif line.kind == "corner":
        line.points = [(sx, s.y + s.h), (sx, into), (t.x + t.w, into)]
        line.at, line.anchor = (sx - 8, s.y + s.h + 18), "end"
    elif line.kind == "drop":
        line.points = [(right, out), (tx, out), (tx, t.y)]
        line.at, line.anchor = (right + 8, out - 6), "start"
    else:
        x, y = edge[s.col] + gaps[s.col + 1].before + 18 + LANE * line.lane, top[t.row] - 18 - 6 * line.lane
        line.points = [(right, out), (x, out), (x, y), (tx, y), (tx, t.y)]
        line.at, line.anchor = (right + 8, out - 6), "start"
