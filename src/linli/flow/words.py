"""What the engine's closed lists are called, and history in whole sentences. Names of steps and posts are the charter's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from linli.charter.schema import Charter, Procedure, Step
from linli.charter.store import charter_of
from linli.flow.models import Event, Flow
from linli.flow.procedure import Refused, duration_of
from linli.frame.templatetags.linli import named

OUTCOMES = {
    "accepted": pgettext_lazy("outcome", "Accept"),
    "refused": pgettext_lazy("outcome", "Don't take up"),
    "dispatched": pgettext_lazy("outcome", "Dispatch"),
    "done": pgettext_lazy("outcome", "Done"),
    "return": pgettext_lazy("outcome", "Send back"),
    "passed": pgettext_lazy("outcome", "Check passed"),
    "rework": pgettext_lazy("outcome", "Rework"),
    "answered": pgettext_lazy("outcome", "Answer"),
    "satisfied": pgettext_lazy("outcome", "Satisfied"),
    "dissatisfied": pgettext_lazy("outcome", "Not satisfied"),
    "silent": pgettext_lazy("outcome", "No rating given"),
    "agree": pgettext_lazy("outcome", "Agree"),
    "refuse": pgettext_lazy("outcome", "Disagree"),
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
    "dispute": pgettext_lazy("evidence", "Mediation"),
    "side": pgettext_lazy("evidence", "Side"),
    "mediators": pgettext_lazy("evidence", "Mediators"),
}
TOLD = {  # of texts that the product writes itself
    ("public", "yes"): pgettext_lazy("evidence", "shown"),
    ("public", "no"): pgettext_lazy("evidence", "not shown"),
    ("erased", "reporter"): pgettext_lazy("evidence", "name and telephone of whoever raised it"),
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
    "not_ended": gettext_lazy("This has not ended."),
    "no_reopening": gettext_lazy("Work of this kind is not opened again. Raise it anew."),
    "reopens_used": gettext_lazy("It has been opened again as often as the charter allows (%(bound)s times). Raise it anew."),
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
        return _("%(n)s hours by the clock") % {"n": length.hours} if length.hours else _("%(n)s calendar days") % {"n": length.days}
    return _("%(n)s working hours") % {"n": length.hours} if length.hours else _("%(n)s working days") % {"n": length.days}


def procedure_of(flow: Flow) -> Procedure:
    return charter_of(flow.charter_id).procedures[flow.procedure]


def step_name(procedure: Procedure, step: str) -> str:
    """A step's name; for ``END name`` the end's."""
    if step.startswith("END "):
        return end_name(procedure, step[4:])
    return named(procedure.steps[step].name) if step in procedure.steps else step


def end_name(procedure: Procedure, end: str) -> str:
    """How it ended. ``withdrawn`` is an end every procedure has without naming it."""
    if end in procedure.ends:
        return named(procedure.ends[end].name)
    return _("Withdrawn") if end == "withdrawn" else end


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
}  # fmt: skip


def sentence(event: Event, flow: Flow) -> str:
    """What happened, in one sentence without who and when."""
    charter = charter_of(flow.charter_id)
    return _SENTENCES.get(event.kind, lambda e, c, p: e.kind)(event, charter, charter.procedures[flow.procedure])


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
    if e.data.get("exhausted"):
        said += _(" (it had been sent back as often as allowed)")
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


def _reclassified(e: Event, c: Charter, p: Procedure) -> str:
    kinds = {n: named(c.categories[k].name) if (k := e.data[n]) in c.categories else k for n in ("kind", "was")}
    return _("Category corrected from “%(was)s” to “%(kind)s”") % kinds + _whose(e, c)


_SENTENCES: dict[str, Said] = {
    "began": _began,
    "taken": _taken,
    "reminded": lambda e, c, p: _("Reminder: four fifths of the time are used up; due %(due)s") % {"due": moment(e.data["due"])},
    "overdue": _overdue,
    "whole_overdue": _whole,
    "part_overdue": _plain(gettext_lazy("An assisting part is overdue")),
    "topped": _plain(gettext_lazy("Still overdue, and there is no level above to go to")),
    "escalated": _escalated,
    "urged": _plain(gettext_lazy("Urged")),
    "extension_asked": _asked_time,
    "extension_granted": lambda e, c, p: _("More time granted; now due %(due)s") % {"due": moment(e.data["due"])},
    "extension_refused": _plain(gettext_lazy("More time refused")),
    "suspension_asked": _asked_ledger,
    "suspended": lambda e, c, p: _("Put on the ledger until %(until)s") % {"until": moment(e.data["until"])},
    "suspension_refused": _plain(gettext_lazy("Not put on the ledger")),
    "resumed": lambda e, c, p: _("Off the ledger: the review date has come") if e.data.get("why") else _("Taken off the ledger"),
    "handover_asked": _handing,
    "handover_granted": lambda e, c, p: _("Taken over by %(post)s; the receipt is given") % {"post": post_name(c, e.data["post"])},
    "handover_refused": _plain(gettext_lazy("Not taken over: sent back to whoever handed it over")),
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
