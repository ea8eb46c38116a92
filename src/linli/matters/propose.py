"""Which category could it be? Proposed from the words people use, decided by a person. Pure: text and categories in, categories out."""

from __future__ import annotations

from collections.abc import Iterable

from linli.charter.schema import Category

# pairs of signs that every second category name or report holds
_GENERIC = frozenset(["我们", "问题", "情况", "小区", "社区", "居民", "希望", "有人", "管理", "服务", "设施", "公共"])


def propose(said: str, leaves: Iterable[Category], most: int = 3) -> list[Category]:
    """The likeliest leaf categories for what was said, likeliest first; empty when nothing points anywhere.

    A category's own ``words`` count by the square of their length («下水道堵塞» says more than «堵»); what its name shares with the text
    decides between equals.
    """
    text = "".join(said.lower().split())
    if not text:
        return []
    scored = [(score(text, c), n, c) for n, c in enumerate(leaves)]
    best = sorted((s for s in scored if s[0] > 0), key=lambda s: (-s[0], s[1]))
    if not best:
        return []
    floor = best[0][0] / 4  # a faint second guess only makes the choice harder
    return [c for points, _, c in best[:most] if points >= floor]


def score(text: str, category: Category) -> float:
    """How much ``text`` (lower-cased, no spaces) speaks for the category; 0: nothing does."""
    found = {w for w in (_plain(w) for w in category.words) if w and w in text}
    # a word inside a longer found word says nothing more
    longest = [w for w in found if not any(w != other and w in other for other in found)]
    points = sum(_weight(w) for w in longest)
    for name in (_plain(category.name.zh), _plain(category.name.en)):
        if name and name in text:
            points += _weight(name)
    shared = _pairs(_plain(category.name.zh)) & _pairs(text) - _GENERIC
    return points + 0.5 * len(shared)


def _plain(word: str) -> str:
    return "".join(word.lower().split())


def _weight(word: str) -> float:
    # an English letter says about a third of what a Chinese sign does
    size = len(word) / 3 if word.isascii() else len(word)
    return size * size


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1) if not text[i : i + 2].isascii()}
