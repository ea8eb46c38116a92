"""Learning categories from examples, and proposing them for a text. Pure: plain values in, plain values out; numpy and nothing else.

Each category is the mean direction of its examples' TF-IDF vectors (nearest centroid). With the few, short, hand-written texts there are
to begin with it is as good as anything that was tried beside it (docs/benchmarks.md), it is learnt in a fraction of a second for any
charter whatever its categories, so that no charter is ever without one, and what it knows of a category can be read off.
Likeness becomes confidence by one temperature, chosen on examples that were left out while they were scored.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linli.matters.suggest.grams import grams

FEWEST = 3  # a piece from people's own texts is learnt when so many distinct matters hold it: none of them can be made out
MOST_GRAMS = 40_000
FLOOR = 0.12  # below it nothing is proposed: three wrong buttons are worse than none
SECOND = 0.02  # a further proposal is worth showing from here
FORMAT = 1
_TEMPERATURES = np.geomspace(0.008, 0.3, 40)
_USUAL = 0.05  # where there is nothing to choose it by

Part = tuple[np.ndarray, np.ndarray]  # ids of pieces and their values
Tried = tuple[int, Part, list[Part]]  # the right category's row, the text itself, everything of its group as it was added up


@dataclass(frozen=True, slots=True)
class Example:
    """A text of a category. ``group``: texts of one situation or matter, left out together. ``told``: people say it like this and nobody
    had it in view when the charter's words were chosen, so it tries the confidence. ``private``: from a matter of this place."""

    category: str
    text: str
    weight: float = 1.0
    group: str = ""
    told: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A category and how sure: the share of texts with such a score for which it is right, 0 to 1."""

    category: str
    share: float

    @property
    def level(self) -> str:
        """likely, perhaps or faint: what is said in words beside it."""
        return "likely" if self.share >= 0.6 else "perhaps" if self.share >= 0.3 else "faint"


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt: for each known piece its weight (``idf``, shape (grams,)), for each category its direction (``centres``, shape
    (categories, grams), rows of length 1 or 0)."""

    categories: tuple[str, ...]
    known: dict[str, int]
    idf: np.ndarray
    centres: np.ndarray
    temperature: float

    def shares(self, text: str) -> np.ndarray:
        """The confidence in each category, shape (categories,), adding up to 1; all 0 where no piece of the text is known."""
        ids, values = _vector(grams(text), self.known, self.idf)
        if not len(ids):
            return np.zeros(len(self.categories), np.float32)
        return _softmax(self.centres[:, ids] @ values / self.temperature)

    def propose(self, text: str, most: int = 3, among: Iterable[str] | None = None) -> list[Suggestion]:
        """The likeliest categories, likeliest first, only of ``among`` where given; empty when nothing is likely enough."""
        shares = self.shares(text)
        allowed = None if among is None else set(among)
        best = [int(n) for n in np.argsort(-shares, kind="stable") if allowed is None or self.categories[n] in allowed][:most]
        if not best or shares[best[0]] < FLOOR:
            return []
        return [Suggestion(self.categories[n], float(shares[n])) for n in best if n == best[0] or shares[n] >= SECOND]

    def likeness(self, text: str, others: Sequence[str]) -> list[float]:
        """How alike each other text is in what it speaks of, 0 to 1: the cosine of their vectors."""
        ids, values = _vector(grams(text), self.known, self.idf)
        mine = np.zeros(len(self.known), np.float32)
        mine[ids] = values
        found = []
        for other in others:
            its, part = _vector(grams(other), self.known, self.idf)
            found.append(float(mine[its] @ part))
        return found


def _vector(counts: Counter[str], known: dict[str, int], idf: np.ndarray) -> Part:
    """Ids of the known pieces and their values, of length 1 together."""
    found = [(known[g], n) for g, n in counts.items() if g in known]
    if not found:
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    ids = np.array([i for i, _n in found], np.int32)
    values = (1 + np.log(np.array([n for _i, n in found], np.float32))) * idf[ids]
    return ids, (values / np.linalg.norm(values)).astype(np.float32)


def _softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def learn(categories: Sequence[str], examples: Iterable[Example]) -> Model:
    """A model of ``categories`` from the examples; those of other categories are passed over.

    A piece that only matters of this place hold is learnt from three distinct matters on. The order of the examples makes no difference
    to speak of; the same examples in the same order give the same model to the bit.
    """
    at = {c: n for n, c in enumerate(categories)}
    taken = [(e, grams(e.text)) for e in examples if e.category in at]
    known, idf = _vocabulary(taken)
    sums = np.zeros((len(at), len(known)), np.float32)
    tried: list[Tried] = []
    groups: dict[str, list[Part]] = {}
    for example, counts in taken:
        ids, values = _vector(counts, known, idf)
        part = ids, example.weight * values
        sums[at[example.category], ids] += part[1]
        together = groups.setdefault(example.group, []) if example.group else []
        together.append(part)
        if example.told and len(ids):
            tried.append((at[example.category], (ids, values), together))
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    centres = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    return Model(tuple(categories), known, idf, centres, _temperature(*left_out(sums, centres, tried)))


def _vocabulary(taken: Sequence[tuple[Example, Counter[str]]]) -> tuple[dict[str, int], np.ndarray]:
    """The pieces worth knowing and the weight of each: rarer ones say more."""
    shipped: Counter[str] = Counter()
    private: Counter[str] = Counter()
    for example, counts in taken:
        (private if example.private else shipped).update(counts.keys())
    held = {g: shipped[g] + n for g, n in private.items() if g in shipped or n >= FEWEST}
    held = {**dict(shipped), **held}
    chosen = sorted(sorted(held), key=lambda g: -held[g])[:MOST_GRAMS]
    known = {g: n for n, g in enumerate(chosen)}
    of = np.array([held[g] for g in chosen], np.float32)
    return known, (np.log((1 + len(taken)) / (1 + of)) + 1).astype(np.float32)


def left_out(sums: np.ndarray, centres: np.ndarray, tried: Sequence[Tried]) -> tuple[np.ndarray, np.ndarray]:
    """Scores of shape (examples, categories), each example with its whole group unknown to its category, and the right one of each."""
    scores = np.zeros((len(tried), len(centres)), np.float32)
    for n, (row, (ids, values), together) in enumerate(tried):
        scores[n] = centres[:, ids] @ values
        without = sums[row].copy()
        for its, part in together:
            without[its] -= part
        length = np.linalg.norm(without)
        scores[n, row] = float(without[ids] @ values / length) if length > 1e-5 else 0.0
    return scores, np.array([row for row, _own, _together in tried], np.int64)


def _temperature(scores: np.ndarray, right: np.ndarray) -> float:
    """The temperature under which the right categories are likeliest."""
    if not len(right):
        return _USUAL
    rows = np.arange(len(right))
    losses = [-np.log(np.maximum(_softmax(scores / t)[rows, right], 1e-9)).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


# --- kept as plain arrays, never as code -------------------------------------------------------------------------------------------------


def pack(model: Model) -> bytes:
    """The model as a compressed NumPy archive of plain arrays; the same model gives the same bytes."""
    rows, columns = np.nonzero(model.centres)
    head = {"format": FORMAT, "categories": model.categories, "temperature": model.temperature}
    out = io.BytesIO()
    np.savez_compressed(
        out,
        head=np.frombuffer(json.dumps(head).encode(), np.uint8),
        grams=np.frombuffer("\n".join(model.known).encode(), np.uint8),
        idf=model.idf,
        starts=np.searchsorted(rows, np.arange(len(model.categories) + 1)).astype(np.int32),
        columns=columns.astype(np.int32),
        values=model.centres[rows, columns].astype(np.float16),
    )
    return out.getvalue()


def unpack(data: bytes) -> Model:
    """The model in ``data``. Raises ValueError where it is none, or of another format."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            head: dict[str, Any] = json.loads(kept["head"].tobytes())
            pieces = kept["grams"].tobytes().decode()
            idf, starts, columns, values = kept["idf"], kept["starts"], kept["columns"], kept["values"]
        if head["format"] != FORMAT:
            raise ValueError(f"format {head['format']}")
    except (OSError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError("not a model") from error
    known = {g: n for n, g in enumerate(pieces.split("\n"))} if pieces else {}
    centres = np.zeros((len(head["categories"]), len(known)), np.float32)
    centres[np.repeat(np.arange(len(centres)), np.diff(starts)), columns] = values
    return Model(tuple(head["categories"]), known, idf, centres, head["temperature"])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
