"""What a member of staff can do with a matter now: the same answer for the buttons of the page and for the page behind each button.

The engine and the actions decide again when it is done; this only keeps from offering what would be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import scope_of
from linli.charter.schema import Step
from linli.flow.engine import Context, context
from linli.flow.procedure import Offer, offers
from linli.matters.disputes.parties import is_dispute
from linli.matters.models import Matter
from linli.matters.reporters import at_intake_desk


class Situation:
    """One matter before one user at one moment: read once, asked often."""

    def __init__(self, matter: Matter, user: Any, now: datetime | None = None) -> None:
        self.matter, self.user, self.now = matter, user, now or timezone.now()

    @cached_property
    def work(self) -> Context:
        return context(self.matter.flow_id, by=self.user, now=self.now)

    @property
    def step(self) -> Step | None:
        return self.work.procedure.steps.get(self.work.state.step)

    @cached_property
    def involved(self) -> list[int]:
        return self.matter.seats_involved()

    def may(self, ability: str) -> bool:
        """Whether the user has the ability over this matter's place, or through a seat that takes part."""
        scope = scope_of(self.user)
        if ability not in scope.abilities:
            return False
        return scope.covers(ability, str(self.matter.path)) or scope.covers(ability, str(self.matter.path), self.involved)

    @property
    def leads(self) -> bool:
        """Whether the present step is the user's to take."""
        return bool(self.work.acts_as) and "flow.act" in scope_of(self.user).abilities

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The outcomes the user can take now, the likeliest first."""
        return offers(self.work.procedure, self.work.state) if self.leads else ()

    @property
    def moves(self) -> bool:
        """Whether the work could move to another seat within the places over which the user moves work."""
        owner = self.matter.flow.owner
        path = str(owner.path if owner is not None else self.matter.path)
        return any(path == p or path.startswith(f"{p}.") for p in scope_of(self.user).paths("flow.assign")) and self.may("flow.assign")

    @cached_property
    def own_parts(self) -> dict[int, str]:
        """Assisting parts that are the user's to finish: seat -> post."""
        return self.work.held(*(p.seat for p in self.work.state.parts)) if self.work.state.parts else {}

    @property
    def running(self) -> bool:
        return bool(self.work.state.step) and not self.work.state.suspended

    @property
    def decides(self) -> bool:
        """Whether the request that is waiting is the user's to decide."""
        ask = self.work.state.ask
        return (
            ask is not None
            and ask.by != self.user.pk
            and (bool(self.work.held(ask.seat, ability="flow.approve")) or self.may("flow.approve"))
        )


@dataclass(frozen=True, slots=True)
class Act:
    """A thing to do besides the step itself: what its button says, and when it is offered."""

    name: str
    label: Any
    icon: str
    offered: Callable[[Situation], bool]
    help: Any = ""


def _due_ahead(s: Situation) -> bool:
    return s.work.state.due_at is not None and s.work.state.due_at > s.now


ACTS: dict[str, Act] = {
    a.name: a
    for a in (
        Act("decide", _("Decide on the request"), "clipboard-check", lambda s: s.running and s.decides),
        Act("part", _("My part is done"), "check-circle", lambda s: s.running and bool(s.own_parts)),
        Act("extend", _("Ask for more time"), "hourglass-split",
            lambda s: s.leads and s.running and s.work.state.ask is None and _due_ahead(s) and bool(s.step and s.step.extensions > s.work.state.extensions),
            _("Before the deadline only. The post above decides.")),
        Act("suspend", _("Ask to put it on the ledger"), "pause-circle",
            lambda s: s.leads and s.running and s.work.state.ask is None and bool(s.step and s.step.suspend),
            _("Where season, money or law stand in the way. The clock rests until the review date.")),
        Act("resume", _("Take it off the ledger"), "play-circle", lambda s: s.work.state.suspended and (s.leads or s.may("flow.approve"))),
        Act("join", _("Call in others"), "people",
            lambda s: s.leads and s.running and bool(s.step and s.step.joint) and "flow.join" in scope_of(s.user).abilities,
            _("Each gets a task and a deadline of their own; you stay responsible.")),
        Act("handover", _("Hand it over"), "box-arrow-right",
            lambda s: s.leads and s.running and s.work.state.ask is None and s.work.state.owner is not None and bool(s.step and s.step.handover),
            _("The other body takes it over or sends it back within the time set; until it has given its receipt you stay responsible. You keep your sight of it.")),
        Act("leave", _("Those concerned no longer wish it"), "x-circle", lambda s: bool(s.work.state.step) and s.leads and is_dispute(s.matter),
            _("Mediation is of everybody's own will: a side can end it at any time. An agreement that was made stays what it is.")),
        Act("urge", _("Urge"), "megaphone",
            lambda s: s.running and s.work.state.owner is not None and not s.leads and s.may("flow.urge")),
        Act("reassign", _("Move to another seat"), "arrow-repeat",
            lambda s: s.running and bool(s.step and s.step.actor != "reporter") and s.moves),
        Act("escalate", _("Hand it one level up"), "chevron-up",
            lambda s: s.running and s.work.state.owner is not None and (s.leads or s.may("flow.assign"))),
        Act("reopen", _("Take it up again"), "arrow-return-left",
            lambda s: bool(s.work.state.end) and bool(s.work.procedure.reopen) and s.work.state.reopens < s.work.procedure.reopens and s.may("matter.intake")),
        Act("correct", _("Correct category, place or title"), "pencil", lambda s: bool(s.work.state.step) and s.may("matter.intake")),
        Act("ask", _("Write to the reporter"), "chat-left-text", lambda s: bool(s.work.state.step) and (s.may("flow.act") or s.may("matter.intake"))),
        Act("attach", _("Add photos or documents"), "paperclip", lambda s: bool(s.work.state.step) and (s.may("flow.act") or s.may("matter.report"))),
        Act("voice", _("Somebody else tells the same"), "people", lambda s: bool(s.work.state.step) and s.may("matter.intake"),
            _("Noted here instead of raised again; they get a code to follow it with.")),
        Act("note", _("Write a remark"), "journal-text", lambda s: s.may("flow.act")),
        Act("public", _("Decide what is public"), "eye", lambda s: s.may("matter.publish") and not is_dispute(s.matter)),
    )
}  # fmt: skip


_RECEIPT = Act("decide", _("Take it over or send it back"), "clipboard-check", ACTS["decide"].offered)


def act_of(name: str, situation: Situation) -> Act | None:
    """The act as its button and page call it now."""
    ask = situation.work.state.ask
    return _RECEIPT if name == "decide" and ask is not None and ask.what == "handover" else ACTS.get(name)


def acts_for(situation: Situation) -> list[Act]:
    """What is offered besides the step, in the order of the list above."""
    return [act_of(act.name, situation) or act for act in ACTS.values() if act.offered(situation)]


def may_erase(situation: Situation) -> bool:
    """Whether the user could have the reporter's name and telephone erased: who may see them, and keeps what was taken in."""
    return may_reveal(situation) and situation.may("matter.intake")


def may_reveal(situation: Situation) -> bool:
    """Whether the user could see the reporter's name and telephone, each time with a purpose."""
    reporter = getattr(situation.matter, "reporter", None)
    if reporter is None or not situation.may("matter.contact"):
        return False
    return not reporter.withheld or at_intake_desk(situation.user, situation.matter)
