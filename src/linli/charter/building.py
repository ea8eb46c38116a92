"""From tables to the typed parts of a charter. One function a part; each asks its table for every key the part can have."""

from __future__ import annotations

import re
from fractions import Fraction

from linli.charter.denied import denied
from linli.charter.reading import Spot, Table
from linli.charter.schema import (
    ABILITIES,
    ACTIONS,
    BODY_KINDS,
    DUTY_OF,
    LEVELS,
    PERIODS,
    PRESSING,
    RATES,
    WEEKDAYS,
    Accepted,
    Area,
    Body,
    Boxes,
    Category,
    Dividing,
    Duration,
    Duty,
    End,
    Gathering,
    Goal,
    Group,
    Line,
    Name,
    OwnRequests,
    Post,
    Procedure,
    Quorum,
    Recurring,
    Rung,
    Side,
    Staffing,
    Step,
)

CATEGORY_ID = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*(?:\.[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*)*")
CATEGORY_LENGTH = 80
_CODE = re.compile(r"\d{6}|\d{9}|\d{12}")
_SHARE = re.compile(r"[1-9]\d{0,3}/[1-9]\d{0,3}")
_NEED = re.compile(r"[a-z][a-z0-9_]*\??")


def area(table: Table) -> Area:
    root = table.text("root")
    if root and not _CODE.fullmatch(root):
        table.say(
            "bad-code",
            table.cells["root"].spot,
            f"“{root}”不是统计用区划代码：应为 12 位（或 6、9 位）数字。",
            f'"{root}" is no official code of 12 (6, 9) digits.',
        )
    levels = table.strings_at("levels")
    for level, spot in levels:
        table.one_of("levels", level, LEVELS, spot)
    names = [name for name, _ in levels if name in LEVELS]
    if names != sorted(set(names), key=LEVELS.index):
        table.say(
            "level-order", table.cells["levels"].spot, "层级应由大到小，且不重复。", "Levels go from the outermost inwards, each once."
        )
    if not levels:
        table.say("missing", table.spot, "缺少“levels”：至少写一个层级。", '"levels" is missing: name at least one level.')
    found = Area(root, tuple(names), table.count("grid_households", required=True, least=1))
    table.close()
    return found


def body(table: Table) -> Body:
    found = Body(
        id=table.id(),
        name=table.named(),
        level=table.choice("level", LEVELS, required=True),
        kind=table.choice("kind", BODY_KINDS, required=True),
        places=table.strings("places"),
    )
    table.close()
    return found


def post(table: Table) -> Post:
    abilities = table.strings_at("abilities")
    for ability, spot in abilities:
        table.one_of("abilities", ability, ABILITIES, spot)
    found = Post(
        id=table.id(),
        name=table.named(),
        body=table.text("body", required=True),
        level=table.choice("level", LEVELS, required=True),
        abilities=tuple(a for a, _ in abilities),
        reach=table.choice("reach", ("area", "own"), "area"),
        falls_to=table.text("falls_to"),
        seats=_seats(table),
    )
    table.close()
    return found


def _seats(table: Table) -> tuple[int, int]:
    """``seats = 1`` or ``seats = [1, 3]``: fewest and most holders."""
    table.asked.append("seats")
    cell = table.cells.get("seats")
    if cell is None:
        return (1, 1)
    value = cell.value
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return (value, value)
    if isinstance(value, list) and len(value) == 2 and all(isinstance(v, int) and not isinstance(v, bool) and v >= 0 for v in value):
        return (value[0], value[1])
    table.say("wrong-type", cell.spot, "“seats”应写成 1，或 [最少, 最多]。", '"seats" has to be 1, or [fewest, most].')
    return (1, 1)


def duty(table: Table) -> Duty:
    id = table.id()
    name = table.named()
    refuse(table, (id, name.zh, name.en), table.cells["name"].spot if "name" in table.cells else table.spot)
    found = Duty(
        id=id,
        name=name,
        post=table.text("post", required=True),
        each=table.choice("each", PERIODS, required=True),
        of=table.choice("of", DUTY_OF, required=True),
        at_least=_at_least(table),
        area=table.choice("area", LEVELS, "grid"),
    )
    table.close()
    return found


def _at_least(table: Table) -> int | str:
    """A count, "all", or a share as text: "2/3"."""
    table.asked.append("at_least")
    cell = table.cells.get("at_least")
    if cell is None:
        table.say("missing", table.spot, "缺少“at_least”，请补上。", '"at_least" is missing: add it.')
        return 1
    value = cell.value
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if value == "all" or (isinstance(value, str) and re.fullmatch(r"[1-9]\d*/[1-9]\d*", value) and Fraction(value) <= 1):
        return value
    if not isinstance(value, float):
        table.say(
            "wrong-type",
            cell.spot,
            "“at_least”应为正整数、“all”或分数“2/3”。",
            '"at_least" has to be a positive whole number, "all" or a share such as "2/3".',
        )
    return 1


def goal(table: Table) -> Goal:
    id = table.id()
    if "id" in table.cells:
        table.one_of("id", id, RATES, table.cells["id"].spot)
    share = table.text("share", required=True)
    if share and not (_SHARE.fullmatch(share) and Fraction(share) <= 1):
        table.say(
            "wrong-type",
            table.cells["share"].spot,
            "“share”应写成分数“19/20”，不大于 1。",
            '"share" has to be a share such as "19/20", at most 1.',
        )
    table.close()
    return Goal(id, share)


def line(table: Table) -> Line:
    id, name = table.id(), table.named()
    about = table.name("about") or Name("", "")
    refuse(table, (id, name.zh, name.en, about.zh, about.en), table.cells["name"].spot if "name" in table.cells else table.spot)
    found = Line(
        id=id,
        name=name,
        about=about,
        procedure=table.text("procedure", required=True),
        categories=table.strings("categories"),
        reception=table.name("reception", required=False),
    )
    table.close()
    return found


def boxes(table: Table) -> Boxes:
    days = table.strings_at("days")
    for day, spot in days:
        table.one_of("days", day, WEEKDAYS, spot)
    if not days:
        table.say(
            "missing", table.spot, "缺少“days”：写明每周哪几天开箱。", '"days" is missing: say on which days of the week boxes are opened.'
        )
    found = Boxes(
        keeper=table.text("keeper", required=True),
        days=tuple(sorted({d for d, _ in days if d in WEEKDAYS}, key=WEEKDAYS.index)),
        persons=table.count("persons", 2, least=1),
        within=table.span("within") or Duration(days=1),
    )
    table.close()
    return found


def group(table: Table) -> Group:
    id = table.id()
    name = table.named()
    basis, purpose = table.name("basis", required=False), table.name("purpose", required=False)
    refuse(table, (id, *(x for n in (name, purpose) if n for x in (n.zh, n.en))), table.spot)
    found = Group(id, name, basis, purpose, table.strings("seen_by"))
    table.close()
    return found


def gathering(table: Table) -> Gathering:
    id = table.id()
    name = table.named()
    refuse(table, (id, name.zh, name.en), table.cells["name"].spot if "name" in table.cells else table.spot)
    levels = table.strings_at("levels")
    for level, spot in levels:
        table.one_of("levels", level, LEVELS, spot)
    if not levels:
        table.say(
            "missing",
            table.spot,
            "缺少“levels”：写明为哪一级的地方召集。",
            '"levels" is missing: say for places of which level it is held.',
        )
    found = Gathering(
        id=id,
        name=name,
        levels=tuple(level for level, _ in levels),
        body=table.text("body"),
        posts=table.strings("posts"),
        agenda=table.flag("agenda", False),
        minutes=table.span("minutes"),
        quorum=_quorum(table),
        sides=_sides(table),
        public=table.flag("public", False),
        about=table.strings("about"),
    )
    table.close()
    return found


def _quorum(table: Table) -> Quorum | None:
    """``{ at_least = "2/3" }`` or ``{ more_than = "1/2" }``, and not both."""
    inner = table.table("quorum")
    if inner is None:
        return None
    least, more = inner.text("at_least"), inner.text("more_than")
    inner.close()
    share = least or more
    if bool(least) == bool(more) or not _SHARE.fullmatch(share) or Fraction(share) > 1 or (more and Fraction(share) == 1):
        table.say(
            "bad-quorum",
            table.cells["quorum"].spot,
            '“quorum”应写成 { at_least = "2/3" }（不少于）或 { more_than = "1/2" }（超过），二者只写一个，且能够达到。',
            '"quorum" has to be { at_least = "2/3" } or { more_than = "1/2" }: one of them, with a share that can be reached.',
        )
        return None
    return Quorum(share, bool(more))


def _sides(table: Table) -> tuple[Side, ...]:
    found: dict[str, Side] = {}
    for one in table.tables("sides"):
        side = Side(one.id(), one.named())
        refuse(one, (side.id, side.name.zh, side.name.en), one.spot)
        one.close()
        _once(one, side.id, found)
        found[side.id] = side
    return tuple(found.values())


def accepted(table: Table) -> Accepted:
    found = Accepted(table.text("finding", required=True), table.text("why", required=True))
    table.close()
    return found


def category(table: Table) -> Category:
    """One category as written; what a leaf takes over from its branch is filled in by ``family``."""
    id = table.id(pattern=CATEGORY_ID, longest=CATEGORY_LENGTH)
    name = table.named()
    words = table.strings_at("words")
    refuse(table, (id, name.zh, name.en), table.cells["name"].spot if "name" in table.cells else table.spot)
    for word, spot in words:
        refuse(table, (word,), spot)
    route = table.mapping_at("route")
    for level, cell in route:
        table.one_of("route", level, LEVELS, cell.spot)
    found = Category(
        id=id,
        name=name,
        parent=id.rpartition(".")[0],
        filing=_condition(table, "filing"),
        closing=_condition(table, "closing"),
        within=table.span("within"),
        procedure=table.text("procedure") or "matter",
        start_level=table.choice("start_level", LEVELS) or "grid",
        route={level: cell.value for level, cell in route},
        public=table.flag("public", True),
        urgent=table.flag("urgent", False),
        near=table.count("near"),
        repeats=table.count("repeats"),
        settle=table.choice("settle", LEVELS),
        words=tuple(w for w, _ in words),
    )
    table.close()
    return found


def _condition(table: Table, key: str) -> Name | None:
    return table.name(key, required=False)


def refuse(table: Table, texts: tuple[str, ...], spot: Spot) -> None:
    """A charter with a term of the deny-list isn't loaded; the reason goes with the refusal."""
    for text in texts:
        if why := denied(text):
            table.say(
                "denied",
                spot,
                f"“{text}”含有不允许的用语“{why.term}”：{why.reason.zh}请删去，分类只写事项或地方。",
                f'"{text}" contains "{why.term}", which is refused. {why.reason.en} Remove it: say what the matter or the place is.',
            )
            return


def procedure(table: Table) -> Procedure:
    id = table.id()
    steps: dict[str, Step] = {}
    ends: dict[str, End] = {}
    for one in table.tables("step"):
        made = step(one)
        _once(one, made.id, steps)
        steps[made.id] = made
    for one in table.tables("end"):
        end = End(one.id(), one.named(), one.flag("good", False))
        if "good" not in one.cells:
            one.say(
                "missing", one.spot, "缺少“good”：写明这样结束算不算办成。", '"good" is missing: say whether ending so counts as solved.'
            )
        one.close()
        _once(one, end.id, ends)
        ends[end.id] = end
    found = Procedure(
        id=id,
        name=table.named(),
        start=table.text("start", required=True),
        within=table.span("within", required=True) or Duration(days=9999),
        steps=steps,
        ends=ends,
        reopen=table.text("reopen"),
        reopens=table.count("reopens"),
        reopen_within=table.span("reopen_within"),
        rungs=_ladder(table),
        merges=table.strings("merges"),
        transfers=table.count("transfers", 2),
        closed=table.flag("closed", False),
    )
    table.close()
    return found


def _ladder(table: Table) -> tuple[Rung, ...]:
    found: dict[str, Rung] = {}
    for one in table.tables("rung"):
        made = Rung(
            id=one.id(),
            name=one.named(),
            does=one.choice("does", PRESSING, required=True),
            after=one.span("after", required=True) or Duration(days=9999),
            by=one.text("by"),
            within=one.span("within"),
            requires=one.name("requires", required=False),
            steps=one.strings("steps"),
        )
        one.close()
        _once(one, made.id, found)
        found[made.id] = made
    return tuple(found.values())


def recurring(table: Table) -> Recurring:
    found = Recurring(table.count("times", 3, least=2), table.count("days", 90, least=1))
    table.close()
    return found


def dividing(table: Table) -> Dividing:
    tolerance = table.text("tolerance", "1/10")
    if not (_SHARE.fullmatch(tolerance) and 0 < Fraction(tolerance) < 1):
        table.say(
            "wrong-type",
            table.cells["tolerance"].spot,
            "“tolerance”应写成分数“1/10”，大于 0、小于 1。",
            '"tolerance" has to be a share such as "1/10", more than 0 and less than 1.',
        )
    usual = Dividing()
    found = Dividing(
        tolerance, table.count("farthest", usual.farthest, least=1), table.count("link", usual.link, least=1),
        table.count("stay", usual.stay), table.text("procedure"),
    )  # fmt: skip
    table.close()
    return found


def staffing(table: Table) -> Staffing:
    usual = Staffing()
    found = Staffing(
        table.count("worker", usual.worker), table.count("worker_residents", usual.worker_residents), table.count("chair", usual.chair),
        table.count("space", usual.space), table.count("space_until", usual.space_until), table.count("space_more", usual.space_more),
        table.count("space_each", usual.space_each, least=1),
    )  # fmt: skip
    table.close()
    return found


def own_requests(table: Table) -> OwnRequests:
    found = OwnRequests(table.text("procedure"))
    table.close()
    return found


def _once(table: Table, id: str, known: dict) -> None:
    if id and id in known:
        table.say(
            "duplicate-id", table.spot, f"编号“{id}”在本文件中已用过，请换一个。", f'The id "{id}" is taken in this file: choose another.'
        )


def step(table: Table) -> Step:
    needs = table.strings_at("needs")
    for need, spot in needs:
        if not _NEED.fullmatch(need):
            table.say(
                "bad-id",
                spot,
                f"材料名“{need}”只能用小写字母、数字和“_”，可省略的末尾加“?”。",
                f'"{need}": lower-case letters, digits, "_"; "?" behind what may be left out.',
            )
        refuse(table, (need.rstrip("?"),), spot)
    found = Step(
        id=table.id(),
        name=table.named(),
        actor=table.text("actor", required=True),
        action=table.choice("action", ACTIONS, required=True),
        on=table.mapping("on", required=True),
        needs=tuple(n for n, _ in needs),
        within=table.duration("within", words=("category", "agreed")),
        late=table.choice("late", ("tell", "escalate"), "tell"),
        grace=table.span("grace"),
        returns=table.count("returns"),
        exhausted=table.text("exhausted"),
        withdrawn=table.text("withdrawn"),
        shares=table.text("shares"),
        not_by=table.strings("not_by"),
        extensions=table.count("extensions"),
        suspend=table.flag("suspend", False),
        joint=table.flag("joint", False),
        handover=table.span("handover"),
        labels=table.names("labels"),
        help=table.name("help", required=False),
        told=table.name("told", required=False),
    )
    table.close()
    return found
