"""Search in Chinese text: words of two characters must use an index, which trigrams can't give.

``linli_bigrams(text)`` (made in ``migrations/0002_guards``) is the array of all neighbouring pairs of signs, lower-cased, without
spaces; a GIN index over it finds rows with all pairs of a word, of which those are kept where they stand in a row.
"""

from __future__ import annotations

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

MOST_WORDS = 5

# must be written exactly as in the index, or PostgreSQL won't see that it is the same
_TEXT = "(matters_matter.number || ' ' || matters_matter.title || ' ' || matters_matter.text || ' ' || matters_matter.address)"


def matching(matters: QuerySet, typed: str) -> QuerySet:
    """Matters whose number, title, text or address holds every word of ``typed``. A single sign is looked for without the index."""
    for word in typed.split()[:MOST_WORDS]:
        if len(word) >= 2:
            matters = matters.filter(_true(f"linli_bigrams({_TEXT}) @> linli_bigrams(%s)", word))
        # not LIKE, of which the planner believes that it finds next to nothing: how frequent the word is, it knows from its pairs, and so
        # goes through the list in its order for one that is everywhere, and by the index for all others
        matters = matters.filter(_true(f"strpos(upper({_TEXT}), upper(%s)) > 0", word))
    return matters


def _true(sql: str, word: str) -> RawSQL:
    return RawSQL(sql, [word], output_field=BooleanField())  # noqa: S611  (constant text, bound word)
