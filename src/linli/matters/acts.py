"""What a member of staff can do with a matter now: the same answer for the buttons of the page and for the page behind each button.

The engine and the actions decide again when it is done; this only keeps from offering what would be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.access.scope import scope_of
from linli.charter.schema import WHILE_AT_WORK, Step
from linli.flow.engine import Context, context
from linli.flow.procedure import AWAY, ELSEWHERE, Offer, offers, sent_back
from linli.matters.actions.transferring import gave, origin
from linli.matters.disputes.parties import is_bound, is_dispute
from linli.matters.disputes.rights import may_know
from linli.matters.joined import Joined, joined_to
from linli.matters.models import Link, Matter


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
    def in_work(self) -> tuple[set[int], set[int]]:
        """Seats with anything to do on it ever, and now."""
        return self.matter.flow.taking_part()

    @cached_property
    def taking_part(self) -> tuple[set[int], set[int]]:
        return self.matter.taking_part(self.in_work)

    @property
    def involved(self) -> set[int]:
        return self.taking_part[0]

    def may(self, ability: str, *, at_work: bool = False) -> bool:
        """Whether the user has the ability over this matter's place, or through a seat that takes part; ``at_work``: that has it to do now."""
        scope = scope_of(self.user)
        if ability not in scope.abilities:
            return False
        if scope.covers(ability, str(self.matter.path)):
            return True
        return scope.covers(ability, str(self.matter.path), self.taking_part[at_work or ability in WHILE_AT_WORK])

    @property
    def leads(self) -> bool:
        """Whether the present step is the user's to take."""
        return bool(self.work.acts_as) and "flow.act" in scope_of(self.user).abilities

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The outcomes the user can take now, the likeliest first."""
        return offers(self.work.procedure, self.work.state) if self.leads else ()

    @property
    def sent_back(self) -> bool:
        """Whether the work came to its present step by being sent back from the next."""
        return sent_back(self.work.procedure, self.work.state)

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

    @cached_property
    def lifts(self) -> tuple[str, ...]:
        """What the user may take back of what presses on the work: the supervision under way («order»), the naming («notice»)."""
        state = self.work.state
        there = {"order": state.order is not None and self.running, "notice": bool(state.named)}
        return tuple(what for what, is_there in there.items() if is_there and self.work.supervises(what))

    @property
    def owes_answer(self) -> bool:
        """Whether the supervision waits for the user's answer."""
        order = self.work.state.order
        return order is not None and not order.answered and bool(self.work.held(order.to))

    @property
    def judges(self) -> bool:
        """Whether the answer to a supervision is the user's to decide on: never their own."""
        order = self.work.state.order
        return order is not None and order.answered and order.by != self.user.pk and bool(self.work.supervises("order"))

    @cached_property
    def joined(self) -> Joined:
        return joined_to(self.matter, self.user)

    @cached_property
    def linked(self) -> bool:
        """Whether there is a link that could be taken off."""
        if "joined" in self.__dict__:
            return bool(self.joined.links)
        return Link.objects.filter(Q(one=self.matter) | Q(other=self.matter)).exists()

    @property
    def running(self) -> bool:
        return bool(self.work.state.step) and not self.work.state.suspended

    @property
    def waits(self) -> bool:
        """Whether the user has asked for something that isn't decided yet."""
        return self.leads and self.work.state.ask is not None

    @cached_property
    def gave(self) -> bool:
        """Whether it was the user who handed it on to where it lies now, or somebody with the same post there."""
        came = origin(self.matter) if self.work.state.aside is not None else None
        return came is not None and gave(self.user, *came)

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
    """A thing to do besides the step itself: what its button says, when it is ``due``, and how many times are ``left`` where the charter
    bounds them."""

    name: str
    label: Any
    icon: str
    due: Callable[[Situation], bool]
    help: Any = ""
    left: Callable[[Situation], int] | None = None

    def able(self, situation: Situation) -> bool:
        """Whether it is the user's to do, as far as that doesn't hang on what the work has come to: then what isn't offered can't be done now."""
        if self.name in _LEADING and not situation.leads:
            return False
        needed = _TAKES.get(self.name, ("flow.act",))
        return any(situation.may(ability, at_work=self.name == "ask") for ability in needed)

    def offered(self, situation: Situation) -> bool:
        return self.due(situation) and (self.left is None or self.left(situation) > 0)

    def used_up(self, situation: Situation) -> bool:
        """Nothing stands in its way but the number of times the charter allows."""
        return self.left is not None and self.left(situation) <= 0 and self.due(situation)


def _under_way(s: Situation) -> bool:
    """Somebody has it, on the ledger or not; it isn't the turn of the person who raised it."""
    return s.step is not None and s.step.actor != "reporter"


def _hands_on(s: Situation) -> bool:
    return _under_way(s) and s.work.procedure.transfers > 0 and s.may("matter.transfer")


def _reopens(s: Situation) -> bool:
    state, procedure = s.work.state, s.work.procedure
    return bool(state.end) and state.end not in AWAY and bool(procedure.reopen) and procedure.reopens > 0 and s.may("matter.intake")


def _can_be_left(s: Situation) -> bool:
    return bool(s.work.state.step) and is_dispute(s.matter) and not is_bound(s.matter)


def _due_ahead(s: Situation) -> bool:
    return s.work.state.due_at is not None and s.work.state.due_at > s.now


ACTS: dict[str, Act] = {
    a.name: a
    for a in (
        Act("decide", _("Decide on the request"), "clipboard-check", lambda s: s.running and s.decides),
        Act("part", _("My part is done"), "check-circle", lambda s: s.running and bool(s.own_parts)),
        Act("account", _("Answer the supervision"), "chat-left-text", lambda s: s.running and s.owes_answer),
        Act("judge", _("Decide on the answer"), "clipboard-check",
            lambda s: s.running and s.judges),
        Act("extend", _("Ask for more time"), "hourglass-split",
            lambda s: s.leads and s.running and s.work.state.ask is None and _due_ahead(s) and bool(s.step and s.step.extensions),
            _("Before the deadline only. The post above decides."), lambda s: s.step.extensions - s.work.state.extensions if s.step else 0),
        Act("suspend", _("Ask to put it on the ledger"), "pause-circle",
            lambda s: s.leads and s.running and s.work.state.ask is None and bool(s.step and s.step.suspend),
            _("Where season, money or law stand in the way. The clock rests until the review date.")),
        Act("recall", _("Take back what was asked"), "arrow-return-left", lambda s: s.running and s.waits,
            _("As long as it isn't decided. Everything stays as it was; it can be asked for anew.")),
        Act("resume", _("Take it off the ledger"), "play-circle", lambda s: s.work.state.suspended and (s.leads or s.may("flow.approve"))),
        Act("join", _("Call in others"), "people",
            lambda s: s.leads and s.running and bool(s.step and s.step.joint) and "flow.join" in scope_of(s.user).abilities,
            _("Each gets a task and a deadline of their own; you stay responsible.")),
        Act("handover", _("Hand it over"), "box-arrow-right",
            lambda s: s.leads and s.running and s.work.state.ask is None and s.work.state.owner is not None and bool(s.step and s.step.handover),
            _("The other body takes it over or sends it back within the time set; until it has given its receipt you stay responsible. You keep your sight of it.")),
        Act("leave", _("Those concerned no longer wish it"), "x-circle", lambda s: s.leads and _can_be_left(s),
            _("Mediation is of everybody's own will: until there is an agreement a side can end it at any time. Once it has begun it then counts "
              "as ended without an agreement.")),
        Act("urge", _("Urge"), "megaphone",
            lambda s: s.running and s.work.state.owner is not None and not s.leads and s.may("flow.urge")),
        Act("supervise", _("Supervise"), "exclamation-triangle",
            lambda s: s.running and s.work.state.owner is not None and s.work.state.order is None and not s.leads and s.may("flow.supervise"),
            _("The responsible seat has to answer by a day you set. It does not change who handles the matter.")),
        Act("lift", _("Lift supervision or naming"), "x-circle",
            lambda s: bool(s.lifts)),
        Act("reassign", _("Move to another seat"), "arrow-repeat",
            lambda s: s.running and bool(s.step and s.step.actor != "reporter") and s.moves),
        Act("escalate", _("Hand it one level up"), "chevron-up",
            lambda s: s.running and s.work.state.owner is not None and (s.leads or s.may("flow.assign"))),
        Act("reopen", _("Take it up again"), "arrow-return-left",
            _reopens, left=lambda s: s.work.procedure.reopens - s.work.state.reopens),
        Act("correct", _("Correct category, place or title"), "pencil", lambda s: bool(s.work.state.step) and s.may("matter.intake")),
        Act("ask", _("Write to the reporter"), "chat-left-text", lambda s: bool(s.work.state.step) and (s.may("flow.act", at_work=True) or s.may("matter.intake"))),
        Act("attach", _("Add photos or documents"), "paperclip", lambda s: bool(s.work.state.step) and (s.may("flow.act") or s.may("matter.report"))),
        Act("voice", _("Somebody else tells the same"), "people", lambda s: bool(s.work.state.step) and s.may("matter.intake"),
            _("Noted here instead of raised again; they get a code to follow it with.")),
        Act("merge", _("Merge with another matter"), "sign-merge-right", lambda s: _under_way(s) and s.may("matter.join"),
            _("Two about the same thing become one piece of work. Whoever raised the merged one follows the other with their own code, and "
              "neither learns of the other. It can be undone as long as the one that goes on is under way.")),
        Act("separate", _("Separate it again"), "signpost-split",
            lambda s: s.matter.main is not None and not s.matter.main.flow.end and s.may("matter.join"),
            _("It goes on where it stood when it was merged; its deadlines move by the time in between.")),
        Act("split", _("Split one thing off"), "diagram-3", lambda s: s.step is not None and s.may("matter.join"),
            _("Where one matter holds several things: this one becomes a matter of its own, from the same person, with its own way and time "
              "limit. The rest goes on here. Whoever raised it needs no second code: their page lists the parts.")),
        Act("unsplit", _("Put it back together"), "arrow-left-right",
            lambda s: s.matter.split_from_id is not None and s.step is not None and not s.work.state.takers and s.may("matter.join"),
            _("As long as nobody has dealt with this part.")),
        Act("link", _("Link with another matter"), "link-45deg", lambda s: s.may("matter.join"),
            _("They stay two; each shows the other to those who may see it.")),
        Act("unlink", _("Take a link off"), "x-circle", lambda s: s.may("matter.join") and s.linked),
        Act("transfer", _("Hand it to another community or street"), "box-arrow-right",
            lambda s: s.running and _hands_on(s),
            _("Where it belongs to another community or street. Whoever takes matters in there looks at it as new and can send it back. To a "
              "department it goes by dispatching it."), lambda s: s.work.procedure.transfers - s.work.state.transfers),
        Act("sendback", _("Send it back to where it came from"), "arrow-return-left",
            lambda s: s.step is not None and s.work.state.aside is not None and (s.leads or s.gave or s.may("matter.transfer")),
            _("Before the first step here. It goes on there where it stood; the time it lay here is not theirs.")),
        Act("outside", _("Hand it to an authority outside"), "building", _hands_on,
            _("It ends here. The person reads with their code which authority has it. If that one sends it back, it goes on where it stood."),
            lambda s: s.work.procedure.transfers - s.work.state.outside),
        Act("cameback", _("The authority sent it back"), "arrow-return-left",
            lambda s: s.work.state.end == ELSEWHERE and s.may("matter.transfer"),
            _("It goes on where it stood; deadlines move by the time in between.")),
        Act("note", _("Write a remark"), "journal-text", lambda s: s.may("flow.act")),
        Act("public", _("Decide what is public"), "eye", lambda s: s.may("matter.publish") and not is_dispute(s.matter)),
    )
}  # fmt: skip


_LEADING = frozenset({"extend", "suspend", "recall", "join", "handover", "leave"})
"""Of these, what only whoever takes the present step can do."""

_TAKES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("part", "account", "note"), ("flow.act",)),
    **dict.fromkeys(("judge", "supervise", "lift"), ("flow.supervise",)),
    **dict.fromkeys(("reopen", "correct", "voice"), ("matter.intake",)),
    **dict.fromkeys(("merge", "separate", "split", "unsplit", "link", "unlink"), ("matter.join",)),
    **dict.fromkeys(("transfer", "outside", "cameback"), ("matter.transfer",)),
    "decide": ("flow.approve",),
    "resume": ("flow.approve", "flow.act"),
    "urge": ("flow.urge",),
    "reassign": ("flow.assign",),
    "escalate": ("flow.assign", "flow.act"),
    "join": ("flow.join",),
    "ask": ("flow.act", "matter.intake"),
    "attach": ("flow.act", "matter.report"),
    "sendback": ("flow.act", "matter.transfer"),
    "public": ("matter.publish",),
}
"""Abilities of which any is needed for each other."""

MINE = ("decide", "part", "account", "judge")
"""Of these, what waits for the user, and not only can be done."""

_RECEIPT = Act("decide", _("Take it over or send it back"), "clipboard-check", ACTS["decide"].due)
_NOT_HANDED_OVER = Act("recall", _("Take the handover back"), "arrow-return-left", ACTS["recall"].due,
                       _("As long as the receipt isn't given. You stay responsible, and can hand it over to another body."))  # fmt: skip
_TAKE_BACK = Act("sendback", _("Take back what was handed on"), "arrow-return-left", ACTS["sendback"].due,
                 _("Before the first step there. It goes on here where it stood; the time in between is nobody's."))  # fmt: skip


def act_of(name: str, situation: Situation) -> Act | None:
    """The act as its button and page call it now."""
    ask = situation.work.state.ask
    if name == "decide" and ask is not None and ask.what == "handover":
        return _RECEIPT
    if name == "recall" and ask is not None and ask.what == "handover":
        return _NOT_HANDED_OVER
    given_away = (
        name == "sendback" and not situation.leads and not scope_of(situation.user).covers("matter.transfer", str(situation.matter.path))
    )
    return _TAKE_BACK if given_away else ACTS.get(name)


def acts_for(situation: Situation) -> list[Act]:
    """What is offered besides the step, in the order of the list above."""
    return [act_of(act.name, situation) or act for act in ACTS.values() if act.offered(situation)]


def used_up(situation: Situation) -> list[Act]:
    """What would be offered, had it not been done as often as the charter allows."""
    return [act for act in ACTS.values() if act.used_up(situation)]


def may_erase(situation: Situation) -> bool:
    """Whether the user could have the reporter's name and telephone erased: who may see them, and keeps what was taken in."""
    return may_reveal(situation) and situation.may("matter.intake")


def may_reveal(situation: Situation) -> bool:
    """Whether the user could see the reporter's name and telephone, each time with a purpose."""
    reporter = getattr(situation.matter, "reporter", None)
    return reporter is not None and situation.may("matter.contact") and may_know(situation.user, situation.matter, reporter)
