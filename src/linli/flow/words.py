"""What the engine's closed lists are called, and history in whole sentences. Names of steps and posts are the charter's."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from linli.charter.schema import Charter, Procedure, Step
from linli.charter.store import charter_of
from linli.flow.models import Event, Flow
from linli.flow.procedure import Refused, duration_of
from linli.frame.templatetags.linli import named

OUTCOMES = {
    "accepted": pgettext_lazy("outcome", "Accept"),
    "refused": pgettext_lazy("outcome", "Don't take up"),
    "dispatched": pgettext_lazy("outcome", "Dispatch"),
    "own": pgettext_lazy("outcome", "Answer it myself"),
    "done": pgettext_lazy("outcome", "Done"),
    "return": pgettext_lazy("outcome", "Send back"),
    "passed": pgettext_lazy("outcome", "Check passed"),
    "rework": pgettext_lazy("outcome", "Rework"),
    "answered": pgettext_lazy("outcome", "Answer"),
    "satisfied": pgettext_lazy("outcome", "Satisfied"),
    "dissatisfied": pgettext_lazy("outcome", "Not satisfied"),
    "silent": pgettext_lazy("outcome", "No rating given"),
    "explained": pgettext_lazy("outcome", "Explained: nobody here can change it"),
    "unreached": pgettext_lazy("outcome", "Not reached"),
    "agree": pgettext_lazy("outcome", "Agree"),
    "refuse": pgettext_lazy("outcome", "Disagree"),
    "anew": pgettext_lazy("outcome", "Agree anew"),
    "quiet": pgettext_lazy("outcome", "No objection"),
    "objected": pgettext_lazy("outcome", "Objection raised"),
}
EVIDENCE = {
    "result": pgettext_lazy("evidence", "What was done"),
    "answer": pgettext_lazy("evidence", "Answer"),
    "finding": pgettext_lazy("evidence", "What was found there"),
    "reason": pgettext_lazy("evidence", "Reason"),
    "opinion": pgettext_lazy("evidence", "Opinion"),
    "task": pgettext_lazy("evidence", "Task"),
    "text": pgettext_lazy("evidence", "Remark"),
    "budget": pgettext_lazy("evidence", "Budget"),
    "minutes": pgettext_lazy("evidence", "Minutes"),
    "photo": pgettext_lazy("evidence", "Photo"),
    "document": pgettext_lazy("evidence", "Document"),
    "place": pgettext_lazy("evidence", "Place"),
    "title_was": pgettext_lazy("evidence", "Title before"),
    "address_was": pgettext_lazy("evidence", "Address before"),
    "public": pgettext_lazy("evidence", "On the public pages"),
    "erased": pgettext_lazy("evidence", "Erased"),
    "voice": pgettext_lazy("evidence", "Told by somebody else too"),
    "authority": pgettext_lazy("evidence", "Handed to"),
    "told": pgettext_lazy("evidence", "How the person was told"),
    "link": pgettext_lazy("evidence", "Kind of link"),
    "dispute": pgettext_lazy("evidence", "Mediation"),
    "side": pgettext_lazy("evidence", "Side"),
    "mediators": pgettext_lazy("evidence", "Mediators"),
}
TOLD = {  # of texts that the product writes itself
    ("public", "yes"): pgettext_lazy("evidence", "shown"),
    ("public", "no"): pgettext_lazy("evidence", "not shown"),
    ("erased", "reporter"): pgettext_lazy("evidence", "name and telephone of whoever raised it"),
    ("told", "phone"): pgettext_lazy("evidence", "by telephone"),
    ("told", "face"): pgettext_lazy("evidence", "in person"),
    ("told", "page"): pgettext_lazy("evidence", "on the page of their follow-up code"),
    ("link", "cause"): pgettext_lazy("evidence", "same cause"),
    ("link", "follow"): pgettext_lazy("evidence", "follow-up"),
    ("link", "related"): pgettext_lazy("evidence", "related"),
    ("dispute", "party_added"): pgettext_lazy("evidence", "somebody entered on a side"),
    ("dispute", "party_removed"): pgettext_lazy("evidence", "somebody taken out who was entered wrongly"),
    ("dispute", "mediators"): pgettext_lazy("evidence", "mediators named"),
    ("dispute", "agreement"): pgettext_lazy("evidence", "agreement entered"),
    ("dispute", "performed"): pgettext_lazy("evidence", "noted as done"),
    ("dispute", "not_performed"): pgettext_lazy("evidence", "noted as not done after all"),
    ("dispute", "applied"): pgettext_lazy("evidence", "the court has been asked to confirm the agreement"),
    ("dispute", "confirmed"): pgettext_lazy("evidence", "the court confirmed the agreement"),
    ("dispute", "refused"): pgettext_lazy("evidence", "the court did not confirm the agreement"),
    ("dispute", "found_all"): pgettext_lazy("evidence", "asked: all that is due has been done"),
    ("dispute", "found_part"): pgettext_lazy("evidence", "asked: done in part"),
    ("dispute", "found_none"): pgettext_lazy("evidence", "asked: not done"),
}
ENDS = {
    "withdrawn": gettext_lazy("Withdrawn"),
    "merged": pgettext_lazy("end", "Merged"),
    "undone": pgettext_lazy("end", "Put back together"),
    "elsewhere": pgettext_lazy("end", "Handed to another authority"),
}
LEVELS = {
    "province": pgettext_lazy("level of responsibility", "province"),
    "city": pgettext_lazy("level of responsibility", "city"),
    "district": pgettext_lazy("level of responsibility", "district"),
    "street": pgettext_lazy("level of responsibility", "street"),
    "community": pgettext_lazy("level of responsibility", "community"),
    "grid": pgettext_lazy("level of responsibility", "grid"),
}
REFUSALS = {
    "begun": gettext_lazy("This has begun already."),
    "not_begun": gettext_lazy("This has not begun yet."),
    "ended": gettext_lazy("This has ended. Look at it as it is now."),
    "suspended": gettext_lazy("This is on the ledger until %(until)s. Take it off the ledger first."),
    "outcome": gettext_lazy("This step can't be taken that way any more. Look at it as it is now."),
    "returns_used": gettext_lazy("It has been sent back as often as the charter allows (%(bound)s times). Settle it here."),
    "tried_today": gettext_lazy("Nobody was reached today already. Ring again on %(day)s."),
    "evidence": gettext_lazy("Still missing: %(missing)s."),
    "same_person": gettext_lazy("This has to be done by somebody else than whoever did “%(step)s”."),
    "parts_open": gettext_lazy("Assisting seats are not done yet. Wait for them, or say why it can be finished without them."),
    "no_choice": gettext_lazy("Here the charter decides who is next."),
    "no_route": gettext_lazy("This category has nobody responsible at that level."),
    "reporters_turn": gettext_lazy("It is the turn of the person who raised it."),
    "not_reporters_turn": gettext_lazy("It is not your turn at the moment. Look at it as it is now."),
    "already_asked": gettext_lazy("A request is waiting for its decision already."),
    "no_approver": gettext_lazy("Nobody stands above this post who could decide on it."),
    "no_deadline": gettext_lazy("This step has no deadline to extend."),
    "extensions_used": gettext_lazy("It has been extended as often as the charter allows (%(bound)s times)."),
    "too_late": gettext_lazy("More time has to be asked for before the time is up; it was up on %(due)s."),
    "no_handover": gettext_lazy("This step can't be handed over."),
    "no_suspension": gettext_lazy("This step can't be put on the ledger."),
    "review_date": gettext_lazy("The review date has to lie ahead."),
    "nothing_asked": gettext_lazy("Nothing is waiting for a decision."),
    "not_suspended": gettext_lazy("This is not on the ledger."),
    "not_joint": gettext_lazy("Other bodies can't be called in at this step."),
    "part_too_long": gettext_lazy("The assisting seats would be due after the work itself, which is due on %(due)s."),
    "already_in": gettext_lazy("One of these takes part already."),
    "nobody_named": gettext_lazy("Name at least one."),
    "no_part": gettext_lazy("Nothing is waiting for you here any more."),
    "same_seat": gettext_lazy("It is there already."),
    "other_level": gettext_lazy("Work moves between seats of the same level; upwards it is escalated."),
    "no_such_seat": gettext_lazy("There is no such seat."),
    "no_such_kind": gettext_lazy("The charter this began under has no such category."),
    "no_such_procedure": gettext_lazy("The charter in force has no such procedure."),
    "same_kind": gettext_lazy("It has this category already."),
    "top": gettext_lazy("There is no level above."),
    "supervised": gettext_lazy("It is supervised already."),
    "own_work": gettext_lazy("Nobody supervises work of their own. Let the post above do it."),
    "no_order": gettext_lazy("It is not supervised any more."),
    "order_answered": gettext_lazy("The supervision has been answered and waits for the supervisor."),
    "order_open": gettext_lazy("The supervision has not been answered yet."),
    "own_answer": gettext_lazy("Somebody else than whoever answered has to decide on the answer."),
    "not_named": gettext_lazy("It is not named in a notice."),
    "not_ended": gettext_lazy("This has not ended."),
    "no_reopening": gettext_lazy("Work of this kind is not opened again. Raise it anew."),
    "reopens_used": gettext_lazy("It has been opened again as often as the charter allows (%(bound)s times). Raise it anew."),
    "aside": gettext_lazy("It was merged, handed on or put back together: separate it or take it back instead of opening it again."),
    "not_aside": gettext_lazy("There is nothing here to take back any more."),
    "dealt_with": gettext_lazy("Somebody has dealt with it already: it can't be undone any more."),
    "transfers_used": gettext_lazy(
        "It has been handed on as often as the charter allows (%(bound)s times). Let the level above settle it."
    ),
    "reopen_late": gettext_lazy("It could be opened again until %(until)s. Raise it anew."),
}


def moment(at: datetime | str) -> str:
    """A moment as people write it, in the place's time."""
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def refusal(refused: Refused, flow: Flow | None = None) -> str:
    """Why the rules don't allow it, and what can be done."""
    params = dict(refused.params)
    for name in ("until", "due"):
        if params.get(name):
            params[name] = moment(params[name])
    if "missing" in params:
        params["missing"] = "、".join(str(EVIDENCE.get(name, name)) for name in params["missing"])
    if "step" in params and flow is not None:
        params["step"] = step_name(procedure_of(flow), params["step"])
    return str(REFUSALS[refused.code]) % params


def duration(text: str) -> str:
    """A duration in words."""
    length = duration_of(text)
    if length.clock == "natural":
        if length.hours:
            return ngettext("%(n)s hour by the clock", "%(n)s hours by the clock", length.hours) % {"n": length.hours}
        return ngettext("%(n)s calendar day", "%(n)s calendar days", length.days) % {"n": length.days}
    if length.hours:
        return ngettext("%(n)s working hour", "%(n)s working hours", length.hours) % {"n": length.hours}
    return ngettext("%(n)s working day", "%(n)s working days", length.days) % {"n": length.days}


def procedure_of(flow: Flow) -> Procedure:
    return charter_of(flow.charter_id).procedures[flow.procedure]


def step_name(procedure: Procedure, step: str) -> str:
    """A step's name; for ``END name`` the end's."""
    if step.startswith("END "):
        return end_name(procedure, step[4:])
    return named(procedure.steps[step].name) if step in procedure.steps else step


def end_name(procedure: Procedure, end: str) -> str:
    """How it ended: as the charter names it, or one of the ends every procedure has without naming them."""
    if end in procedure.ends:
        return named(procedure.ends[end].name)
    return str(ENDS.get(end, end))


def outcome_name(step: Step | None, outcome: str) -> str:
    """What an outcome of a step is called: in the charter's word for it there, else in the usual one."""
    if step is not None and outcome in step.labels:
        return named(step.labels[outcome])
    return str(OUTCOMES.get(outcome, outcome))


def post_name(charter: Charter, post: str) -> str:
    return named(charter.posts[post].name) if post in charter.posts else post


def role_name(charter: Charter, role: str) -> str:
    """As whom somebody acted."""
    known = {"clock": _("the clock"), "reporter": _("the person who raised it"), "system": _("the system")}
    return known.get(role) or post_name(charter, role)


TONES = {
    "handover_overdue": "late", "handover_asked": "warn",
    "overdue": "late", "part_overdue": "late", "whole_overdue": "late", "escalated": "late", "reminded": "warn", "urged": "warn",
    "suspended": "warn", "reopened": "warn", "topped": "late",
    "supervised": "late", "noticed": "late", "order_overdue": "late", "order_returned": "warn", "order_accepted": "good",
    "merged": "plain", "unsplit": "plain", "transferred": "warn", "sent_back": "warn", "handed_out": "warn",
}  # fmt: skip


def sentence(event: Event, flow: Flow, known: Container[str] = ()) -> str:
    """What happened, in one sentence without who and when. Other work is named by its number where that is ``known`` to the reader."""
    charter = charter_of(flow.charter_id)
    if event.kind in _OF_OTHERS:
        return str(_OF_OTHERS[event.kind]) % {"other": _other(event.data.get("ref", ""), known)}
    said = _SENTENCES.get(event.kind, lambda e, c, p: e.kind)(event, charter, charter.procedures[flow.procedure])
    if whole := event.data.get("about", {}).get("split_from"):
        said += _("; split off from %(other)s") % {"other": _other(whole, known)}
    if asked := event.data.get("dropped"):
        said += str(_LAPSED.get(asked, ""))
    if parts := event.data.get("parts_dropped"):
        said += ngettext("; one assisting part was left open", "; %(n)s assisting parts were left open", len(parts)) % {"n": len(parts)}
    return said


_LAPSED = {
    "extension": gettext_lazy("; the time asked for was no longer decided on"),
    "suspension": gettext_lazy("; the ledger asked for was no longer decided on"),
    "handover": gettext_lazy("; the handover under way lapsed without a receipt"),
}


def ref(event: Event) -> str:
    """The number of the other work that a line speaks of; empty where it speaks of none."""
    return (event.data.get("ref") if event.kind in _OF_OTHERS else event.data.get("about", {}).get("split_from")) or ""


def refs(events: Iterable[Event]) -> set[str]:
    """Numbers of other work that these lines speak of."""
    return {found for e in events if (found := ref(e))}


def _other(number: str, known: Container[str]) -> str:
    return number if number in known else _("another matter")


def line(event: Event, flow: Flow | None = None) -> str:
    """One line of history: when, who, what."""
    flow = flow or event.flow
    who = str(event.by) if event.by else role_name(charter_of(flow.charter_id), event.role)
    if key := event.data.get("key"):
        who += _(" (by the key “%(key)s”)") % {"key": key}
    told = _("%(who)s: %(said)s") % {"who": who, "said": sentence(event, flow)}
    return f"{date_format(timezone.localtime(event.at), 'm-d H:i')} {told}"


Said = Callable[[Event, Charter, Procedure], str]


def _plain(msgid: Any) -> Said:
    return lambda e, c, p: str(msgid)


def _whose(e: Event, c: Charter) -> str:
    """Who got it, and why this one."""
    if e.data.get("unowned"):
        return _("; nobody has this post here") if e.data["unowned"] != "route" else _("; the category names nobody for it here")
    if not e.data.get("post"):
        return ""
    if fallen := e.data.get("fallen_from"):
        return _("; %(post)s has it, there being no %(fallen)s here") % {
            "post": post_name(c, e.data["post"]), "fallen": post_name(c, fallen)
        }  # fmt: skip
    return _("; %(post)s has it") % {"post": post_name(c, e.data["post"])}


def _began(e: Event, c: Charter, p: Procedure) -> str:
    return _("Begun with “%(step)s”") % {"step": step_name(p, e.step_to)} + _whose(e, c)


def _taken(e: Event, c: Charter, p: Procedure) -> str:
    names = {"step": step_name(p, e.step_from), "outcome": outcome_name(p.steps.get(e.step_from), e.outcome), "to": step_name(p, e.step_to)}
    if _same_word(str(names["step"]), str(names["outcome"])):
        said = (_("%(outcome)s. Ended: %(to)s") if e.step_to.startswith("END ") else _("%(outcome)s. Next: %(to)s")) % names
    else:
        said = (
            _("%(step)s: %(outcome)s. Ended: %(to)s") if e.step_to.startswith("END ") else _("%(step)s: %(outcome)s. Next: %(to)s")
        ) % names
    if e.data.get("exhausted") and e.outcome == "unreached":
        step = p.steps[e.step_from]
        said += _(" (nobody was reached %(n)s times)") % {"n": p.bounding(step, e.outcome).returns + 1}
    elif e.data.get("exhausted"):
        said += _(" (it had been sent back as often as allowed)")
    if over := e.data.get("passed_over"):
        said += _(" (no “%(step)s”: no telephone to ring)") % {"step": step_name(p, over)}
    return said + _whose(e, c)


def _same_word(step: str, outcome: str) -> bool:
    """«受理：受理», «Answer: Answered» say one thing twice."""
    return outcome.lower().startswith(step.lower()) or step.lower().startswith(outcome.lower())


def _overdue(e: Event, c: Charter, p: Procedure) -> str:
    said = _("“%(step)s” is overdue") % {"step": step_name(p, e.step_from)}
    if post := e.data.get("told_post"):
        said += _("; %(post)s has been told") % {"post": post_name(c, post)}
    return said


def _whole(e: Event, c: Charter, p: Procedure) -> str:
    said = _("The time for the whole is up")
    if post := e.data.get("told_post"):
        said += _("; %(post)s has been told") % {"post": post_name(c, post)}
    return said


def _escalated(e: Event, c: Charter, p: Procedure) -> str:
    names = {
        "post": post_name(c, e.data["post"]),
        "was": LEVELS.get(e.data.get("from_level", ""), ""),
        "level": LEVELS.get(e.data.get("level", ""), ""),
    }
    if e.data.get("why") == "route":
        why = _("Escalated from %(was)s to %(level)s: for this category %(post)s is responsible there") % names
    else:
        why = _("Escalated: the work of this post falls to %(post)s") % names
    return why if e.role != "clock" else why + _(", the work being still overdue")


def _asked_time(e: Event, c: Charter, p: Procedure) -> str:
    return _("Asked for %(time)s more; %(post)s decides") % {
        "time": duration(e.data["length"]), "post": post_name(c, e.data["post"])
    }  # fmt: skip


def _asked_ledger(e: Event, c: Charter, p: Procedure) -> str:
    return _("Asked to put it on the ledger until %(until)s; %(post)s decides") % {
        "until": moment(e.data["until"]), "post": post_name(c, e.data["post"])
    }  # fmt: skip


def _handing(e: Event, c: Charter, p: Procedure) -> str:
    return _("To be handed over to %(post)s, who takes it over or sends it back by %(until)s") % {
        "post": post_name(c, e.data["post"]), "until": moment(e.data["until"])
    }  # fmt: skip


def _unanswered(e: Event, c: Charter, p: Procedure) -> str:
    said = _("Neither taken over nor sent back in time")
    if post := e.data.get("told_post"):
        said += _("; %(post)s has been told") % {"post": post_name(c, post)}
    return said


def _joined(e: Event, c: Charter, p: Procedure) -> str:
    posts = "、".join(post_name(c, post) for post in e.data["posts"])
    return _("Called in %(posts)s, due %(due)s") % {"posts": posts, "due": moment(e.data["due"])}


def rung_name(procedure: Procedure, rung: str) -> str:
    """A rung's name, as the charter the work began under has it."""
    return next((named(r.name) for r in procedure.rungs if r.id == rung), rung)


def _urged(e: Event, c: Charter, p: Procedure) -> str:
    if not e.data.get("rung"):
        return _("Urged")
    said = _("%(rung)s, the work being still overdue") % {"rung": rung_name(p, e.data["rung"])}
    if post := e.data.get("told_post"):
        said += _("; %(post)s has been told") % {"post": post_name(c, post)}
    return said


def _supervised(e: Event, c: Charter, p: Procedure) -> str:
    return _("Supervision by %(post)s: to be answered by %(due)s") % {"post": post_name(c, e.data["post"]), "due": moment(e.data["due"])}


def _lifted(e: Event, c: Charter, p: Procedure) -> str:
    return _("Supervision lifted") if e.data["what"] == "order" else _("Not named in a notice after all")


def _reclassified(e: Event, c: Charter, p: Procedure) -> str:
    kinds = {n: named(c.categories[k].name) if (k := e.data[n]) in c.categories else k for n in ("kind", "was")}
    return _("Category corrected from “%(was)s” to “%(kind)s”") % kinds + _whose(e, c)


def _transferred(e: Event, c: Charter, p: Procedure) -> str:
    names = {"was": e.data.get("place_was", ""), "place": e.data.get("place", ""), "time": _held(e.data.get("held", 0))}
    said = _("Handed from %(was)s to %(place)s, after %(time)s there") % names
    return said + _whose(e, c)


def _held(minutes: int) -> str:
    hours = minutes / 60
    return _("%(n)s working hours") % {"n": f"{hours:.0f}" if hours >= 10 else f"{hours:.1f}".removesuffix(".0")}


def _sent_back(e: Event, c: Charter, p: Procedure) -> str:
    return _("Sent back to %(place)s, where it goes on with “%(step)s”") % {
        "place": e.data.get("place", ""), "step": step_name(p, e.step_to)
    }  # fmt: skip


_OF_OTHERS = {
    "merged": gettext_lazy("Merged into %(other)s: work goes on there"),
    "unmerged": gettext_lazy("Separated from %(other)s: it goes on where it stood"),
    "absorbed": gettext_lazy("%(other)s is merged into this one"),
    "released": gettext_lazy("%(other)s is separated from this one"),
    "split": gettext_lazy("%(other)s is split off from this one"),
    "unsplit": gettext_lazy("Put back together with %(other)s: the splitting is undone"),
    "rejoined": gettext_lazy("%(other)s is put back into this one"),
    "linked": gettext_lazy("Linked with %(other)s"),
    "unlinked": gettext_lazy("No longer linked with %(other)s"),
    "rated_with": gettext_lazy("Rated as satisfied, with the answer to %(other)s"),
}
_SENTENCES: dict[str, Said] = {
    "transferred": _transferred,
    "sent_back": _sent_back,
    "handed_out": _plain(gettext_lazy("Handed to an authority outside: ended here")),
    "came_back": lambda e, c, p: _("Taken back: it goes on with “%(step)s” where it stood") % {"step": step_name(p, e.step_to)},
    "began": _began,
    "taken": _taken,
    "reminded": lambda e, c, p: _("Reminder: four fifths of the time are used up; due %(due)s") % {"due": moment(e.data["due"])},
    "overdue": _overdue,
    "whole_overdue": _whole,
    "part_overdue": _plain(gettext_lazy("An assisting part is overdue")),
    "topped": _plain(gettext_lazy("Still overdue, and there is no level above to go to")),
    "escalated": _escalated,
    "urged": _urged,
    "supervised": _supervised,
    "noticed": _plain(gettext_lazy("To be named in the notice of the month")),
    "order_overdue": _plain(gettext_lazy("The supervision has not been answered in time")),
    "order_answered": _plain(gettext_lazy("Supervision answered")),
    "order_accepted": _plain(gettext_lazy("Answer to the supervision accepted")),
    "order_returned": lambda e, c, p: _("Answer to the supervision sent back; again due %(due)s") % {"due": moment(e.data["due"])},
    "lifted": _lifted,
    "extension_asked": _asked_time,
    "extension_granted": lambda e, c, p: _("More time granted; now due %(due)s") % {"due": moment(e.data["due"])},
    "extension_recalled": _plain(gettext_lazy("Asking for more time is taken back")),
    "extension_refused": _plain(gettext_lazy("More time refused")),
    "suspension_asked": _asked_ledger,
    "suspended": lambda e, c, p: _("Put on the ledger until %(until)s") % {"until": moment(e.data["until"])},
    "suspension_recalled": _plain(gettext_lazy("Asking to put it on the ledger is taken back")),
    "suspension_refused": _plain(gettext_lazy("Not put on the ledger")),
    "resumed": lambda e, c, p: _("Off the ledger: the review date has come") if e.data.get("why") else _("Taken off the ledger"),
    "handover_asked": _handing,
    "handover_granted": lambda e, c, p: _("Taken over by %(post)s; the receipt is given") % {"post": post_name(c, e.data["post"])},
    "handover_refused": _plain(gettext_lazy("Not taken over: sent back to whoever handed it over")),
    "handover_recalled": _plain(gettext_lazy("The handover is taken back before the receipt")),
    "handover_overdue": _unanswered,
    "joined": _joined,
    "part_done": _plain(gettext_lazy("An assisting part is done")),
    "reassigned": lambda e, c, p: _("Moved to another seat: %(post)s") % {"post": post_name(c, e.data["post"])},
    "reclassified": _reclassified,
    "withdrawn": lambda e, c, p: (
        _("Withdrawn by the person who raised it") if e.role == "reporter" else _("Ended: those concerned no longer wish it")
    ),
    "reopened": lambda e, c, p: _("Opened again with “%(step)s”") % {"step": step_name(p, e.step_to)} + _whose(e, c),
    "noted": _plain(gettext_lazy("Remark")),
}
