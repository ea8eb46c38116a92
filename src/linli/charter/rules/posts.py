"""Rules on bodies, posts, hours and the ladder by which a vacant post's work falls up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from linli.charter.problems import meant
from linli.charter.rules.base import CHARTER, Finding, depth, error
from linli.charter.schema import ABILITIES, Charter, Post

# somebody has to be able to do these, or nothing moves at all
VITAL = {
    "flow.act": ("办理", "takes steps"),
    "post.assign": ("任命岗位", "appoints to posts"),
    "matter.intake": ("受理诉求", "takes matters in"),
}


def posts(charter: Charter) -> Iterator[Finding]:
    yield from _bodies(charter)
    for post in charter.posts.values():
        yield from _post(charter, post)
        yield from _ladder(charter, post)
    for ability, (zh, en) in VITAL.items():
        if not any(ability in p.abilities for p in charter.posts.values()):
            yield error(
                f"unheld:{ability}",
                CHARTER,
                f"没有一个岗位有“{ability}”权限：无人能{zh}。",
                f"No post has the ability {ability}: nobody {en}.",
            )


def _bodies(charter: Charter) -> Iterator[Finding]:
    root = charter.area.root.rstrip("0")
    for body in charter.bodies.values():
        if body.level not in charter.area.levels:
            yield _level("body", body.id, body.level, charter)
        for code in body.places:
            if root and not code.startswith(root):
                yield error(
                    f"place-outside:{body.id}",
                    CHARTER,
                    f"组织“{body.name.zh}”的所在地 {code} 不在本章程区域 {charter.area.root} 内。",
                    f'The body "{body.name.en}" is at {code}, outside the charter\'s area {charter.area.root}.',
                    "body",
                    body.id,
                    "places",
                )


def _level(section: str, id: str, level: str, charter: Charter) -> Finding:
    levels = ", ".join(charter.area.levels)
    return error(
        f"level-unused:{id}",
        CHARTER,
        f"“{id}”在“{level}”一级，本章程没有这一级（{levels}）。",
        f'"{id}" is on the level "{level}", which this charter doesn\'t have ({levels}).',
        section,
        id,
        "level",
    )


def _post(charter: Charter, post: Post) -> Iterator[Finding]:
    body = charter.bodies.get(post.body)
    if body is None:
        zh, en = meant(post.body, charter.bodies)
        yield error(
            f"body-unknown:{post.id}",
            CHARTER,
            f"岗位“{post.id}”所属组织“{post.body}”不存在。{zh}",
            f'Post "{post.id}": there is no body "{post.body}". {en}',
            "post",
            post.id,
            "body",
        )
    elif depth(post.level) < depth(body.level):
        yield error(
            f"post-above-body:{post.id}",
            CHARTER,
            f"岗位“{post.id}”在“{post.level}”一级，所属组织却在更低的“{body.level}”一级。",
            f'Post "{post.id}" is on the level "{post.level}", its body further in, on "{body.level}".',
            "post",
            post.id,
            "level",
        )
    if post.level not in charter.area.levels:
        yield _level("post", post.id, post.level, charter)
    for ability in post.abilities:
        if ability not in ABILITIES:
            zh, en = meant(ability, ABILITIES)
            yield error(
                f"ability-unknown:{post.id}/{ability}",
                CHARTER,
                f"岗位“{post.id}”的权限“{ability}”不存在。{zh}",
                f'Post "{post.id}": no ability "{ability}". {en}',
                "post",
                post.id,
                "abilities",
            )
    if post.seats[0] > post.seats[1] or post.seats[1] < 1:
        yield error(
            f"seats:{post.id}",
            CHARTER,
            f"岗位“{post.id}”最少 {post.seats[0]} 人，最多却只有 {post.seats[1]} 人。",
            f'Post "{post.id}": at least {post.seats[0]} holders, but at most {post.seats[1]}.',
            "post",
            post.id,
            "seats",
        )


def _ladder(charter: Charter, post: Post) -> Iterator[Finding]:
    """A vacant post's work must arrive at the top level, never lower than it was, never in a circle."""
    at = ("post", post.id, "falls_to")
    top = charter.area.levels[0] if charter.area.levels else ""
    if not post.falls_to:
        if post.level != top:
            yield error(
                f"no-ladder:{post.id}",
                CHARTER,
                f"岗位“{post.id}”空缺时工作无处可去：写上 falls_to，直到“{top}”一级。",
                f'While "{post.id}" is vacant its work has nowhere to go: add "falls_to", up to the level "{top}".',
                "post",
                post.id,
            )
        return
    above = charter.posts.get(post.falls_to)
    if above is None:
        zh, en = meant(post.falls_to, charter.posts)
        yield error(
            f"falls-to-unknown:{post.id}",
            CHARTER,
            f"岗位“{post.id}”空缺时转给“{post.falls_to}”，没有这个岗位。{zh}",
            f'Post "{post.id}" falls to "{post.falls_to}", which is no post. {en}',
            *at,
        )
        return
    if depth(above.level) > depth(post.level):
        yield error(
            f"falls-down:{post.id}",
            CHARTER,
            f"岗位“{post.id}”空缺时转给更低一级的“{above.id}”。",
            f'Post "{post.id}" falls down to "{above.id}", a level further in.',
            *at,
        )
    way, here = [post.id], above
    while here.id not in way and here.falls_to in charter.posts:
        way.append(here.id)
        here = charter.posts[here.falls_to]
    if here.id == post.id:
        circle = " → ".join([*way, post.id])
        yield error(
            f"falls-to-cycle:{post.id}",
            CHARTER,
            f"空缺时的工作绕成了圈：{circle}。",
            f"The work of vacant posts goes round: {circle}.",
            *at,
        )


def hours(charter: Charter) -> Iterator[Finding]:
    if not charter.hours:
        yield error("hours-empty:hours", CHARTER, "没有写工作时间（hours）。", 'There are no working hours ("hours").', "hours")
    for stretch in charter.hours:
        if stretch.end <= stretch.start:
            text = f"{stretch.start:%H:%M}-{stretch.end:%H:%M}"
            yield error(
                f"hours-backward:{text}",
                CHARTER,
                f"工作时间 {text} 的结束不晚于开始。",
                f"Working hours {text} end before they begin.",
                "hours",
            )
    in_order = sorted(charter.hours, key=lambda h: h.start)
    for one, two in pairwise(in_order):
        if two.start < one.end:
            both = f"{one.start:%H:%M}-{one.end:%H:%M}, {two.start:%H:%M}-{two.end:%H:%M}"
            yield error(f"hours-overlap:{two.start:%H:%M}", CHARTER, f"工作时间重叠：{both}。", f"Working hours overlap: {both}.", "hours")
