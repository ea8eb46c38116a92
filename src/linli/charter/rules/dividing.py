"""Rules on dividing communities into grids: the procedure exists, and whoever decides may change places and see what they decide on."""

from __future__ import annotations

from collections.abc import Iterator

from linli.charter.problems import meant
from linli.charter.rules.base import CHARTER, Finding, error
from linli.charter.schema import Charter

AT = ("dividing", "procedure")
NEEDED = ("plan.see", "place.edit")


def dividing(charter: Charter) -> Iterator[Finding]:
    key = charter.dividing.procedure
    if not key:
        return
    procedure = charter.procedures.get(key)
    if procedure is None:
        zh, en = meant(key, charter.procedures)
        yield error(
            "dividing-procedure",
            CHARTER,
            f"划分网格的程序“{key}”不存在。{zh}",
            f'Dividing into grids: there is no procedure "{key}". {en}',
            *AT,
        )
        return
    for step in procedure.steps.values():
        post = charter.posts.get(step.actor)
        if step.action != "opinion" or post is None:
            yield error(
                f"dividing-step:{step.id}", CHARTER,
                f"划分网格的程序“{key}”里，步骤“{step.id}”应由一个岗位审议（opinion）。",
                f'Dividing into grids: step "{step.id}" of "{key}" has to be an "opinion" of a post.', *AT,
            )  # fmt: skip
            continue
        for ability in NEEDED:
            if ability not in post.abilities:
                yield error(
                    f"dividing-may:{step.id}@{ability}", CHARTER,
                    f"划分网格方案由“{post.name.zh}”审批，但该岗位没有“{ability}”权限。",
                    f'A division into grids is decided on by "{post.name.en}", a post without the ability {ability}.', *AT,
                )  # fmt: skip
