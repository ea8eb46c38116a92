"""A procedure as a graph: which steps lead where, which edges lead back, what can be reached. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from linli.charter.schema import Procedure

END = "END "


@dataclass(frozen=True, slots=True)
class Edge:
    """One way out of a step. ``outcome`` is "exhausted" for the way taken once ``returns`` is used up."""

    step: str
    outcome: str
    to: str  # step id or "END name"

    @property
    def ends(self) -> bool:
        return self.to.startswith(END)


def edges(procedure: Procedure) -> tuple[Edge, ...]:
    """All ways out of all steps, in the order of the file."""
    found = []
    for step in procedure.steps.values():
        found += [Edge(step.id, outcome, to) for outcome, to in step.on.items()]
        if step.exhausted:
            found.append(Edge(step.id, "exhausted", step.exhausted))
    return tuple(found)


def ways_out(procedure: Procedure) -> tuple[Edge, ...]:
    """The edges, and besides them where those concerned take it back or leave: no step may count on that to come to an end."""
    left = (Edge(s.id, "withdrawn", s.withdrawn) for s in procedure.steps.values() if s.withdrawn)
    return (*edges(procedure), *left)


def successors(procedure: Procedure) -> dict[str, tuple[str, ...]]:
    """Step id -> the steps and ends it leads to; targets that don't exist are left out."""
    ways: dict[str, list[str]] = {id: [] for id in procedure.steps}
    for edge in edges(procedure):
        if edge.to in procedure.steps or (edge.ends and edge.to.removeprefix(END) in procedure.ends):
            ways[edge.step].append(edge.to)
    return {id: tuple(dict.fromkeys(to)) for id, to in ways.items()}


def reach(ways: dict[str, tuple[str, ...]], start: str) -> frozenset[str]:
    """Everything that can be reached from ``start``, itself included."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += ways.get(here, ())
    return frozenset(seen)


def backward_edges(procedure: Procedure) -> frozenset[tuple[str, str]]:
    """The (step, outcome) pairs that lead back: to the step itself or to one further up in the file.

    Every cycle has at least one of them, so bounding each by its step's ``returns`` bounds the whole procedure. The flow engine counts
    by the same definition. "exhausted" is listed where it leads back, which the linter refuses.
    """
    order = {id: i for i, id in enumerate(procedure.steps)}
    return frozenset((e.step, e.outcome) for e in edges(procedure) if e.to in order and order[e.to] <= order[e.step])


def shortest(procedure: Procedure, start: str, weight: dict[str, float], goals: frozenset[str]) -> tuple[float, tuple[str, ...]] | None:
    """The way from ``start`` to one of ``goals`` ("END name") with the least sum of the steps' weights, or None."""
    ways = successors(procedure)
    best: dict[str, tuple[float, tuple[str, ...]]] = {start: (weight.get(start, 0.0), (start,))} if start in procedure.steps else {}
    todo = dict(best)
    while todo:
        here = min(todo, key=lambda id: todo[id][0])
        cost, way = todo.pop(here)
        if here in goals:
            return cost, way[:-1]
        for to in ways.get(here, ()):
            reached = (cost + weight.get(to, 0.0), (*way, to))
            if to not in best or reached[0] < best[to][0]:
                best[to] = todo[to] = reached
    return None
