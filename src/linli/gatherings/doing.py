"""What people do with gatherings, once for the pages and for programs: by which form, as whom, in which state, and doing it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.bodies.models import Seat
from linli.charter.store import charter_in_force, charter_of
from linli.flow.models import Flow
from linli.flow.queries import visible
from linli.gatherings import actions, queries
from linli.gatherings.forms import (
    CallOffForm,
    ChooseForm,
    CorrectForm,
    HoldForm,
    MinutesForm,
    PapersForm,
    PlanForm,
    PresenceForm,
    RecountForm,
    places_to_convene,
    plan_initial,
)
from linli.gatherings.kinds import CONVENE, RECORD, kind_of, kinds_to_convene, may
from linli.gatherings.models import Gathering, State
from linli.gatherings.queries import Person
from linli.places.models import Place

Given = Mapping[str, Any]  # ``data`` and ``files`` of what is sent; nothing where the form is only opened


# convening ----------------------------------------------------------------------------------------------------------------------------


def work_seen(user: Any, number: str) -> Flow | None:
    """The piece of work with this number, if the user sees it."""
    return visible(user).select_related("place").filter(subject_ref=number[:40]).first() if "\0" not in number else None


def choosing(user: Any, flow: Flow | None, asked: Given) -> ChooseForm:
    """What to convene and where; about a piece of work for which there is but one of each, that where nothing is asked."""
    charter = charter_in_force()
    kinds = kinds_to_convene(user, charter, flow.procedure if flow else "")
    levels = {level for kind in kinds for level in kind.levels}
    places = _around(flow, levels) if flow else places_to_convene(user, levels)
    if flow and not asked and len(kinds) == 1 and len(places) == 1:
        asked = {"kind": kinds[0].id, "place": places[0].code}
    involved = flow.seats_involved() if flow else ()
    return ChooseForm(asked or None, user=user, charter=charter, kinds=kinds, places=places, involved=involved)


def _around(flow: Flow, levels: set[str]) -> list[Place]:
    """The places of these levels that the work lies in, the nearest first."""
    above = Place.objects.current().filter(path__ancestors=str(flow.path), level__in=levels).defer("shape")
    return sorted(above, key=lambda p: -len(str(p.path)))


def people_of(chosen: ChooseForm, flow: Flow | None) -> list[Person]:
    """Who can be invited to what was chosen."""
    kind, place = chosen.cleaned_data["kind"], chosen.cleaned_data["place"]
    return queries.people(chosen.charter, place, queries.body_at(kind, place), flow, timezone.now())


def planning(chosen: ChooseForm, flow: Flow | None, given: Given) -> PlanForm:
    """The plan of what was chosen."""
    kind, seats = chosen.cleaned_data["kind"], chosen.cleaned_data["seats"]
    initial = {"title": flow.title[:120]} if flow else {}
    return PlanForm(
        **given, charter=chosen.charter, kind=kind, seats=seats, people=people_of(chosen, flow), user=chosen.user, initial=initial
    )


def convene(by: Any, request_id: uuid.UUID, chosen: ChooseForm, flow: Flow | None, form: PlanForm) -> Gathering:
    said = form.cleaned_data
    return actions.plan_gathering(
        by=by, request_id=request_id, kind=chosen.cleaned_data["kind"].id, seat=Seat.objects.get(pk=int(said["seat"])),
        place=chosen.cleaned_data["place"], plan=form.plan(), flow=flow, anyway=said["anyway"],
    )  # fmt: skip


# the acts -----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """``make`` makes the form of a gathering, as it is opened or of what was sent; ``do`` does what it says."""

    ability: str
    states: tuple[str, ...]
    label: Any
    done: Any
    make: Callable[[Gathering, Given], forms.Form]
    do: Callable[[Any, Gathering, int | None, Any], Any]


def _people(gathering: Gathering) -> list[Person]:
    return queries.people(charter_of(gathering.charter_id), gathering.place, gathering.body, gathering.flow, timezone.now())


def _plan_form(gathering: Gathering, given: Given) -> PlanForm:
    kind, found = kind_of(gathering), _people(gathering)
    assert kind is not None
    return PlanForm(
        charter=charter_of(gathering.charter_id), kind=kind, people=found, **(given or {"initial": plan_initial(gathering, found)})
    )


def _change(by: Any, gathering: Gathering, seq: int | None, form: Any) -> None:
    actions.change_gathering(by=by, gathering=gathering, seq=seq, plan=form.plan(), anyway=form.cleaned_data["anyway"])


def _call_off(by: Any, gathering: Gathering, seq: int | None, form: Any) -> None:
    actions.call_off_gathering(by=by, gathering=gathering, seq=seq, reason=form.cleaned_data["reason"])


def _presence_form(kind_of_form: type[PresenceForm]) -> Callable[[Gathering, Given], PresenceForm]:
    def make(gathering: Gathering, given: Given) -> PresenceForm:
        charter, kind = charter_of(gathering.charter_id), kind_of(gathering)
        assert kind is not None
        return kind_of_form(gathering=gathering, kind=kind, charter=charter, people=_people(gathering), **given)

    return make


def _hold(by: Any, gathering: Gathering, seq: int | None, form: Any) -> None:
    said = form.cleaned_data
    actions.hold_gathering(by=by, gathering=gathering, seq=seq, presence=form.presence(), text=said["text"], result=said["result"])


def _recount(by: Any, gathering: Gathering, seq: int | None, form: Any) -> None:
    actions.recount_gathering(by=by, gathering=gathering, seq=seq, presence=form.presence(), reason=form.cleaned_data["reason"])


def _minutes_form(gathering: Gathering, given: Given) -> MinutesForm:
    kind, last = kind_of(gathering), gathering.minutes.order_by("-number").first()
    assert kind is not None
    if last is None:
        return MinutesForm(kind=kind, public=gathering.public, **given)
    return CorrectForm(kind=kind, public=gathering.public, **(given or {"initial": {"text": last.text, "result": last.result}}))


def _write(by: Any, gathering: Gathering, seq: int | None, form: Any) -> None:
    said: dict[str, Any] = {"by": by, "gathering": gathering, "seq": seq, **form.cleaned_data}
    if isinstance(form, CorrectForm):
        actions.correct_minutes(**said)
    else:
        actions.write_minutes(**said)


def _attach(by: Any, gathering: Gathering, seq: int | None, form: Any) -> None:
    actions.attach_papers(by=by, gathering=gathering, photos=form.cleaned_data["photos"], documents=form.cleaned_data["documents"])


# in the order in which they are offered; programs call them by these names
ACTS = {
    "hold": Act(
        RECORD, (State.PLANNED,), _("Write down who came"), _("It is written down."), _presence_form(HoldForm), _hold
    ),
    "minutes": Act(RECORD, (State.HELD,), _("Write the minutes"), _("The minutes are kept."), _minutes_form, _write),
    "change": Act(
        CONVENE, (State.PLANNED,), _("Change the plan"), _("The plan is changed. Look after those who have to know at once."),
        _plan_form, _change,
    ),
    "off": Act(
        CONVENE, (State.PLANNED,), _("Call it off"), _("It is called off. Tell those who would come for nothing."),
        lambda gathering, given: CallOffForm(**given), _call_off,
    ),
    "recount": Act(
        RECORD, (State.HELD,), _("Correct who came"), _("It is corrected. What stood there before is in its history."),
        _presence_form(RecountForm), _recount,
    ),
    "papers": Act(
        RECORD, (State.PLANNED, State.HELD), _("Add photos or documents"), _("The files are kept."),
        lambda gathering, given: PapersForm(**given), _attach,
    ),
}  # fmt: skip


def offered(user: Any, gathering: Gathering) -> list[str]:
    """Names of what the user may do with it now."""
    able = {ability for ability in (CONVENE, RECORD) if may(user, ability, gathering)}
    begun = timezone.now() >= gathering.starts_at
    return [n for n, act in ACTS.items() if act.ability in able and gathering.state in act.states and (n != "hold" or begun)]
