"""What a model learns from: the charter's own words, the situations that come with the product, and this place's closed matters.

Of a place's matters only those count whose category somebody settled and whose work is over; demonstration ones never do (they are the
situations over again). Nobody's name is read: the text, the title and the category, and of the text only pieces that at least three
distinct matters share.
"""

from __future__ import annotations

from collections.abc import Iterator

from linli.charter.schema import Charter
from linli.matters.situations import Situation, learnt_and_held, terms
from linli.matters.suggest.model import Example

# chosen by leaving a quarter of the learnt situations out, four times over
_WORDS, _TITLES, _ANSWERS = 2.0, 0.5, 0.5
MOST_MATTERS = 20_000  # the latest


def of_charter(charter: Charter) -> Iterator[Example]:
    """What each leaf says of itself: its names and words, when it counts, when it is done."""
    for leaf in charter.leaves():
        yield Example(leaf.id, " ".join([leaf.name.zh, *leaf.words]), _WORDS)
        yield Example(leaf.id, " ".join(n.zh for n in (leaf.filing, leaf.closing) if n))
        yield Example(leaf.id, " ".join(n.en for n in (leaf.name, leaf.filing) if n))


def of_terms() -> Iterator[Example]:
    """What things are called in each kind of matter."""
    for category, said in terms().items():
        yield Example(category, said, _WORDS)


def of_situations(situations: list[Situation] | None = None) -> Iterator[Example]:
    """How residents put it, and how it was answered. Those held out are never among them unless passed in."""
    for s in learnt_and_held()[0] if situations is None else situations:
        yield Example(s["category"], s["text"], group=s["title"], told=s.get("fresh", False))
        yield Example(s["category"], s["title"], _TITLES, group=s["title"])
        yield Example(s["category"], f"{s['result']} {s['answer']} {s['finding']}", _ANSWERS, group=s["title"])


def of_matters() -> list[Example]:
    """This place's closed matters with their category as it was in the end. One query."""
    from linli.matters.models import Matter

    rows = Matter.objects.filter(is_demo=False).exclude(category="").exclude(flow__end="").order_by("-raised_at")
    told = rows.values_list("number", "category", "text", "title")[:MOST_MATTERS]
    # a title is mostly the text's first sentence: only what it adds counts
    return [
        Example(category, text if title.rstrip("…") in text else f"{text} {title}", group=number, told=True, private=True)
        for number, category, text, title in told.iterator()
    ]
