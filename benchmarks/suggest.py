"""Proposing categories: how often right on the situations nothing was learnt from, beside the keyword rule it replaced and scikit-learn.

The keyword rule is kept here for comparison only: a category's own words count by the square of their length. scikit-learn's TF-IDF and
logistic regression (if installed: it is no dependency) learn from the same texts. "Unseen" are the situations written after the charters'
words were chosen; on the others whatever uses those words is flattered. ``run()`` needs no database.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))


def keyword_rule(leaves):
    """What proposed categories before."""

    def propose(said: str) -> list[str]:
        text = "".join(said.lower().split())
        scored = []
        for n, leaf in enumerate(leaves):
            found = {w for w in leaf.words if w in text}
            longest = [w for w in found if not any(w != other and w in other for other in found)]
            name = leaf.name.zh
            pairs = {name[i : i + 2] for i in range(len(name) - 1)} & {text[i : i + 2] for i in range(len(text) - 1)}
            score = sum(len(w) ** 2 for w in longest) + (len(name) ** 2 if name in text else 0) + 0.5 * len(pairs)
            scored.append((-score, n))
        best = [(s, n) for s, n in sorted(scored)[:3] if s < 0]
        return [leaves[n].id for s, n in best if s <= best[0][0] / 4]

    return propose


def peer(examples):
    """scikit-learn on the same texts and weights; None where it isn't installed."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        return None
    from linli.matters.suggest.grams import plain

    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, preprocessor=plain)
    made = LogisticRegression(C=30, max_iter=300)
    made.fit(vectors.fit_transform([e.text for e in examples]), [e.category for e in examples], [e.weight for e in examples])

    def propose(text: str) -> list[str]:
        shares = made.predict_proba(vectors.transform([text]))[0]
        return [made.classes_[n] for n in (-shares).argsort()[:3]]

    return propose


def run() -> list[dict[str, Any]]:
    """The figures. The rows say: first right, and among three, in percent."""
    from linli.charter.loader import find, load
    from linli.matters.situations import learnt_and_held
    from linli.matters.suggest.material import of_charter, of_situations, of_terms
    from linli.matters.suggest.measuring import measure
    from linli.matters.suggest.model import learn, pack, unpack

    charter = load(find("qingshan"))
    leaves = charter.leaves()
    _learnt, held = learnt_and_held()
    unseen = [s for s in held if s.get("fresh")]
    examples = [*of_charter(charter), *of_terms(), *of_situations()]
    bare = [*of_charter(charter), *of_situations()]
    began = time.perf_counter()
    model = learn([c.id for c in leaves], examples)
    learning = time.perf_counter() - began
    data = pack(model)
    began = time.perf_counter()
    model = unpack(data)
    loading = (time.perf_counter() - began) * 1000
    times = []
    for situation in held * 5:
        began = time.perf_counter()
        model.propose(situation["text"])
        times.append((time.perf_counter() - began) * 1000)
    p95 = sorted(times)[int(len(times) * 0.95)]

    without = learn([c.id for c in leaves], bare)
    ways = {
        "ours": lambda t: [s.category for s in model.propose(t)],
        "ours without the terms file": lambda t: [s.category for s in without.propose(t)],
        "keyword rule": keyword_rule(leaves),
        "scikit-learn": peer(examples),
    }
    rows: list[dict[str, Any]] = []
    for which, texts in (("all held out", held), ("unseen", unseen)):
        done = {name: measure(way, texts) for name, way in ways.items() if way}
        rule = done["keyword rule"]
        for name, figures in done.items():
            for what, ours, old in (("first", figures.first, rule.first), ("among three", figures.among_three, rule.among_three)):
                row = {"what": f"{name}, {which} ({len(texts)}): {what}", "ours": round(100 * ours / len(texts), 1), "unit": "%"}
                row |= {"goal": "above the keyword rule" if name == "ours" else "shown", "met": name != "ours" or ours > old}
                rows.append(row)
    rows += [
        {"what": f"learnt from {len(examples)} texts", "ours": round(learning, 2), "unit": "s", "goal": "shown", "met": True},
        {
            "what": f"stored model of {len(data) // 1000} kB loaded",
            "ours": round(loading, 1),
            "unit": "ms",
            "goal": "< 100",
            "met": loading < 100,
        },
        {"what": "proposal p95", "ours": round(p95, 3), "unit": "ms", "goal": "< 5", "met": p95 < 5},
    ]
    figures = measure(ways["ours"], held)
    wrong = [(n, a, b) for (a, b), n in figures.confused.items() if a != b]
    print("  branches mixed up:", ", ".join(f"{a}→{b or 'none'} {n}" for n, a, b in sorted(wrong, reverse=True)[:12]), file=sys.stderr)
    print(confusion(figures.confused, {c.id: c.name.zh for c in charter.categories.values() if not c.parent}), file=sys.stderr)
    calibration(model, held)
    return rows


def confusion(confused, names: dict[str, str]) -> str:
    """How often texts of a branch (a line) were first proposed for which branch (a column), as a table; what is right stands on the diagonal."""
    branches = [b for b in names if any(b in pair for pair in confused)]
    heads = [*branches, *([""] if any(b == "" for _a, b in confused) else [])]
    table = [["of \\ proposed", *(names.get(b, "none") for b in heads), "right"], ["---"] * (len(heads) + 2)]
    for a in branches:
        counts = [confused.get((a, b), 0) for b in heads]
        if total := sum(counts):
            marked = [f"**{n}**" if a == b else str(n or "") for b, n in zip(heads, counts, strict=True)]
            table.append([names[a], *marked, f"{confused.get((a, a), 0)} of {total}"])
    return "\n".join(f"| {' | '.join(line)} |" for line in table)


def calibration(model, held) -> None:
    """How often a proposal shown with so much confidence is right."""
    bins: dict[str, list[bool]] = {}
    for s in held:
        if found := model.propose(s["text"], most=1):
            bins.setdefault(found[0].level, []).append(found[0].category == s["category"])
    said = ", ".join(f"{level} {sum(b)}/{len(b)}" for level, b in bins.items())
    print(f"  right by how sure it is said to be: {said}", file=sys.stderr)


if __name__ == "__main__":
    for figure in run():
        print(f"{figure['what']:<56} {figure['ours']:>8} {figure['unit']:<3} {figure['goal']}")
