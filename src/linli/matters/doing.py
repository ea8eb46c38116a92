"""Each act besides the step: what its form's data do. Returns what to tell the person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.charter.schema import Duration
from linli.flow import actions as flow
from linli.matters import actions
from linli.matters.actions.steps import check_kept
from linli.matters.disputes.actions import leave
from linli.matters.disputes.parties import check_texts, is_dispute
from linli.matters.models import Matter
from linli.places.codes import short_name


class FollowCode(str):
    """A code just made, to be told once and on paper instead of a message."""


Do = Callable[[Any, Matter, int | None, dict[str, Any]], str]


def take(by: Any, matter: Matter, seq: int | None, outcome: str, form: Any) -> Matter:
    """The present step with what its form (``actforms.StepForm``, valid) says: the category settled first, where it is accepted."""
    data = form.cleaned_data
    category = data.get("category")
    settles = bool(category) and category != matter.category
    with transaction.atomic() if settles else nullcontext():
        if settles:
            told = _("category settled at acceptance")
            matter = actions.correct_matter(by=by, matter=matter, seq=seq, category=category, reason=told)
            seq = matter.flow.seq
        return actions.take_matter_step(
            by=by, matter=matter, seq=seq, outcome=outcome, texts=form.texts, photos=data.get("photos", ()),
            documents=data.get("documents", ()), until=form.until, show_photos=data.get("show_photos", False),
            data=form.chosen,
        )  # fmt: skip


def _handover(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.ask_handover(by=by, flow=matter.flow_id, seq=seq, seat=data["seat"], reason=data["reason"])
    return _("Handed over. Until the receipt is given you stay responsible.")


def _leave(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    leave(by=by, matter=matter, seq=seq, reason=data["reason"])
    return _("Ended, as those concerned wish.")


def _decide(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    done = flow.decide_request(by=by, flow=matter.flow_id, seq=seq, grant=data["grant"] == "yes", reason=data["reason"])
    if done.events.latest("seq").kind.startswith("handover"):
        return _("Taken over: from now on it is yours.") if data["grant"] == "yes" else _("Sent back, with the reason.")
    return _("Granted.") if data["grant"] == "yes" else _("Refused, with the reason.")


def _recall(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.recall_request(by=by, flow=matter.flow_id, seq=seq, reason=data["reason"])
    return _("Taken back. It stays with you as it was.")


def _part(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    with transaction.atomic():
        flow.finish_part(by=by, flow=matter.flow_id, seq=seq, result=data["result"])
        if data["photos"]:
            actions.attach(by=by, matter=matter, photos=data["photos"])
    return _("Your part is done.")


def _extend(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.ask_extension(by=by, flow=matter.flow_id, seq=seq, duration=Duration(days=data["days"]), reason=data["reason"])
    return _("Asked for. Until it is decided the deadline stays as it is.")


def _suspend(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.ask_suspension(by=by, flow=matter.flow_id, seq=seq, until=data["until"], reason=data["reason"])
    return _("Asked for. Until it is decided the clock runs on.")


def _resume(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.resume_flow(by=by, flow=matter.flow_id, seq=seq, reason=data["reason"])
    return _("Off the ledger. The deadline has moved by the time it lay there.")


def _join(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.join_bodies(by=by, flow=matter.flow_id, seq=seq, seats=data["seats"], duration=Duration(days=data["days"]), task=data["task"])
    return _("Called in. You stay responsible.")


def _urge(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.urge_flow(by=by, flow=matter.flow_id, seq=seq, reason=data["reason"])
    return _("Urged.")


def _supervise(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.supervise_flow(by=by, flow=matter.flow_id, seq=seq, duration=Duration(days=data["days"]), task=data["task"])
    return _("Supervised. The responsible seat has it among its things to do.")


def _account(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.answer_supervision(by=by, matter=matter, seq=seq, answer=data["answer"])
    return _("Answered. Whoever supervises decides on it.")


def _judge(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    back = None if data["accept"] == "yes" else Duration(days=data["days"] or 1)
    flow.decide_order(by=by, flow=matter.flow_id, seq=seq, duration=back, reason=data["reason"])
    return _("Sent back, with the reason.") if back else _("Accepted. The supervision is closed.")


def _lift(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.lift_pressure(by=by, flow=matter.flow_id, seq=seq, what=data["what"], reason=data["reason"])
    return _("Lifted, with the reason.")


def _reassign(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.reassign_flow(by=by, flow=matter.flow_id, seq=seq, seat=data["seat"], reason=data["reason"])
    return _("Moved.")


def _escalate(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.escalate_flow(by=by, flow=matter.flow_id, seq=seq, reason=data["reason"])
    return _("Handed one level up.")


def _reopen(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.reopen_matter(by=by, matter=matter, seq=seq, reason=data["reason"])
    return _("Taken up again.")


def _correct(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.correct_matter(by=by, matter=matter, seq=seq, **{n: data[n] for n in ("category", "place", "title", "address", "reason")})
    return _("Corrected.")


def _ask(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.add_word(by=by, matter=matter, text=data["text"], request_id=data["request_id"])
    return _("Written. They read it with their follow-up code.")


def _voice(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    return FollowCode(actions.add_voice(by=by, matter=matter, request_id=data["request_id"] or uuid.uuid4(), text=data["text"]))


def _attach(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.attach(by=by, matter=matter, photos=data["photos"], documents=data["documents"])
    return _("Added.")


def _note(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.note_flow(by=by, flow=matter.flow_id, text=data["text"])
    return _("Noted.")


def _public(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.decide_public(by=by, matter=matter, public=data["public"] == "yes", reason=data["reason"])
    return _("It is shown on the public pages.") if data["public"] == "yes" else _("It is no longer shown on the public pages.")


def _merge(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    other, other_seq, reason = data["other"], data["other_seq"], data["reason"]
    if data["into"] == "other":
        actions.merge_matter(by=by, matter=matter, main=other, seq=seq, main_seq=other_seq, reason=reason)
        return _("Merged into %(number)s.") % {"number": other.number}
    actions.merge_matter(by=by, matter=other, main=matter, seq=other_seq, main_seq=seq, reason=reason)
    return _("%(number)s is merged into this one.") % {"number": other.number}


def _separate(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.separate_matter(by=by, matter=matter, seq=seq, reason=data["reason"])
    return _("Separated: it goes on where it stood.")


def _split(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    part = actions.split_matter(
        by=by, matter=matter, seq=seq, request_id=data["request_id"] or uuid.uuid4(), files=data.get("attachments", ()),
        **{n: data[n] for n in ("text", "title", "category", "place", "address", "reason")},
    )  # fmt: skip
    return _("Split off as %(number)s.") % {"number": part.number}


def _unsplit(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.undo_split(by=by, matter=matter, seq=seq, reason=data["reason"])
    return _("Put back together.")


def _link(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.link_matters(by=by, matter=matter, other=data["other"], kind=data["kind"], reason=data["reason"])
    return _("Linked with %(number)s.") % {"number": data["other"].number}


def _unlink(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.unlink_matters(by=by, matter=matter, other=data["other"], reason=data["reason"])
    return _("The link is taken off.")


def _transfer(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.transfer_matter(by=by, matter=matter, seq=seq, place=data["place"], reason=data["reason"])
    return _("Handed to %(place)s.") % {"place": short_name(data["place"].name)}


def _sendback(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.send_back_matter(by=by, matter=matter, seq=seq, reason=data["reason"])
    return _("Sent back.")


def _outside(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.hand_out_matter(by=by, matter=matter, seq=seq, **{n: data[n] for n in ("authority", "told", "reason")})
    return _("Handed to %(place)s.") % {"place": data["authority"]}


def _cameback(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.take_back_matter(by=by, matter=matter, seq=seq, reason=data["reason"])
    return _("Taken back: it goes on where it stood.")


_WRITTEN = frozenset({"reason", "text", "task", "result", "title", "answer", "authority"})
_KEPT = _WRITTEN - {"title", "authority"}
_TOLD = {("ask", "text"), ("split", "text")}  # a message to whoever raised it; their own words, in a matter of their own


def do(name: str, by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    """Do the act ``name`` with what its form says. What a person writes about a dispute holds nobody's name; what stays in the history of any
    matter holds no personal details, and not the name of whoever raised it."""
    written = {n: v for n, v in data.items() if isinstance(v, str) and n in _WRITTEN}
    if is_dispute(matter):
        check_texts(matter, written)
        return DO[name](by, matter, seq, data)
    with transaction.atomic():
        said = DO[name](by, matter, seq, data)
        check_kept({n: v for n, v in written.items() if n in _KEPT and (name, n) not in _TOLD}, [matter.pk])
    return said


DO: dict[str, Do] = {
    "merge": _merge,
    "separate": _separate,
    "split": _split,
    "unsplit": _unsplit,
    "link": _link,
    "unlink": _unlink,
    "transfer": _transfer,
    "sendback": _sendback,
    "outside": _outside,
    "cameback": _cameback,
    "decide": _decide,
    "recall": _recall,
    "part": _part,
    "extend": _extend,
    "suspend": _suspend,
    "resume": _resume,
    "join": _join,
    "handover": _handover,
    "leave": _leave,
    "urge": _urge,
    "supervise": _supervise,
    "account": _account,
    "judge": _judge,
    "lift": _lift,
    "reassign": _reassign,
    "escalate": _escalate,
    "reopen": _reopen,
    "correct": _correct,
    "ask": _ask,
    "voice": _voice,
    "attach": _attach,
    "note": _note,
    "public": _public,
}
