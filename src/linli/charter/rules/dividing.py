"""Rules on what a post decides by opinion: dividing communities into grids, and what residents ask for about the register.

The procedure exists, its steps are opinions, whoever has one sees what it is about, and whoever ends it well may do what follows.
"""

from __future__ import annotations

from collections.abc import Iterator

from linli.charter.graph import END
from linli.charter.problems import meant
from linli.charter.rules.base import CHARTER, Finding, error
from linli.charter.schema import Charter


def dividing(charter: Charter) -> Iterator[Finding]:
    yield from _decided(charter, "dividing", charter.dividing.procedure, "划分网格", "dividing into grids", "plan.see", "place.edit")


def own_requests(charter: Charter) -> Iterator[Finding]:
    yield from _decided(
        charter, "own_requests", charter.own_requests.procedure, "本人申请", "residents' own requests", "person.see", "person.edit"
    )


def _decided(charter: Charter, table: str, key: str, zh: str, en: str, see: str, do: str) -> Iterator[Finding]:
    if not key:
        return
    at, code = (table, "procedure"), table.replace("_", "-")
    procedure = charter.procedures.get(key)
    if procedure is None:
        hint_zh, hint_en = meant(key, charter.procedures)
        yield error(
            f"{code}-procedure", CHARTER, f"{zh}的程序“{key}”不存在。{hint_zh}", f'There is no procedure "{key}" for {en}. {hint_en}', *at
        )
        return
    for step in procedure.steps.values():
        post = charter.posts.get(step.actor)
        if step.action != "opinion" or post is None:
            yield error(
                f"{code}-step:{step.id}", CHARTER,
                f"{zh}的程序“{key}”里，步骤“{step.id}”应由一个岗位审议（opinion）。",
                f'Step "{step.id}" of "{key}", the procedure for {en}, has to be an "opinion" of a post.', *at,
            )  # fmt: skip
            continue
        ends = {key for key, end in procedure.ends.items() if end.good}
        last = any(where.removeprefix(END) in ends for where in step.on.values() if where.startswith(END))
        for ability in (see, do) if last else (see,):
            if ability not in post.abilities:
                yield error(
                    f"{code}-may:{step.id}@{ability}", CHARTER,
                    f"{zh}由“{post.name.zh}”审批，但该岗位没有“{ability}”权限。",
                    f'The procedure for {en} has "{post.name.en}" decide, a post without the ability {ability}.', *at,
                )  # fmt: skip
