"""``docs/measures.md``, made from the declarations.

python -m linli.measures.reference            writes the file
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from linli.measures import hot, spread
from linli.measures.declare import Measure, sources

FILE = Path(__file__).resolve().parents[3] / "docs" / "measures.md"

_KINDS = {"count": ("件数", "count"), "share": ("比率", "share"), "times": ("时长", "times")}
_BETTER = {"more": ("越高越好", "more is better"), "less": ("越低越好", "less is better"), "": ("", "")}
_HEAD = f"""# Measures · 指标

<!-- Made by python -m linli.measures.reference; change the declarations, not this file. -->

每项指标只定义一次，在数据所在的模块里（`measures.py`）。都按诉求件数计，每件对一项指标最多计一次；日子是北京时间的日子。数量逐日、逐地相加，从网格到社区、街道、区；比率是分子之和除以分母之和，不是比率的平均。历史变了（改地点、改类别、返工、重新办理），涉及的日子随之改正。页面上的每个数都能点开，看到的就是它计入的诉求，数目相同。

Each is declared once, by the room whose records it counts. All count matters, each at most once for a measure (or for each of its parts),
on a day of Asia/Shanghai. Counts of days and places add up, from the grid to the district; a share is the sum of the numerators over the
sum of the denominators, never a mean of shares. When a history changes (a corrected place or category, rework, reopening), the days
concerned follow. Every number on a page leads to exactly the records it counts.

Durations are kept as classes that grow by {spread.GROWTH:.3f}, so that they add up, too; a median read from them is right to within one class.
Shares of fewer records than the last column says are not shown.
"""
_HOT = """## Unusually many · 明显增多

{0}

按四个整周计，每个星期几次数相同。预计数是往年同样四周的平均；没有往年数据的，取此前八周的一半。\
分值 = (件数 − 预计) ÷ √(预计 × (1 + 窗口 ÷ 基线) + 1)。分值不低于 {1:g} 而且不少于 {2} 件的才列出。
"""


def generate() -> str:
    """The whole document as Markdown."""
    parts = [_HEAD]
    for source in sources():
        parts += [
            f"## {source.key}",
            "| 指标 | measure | key | 怎么算 | what it counts | kind | least |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        parts[-2:] = ["\n".join([*parts[-2:], *(_row(m) for m in source.measures)])]
    parts.append(_HOT.format(_prose(hot.__doc__ or ""), hot.HOT, hot.LEAST))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _row(m: Measure) -> str:
    kind = "，".join(filter(None, (_KINDS[m.kind][0], _BETTER[m.better][0])))
    english = ", ".join(filter(None, (_KINDS[m.kind][1], _BETTER[m.better][1])))
    least = str(m.least) if m.least > 1 else ""
    return f"| {m.name.zh} | {m.name.en} | `{m.key}` | {m.meaning.zh} | {m.meaning.en} | {kind} · {english} | {least} |"


def _prose(text: str) -> str:
    """The module's own account of the statistic; its formula as code."""
    paragraphs = text.strip().split("\n\n")[1:]
    return "\n\n".join(f"```\n{p.strip()}\n```" if p.startswith("    ") else " ".join(p.split()) for p in paragraphs)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.conf.settings")
    os.environ.setdefault("LINLI_SECRET_KEY", "no request is answered here")
    django.setup()
    FILE.write_text(generate(), encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")
