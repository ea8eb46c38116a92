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
from linli.matters.models import Matter

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
            documents=data.get("documents", ()), show_photos=data.get("show_photos", False),
            data={"level": data["level"]} if data.get("level") else None,
        )  # fmt: skip


def _decide(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.decide_request(by=by, flow=matter.flow_id, seq=seq, grant=data["grant"] == "yes", reason=data["reason"])
    return _("Granted.") if data["grant"] == "yes" else _("Refused, with the reason.")


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
    code = actions.add_voice(by=by, matter=matter, request_id=data["request_id"] or uuid.uuid4(), text=data["text"])
    return _("Noted. Their code to follow it with: %(code)s") % {"code": code}


def _attach(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.attach(by=by, matter=matter, photos=data["photos"], documents=data["documents"])
    return _("Added.")


def _note(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    flow.note_flow(by=by, flow=matter.flow_id, text=data["text"])
    return _("Noted.")


def _public(by: Any, matter: Matter, seq: int | None, data: dict[str, Any]) -> str:
    actions.decide_public(by=by, matter=matter, public=data["public"] == "yes", reason=data["reason"])
    return _("It is shown on the public pages.") if data["public"] == "yes" else _("It is no longer shown on the public pages.")


DO: dict[str, Do] = {
    "decide": _decide,
    "part": _part,
    "extend": _extend,
    "suspend": _suspend,
    "resume": _resume,
    "join": _join,
    "urge": _urge,
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
