"""Rules on the category tree: every kind of matter has a way, a limit and conditions, and none is a kind of person."""

from __future__ import annotations

from collections.abc import Iterator

from linli.charter.denied import denied
from linli.charter.problems import meant
from linli.charter.rules.base import CHARTER, MATTERS, Finding, depth, error, warning
from linli.charter.schema import Category, Charter


def categories(charter: Charter) -> Iterator[Finding]:
    names: dict[tuple[str, str], str] = {}
    for category in charter.categories.values():
        yield from _place_in_tree(charter, category)
        if category.leaf:
            yield from _leaf(charter, category)
            yield from _route(charter, category)
            yield from _settle(charter, category)
            yield from _dispute(category)
        key = (category.parent, category.name.zh)
        if other := names.get(key):
            yield warning(
                f"same-name:{category.id}",
                MATTERS,
                f"“{category.id}”与“{other}”同名（{category.name.zh}），受理时分不清。",
                f'"{category.id}" and "{other}" have the same name ({category.name.zh}): nobody can tell them apart.',
                "category",
                category.id,
                "name",
            )
        names.setdefault(key, category.id)


def _place_in_tree(charter: Charter, c: Category) -> Iterator[Finding]:
    if c.parent and c.parent not in charter.categories:
        zh, en = meant(c.parent, charter.categories)
        yield error(
            f"parent-unknown:{c.id}",
            MATTERS,
            f"类别“{c.id}”的上级“{c.parent}”不存在。{zh}",
            f'Category "{c.id}": its branch "{c.parent}" doesn\'t exist. {en}',
            "category",
            c.id,
            "id",
        )
    if not c.leaf and c.within:
        yield error(
            f"branch-limit:{c.id}",
            MATTERS,
            f"“{c.id}”下面还有类别，不直接收诉求，不应写时限。",
            f'"{c.id}" has categories below it and takes no matters: remove "within".',
            "category",
            c.id,
            "within",
        )


def _dispute(c: Category) -> Iterator[Finding]:
    """What people quarrel over is nobody else's."""
    if c.procedure == "mediation" and c.public:
        yield error(
            f"dispute-public:{c.id}",
            MATTERS,
            f"“{c.id}”（{c.name.zh}）按人民调解办理，不能公开：写上 public = false。",
            f'"{c.id}" ({c.name.en}) is mediated and can\'t be public: add public = false.',
            "category",
            c.id,
            "public",
        )


NEAR_MOST = 2000  # metres: what is further off is another neighbourhood's


def _leaf(charter: Charter, c: Category) -> Iterator[Finding]:
    at = ("category", c.id)
    if c.near > NEAR_MOST:
        yield warning(
            f"near-far:{c.id}",
            MATTERS,
            f"“{c.id}”查找附近相似诉求的距离为{c.near}米，超过{NEAR_MOST}米，会把别处的事当成同一件事。",
            f'"{c.id}" looks for similar matters within {c.near} m, more than {NEAR_MOST} m: matters of elsewhere would pass for the same one.',
            *at,
            "near",
        )
    if c.within is None:
        yield error(
            f"no-limit:{c.id}",
            MATTERS,
            f"类别“{c.id}”（{c.name.zh}）没有办理时限（within）。",
            f'Category "{c.id}" ({c.name.en}) has no time limit ("within").',
            *at,
        )
    if c.procedure not in charter.procedures:
        zh, en = meant(c.procedure, charter.procedures)
        yield error(
            f"procedure-unknown:{c.id}",
            MATTERS,
            f"类别“{c.id}”的程序“{c.procedure}”不存在。{zh}",
            f'Category "{c.id}": there is no procedure "{c.procedure}". {en}',
            *at,
        )
    for key, zh, value in (("filing", "立案条件", c.filing), ("closing", "结案条件", c.closing)):
        if value is None:
            yield warning(
                f"no-{key}:{c.id}",
                MATTERS,
                f"类别“{c.id}”没有写{zh}（{key}）。",
                f'Category "{c.id}" doesn\'t say its {key} condition.',
                *at,
            )


def _settle(charter: Charter, c: Category) -> Iterator[Finding]:
    """小事不出社区、大事不出街道: the level up to which work should be settled is one it passes."""
    if not c.settle or c.start_level not in charter.area.levels:
        return
    if c.settle not in charter.area.levels or depth(c.settle) > depth(c.start_level):
        yield error(
            f"settle-below:{c.id}",
            MATTERS,
            f"类别“{c.id}”从“{c.start_level}”一级办起，不可能在“{c.settle}”一级化解。",
            f'Category "{c.id}" begins on "{c.start_level}" and can\'t be settled on "{c.settle}".',
            "category",
            c.id,
            "settle",
        )


def _route(charter: Charter, c: Category) -> Iterator[Finding]:
    """Somebody is responsible on every level the work can climb to: from ``start_level`` up to the charter's top."""
    at = ("category", c.id, "route")
    if c.start_level not in charter.area.levels:
        yield error(
            f"level-unused:{c.id}",
            MATTERS,
            f"类别“{c.id}”从“{c.start_level}”一级开始，本章程没有这一级。",
            f'Category "{c.id}" starts on "{c.start_level}", a level this charter doesn\'t have.',
            *at[:2],
            "start_level",
        )
        return
    needed = [level for level in charter.area.levels if depth(level) <= depth(c.start_level)]
    for level in reversed(needed):
        if level not in c.route:
            yield error(
                f"no-route:{c.id}@{level}",
                MATTERS,
                f"类别“{c.id}”（{c.name.zh}）在“{level}”一级没有责任岗位。",
                f'Category "{c.id}" ({c.name.en}) has no route on the level "{level}".',
                *at,
            )
    for level, post_id in c.route.items():
        post = charter.posts.get(post_id)
        where = (*at, level)
        if post is None:
            zh, en = meant(post_id, charter.posts)
            yield error(
                f"route-unknown:{c.id}@{level}",
                MATTERS,
                f"类别“{c.id}”在“{level}”一级的岗位“{post_id}”不存在。{zh}",
                f'Category "{c.id}": no post "{post_id}" (level "{level}"). {en}',
                *where,
            )
        elif depth(post.level) > depth(level):
            yield error(
                f"route-too-deep:{c.id}@{level}",
                MATTERS,
                f"类别“{c.id}”在“{level}”一级交给“{post_id}”，但该岗位在更低的“{post.level}”一级，不知是哪一处的。",
                f'Category "{c.id}": on "{level}" it goes to "{post_id}", a post further in ("{post.level}"): which one of them?',
                *where,
            )
        elif "flow.act" not in post.abilities:
            yield error(
                f"route-idle:{c.id}@{level}",
                MATTERS,
                f"类别“{c.id}”交给“{post_id}”，但该岗位没有“flow.act”权限。",
                f'Category "{c.id}" goes to "{post_id}", a post without the ability flow.act.',
                *where,
            )


def refused(charter: Charter) -> Iterator[Finding]:
    """The deny-list once more, for charters that were not loaded from text."""
    for category in charter.categories.values():
        for text in (category.id, category.name.zh, category.name.en, *category.words):
            yield from _refused(text, f"denied:{category.id}", MATTERS)
    for id, group in charter.groups.items():
        for text in (id, *(t for name in (group.name, group.purpose) if name for t in (name.zh, name.en))):
            yield from _refused(text, f"denied:{id}", CHARTER)
    for duty in charter.duties.values():
        for text in (duty.id, duty.name.zh, duty.name.en):
            yield from _refused(text, f"denied:{duty.id}", CHARTER)


def _refused(text: str, code: str, where: str) -> Iterator[Finding]:
    if why := denied(text):
        yield error(
            code,
            where,
            f"“{text}”含有不允许的用语“{why.term}”：{why.reason.zh}",
            f'"{text}" contains "{why.term}", which is refused. {why.reason.en}',
        )
