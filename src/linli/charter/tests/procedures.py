"""Random well-formed procedures: a row of steps, each going on, some also back (bounded) or to an end."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from linli.charter.schema import ACTIONS, Charter, Duration, End, Name, Procedure, Step
from linli.charter.tests.factories import small_charter

# actor able to take each kind of step in the small charter
ACTORS = {"accept": "desk", "dispatch": "desk", "entrust": "desk", "rate": "reporter", "callback": "desk"}
SMALL = small_charter()


@st.composite
def procedures(draw) -> Procedure:
    """Between one and eight steps that the linter has nothing to say about."""
    kinds = draw(st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=8))
    ids = [f"step{i}" for i in range(len(kinds))]
    steps = {id: _step(draw, ids, i, kind) for i, (id, kind) in enumerate(zip(ids, kinds, strict=True))}
    used = {to.removeprefix("END ") for s in steps.values() for to in (*s.on.values(), s.exhausted) if to.startswith("END ")}
    ends = {id: End(id, Name(id, id), id == "good") for id in ("good", "bad") if id in used}
    return Procedure("matter", Name("程序", "Procedure"), ids[0], Duration(days=400), steps, ends)


def _step(draw, ids: list[str], i: int, kind: str) -> Step:
    first, *others = ACTIONS[kind]
    onward = ids[i + 1] if i + 1 < len(ids) else "END good"
    on, back = {first: onward}, False
    for outcome in others:
        to = draw(st.sampled_from(["END bad", "END good", onward, *ids[: i + 1]]))
        on[outcome] = to
        back = back or to in ids[: i + 1]
    return Step(
        ids[i],
        Name(ids[i], ids[i]),
        ACTORS.get(kind, "checker"),
        kind,
        on,
        within=Duration(days=draw(st.integers(1, 20))),
        returns=draw(st.integers(1, 3)) if back else 0,
        exhausted=onward if back else "",
    )


def charter_with(procedure: Procedure) -> Charter:
    """The small charter with this procedure, whose categories take it within a day."""
    categories = {id: replace(c, within=Duration(days=1)) if c.leaf else c for id, c in SMALL.categories.items()}
    return replace(SMALL, procedures={"matter": procedure}, categories=categories)
