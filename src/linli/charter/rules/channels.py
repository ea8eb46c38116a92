"""Rules on direct lines and opinion boxes: somebody reads what comes by them, and may."""

from __future__ import annotations

from collections.abc import Iterator

from linli.charter.problems import meant
from linli.charter.rules.base import CHARTER, Finding, depth, error
from linli.charter.schema import Charter, Line

OWN_LEVELS = ("district", "street", "community")
"""Levels whose posts residents can write to: they choose a community, and it lies in one of each."""


def lines(charter: Charter) -> Iterator[Finding]:
    """Each direct line leads to a post, and takes kinds of matter that exist."""
    for line in charter.lines.values():
        yield from _procedure(charter, line)
        for key in line.categories:
            if key not in charter.categories:
                zh, en = meant(key, charter.categories)
                yield error(
                    f"line-category:{line.id}@{key}", CHARTER, f"直通车“{line.name.zh}”的类别“{key}”不存在。{zh}",
                    f'Direct line "{line.id}": there is no category "{key}". {en}', "line", line.id, "categories",
                )  # fmt: skip


def _procedure(charter: Charter, line: Line) -> Iterator[Finding]:
    at = ("line", line.id, "procedure")
    procedure = charter.procedures.get(line.procedure)
    if procedure is None:
        zh, en = meant(line.procedure, charter.procedures)
        yield error(
            f"line-procedure:{line.id}", CHARTER, f"直通车“{line.name.zh}”的程序“{line.procedure}”不存在。{zh}",
            f'Direct line "{line.id}": there is no procedure "{line.procedure}". {en}', *at,
        )  # fmt: skip
        return
    start = procedure.steps.get(procedure.start)
    post = charter.posts.get(start.actor) if start else None
    if start is None or start.action != "accept" or post is None or post.level not in OWN_LEVELS:
        yield error(
            f"line-start:{line.id}", CHARTER,
            f"直通车“{line.name.zh}”的程序“{procedure.id}”第一步应由社区、街道或区一级的一个岗位受理（accept）：来信先到谁手里？",
            f'Direct line "{line.id}": the first step of "{procedure.id}" has to be an "accept" by a post of community, street or district: '
            "who reads it first?", *at,
        )  # fmt: skip


def boxes(charter: Charter) -> Iterator[Finding]:
    """Somebody opens the boxes, and may."""
    if charter.boxes is None:
        return
    keeper, at = charter.posts.get(charter.boxes.keeper), ("boxes", "keeper")
    if keeper is None:
        zh, en = meant(charter.boxes.keeper, charter.posts)
        yield error(
            "box-keeper", CHARTER, f"意见箱的管理岗位“{charter.boxes.keeper}”不存在。{zh}",
            f'Opinion boxes: there is no post "{charter.boxes.keeper}". {en}', *at,
        )  # fmt: skip
        return
    seen: list[str] = []
    while keeper is not None and keeper.id not in seen:  # whoever stands in while it is vacant has to be able to, as well
        seen.append(keeper.id)
        if "box.keep" not in keeper.abilities:
            yield error(
                f"box-idle:{keeper.id}", CHARTER, f"意见箱由“{keeper.name.zh}”管理或在空缺时承接，但该岗位没有“box.keep”权限。",
                f'Opinion boxes are kept by "{keeper.name.en}", or fall to it while a post is vacant, but it hasn\'t the ability box.keep.', *at,
            )  # fmt: skip
        keeper = charter.posts.get(keeper.falls_to)
    keeper = charter.posts[charter.boxes.keeper]
    if depth(keeper.level) > depth("grid"):
        yield error(
            f"box-level:{keeper.id}", CHARTER, f"意见箱的管理岗位“{keeper.name.zh}”在网格以下，不知由哪一处的人开箱。",
            f'Opinion boxes: the post "{keeper.name.en}" lies below the grid, and nobody knows which of them opens a box.', *at,
        )  # fmt: skip
