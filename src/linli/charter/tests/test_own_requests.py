"""How residents' own requests are decided, in a charter: read, inherited, linted."""

from __future__ import annotations

from linli.charter.linter import lint
from linli.charter.loader import find, load
from linli.charter.schema import OwnRequests
from linli.charter.tests.factories import small_charter


def test_a_charter_from_before_it_takes_none_and_the_shipped_ones_give_fifteen_working_days():
    assert small_charter().own_requests == OwnRequests("")
    shipped = load(find("qingshan"))
    assert shipped.own_requests == load(find("standard")).own_requests
    step = shipped.procedures[shipped.own_requests.procedure].steps["decide"]
    assert (step.within.days, step.within.clock) == (15, "working")
    assert not {f.code for f in lint(shipped) if f.code.startswith("own-requests")}


def test_a_procedure_that_does_not_exist_is_not_for_deciding_or_of_a_post_without_the_register_is_found():
    def codes(key: str) -> set[str]:
        return {f.code for f in lint(small_charter(more=f'[own_requests]\nprocedure = "{key}"\n'))}

    assert "own-requests-procedure" in codes("nothing")
    assert any(c.startswith("own-requests-step:") for c in codes("matter"))
