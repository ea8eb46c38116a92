"""One simulated matter: the real rules, played by staff who mostly do it well, sometimes late, sometimes wrongly."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from linli.charter.schema import Duration, Procedure, Step
from linli.flow import commands as do
from linli.flow.chain import START
from linli.flow.procedure import Event, Kind, Refused, State, World, apply, decide, offers, tick, todos
from linli.flow.rows import Line, chained
from linli.flow.seats import Seats
from linli.kit.calendar import Calendar
from linli.matters.demo import mediations
from linli.matters.demo.ground import Ground
from linli.matters.demo.in_hand import Held
from linli.matters.disputes import MEDIATE, PROCEDURE

# shares of a hundred, from what cities publish: one step in twenty-five late, one in sixteen sent back or done again
LATE, RETURNED, REWORKED, REFUSED, UNHAPPY, RATED, ASKS, URGED, SHELVED = 4, 4, 6, 3, 7, 55, 4, 5, 2
UNREACHED, EXPLAINED, ANSWERED, ACCEPTED = 30, 3, 80, 85  # of those rung up; of supervisions
OWN = 40  # of a hundred letters by a direct line that are answered without sending anybody

_TEXTS = {"result": "result", "finding": "finding", "answer": "answer", "reason": "reason"}


@dataclass(slots=True)
class Todo:
    seat: int
    role: str
    since: datetime
    due_at: datetime | None
    done_at: datetime | None = None


@dataclass(slots=True)
class Story:
    """A matter's work from its first word to ``until``: state, history lines, who had what to do, and what became public."""

    ground: Ground
    procedure: Procedure
    kind: Kind
    seats: Seats
    calendar: Calendar
    uid: UUID
    situation: dict
    chance: Random
    state: State = field(default_factory=State)
    lines: list[Line] = field(default_factory=list)
    todos: list[Todo] = field(default_factory=list)
    answer: str = ""
    answered_at: datetime | None = None
    rating: str = ""
    rings: bool = False  # whoever raised it left a telephone
    taken: dict[str, tuple] = field(default_factory=dict)  # of a mediation: step -> (when, outcome, who, from which seat)
    stuck: bool = False  # nobody at all does this work, or whoever does is waited for when the story ends
    until: datetime | None = None
    held: Held | None = None  # where it still lies when the story ends

    def play(self, began: datetime, until: datetime, by: int | None, role: str) -> None:
        """Run it from ``began`` to ``until``."""
        self.until = until
        self._do(do.Begin(by=by, role=role), began)
        now = began
        while self.state.step and not self.stuck:
            now = max(now, self._next_act(now))
            if now > until:
                break
            self._act(now)
        self._keep(tick(self.procedure, self.state, self._world(until)))

    @property
    def at_held(self) -> bool:
        """Whether it lies where it is to lie when the story ends."""
        return self.held is not None and self.state.step == self.held.step and self.state.owner == self.held.seat

    @property
    def _to_hand_over(self) -> bool:
        """Whether it is to end with the committee that it is handed to."""
        return self.held is not None and self.held.step == MEDIATE and self.held.seat != self.state.owner

    # --- what happens next ---

    def _next_act(self, now: datetime) -> datetime:
        """When somebody gets round to the present step: within its time for most, after it for some, by night for nobody."""
        if self.state.suspended:
            return self.state.review_at or now
        step = self.procedure.steps[self.state.step]
        if step.actor == "reporter":  # those who say nothing: the clock ends the step
            return now + timedelta(hours=self.chance.uniform(2, 90)) if self._of_a_hundred(RATED) else self.state.due_at or now
        start, due = self.state.entered_at or now, self.state.due_at
        span = (due - start) if due else timedelta(hours=8)
        share = self.chance.uniform(1.02, 1.7) if self._of_a_hundred(LATE) else min(0.97, self.chance.betavariate(2, 3))
        if self.state.clock == "natural":
            return max(now, start + span * share) + timedelta(minutes=1)
        worked = self.calendar.between(start, due) if due else timedelta(hours=3)
        return max(now, self.calendar.later(start, worked * share)) + timedelta(minutes=self.chance.randint(1, 20))

    def _act(self, now: datetime) -> None:
        step_id = self.state.step
        self._keep(tick(self.procedure, self.state, self._world(now)))
        if self.state.step != step_id or self.state.suspended:  # the clock took it on: whoever has it now gets round to it later
            return
        if self.at_held:
            self.stuck = True
            return
        step = self.procedure.steps[self.state.step]
        if step.actor == "reporter":
            self._rate(now)
            return
        who = self._who(step)
        if who is None:
            self.stuck = True
            return
        if self.state.order:
            self._account(now)
        if step.action == "callback":
            self._ring(now, who)
        elif (
            step.handover
            and step.id == MEDIATE
            and not self.state.escalations
            and (self._to_hand_over or self._of_a_hundred(mediations.HANDED))
        ):
            self._hand_over(now, who)
        elif step.extensions and self._of_a_hundred(ASKS) and not self.state.overdue:
            self._ask(now, who, do.AskExtension(by=who[0], role=who[1], duration=Duration(days=self.chance.randint(2, 5))), 85)
        elif step.suspend and self._of_a_hundred(SHELVED) and not self.state.overdue:
            until = now + timedelta(days=self.chance.randint(10, 40))
            self._ask(now, who, do.AskSuspension(by=who[0], role=who[1], until=until), 70)
        else:
            if self._of_a_hundred(URGED) and self.state.owner is not None:
                self._urge(now)
            self._take(step, now, who)

    def _who(self, step: Step) -> tuple[int, str] | None:
        if self.state.owner is None:
            return None
        never = next((self.state.takers[s] for s in step.not_by if self.state.takers.get(s)), None)
        found = self.ground.who(self.state.owner, self.chance, never)
        above = self.seats.above(self.state.owner)
        while found is None and above:  # whoever is free to, further up
            found = self.ground.who(above.seat, self.chance, never)
            above = self.seats.above(above.seat)
        return found

    def _take(self, step: Step, now: datetime, who: tuple[int, str]) -> None:
        outcome, texts = self._outcome(step)
        evidence, seat = frozenset(texts) | {"reason"}, self.state.owner
        until = mediations.until(step.on.get(outcome, ""), now, self.chance)
        try:
            self._do(do.Take(by=who[0], role=who[1], outcome=outcome, evidence=evidence, until=until), now, texts)
        except Refused:
            good, texts = _GOOD[step.action], self._texts(step)
            self._do(do.Take(by=who[0], role=who[1], outcome=good, evidence=frozenset(texts) | {"reason"}), now, texts)
            outcome = good
        if self.procedure.id == PROCEDURE:
            self.taken[step.id] = (self.state.at, outcome, who[0], seat)
        if outcome == "answered":
            self.answer, self.answered_at, self.rating = texts.get("answer", ""), self.state.at, ""

    def _outcome(self, step: Step) -> tuple[str, dict[str, str]]:
        """Mostly yes; now and then no, in the situation's own words, where it has any."""
        s = self.situation
        if self.procedure.id == PROCEDURE and (chosen := mediations.outcome_of(step.id, s, self.chance)):
            return chosen[0], {n: t for n, t in chosen[1].items() if n == "reason" or n in step.needs}
        no = {
            "accept": ("refused", REFUSED, s.get("refuse_reason")),
            "handle": ("return", RETURNED, s.get("return_reason")),
            "check": ("rework", REWORKED, s.get("rework_reason")),
            "opinion": ("refuse", 10, s.get("return_reason")),
        }.get(step.action)
        if no and no[2] and self._of_a_hundred(no[1] * 3) and no[0] in step.on:  # a third of the situations have such words
            return no[0], {"reason": no[2]}
        if step.action == "entrust" and self._of_a_hundred(OWN):
            return "own", {}
        return _GOOD[step.action], self._texts(step)

    def _texts(self, step: Step) -> dict[str, str]:
        needs = [n.rstrip("?") for n in step.needs]
        s = self.situation
        if step.action == "answer" and self.state.step == "decline":
            return {"answer": s.get("refuse_reason") or s["answer"]}
        if step.action == "answer" and (said := mediations.answer_of(step.id)):
            return {"answer": said}
        return {n: s.get(_TEXTS[n]) or s["result"] for n in needs if n in _TEXTS}

    def _rate(self, now: datetime) -> None:
        unhappy = self._of_a_hundred(UNHAPPY)
        outcome = "dissatisfied" if unhappy else "satisfied"
        texts = {"reason": self.situation.get("dissatisfied") or "问题没有彻底解决。"} if unhappy else {}
        self._do(do.Take(by=None, role="reporter", outcome=outcome, evidence=frozenset(texts)), now, texts)
        self.rating = outcome

    def _ring(self, now: datetime, who: tuple[int, str]) -> None:
        """Mostly somebody picks up, and mostly they are content."""
        if self._of_a_hundred(UNREACHED):
            outcome, texts = "unreached", {"text": "无人接听。"}
        elif self._of_a_hundred(UNHAPPY):
            outcome, texts = "dissatisfied", {"reason": self.situation.get("dissatisfied") or "问题没有彻底解决。"}
        elif self._of_a_hundred(EXPLAINED):
            outcome, texts = "explained", {"reason": "涉及的标准由上级规定，已向诉求人说明。"}
        else:
            outcome, texts = "satisfied", {}
        if not any(o.outcome == outcome for o in offers(self.procedure, self.state)):
            outcome, texts = "satisfied", {}
        self._do(do.Take(by=who[0], role=who[1], outcome=outcome, evidence=frozenset(texts)), now, texts)
        if outcome != "unreached":
            self.rating = "satisfied" if outcome == "satisfied" else "dissatisfied"

    # --- other acts ---

    def _account(self, now: datetime) -> None:
        """A supervision is answered by most, and the answer accepted mostly."""
        order = self.state.order
        if order is None or order.answered or not self._of_a_hundred(ANSWERED):
            return
        who, boss = self.ground.who(order.to, self.chance), self.ground.who(order.seat, self.chance)
        if who:
            answer = {"answer": "施工队和材料已落实，正在办理，完成后补报照片。"}
            self._do(do.AnswerOrder(by=who[0], role=who[1]), now, answer, quietly=True)
        if who and boss and boss[0] != who[0] and self._of_a_hundred(ACCEPTED):
            self._do(do.DecideOrder(by=boss[0], role=boss[1]), now, {"reason": "情况属实，抓紧办结。"}, quietly=True)

    def _ask(self, now: datetime, who: tuple[int, str], command: do.Command, granted: int) -> None:
        try:
            self._do(command, now, {"reason": self.situation.get("return_reason") or "材料和施工队尚未到位，需要再安排。"})
        except Refused:
            self._take(self.procedure.steps[self.state.step], now, who)
            return
        ask = self.state.ask
        boss = self.ground.who(ask.seat, self.chance) if ask else None
        if boss:
            later = self.calendar.later(now, timedelta(minutes=self.chance.randint(20, 150)))
            self._decide(do.DecideRequest(by=boss[0], role=boss[1], grant=self._of_a_hundred(granted)), later, {"reason": "情况属实。"})

    def _decide(self, command: do.DecideRequest, later: datetime, texts: dict[str, str]) -> None:
        """On what was asked; it still waits where that lies after the end of the story: nothing happens in the future."""
        if self.until and later > self.until:
            self.stuck = True
        else:
            self._do(command, later, texts, quietly=True)

    def _hand_over(self, now: datetime, who: tuple[int, str]) -> None:
        """Upwards, or to the trade's committee; nearly always taken over within the day."""
        post = "property-mediator" if self.kind.id == "disputes.property" and not self._to_hand_over else "street-mediator"
        found = self.seats.seat(post)
        receiver = self.ground.who(found.seat, self.chance) if found and found.seat != self.state.owner else None
        if found is None or receiver is None:
            self._take(self.procedure.steps[self.state.step], now, who)
            return
        self._do(do.AskHandover(by=who[0], role=who[1], seat=found), now, {"reason": "涉及面较广，请贵会调解，材料随案移交。"})
        later = self.calendar.later(now, timedelta(minutes=self.chance.randint(60, 400)))
        grant = self._of_a_hundred(85)
        said = {} if grant else {"reason": "可由社区先行调解，补充材料后再移交。"}
        self._decide(do.DecideRequest(by=receiver[0], role=receiver[1], grant=grant, seat=found if grant else None), later, said)

    def _urge(self, now: datetime) -> None:
        above = self.seats.above(self.state.owner or 0)
        who = self.ground.who(above.seat, self.chance) if above else None
        if who:
            self._do(do.Urge(by=who[0], role=who[1]), now, {"reason": "请抓紧办理,并告知诉求人进度。"}, quietly=True)

    # --- through the rules ---

    def _of_a_hundred(self, share: int) -> bool:
        return self.chance.random() * 100 < share

    def _world(self, now: datetime) -> World:
        return World(now, self.calendar, self.kind, self.seats.seat, self.seats.above, self.seats.approver, lambda: self.rings)

    def _do(self, command: do.Command, now: datetime, texts: dict[str, str] | None = None, *, quietly: bool = False) -> None:
        try:
            self._keep(decide(self.procedure, self.state, command, self._world(now)), texts)
        except Refused:
            if not quietly:
                raise

    def _keep(self, events: tuple[Event, ...], texts: dict[str, str] | None = None) -> None:
        if not events:
            return
        before = {(d.seat, d.role): d for d in todos(self.procedure, self.state)}
        head = self.lines[-1].hash if self.lines else START
        self.lines += chained(str(self.uid), self.state.seq, head, events, texts)
        for event in events:
            self.state = apply(self.state, event)
        after = {(d.seat, d.role): d for d in todos(self.procedure, self.state)}
        at = events[-1].at
        for todo in self.todos:
            key = (todo.seat, todo.role)
            if todo.done_at is None and key not in after:
                todo.done_at = at
            elif todo.done_at is None:
                todo.due_at = after[key].due_at
        self.todos += [Todo(d.seat, d.role, at, d.due_at) for key, d in after.items() if key not in before]
        if events[-1].outcome == "silent":
            self.rating = "silent"


_GOOD = {
    "accept": "accepted",
    "dispatch": "dispatched",
    "handle": "done",
    "check": "passed",
    "answer": "answered",
    "opinion": "agree",
    "follow": "agree",
    "entrust": "dispatched",
}
