"""Search in Chinese text: words of two characters must use an index, which trigrams can't give.

``linli_bigrams(text)`` (made in ``migrations/0002_guards``) is the array of all neighbouring pairs of signs, lower-cased, without
spaces; a GIN index over it finds rows with all pairs of a word, and LIKE then keeps those where they stand in a row.
"""

from __future__ import annotations

from django.db.models import BooleanField, F, Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat

MOST_WORDS = 5

# must be written exactly as in the index, or PostgreSQL won't see that it is the same
_TEXT = "(matters_matter.number || ' ' || matters_matter.title || ' ' || matters_matter.text || ' ' || matters_matter.address)"


def matching(matters: QuerySet, typed: str) -> QuerySet:
    """Matters whose number, title, text or address holds every word of ``typed``. A single sign is looked for without the index."""
    for word in typed.split()[:MOST_WORDS]:
        if len(word) >= 2:
            pairs = RawSQL(f"linli_bigrams({_TEXT}) @> linli_bigrams(%s)", [word], output_field=BooleanField())  # noqa: S611  (constant text, bound word)
            matters = matters.filter(pairs)
        matters = matters.annotate(
            _all=Concat(F("number"), Value(" "), F("title"), Value(" "), F("text"), Value(" "), F("address"), output_field=TextField())
        )
        matters = matters.filter(Q(_all__icontains=word))
    return matters
