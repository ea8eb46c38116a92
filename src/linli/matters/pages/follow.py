"""The reporter's side of a matter, opened by its code: where it stands, what was answered, and what they want to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.access.pages import public
from linli.charter.store import charter_of
from linli.flow.procedure import ELSEWHERE, UNDONE
from linli.flow.queries import responsible
from linli.flow.words import procedure_of
from linli.frame.limits import rate_limit
from linli.frame.refusal import Refusal
from linli.matters.actions import add_word, rate_matter, reopen_by_reporter, withdraw_matter
from linli.matters.categories import category_name
from linli.matters.codes import follow_code as follow_code_of
from linli.matters.codes import tidy
from linli.matters.disputes.parties import is_dispute, was_left
from linli.matters.disputes.rules import still_holds
from linli.matters.forms import FollowForm, RateForm, ReasonForm, WordForm
from linli.matters.models import Matter
from linli.matters.pages.attachments import served
from linli.matters.queries import by_code, follower_by_code, moves_of, plain_steps, state_name
from linli.matters.reporter_acts import reporter_acts


@public
@never_cache
@rate_limit("matters.follow", count=20, seconds=3600)
def follow(request: HttpRequest) -> HttpResponse:
    """/follow/ : number and code, as on the slip."""
    form = FollowForm(request.POST or None, initial={"number": request.GET.get("number", "")})
    if request.method == "POST" and form.is_valid():
        matter = by_code(form.cleaned_data["code"])
        if matter is not None and matter.number == form.cleaned_data["number"]:
            return redirect("matters:follow_code", code=tidy(form.cleaned_data["code"]))
        follower = follower_by_code(form.cleaned_data["code"])
        if follower is not None and follower.matter.number == form.cleaned_data["number"]:
            return redirect("matters:watching", code=tidy(form.cleaned_data["code"]))
        form.add_error(None, ValidationError(_("Number and code don't belong together. Look at your slip again."), code="no_match"))
    return render(request, "matters/follow.html", {"form": form}, status=422 if form.is_bound else 200)


@public
@never_cache
@rate_limit("matters.code", count=240, seconds=3600, methods=("GET", "HEAD"))
def follow_code(request: HttpRequest, code: str) -> HttpResponse:
    """/f/<code>/ : everything the reporter may know and do."""
    return _show(request, _opened(code), code)


def _opened(code: str) -> Matter:
    matter = by_code(code)
    if matter is None:
        raise Http404
    return matter


def _show(request: HttpRequest, matter: Matter, code: str, status: int = 200, **bound: forms.Form) -> HttpResponse:
    acts = reporter_acts(matter)
    blank: dict[str, forms.Form] = {
        "word": WordForm(),
        "rate": RateForm(),
        "withdraw": _withdraw_form(),
        "reopen": _reopen_form(),
    }
    context = {
        "matter": matter,
        "code": code,
        "category": category_name(charter_of(matter.flow.charter_id), matter.category),
        "state": state_name(matter.flow),
        "steps": [] if matter.main_id else _steps(matter),
        "main": main_of(matter),
        "authority": _authority(matter),
        "left": (left := is_dispute(matter) and was_left(matter.flow)),
        "holds": left and still_holds(matter),
        "whole": _part(matter.split_from) if matter.split_from else None,
        "parts": [_part(p) for p in matter.parts.exclude(flow__end=UNDONE).select_related("flow").order_by("pk")],
        "told": _told(matter),
        "words": matter.words.all(),
        "files": [a for a in matter.flow.attachments.all() if a.by_id is None or a.public],
        "acts": acts,
        "open_form": next(iter(bound), ""),
        **{f"{name}_form": bound.get(name, form) for name, form in blank.items() if name in acts},
    }
    return render(request, "matters/follow_code.html", context, status=status)


def main_of(matter: Matter) -> dict[str, Any] | None:
    """The matter it was merged into, for whoever raised or follows this one: how far it is; its number only where everybody sees it."""
    main = matter.main
    if main is None:
        return None
    return {"state": state_name(main.flow), "steps": _steps(main), "number": main.number if main.is_public else ""}


def _part(part: Matter) -> dict[str, Any]:
    """A part of what the same person told, or the whole, with the way to its page."""
    return {"number": part.number, "title": part.title, "state": state_name(part.flow), "code": follow_code_of(part.request_id)}


def _authority(matter: Matter) -> str:
    """The authority outside that has it now."""
    if matter.flow.end != ELSEWHERE:
        return ""
    last = matter.flow.events.filter(kind="handed_out").order_by("-seq").first()
    return (last.texts or {}).get("authority", "") if last else ""


def _told(matter: Matter) -> Any:
    """What the charter tells them of the present step, in plain words; None where it says nothing."""
    step = procedure_of(matter.flow).steps.get(matter.flow.step)
    return step.told if step else None


def _steps(matter: Matter) -> list[dict[str, Any]]:
    """The line of steps; at the present one the post that has it, never its holder, and until when."""
    flow = matter.flow
    steps = plain_steps(flow, moves_of(flow))
    for step in steps:
        if step["state"] == "now" and flow.owner is not None:
            step |= {"who": responsible(flow), "due": flow.due_at, "hold": flow.suspended}
    return steps


def _act(request: HttpRequest, code: str, name: str, form: forms.Form, do: Callable[[Matter, dict], object], said: str) -> HttpResponse:
    """One act of the reporter: done and back to the page, or the page again with what is wrong and all that was typed."""
    matter = _opened(code)
    if form.is_valid():
        try:
            do(matter, form.cleaned_data)
        except Refusal as refusal:
            matter = _opened(code)
            if name not in reporter_acts(matter):  # the page no longer has the form
                messages.error(request, refusal.message)
            refusal.onto(form)
            return _show(request, matter, code, status=refusal.status, **{name: form})
        messages.success(request, said)
        return redirect("matters:follow_code", code=code)
    return _show(request, matter, code, status=422, **{name: form})


def _withdraw_form(data: Any = None) -> ReasonForm:
    return ReasonForm(data, required=False, label=_("Why? (optional)"))


def _reopen_form(data: Any = None) -> ReasonForm:
    return ReasonForm(data, label=_("What is not done?"))


@public
@require_POST
@rate_limit("matters.word", count=60, seconds=3600)
def follow_word(request: HttpRequest, code: str) -> HttpResponse:
    """/f/<code>/word/ : the reporter adds something."""
    return _act(
        request, code, "word", WordForm(request.POST, request.FILES),
        lambda matter, data: add_word(matter=matter, text=data["text"], photos=data["photos"], request_id=data["request_id"]),
        _("Your message has been added."),
    )  # fmt: skip


@public
@require_POST
@rate_limit("matters.word", count=60, seconds=3600)
def follow_rate(request: HttpRequest, code: str) -> HttpResponse:
    """/f/<code>/rate/ : satisfied, or not and why."""
    return _act(
        request, code, "rate", RateForm(request.POST),
        lambda matter, data: rate_matter(matter=matter, rating=data["rating"], reason=data["reason"]),
        _("Thank you. Your rating has been recorded; below you see how it goes on."),
    )  # fmt: skip


@public
@require_POST
@rate_limit("matters.word", count=60, seconds=3600)
def follow_withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """/f/<code>/withdraw/ : it is no longer needed."""
    return _act(
        request, code, "withdraw", _withdraw_form(request.POST),
        lambda matter, data: withdraw_matter(matter=matter, reason=data["reason"]),
        _("You have withdrawn the matter."),
    )  # fmt: skip


@public
@require_POST
@rate_limit("matters.word", count=60, seconds=3600)
def follow_reopen(request: HttpRequest, code: str) -> HttpResponse:
    """/f/<code>/reopen/ : it came back, or was never done."""
    return _act(
        request, code, "reopen", _reopen_form(request.POST),
        lambda matter, data: reopen_by_reporter(matter=matter, reason=data["reason"]),
        _("The matter has been taken up again."),
    )  # fmt: skip


@public
def follow_file(request: HttpRequest, code: str, uid) -> HttpResponseBase:
    """/f/<code>/file/<uid>/ : what the reporter sent themselves, or what is shown to everybody."""
    matter = _opened(code)
    attachment = matter.flow.attachments.filter(uid=uid).first()
    if attachment is None or not (attachment.by_id is None or attachment.public):
        raise Http404
    return served(attachment)
