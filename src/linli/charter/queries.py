"""What the charter pages show, put into words of one language. Reads the database only for which charter is in force."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from linli.charter.explain import (
    arithmetic,
    boxes_sentence,
    by_itself,
    category_sentence,
    duty_sentence,
    gathering_sentence,
    goal_sentences,
    line_sentence,
    step_sentences,
    target,
)
from linli.charter.graph import backward_edges
from linli.charter.linter import Finding, lint
from linli.charter.models import CharterInForce, CharterVersion
from linli.charter.rules.base import depth
from linli.charter.schema import Category, Charter, Procedure, Step
from linli.charter.store import charter_of
from linli.charter.words import ABILITY, ACTION, LEVEL, NEED, duration, say, times, word
from linli.charter.words import outcome as outcome_word


@lru_cache(maxsize=16)
def _findings(version: int) -> tuple[Finding, ...]:
    return tuple(lint(charter_of(version)))


def findings(version: CharterVersion, lang: str) -> list[dict]:
    """The linter's findings on a stored version: severity, code, text, why."""
    tone = {"error": "late", "warning": "warn", "note": "plain"}
    return [
        {"severity": f.severity, "tone": tone[f.severity], "code": f.code, "text": f.text(lang), "why": f.why}
        for f in _findings(version.pk)
    ]


def history(limit: int = 20) -> list[CharterInForce]:
    """Which charter was in force from when, latest first."""
    return list(CharterInForce.objects.select_related("charter")[:limit])


@dataclass(frozen=True, slots=True)
class PostRow:
    """One post as a row of the table."""

    name: str
    body: str
    seats: str
    abilities: list[str]
    own: bool
    falls_to: str


def posts_by_level(charter: Charter, lang: str) -> list[tuple[str, list[PostRow]]]:
    """The posts, outermost level first."""
    levels = sorted({p.level for p in charter.posts.values()}, key=depth)
    return [
        (word(LEVEL, level, lang), [_post(charter, id, lang) for id, p in charter.posts.items() if p.level == level]) for level in levels
    ]


def _post(charter: Charter, id: str, lang: str) -> PostRow:
    post = charter.posts[id]
    low, high = post.seats
    return PostRow(
        name=say(post.name, lang),
        body=say(charter.bodies[post.body].name, lang),
        seats=str(low) if low == high else f"{low}–{high}",
        abilities=[word(ABILITY, a, lang) for a in post.abilities],
        own=post.reach == "own",
        falls_to=say(charter.posts[post.falls_to].name, lang) if post.falls_to in charter.posts else "",
    )


def duties(charter: Charter, lang: str) -> tuple[list[str], list[str]]:
    """The duties in sentences, and what they come to."""
    return [duty_sentence(charter, d, lang) for d in charter.duties.values()], arithmetic(charter, lang)


def goals(charter: Charter, lang: str) -> list[str]:
    """What the figures should reach, in sentences."""
    return goal_sentences(charter, lang)


def channels(charter: Charter, lang: str) -> list[str]:
    """Direct lines and opinion boxes, in sentences."""
    said = [line_sentence(charter, line, lang) for line in charter.lines.values()]
    return [*said, *([boxes_sentence(charter, lang)] if charter.boxes else [])]


def gatherings(charter: Charter, lang: str) -> list[list[tuple[str, bool]]]:
    """Each kind of gathering in a sentence, in pieces of which some are bold."""
    return [_pieces(gathering_sentence(charter, kind, lang)) for kind in charter.gatherings.values()]


def category_tree(charter: Charter, lang: str) -> list[dict]:
    """The category tree as ``frame/parts/tree.html`` takes it: branches with their number of kinds, leaves with limit and route."""
    return _branch(charter, "", lang)


def _branch(charter: Charter, parent: str, lang: str) -> list[dict]:
    return [_node(charter, c, lang) for c in charter.categories.values() if c.parent == parent]


def _node(charter: Charter, category: Category, lang: str) -> dict:
    if category.leaf:
        label, _, rest = category_sentence(charter, category, lang).partition("：" if lang.startswith("zh") else ": ")
        return {"label": label, "meta": rest}
    count = sum(c.id.startswith(f"{category.id}.") for c in charter.leaves())
    meta = f"{count} 种" if lang.startswith("zh") else f"{count} kinds"
    return {"label": say(category.name, lang), "meta": meta, "children": _branch(charter, category.id, lang)}


def procedure_cards(charter: Charter, lang: str) -> list[dict]:
    """Each procedure: id, name, number of steps, longest time, kinds of matter that use it."""
    return [
        {
            "id": p.id,
            "name": say(p.name, lang),
            "steps": len(p.steps),
            "within": duration(p.within, lang),
            "kinds": sum(c.procedure == p.id for c in charter.leaves()),
        }
        for p in charter.procedures.values()
    ]


def step_rows(charter: Charter, procedure: Procedure, lang: str) -> list[dict]:
    """The steps as rows: the table twin of the drawing."""
    back = backward_edges(procedure)
    return [_step(charter, procedure, step, back, lang) for step in procedure.steps.values()]


def _step(charter: Charter, p: Procedure, step: Step, back: frozenset[tuple[str, str]], lang: str) -> dict:
    from linli.charter.draw import actor_name

    ways = [
        {
            "outcome": outcome_word(step, outcome, lang),
            "to": target(p, to, lang),
            "bound": times(p.bounding(step, outcome).returns, lang) if (step.id, outcome) in back else "",
        }
        for outcome, to in (*step.on.items(), *by_itself(step))
    ]
    return {
        "id": step.id,
        "name": say(step.name, lang),
        "action": word(ACTION, step.action, lang),
        "actor": actor_name(step.actor, lang, charter.posts),
        "within": duration(step.within, lang),
        "grace": duration(step.grace, lang) if step.late == "escalate" else "",
        "needs": [(word(NEED, n.rstrip("?"), lang), n.endswith("?")) for n in step.needs],
        "ways": ways,
        "help": say(step.help, lang),
        "told": say(step.told, lang),
        "sentences": step_sentences(charter, p, step, lang),
    }


def blocks(text: str) -> list[dict]:
    """The account of ``explain`` as blocks for a template: headings, paragraphs and lists, bold in pieces."""
    found: list[dict] = []
    for line in text.splitlines():
        head = line.lstrip("#")
        if line.startswith("#"):
            found.append({"kind": f"h{min(len(line) - len(head), 5)}", "text": head.strip()})
        elif line.startswith("- ") or (line.split(". ", 1)[0].isdigit() and ". " in line):
            kind = "ul" if line.startswith("- ") else "ol"
            item = _pieces(line.split(" ", 1)[1])
            if found and found[-1]["kind"] == kind:
                found[-1]["entries"].append(item)
            else:
                found.append({"kind": kind, "entries": [item]})
        elif line.strip():
            found.append({"kind": "p", "text": line.strip()})
    return found


def _pieces(text: str) -> list[tuple[str, bool]]:
    """``**bold** and plain`` -> [("bold", True), (" and plain", False)]."""
    return [(piece, i % 2 == 1) for i, piece in enumerate(text.split("**")) if piece]
