"""The only writers of work and its history.

Every act says who (``by``), on what (``flow``: the row or its id), and what they had before them (``seq``, None for "whatever is there").
It asks permission on the flow as it is now, lets the rules decide, and is stored in one statement, inside the caller's transaction if
there is one. All raise ``PermissionDenied``, ``Refused`` (the rules don't allow it: ``words.refusal`` says why), ``Conflict`` (somebody
else was quicker: answer 409 with what changed) and ``Flow.DoesNotExist``; then nothing has been stored. All return the new ``Flow``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from linli.access.models import User
from linli.access.scope import Held, can, keyed, require, scope_of
from linli.bodies.models import Seat
from linli.charter.schema import Duration
from linli.charter.store import charter_in_force, charter_of, version_in_force
from linli.flow import commands as do
from linli.flow.engine import Conflict, Context, begin, kind_of, run, run_each
from linli.flow.models import Attachment, Event, Flow, Todo
from linli.flow.procedure import Found, Refused, needs_of
from linli.flow.rows import state_of
from linli.places.models import Place

__all__ = [
    "Conflict",
    "Refused",
    "answer_order",
    "ask_extension",
    "ask_handover",
    "ask_suspension",
    "begin_flow",
    "decide_order",
    "decide_request",
    "escalate_flow",
    "finish_part",
    "join_bodies",
    "lift_pressure",
    "name_beside",
    "note_flow",
    "reassign_flow",
    "reassign_flows",
    "recall_request",
    "reclassify_flow",
    "reopen_as_reporter",
    "reopen_flow",
    "resume_flow",
    "supervise_flow",
    "take_as_reporter",
    "take_step",
    "take_steps",
    "urge_flow",
    "urge_flows",
    "withdraw_as_reporter",
    "withdraw_flow",
]  # fmt: skip

REPORTER = "reporter"
OWN_WORD = ("satisfied", "dissatisfied")
UNREACHED = "unreached"
_FILES = {"photo": Attachment.Kind.PHOTO, "document": Attachment.Kind.DOCUMENT}


def begin_flow(
    *,
    by: User | None,
    procedure: str,
    kind: str,
    subject: str,
    subject_ref: str,
    title: str,
    place: Place,
    is_demo: bool = False,
    now: datetime | None = None,
    texts: Mapping[str, str] | None = None,
    role: str = "",
    key: str = "",
    split_from: str = "",
) -> Flow:
    """Begin a piece of work of ``procedure`` for the category ``kind`` at ``place``, under the charter in force.

    The caller has asked permission to raise its subject («matter.report», «matter.intake»); ``role`` is the post acted from, or
    «reporter» where ``by`` is None; ``key`` names the program they came by. ``texts`` are the first free texts, kept beside the chain.
    ``split_from`` is the number of what it was a part of.
    """
    version = version_in_force()
    now = now or timezone.now()
    flow = Flow(
        charter=version, procedure=procedure, kind=kind, subject=subject, subject_ref=subject_ref, title=title[:200],
        place=place, path=str(place.path), is_demo=is_demo,
    )  # fmt: skip
    facts = {"procedure": procedure, "kind": kind, "charter": version.sha256, "subject": subject, "ref": subject_ref, "place": place.code}
    facts |= {"split_from": split_from} if split_from else {}
    command = do.Begin(by=by.pk if by else None, role=role or ("" if by else REPORTER), facts=facts)
    return begin(flow, charter_of(version), command, now, _said(texts), by=by, key=key)


def take_step(
    *,
    by: User,
    flow: Flow | int,
    seq: int | None,
    outcome: str,
    texts: Mapping[str, str] | None = None,
    data: Mapping[str, Any] | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> Flow:
    """Take the present step with ``outcome``. ``by`` must do the work of the seat responsible for it.

    ``texts`` holds written evidence by name (result, finding, answer, reason …); photos and documents count when they were attached in
    this step. A dispatch may choose in ``data``: ``{"level": …}`` on the category's route, or ``{"seat": id}``. Other data are facts
    for the history line and must hold no personal data. ``until`` is by when the next step is to be done where that is agreed on.
    """
    return run(flow, _taking(by, outcome, texts, data, until), by=by, seq=seq, now=now, texts=_said(texts))


def take_steps(
    *, by: User, flows: Sequence[int], outcome: str, texts: Mapping[str, str] | None = None, now: datetime | None = None
) -> dict[int, Exception]:
    """As ``take_step``, for many pieces of work in one act. Gives those where it could not be done, with the reason (``engine.run_each``)."""
    return run_each(flows, _taking(by, outcome, texts, None), by=by, now=now, texts=_said(texts))


def _taking(
    by: User, outcome: str, texts: Mapping[str, str] | None, data: Mapping[str, Any] | None, until: datetime | None = None
) -> Callable[[Context], do.Command]:
    facts = dict(data or {})
    level, seat = facts.pop("level", ""), facts.pop("seat", None)

    def make(c: Context) -> do.Command:
        role = _lead(c)
        if outcome == UNREACHED:
            _once_a_day(c)
        chosen = _seat_for(c, seat) if seat else None
        have = _evidence(c, outcome, texts)
        return do.Take(by=by.pk, role=role, outcome=outcome, evidence=have, level=level, seat=chosen, until=until, facts=facts)

    return make


def _once_a_day(c: Context) -> None:
    """Nobody reached counts once a day: who is out now is so a minute later, too, and the charter's tries are few. Raises Refused."""
    entered, today = c.state.entered_at, timezone.localdate(c.world.now)
    if entered is None or timezone.localdate(entered) != today:  # a try begins the stay anew
        return
    since = timezone.localtime(c.world.now).replace(hour=0, minute=0, second=0, microsecond=0)
    if Event.objects.filter(flow=c.flow, step_from=c.state.step, outcome=UNREACHED, at__gte=since).exists():
        ahead = (today + timedelta(days=n) for n in range(1, 60))
        again = next((day for day in ahead if c.world.calendar.is_working_day(day)), today + timedelta(days=1))
        raise Refused("tried_today", day=again.isoformat())


def take_as_reporter(
    *, flow: Flow | int, seq: int | None, outcome: str, texts: Mapping[str, str] | None = None, now: datetime | None = None
) -> Flow:
    """Take a step that is the reporter's, such as the rating. The caller has checked that this is the reporter (the follow code).

    While somebody is about to ring them, they can still say it themselves.
    """

    def make(c: Context) -> do.Command:
        step = c.procedure.steps.get(c.state.step)
        if step and step.actor != REPORTER and not (step.action == "callback" and outcome in OWN_WORD):
            raise Refused("not_reporters_turn")
        return do.Take(role=REPORTER, outcome=outcome, evidence=_evidence(c, outcome, texts))

    return run(flow, make, seq=seq, now=now, texts=_said(texts))


def urge_flow(*, by: User, flow: Flow | int, seq: int | None, reason: str = "", now: datetime | None = None) -> Flow:
    """Urge whoever is responsible 催办. Needs «flow.urge» over the place."""

    return run(flow, _urging(by), by=by, seq=seq, now=now, texts=_said({"reason": reason}))


def urge_flows(*, by: User, flows: Sequence[int], reason: str = "", now: datetime | None = None) -> dict[int, Exception]:
    """As ``urge_flow``, for many in one act. Gives those where it could not be done, with the reason."""
    return run_each(flows, _urging(by), by=by, now=now, texts=_said({"reason": reason}))


def _urging(by: User) -> Callable[[Context], do.Command]:
    return lambda c: do.Urge(by=by.pk, role=_may(c, "flow.urge"))


def supervise_flow(*, by: User, flow: Flow | int, seq: int | None, duration: Duration, task: str, now: datetime | None = None) -> Flow:
    """Open a supervision 督办 before the clock does: what has to be answered, and within how long. Needs «flow.supervise» over the place.

    The seat by which they may supervises from then on; work of that seat itself it can't.
    """

    def make(c: Context) -> do.Command:
        _may(c, "flow.supervise")
        held = _nearest(c, "flow.supervise")
        return do.Supervise(by=by.pk, role=held.post, seat=held.seat, duration=duration)

    if not task.strip():
        raise Refused("evidence", missing=("task",))
    return run(flow, make, by=by, seq=seq, now=now, texts=_said({"task": task}))


def answer_order(*, by: User, flow: Flow | int, seq: int | None, answer: str, now: datetime | None = None) -> Flow:
    """Answer a supervision. For whoever does the work of the seat that owes the answer."""

    def make(c: Context) -> do.Command:
        held = c.held(c.state.order.to) if c.state.order else {}
        if c.state.order and not held:
            raise PermissionDenied("order")
        return do.AnswerOrder(by=by.pk, role=next(iter(held.values()), ""))

    if not answer.strip():
        raise Refused("evidence", missing=("answer",))
    return run(flow, make, by=by, seq=seq, now=now, texts=_said({"answer": answer}))


def decide_order(
    *, by: User, flow: Flow | int, seq: int | None, duration: Duration | None = None, reason: str = "", now: datetime | None = None
) -> Flow:
    """Accept the answer to a supervision or, with ``duration``, send it back with the reason and a new deadline.

    For the seat that supervises, or «flow.supervise» over its place; never for whoever answered or owes the answer.
    """

    def make(c: Context) -> do.Command:
        return do.DecideOrder(by=by.pk, role=_supervises(c, "order"), duration=duration)

    return run(flow, make, by=by, seq=seq, now=now, texts=_reason(reason) if duration else _said({"reason": reason}))


def lift_pressure(*, by: User, flow: Flow | int, seq: int | None, what: str, reason: str, now: datetime | None = None) -> Flow:
    """Take back a supervision («order») or the naming in a notice («notice»), with the reason. For who decides on it
    (``Context.supervises``)."""

    def make(c: Context) -> do.Command:
        return do.Lift(by=by.pk, role=_supervises(c, what), what=what)

    return run(flow, make, by=by, seq=seq, now=now, texts=_reason(reason))


def ask_extension(*, by: User, flow: Flow | int, seq: int | None, duration: Duration, reason: str, now: datetime | None = None) -> Flow:
    """Ask for more time, before the time is up 延期. Whoever is responsible asks; the first post up the ladder that may, decides."""

    def make(c: Context) -> do.Command:
        return do.AskExtension(by=by.pk, role=_lead(c), duration=duration)

    return run(flow, make, by=by, seq=seq, now=now, texts=_reason(reason))


def ask_suspension(*, by: User, flow: Flow | int, seq: int | None, until: datetime, reason: str, now: datetime | None = None) -> Flow:
    """Ask to put the work on the ledger until a review date 挂账: what stands in its way is out of anybody's hands for now."""

    def make(c: Context) -> do.Command:
        return do.AskSuspension(by=by.pk, role=_lead(c), until=until)

    return run(flow, make, by=by, seq=seq, now=now, texts=_reason(reason))


def ask_handover(*, by: User, flow: Flow | int, seq: int | None, seat: int, reason: str, now: datetime | None = None) -> Flow:
    """Hand the work over to another seat of its place or above 移交. It takes it over, or sends it back with the reason, within the time the
    charter sets; until then whoever hands over stays responsible."""
    to = Seat.objects.filter(pk=seat).first()

    def make(c: Context) -> do.Command:
        role = _lead(c)
        if to is None or to.post not in c.charter.posts or not f"{c.flow.path}.".startswith(f"{to.path}."):
            raise Refused("no_such_seat", seat=seat)
        if "flow.act" not in c.charter.posts[to.post].abilities:
            raise Refused("no_such_seat", seat=seat)
        return do.AskHandover(by=by.pk, role=role, seat=Found(to.pk, to.post, c.charter.posts[to.post].level))

    return run(flow, make, by=by, seq=seq, now=now, texts=_reason(reason))


def decide_request(*, by: User, flow: Flow | int, seq: int | None, grant: bool, reason: str = "", now: datetime | None = None) -> Flow:
    """Grant or refuse what is asked. For the seat it was put to, or «flow.approve» over the place; never for whoever asked."""

    def make(c: Context) -> do.Command:
        held = c.held(c.state.ask.seat, ability="flow.approve") if c.state.ask else {}
        role = next(iter(held.values()), "") or _may(c, "flow.approve")
        asked = c.state.ask
        over = _seats(c, [asked.seat])[0] if grant and asked and asked.what == "handover" else None
        return do.DecideRequest(by=by.pk, role=role, grant=grant, seat=over)

    return run(flow, make, by=by, seq=seq, now=now, texts=_said({"reason": reason}) if grant else _reason(reason))


def recall_request(*, by: User, flow: Flow | int, seq: int | None, reason: str = "", now: datetime | None = None) -> Flow:
    """Take back what was asked for, as long as it isn't decided. For the responsible seat, whoever of it asked. Who was asked to take the work
    over has then had no part in it."""
    asked: set[str] = set()

    def make(c: Context) -> do.Command:
        asked.update({c.state.ask.what} if c.state.ask else ())
        return do.RecallRequest(by=by.pk, role=_lead(c))

    with transaction.atomic():
        after = run(flow, make, by=by, seq=seq, now=now, texts=_said({"reason": reason}))
        if "handover" in asked:
            _drop_closed(after, Todo.Role.APPROVE)
    return after


def resume_flow(*, by: User, flow: Flow | int, seq: int | None, reason: str = "", now: datetime | None = None) -> Flow:
    """Take work off the ledger before its review date. Deadlines move by the working time it lay there."""

    def make(c: Context) -> do.Command:
        return do.Resume(by=by.pk, role=c.acts_as or _may(c, "flow.approve"))

    return run(flow, make, by=by, seq=seq, now=now, texts=_said({"reason": reason}))


def join_bodies(
    *, by: User, flow: Flow | int, seq: int | None, seats: Iterable[int], duration: Duration, task: str, now: datetime | None = None
) -> Flow:
    """Call in other seats 联合办理, each with a task and a deadline of its own. For the responsible seat, if its post has «flow.join»."""
    wanted = list(seats)

    def make(c: Context) -> do.Command:
        role = _lead(c, "flow.join")
        return do.Join(by=by.pk, role=role, seats=tuple(_seats(c, wanted)), duration=duration)

    if not task.strip():
        raise Refused("evidence", missing=("task",))
    return run(flow, make, by=by, seq=seq, now=now, texts=_said({"task": task}))


def finish_part(*, by: User, flow: Flow | int, seq: int | None, result: str, seat: int | None = None, now: datetime | None = None) -> Flow:
    """Report an assisting part as done. ``seat`` is only needed by somebody who does the work of several assisting seats."""

    def make(c: Context) -> do.Command:
        held = c.held(*(x.seat for x in c.state.parts))
        if not held or (seat and seat not in held):
            raise PermissionDenied("part")
        own = seat or next(iter(held))
        return do.FinishPart(by=by.pk, role=held[own], seat=own)

    if not result.strip():
        raise Refused("evidence", missing=("result",))
    return run(flow, make, by=by, seq=seq, now=now, texts=_said({"result": result}))


def reassign_flow(*, by: User, flow: Flow | int, seq: int | None, seat: int, reason: str, now: datetime | None = None) -> Flow:
    """Move the work to another seat of the same level. Needs «flow.assign» over the place, and over the seat's."""

    return run(flow, _reassigning(by, seat), by=by, seq=seq, now=now, texts=_reason(reason))


def reassign_flows(*, by: User, flows: Sequence[int], seat: int, reason: str, now: datetime | None = None) -> dict[int, Exception]:
    """As ``reassign_flow``, for many in one act. Gives those where it could not be done, with the reason."""
    return run_each(flows, _reassigning(by, seat), by=by, now=now, texts=_reason(reason))


def _reassigning(by: User, seat: int) -> Callable[[Context], do.Command]:
    to = Seat.objects.filter(pk=seat).first()

    def make(c: Context) -> do.Command:
        role = _may(c, "flow.assign")
        require(by, "flow.assign", to or c.flow)
        if to is None or to.post not in c.charter.posts:
            raise Refused("no_such_seat", seat=seat)
        owner = c.seats.post_of(c.state.owner) if c.state.owner else ""
        level = c.charter.posts[owner].level if owner in c.charter.posts else None
        return do.Reassign(by=by.pk, role=role, seat=Found(to.pk, to.post, c.charter.posts[to.post].level), level=level)

    return make


def escalate_flow(*, by: User, flow: Flow | int, seq: int | None, reason: str, now: datetime | None = None) -> Flow:
    """Hand the work one level up. For whoever is responsible, or «flow.assign» over the place."""

    def make(c: Context) -> do.Command:
        return do.Escalate(by=by.pk, role=c.acts_as or _may(c, "flow.assign"))

    return run(flow, make, by=by, seq=seq, now=now, texts=_reason(reason))


def reclassify_flow(*, by: User, flow: Flow | int, seq: int | None, kind: str, reason: str, now: datetime | None = None) -> Flow:
    """Correct the category: route and time limit are read again. Needs «matter.intake» over the place."""

    def make(c: Context) -> do.Command:
        return do.Reclassify(by=by.pk, role=_may(c, "matter.intake"), kind=kind_of(c.charter, kind))

    return run(flow, make, by=by, seq=seq, now=now, texts=_reason(reason))


def reopen_flow(*, by: User, flow: Flow | int, seq: int | None, reason: str, now: datetime | None = None) -> Flow:
    """Open ended work again, as often and as long as the charter allows. Needs «matter.intake» over the place."""

    def make(c: Context) -> do.Command:
        return do.Reopen(by=by.pk, role=_may(c, "matter.intake"))

    return run(flow, make, by=by, seq=seq, now=now, texts=_reason(reason))


def reopen_as_reporter(*, flow: Flow | int, seq: int | None, reason: str, now: datetime | None = None) -> Flow:
    """As ``reopen_flow``, by the person who raised it. The caller has checked that this is the reporter."""
    return run(flow, lambda c: do.Reopen(role=REPORTER), seq=seq, now=now, texts=_reason(reason))


def withdraw_as_reporter(*, flow: Flow | int, seq: int | None, reason: str = "", now: datetime | None = None) -> Flow:
    """Take it back. The caller has checked that this is the reporter."""
    return run(flow, lambda c: do.Withdraw(role=REPORTER), seq=seq, now=now, texts=_said({"reason": reason}))


def withdraw_flow(*, by: User, flow: Flow | int, seq: int | None, reason: str, now: datetime | None = None) -> Flow:
    """End it because those concerned no longer wish it, told to whoever is responsible; that seat, or «flow.assign» over the place."""

    def make(c: Context) -> do.Command:
        return do.Withdraw(by=by.pk, role=c.acts_as or _may(c, "flow.assign"))

    return run(flow, make, by=by, seq=seq, now=now, texts=_reason(reason))


def note_flow(*, by: User, flow: Flow | int, text: str, now: datetime | None = None) -> Flow:
    """Write a remark into the history; ended work takes them too. For seats that take part, or «flow.act» over the place."""

    def make(c: Context) -> do.Command:
        return do.Note(by=by.pk, role=c.acts_as or _may(c, "flow.act"))

    if not text.strip():
        raise Refused("evidence", missing=("text",))
    return run(flow, make, by=by, now=now, texts=_said({"text": text}))


def name_beside(
    *, by: User, role: str, flow: Flow | int, seats: Sequence[int], texts: Mapping[str, str] | None = None, now: datetime | None = None
) -> Flow:
    """Name the seats that work on it beside the responsible one: they see it and have it among what is to do until it ends or others are named.
    Whoever no longer is has no part in it by having been named. The caller has asked permission; ``role`` is the post acted from."""
    with transaction.atomic():
        after = run(flow, lambda c: do.Note(by=by.pk, role=role, beside=tuple(dict.fromkeys(seats))), by=by, now=now, texts=_said(texts))
        _drop_closed(after, Todo.Role.ASSIST)
    return after


def _drop_closed(flow: Flow, role: str) -> None:
    """What the last line closed of ``role`` goes without a trace: having been asked or named is no part in the work, and gives no sight of it
    any longer."""
    Todo.objects.filter(flow=flow, role=role, done_at=state_of(flow).at).delete()


# --- who may, and what they bring ----------------------------------------------------------------------------------------------------


def _lead(c: Context, ability: str = "flow.act") -> str:
    """The post from which the person does the responsible seat's work. Raises PermissionDenied."""
    post = charter_in_force().posts.get(c.acts_as)
    key = keyed(c.by)
    if post is None or ability not in post.abilities or (key is not None and ability not in key.abilities):
        raise PermissionDenied(ability)
    return c.acts_as


def _may(c: Context, ability: str) -> str:
    """The post from which the person has the ability over the flow's place (or as a seat taking part). Raises PermissionDenied."""
    require(c.by, ability, c.flow)
    path = str(c.flow.path)
    held = [h for h in scope_of(c.by).held if ability in h.abilities]
    return next((h.post for h in held if path == h.path or path.startswith(f"{h.path}.")), held[0].post)


def _nearest(c: Context, ability: str) -> Held:
    """Of the seats by which the person has the ability over the flow's place, the nearest to it."""
    path = str(c.flow.path)
    held = [h for h in scope_of(c.by).held if ability in h.abilities]
    near = [h for h in held if path == h.path or path.startswith(f"{h.path}.")]
    return max(near or held, key=lambda h: len(h.path))


def _supervises(c: Context, what: str) -> str:
    """The post from which the person decides on a supervision or a naming; what there is none of is the rules' to refuse. Raises PermissionDenied."""
    if not (c.state.order if what == "order" else c.state.named):
        return _may(c, "flow.supervise")
    post = c.supervises(what)
    if not post:
        raise PermissionDenied("flow.supervise")
    return post


def _said(texts: Mapping[str, str] | None) -> dict[str, str] | None:
    """Texts with something in them."""
    return {name: text.strip() for name, text in (texts or {}).items() if text and text.strip()} or None


def _reason(reason: str) -> dict[str, str]:
    if not reason.strip():
        raise Refused("evidence", missing=("reason",))
    return {"reason": reason.strip()}


def _evidence(c: Context, outcome: str, texts: Mapping[str, str] | None) -> frozenset[str]:
    """Names of the evidence at hand. Files are only looked for where the step can't do without."""
    have = frozenset(_said(texts) or ())
    step = c.procedure.steps.get(c.state.step)
    wanted = {_FILES[n]: n for n in needs_of(step, outcome) if n in _FILES} if step else {}
    if not wanted:
        return have
    files = Attachment.objects.filter(flow=c.flow, step=c.state.step, kind__in=wanted, at__gte=c.state.entered_at)
    return have | {wanted[Attachment.Kind(kind)] for kind in files.values_list("kind", flat=True).distinct()}


def _seats(c: Context, wanted: list[int]) -> list[Found]:
    """Seats by id, in the order asked for. Raises Refused for one that isn't there or whose post the charter doesn't know."""
    posts = dict(Seat.objects.filter(pk__in=wanted).values_list("pk", "post"))
    if unknown := [s for s in wanted if posts.get(s) not in c.charter.posts]:
        raise Refused("no_such_seat", seat=unknown[0])
    return [Found(s, posts[s], c.charter.posts[posts[s]].level) for s in wanted]


def _seat_for(c: Context, seat: int) -> Found:
    """A seat chosen in a dispatch: of a post on the category's route or of a department, and for this place."""
    found = _seats(c, [seat])[0]
    ours = c.seats.seat(found.post)
    if (ours is None or ours.seat != seat) and not can(c.by, "flow.assign", Seat.objects.get(pk=seat)):
        raise PermissionDenied("flow.assign")
    return found
