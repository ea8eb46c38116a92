"""How good the proposals are at this place, as text: ``linli suggest report`` and the benchmark print it."""

from __future__ import annotations

from linli.charter.models import CharterVersion
from linli.charter.store import charter_of, version_in_force
from linli.frame.templatetags.linli import named
from linli.matters.models import LearntModel
from linli.matters.situations import Situation, learnt_and_held
from linli.matters.suggest.keeping import model_of
from linli.matters.suggest.measuring import Figures, measure


def report(version: CharterVersion | None = None, worst: int = 15) -> str:
    """What the model in use was learnt from, its figures on the situations held out, the branches mixed up and the worst categories."""
    version = version or version_in_force()
    charter = charter_of(version)
    model = model_of(version)
    newest = LearntModel.objects.filter(charter=version).order_by("-pk").first()
    _learnt, held = learnt_and_held()
    held = [s for s in held if s["category"] in charter.categories]

    def ours(text: str) -> list[str]:
        return [s.category for s in model.propose(text)]

    names = {c.id: named(c.name) for c in charter.categories.values()}
    made = (
        f"made {newest.made_at:%Y-%m-%d %H:%M}, {newest.figures['matters']} closed matters"
        if newest
        else "of the charter and the product alone"
    )
    everything = measure(ours, held)
    lines = [f"{version} · {made} · {len(model.known):,} pieces, temperature {model.temperature:.4f}", ""]
    lines += [
        summary("all situations held out", everything),
        summary("those the charter's words never saw", measure(ours, fresh(held))),
        "",
    ]
    lines += ["right branch → proposed branch (other than right):"]
    wrong = [(n, right, said) for (right, said), n in everything.confused.items() if right != said]
    lines += [
        f"  {n:3} {names.get(right, right)} → {names.get(said, said) or '(nothing)'}"
        for n, right, said in sorted(wrong, key=lambda w: (-w[0], *w[1:]))
    ]
    lines += ["", "categories not among the three proposed:"]
    lines += [f"  {n:3} {names.get(leaf, leaf)} ({leaf})" for leaf, n in everything.missed.most_common(worst)]
    return "\n".join(lines)


def fresh(situations: list[Situation]) -> list[Situation]:
    """Those written after the charters' words were chosen."""
    return [s for s in situations if s.get("fresh")]


def summary(what: str, figures: Figures) -> str:
    """One line: the first right, among three, nothing proposed."""
    return (
        f"{what}: {figures.tried} texts, first right {figures.share(figures.first):.0%}, among three {figures.share(figures.among_three):.0%}, "
        f"nothing proposed {figures.share(figures.silent):.0%}"
    )
