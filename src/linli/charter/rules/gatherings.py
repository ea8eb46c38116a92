"""Rules on kinds of gathering: bodies, posts and procedures they name, who can convene them, what may be public."""

from __future__ import annotations

from collections.abc import Iterator

from linli.charter.problems import meant
from linli.charter.rules.base import CHARTER, Finding, depth, error
from linli.charter.schema import Charter, Gathering

CONVENE = "gathering.convene"


def gatherings(charter: Charter) -> Iterator[Finding]:
    for kind in charter.gatherings.values():
        yield from _where(charter, kind)
        yield from _who(charter, kind)
        yield from _body(charter, kind)
        yield from _about(charter, kind)


def _where(charter: Charter, kind: Gathering) -> Iterator[Finding]:
    for level in kind.levels:
        if level not in charter.area.levels:
            levels = ", ".join(charter.area.levels)
            yield error(
                f"gathering-level:{kind.id}",
                CHARTER,
                f"会议活动“{kind.name.zh}”在“{level}”一级召集，本章程没有这一级（{levels}）。",
                f'The gathering "{kind.id}" is held for a "{level}", a level this charter doesn\'t have ({levels}).',
                "gathering",
                kind.id,
                "levels",
            )


def _who(charter: Charter, kind: Gathering) -> Iterator[Finding]:
    for post in kind.posts:
        if post not in charter.posts:
            zh, en = meant(post, charter.posts)
            yield error(
                f"gathering-post:{kind.id}",
                CHARTER,
                f"召集“{kind.name.zh}”的岗位“{post}”不存在。{zh}",
                f'The gathering "{kind.id}" is convened by a post "{post}" that doesn\'t exist. {en}',
                "gathering",
                kind.id,
                "posts",
            )
        elif CONVENE not in charter.posts[post].abilities:
            yield error(
                f"gathering-ability:{kind.id}/{post}",
                CHARTER,
                f"岗位“{post}”没有“{CONVENE}”权限，不能召集“{kind.name.zh}”。",
                f'The post "{post}" lacks the ability {CONVENE} and so can\'t convene "{kind.id}".',
                "gathering",
                kind.id,
                "posts",
            )
    able = [p for p in charter.posts.values() if CONVENE in p.abilities and (not kind.posts or p.id in kind.posts)]
    for level in kind.levels:
        if not any(depth(p.level) <= depth(level) for p in able):
            yield error(
                f"gathering-nobody:{kind.id}@{level}",
                CHARTER,
                f"“{level}”一级没有人能召集“{kind.name.zh}”。",
                f'Nobody can convene the gathering "{kind.id}" for a {level}.',
                "gathering",
                kind.id,
                "levels",
            )


def _body(charter: Charter, kind: Gathering) -> Iterator[Finding]:
    body = charter.bodies.get(kind.body)
    if kind.body and body is None:
        zh, en = meant(kind.body, charter.bodies)
        yield error(
            f"gathering-body:{kind.id}",
            CHARTER,
            f"“{kind.name.zh}”的组织“{kind.body}”不存在。{zh}",
            f'The gathering "{kind.id}": there is no body "{kind.body}". {en}',
            "gathering",
            kind.id,
            "body",
        )
    if body is not None and kind.levels != (body.level,):
        yield error(
            f"gathering-body-level:{kind.id}",
            CHARTER,
            f"“{body.name.zh}”在“{body.level}”一级，“{kind.name.zh}”的“levels”只能写这一级。",
            f'"{kind.body}" is on the level "{body.level}": the levels of the gathering "{kind.id}" can be no others.',
            "gathering",
            kind.id,
            "levels",
        )
    if kind.quorum and not kind.body:
        yield error(
            f"gathering-quorum:{kind.id}",
            CHARTER,
            f"“{kind.name.zh}”规定了到会人数，却没有写是哪个组织（body）的成员。",
            f'The gathering "{kind.id}" has a quorum and no body: of whose members?',
            "gathering",
            kind.id,
            "quorum",
        )


def _about(charter: Charter, kind: Gathering) -> Iterator[Finding]:
    for procedure in kind.about:
        if procedure not in charter.procedures:
            zh, en = meant(procedure, charter.procedures)
            yield error(
                f"gathering-about:{kind.id}",
                CHARTER,
                f"“{kind.name.zh}”所涉及的程序“{procedure}”不存在。{zh}",
                f'The gathering "{kind.id}" is about a procedure "{procedure}" that doesn\'t exist. {en}',
                "gathering",
                kind.id,
                "about",
            )
    if kind.about and kind.public:
        yield error(
            f"gathering-public:{kind.id}",
            CHARTER,
            f"“{kind.name.zh}”就具体工作召集，不能向居民公开。",
            f'The gathering "{kind.id}" is about pieces of work and so can\'t be public.',
            "gathering",
            kind.id,
            "public",
        )
