"""The charter in force, as staff read it: on one page, drawn, and as an account to print."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from linli.charter import queries
from linli.charter.draw import draw
from linli.charter.explain import explain
from linli.charter.guard import staff
from linli.charter.models import CharterVersion
from linli.charter.store import NoCharter, charter_of, version_in_force
from linli.charter.words import say


@staff("charter.see")
def home(request: HttpRequest) -> HttpResponse:
    """Everything the charter says: findings, posts, duties with the arithmetic, kinds of matter, procedures, and what held before."""
    version = _version_or_404(request)  # without a charter nobody holds an ability, so nobody comes here
    lang, charter = _lang(), charter_of(version)
    sentences, sums = queries.duties(charter, lang)
    found = queries.findings(version, lang)
    return render(
        request,
        "charter/home.html",
        {
            "version": version,
            "charter": charter,
            "name": say(charter.name, lang),
            "source": say(charter.source, lang),
            "history": queries.history(),
            "findings": found,
            "open_findings": sum(f["severity"] != "note" for f in found),
            "posts": queries.posts_by_level(charter, lang),
            "duties": sentences,
            "goals": queries.goals(charter, lang),
            "channels": queries.channels(charter, lang),
            "gatherings": queries.gatherings(charter, lang),
            "sums": sums,
            "tree": queries.category_tree(charter, lang),
            "kinds": len(charter.leaves()),
            "procedures": queries.procedure_cards(charter, lang),
            "chosen": _chosen(request),
        },
    )


@staff("charter.see")
def procedure(request: HttpRequest, id: str) -> HttpResponse:
    """One procedure drawn, and its steps as a table. ``?step=`` marks one step as the present one."""
    version = _version_or_404(request)
    lang, charter = _lang(), charter_of(version)
    found = charter.procedures.get(id)
    if found is None:
        raise Http404
    current = request.GET.get("step") or None
    # the drawing escapes every text that stands in it
    drawing = mark_safe(draw(found, lang, current, posts=charter.posts))  # noqa: S308
    return render(
        request,
        "charter/procedure.html",
        {
            "version": version,
            "name": say(found.name, lang),
            "charter_name": say(charter.name, lang),
            "card": next(c for c in queries.procedure_cards(charter, lang) if c["id"] == id),
            "drawing": drawing,
            "steps": queries.step_rows(charter, found, lang),
            "current": current,
            "ends": [{"name": say(e.name, lang), "good": e.good} for e in found.ends.values()],
            "chosen": _chosen(request),
        },
    )


@staff("charter.see")
def account(request: HttpRequest) -> HttpResponse:
    """The whole charter as a readable account, to print."""
    version = _version_or_404(request)
    lang, charter = _lang(), charter_of(version)
    return render(
        request,
        "charter/account.html",
        {
            "name": say(charter.name, lang),
            "blocks": queries.blocks(explain(charter, lang)),
            "back_url": reverse("charter:home") + _chosen(request),
        },
    )


def _lang() -> str:
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def _version(request: HttpRequest) -> CharterVersion:
    """The version in force, or the stored one ``?version=`` names: running work keeps the charter it began under."""
    asked = request.GET.get("version", "")
    if not asked:
        return version_in_force()
    if not asked.isdecimal() or len(asked) > 18:
        raise Http404
    return get_object_or_404(CharterVersion, pk=int(asked))


def _version_or_404(request: HttpRequest) -> CharterVersion:
    try:
        return _version(request)
    except NoCharter:
        raise Http404 from None


def _chosen(request: HttpRequest) -> str:
    """The query that keeps a chosen version over links."""
    asked = request.GET.get("version", "")
    return f"?version={asked}" if asked.isdecimal() else ""
