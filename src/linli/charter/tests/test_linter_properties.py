"""Any well-formed procedure lints clean, and whatever is broken in it is found."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from linli.charter.draw import draw as draw_svg
from linli.charter.graph import backward_edges, edges, reach, successors
from linli.charter.layout import layout
from linli.charter.linter import lint
from linli.charter.schema import Duration, Procedure
from linli.charter.tests.procedures import charter_with, procedures

few = settings(max_examples=60, deadline=None)


def found(procedure: Procedure) -> set[str]:
    return {f.code for f in lint(charter_with(procedure))}


def with_step(p: Procedure, id: str, **changes) -> Procedure:
    return replace(p, steps=p.steps | {id: replace(p.steps[id], **changes)})


@given(procedures())
@few
def test_a_well_formed_procedure_lints_clean(p):
    assert found(p) == set()


@given(procedures(), st.data())
@few
def test_an_outcome_taken_out_is_found(p, data):
    step = data.draw(st.sampled_from(list(p.steps.values())))
    outcome = data.draw(st.sampled_from(list(step.on)))
    on = {o: to for o, to in step.on.items() if o != outcome}
    assert f"unwired:matter/{step.id}.{outcome}" in found(with_step(p, step.id, on=on))


@given(procedures(), st.data())
@few
def test_an_outcome_led_to_nowhere_is_found(p, data):
    step = data.draw(st.sampled_from(list(p.steps.values())))
    outcome = data.draw(st.sampled_from(list(step.on)))
    nowhere = data.draw(st.sampled_from(["nowhere", "END nowhere", "END", "END  good"]))
    assert f"target-unknown:matter/{step.id}.{outcome}" in found(with_step(p, step.id, on=step.on | {outcome: nowhere}))


@given(procedures(), st.data())
@few
def test_a_way_back_without_its_bound_is_found(p, data):
    back = sorted(backward_edges(p))
    assume(back)
    step, outcome = data.draw(st.sampled_from(back))
    assert f"unbounded:matter/{step}.{outcome}" in found(with_step(p, step, returns=0))


@given(procedures())
@few
def test_a_step_nobody_leads_to_is_found(p):
    lost = replace(next(iter(p.steps.values())), id="lost")
    assert "unreachable:matter/lost" in found(replace(p, steps=p.steps | {"lost": lost}))


@given(procedures(), st.data())
@few
def test_a_step_longer_than_the_whole_is_found(p, data):
    step = data.draw(st.sampled_from(sorted(p.steps)))
    assert f"step-longer:matter/{step}" in found(with_step(p, step, within=Duration(days=401)))


@given(procedures(), st.data())
@few
def test_an_actor_who_is_nobody_is_found(p, data):
    step = data.draw(st.sampled_from(sorted(p.steps)))
    assert f"actor-unknown:matter/{step}" in found(with_step(p, step, actor="nobody"))


@given(procedures())
@few
def test_without_its_backward_edges_a_procedure_has_no_cycle(p):
    back = backward_edges(p)
    ways = {id: tuple(e.to for e in edges(p) if e.step == id and (id, e.outcome) not in back and e.to in p.steps) for id in p.steps}
    assert not any(id in reach(ways, to) for id in p.steps for to in ways[id])
    assert all(reach(ways, id) <= reach(successors(p), id) for id in p.steps)


@given(procedures())
@few
def test_a_drawing_shows_every_step_and_end_once_and_no_two_boxes_touch(p):
    size = dict.fromkeys((*p.steps, *(f"END {e}" for e in p.ends)), (200.0, 80.0))
    plan = layout(p, size)
    assert set(plan.boxes) == set(size)
    boxes = list(plan.boxes.values())
    for i, a in enumerate(boxes):
        assert a.x >= 0
        assert a.x + a.w <= plan.width
        assert a.y + a.h <= plan.height
        for b in boxes[i + 1 :]:
            assert a.x + a.w < b.x or b.x + b.w < a.x or a.y + a.h < b.y or b.y + b.h < a.y


@given(procedures())
@few
def test_lines_of_a_drawing_run_straight_and_cross_no_box(p):
    plan = layout(p, dict.fromkeys((*p.steps, *(f"END {e}" for e in p.ends)), (200.0, 80.0)))
    for line in plan.lines:
        for (x1, y1), (x2, y2) in zip(line.points, line.points[1:], strict=False):
            assert abs(x1 - x2) < 0.01 or abs(y1 - y2) < 0.01, (line.kind, line.points)
            for box in plan.boxes.values():
                inside_x = max(min(x1, x2), box.x + 1) < min(max(x1, x2), box.x + box.w - 1) or box.x + 1 < x1 == x2 < box.x + box.w - 1
                inside_y = max(min(y1, y2), box.y + 1) < min(max(y1, y2), box.y + box.h - 1) or box.y + 1 < y1 == y2 < box.y + box.h - 1
                assert not (inside_x and inside_y), (line.kind, line.edge, box.id)


@given(procedures(), st.sampled_from(["zh", "en"]))
@settings(max_examples=20, deadline=None)
def test_every_drawing_is_well_formed_xml(p, lang):
    from xml.etree import ElementTree

    root = ElementTree.fromstring(draw_svg(p, lang, "step0"))
    steps = [g.get("data-step") for g in root.iter("{http://www.w3.org/2000/svg}g") if g.get("data-step")]
    assert sorted(steps) == sorted(p.steps)
