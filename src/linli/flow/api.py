"""The inbox for programs: what lies with the key's seat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.access.api import need
from linli.charter.store import charter_of
from linli.flow.models import Todo
from linli.flow.queries import WORD, WORK, inbox
from linli.flow.words import post_name, procedure_of, step_name
from linli.frame.api import PAGING, answer, at_field, known, page_of, told, words_of

router = Router(tags=["inbox"])
BOXES = {"work": WORK, "word": WORD}
BOX: dict[str, Any] = {
    "name": "box", "in": "query", "required": False, "schema": {"type": "string", "enum": list(BOXES), "default": "work"},
    "description": "`work`: to be done. `word`: to be decided on or read.",
}  # fmt: skip


class TodoOut(Schema):
    """Something the seat has to do. ``subject`` says what the work is about («matters.matter»), ``number`` which."""

    subject: str
    number: str
    title: str
    role: str
    step: str
    step_name: str
    place: str
    place_name: str
    seat: int
    post: str
    post_name: str
    since: datetime
    due_at: datetime | None
    overdue: bool
    suspended: bool


class Inbox(Schema):
    items: list[TodoOut]
    next: str | None


def _row(todo: Todo) -> dict[str, Any]:
    flow = todo.flow
    return {
        "subject": flow.subject, "number": flow.subject_ref, "title": flow.title, "role": todo.role, "step": flow.step,
        "step_name": step_name(procedure_of(flow), flow.step), "place": flow.place.code, "place_name": flow.place.name,
        "seat": todo.seat_id, "post": todo.seat.post, "post_name": post_name(charter_of(flow.charter_id), todo.seat.post),
        "since": todo.since, "due_at": todo.due_at, "overdue": flow.overdue, "suspended": flow.suspended,
    }  # fmt: skip


@router.get("", response=Inbox, summary=words_of(_("What is to do")), openapi_extra=told(403, 422, params=[BOX, *PAGING]))
def list_inbox(request: HttpRequest) -> HttpResponse:
    """What lies with the key's seat and the vacant seats it acts for; what is due first comes first."""
    need(request, "flow.act", "flow.approve")
    known(request.GET, {}, ["box", "cursor", "limit"])  # type: ignore[arg-type]
    box = request.GET.get("box", "work")
    if box not in BOXES:
        raise at_field("box", gettext("There is no such box."), "box")
    found, following = page_of(request, inbox(request.user, BOXES[box]).order_by(), ("due_at",), name=box)
    return answer({"items": [_row(t) for t in found], "next": following})
