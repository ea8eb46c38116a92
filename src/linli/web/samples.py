"""What the styleguide shows each component with: every state once, with words a reader can tell are examples."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.frame.columns import Cell, Column
from linli.frame.icons import NAMES
from linli.frame.squares import square


class Sample(forms.Form):
    """Each kind of field."""

    title = forms.CharField(label="", max_length=40)
    text = forms.CharField(label="", max_length=400, widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(label="")
    day = forms.DateField(label="", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    name = forms.ChoiceField(label="", widget=forms.RadioSelect)
    withheld = forms.BooleanField(label="", required=False)
    photos = forms.FileField(label="", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = [_("In a few words"), _("What happened"), _("Kind"), _("Day"), _("Your name"), _("Ask me before you come"), _("Photos")]
        for field, label in zip(self.fields.values(), labels, strict=True):
            field.label = label
        self.fields["title"].help_text = _("As you would tell a neighbour.")
        self.fields["kind"].choices = [("", _("Choose")), ("lamp", _("Street lamp")), ("drain", _("Drain"))]  # type: ignore[attr-defined]
        self.fields["name"].choices = [("none", _("Anonymous")), ("held", _("Withheld")), ("given", _("Given"))]  # type: ignore[attr-defined]


def all_of_them() -> dict[str, Any]:
    now = timezone.now()
    return {
        "now": now,
        "colours": ["ground", "raised", "line", "ink", "quiet", "accent", "accent-soft", "late", "warn", "good"],
        "sizes": ["2xl", "xl", "l", "m", "s", "xs"],
        "icons": NAMES,
        "form_new": Sample(auto_id="new_%s"),
        "form_bad": Sample({"title": "x" * 60, "name": "given"}, auto_id="bad_%s"),
        "badges": _badges(),
        "dues": _dues(now),
        "steps": _steps(now),
        "lines": _history(now),
        "jobs": _jobs(),
        "tree": _tree(),
        "tabs": _tabs(),
        "facts": [
            {"term": _("Number"), "value": "QS-2026-000123"},
            {"term": _("Place"), "value": "都兰社区", "url": "#facts"},
            (_("Note"), ""),
        ],
        "changes": [{"at": now - timedelta(minutes=4), "who": "王芳", "what": _("dispatched it")}],
        "yours": [{"label": _("You had written"), "text": _("The lamp was changed this morning.")}],
        "listing": _listing(),
        "listing_empty": _listing(rows=0, filtered=True),
        "listing_none": _listing(rows=0),
        "bulk": [{"value": "urge", "label": _("Urge")}, {"value": "drop", "label": _("Withdraw"), "danger": True}],
        "map_items": [
            {"label": "都兰社区 1", "url": "#maplist", "meta": _("open: 3")},
            {"label": "都兰社区 2", "url": "#maplist", "meta": _("open: 0")},
        ],
        "qr": square("https://example.org/f/ABCD-EFGH"),
        "slip_lines": [_("Raised on 3 March 2026"), _("Community service station, 09:00 to 17:30")],
        "confirm_items": [_("The seat's open work goes to the next post up."), _("Access ends at once.")],
    }


def _badges() -> list[tuple[str, str, str]]:
    return [
        ("plain", _("closed"), ""),
        ("info", _("being handled"), ""),
        ("good", _("solved"), "check"),
        ("warn", _("due today"), "clock"),
        ("late", _("overdue"), "alarm"),
        ("hold", _("on the ledger"), "pause-circle"),
    ]


def _dues(now: Any) -> list[dict[str, Any]]:
    return [
        {"due": now + timedelta(days=5)},
        {"due": now + timedelta(hours=7)},
        {"due": now - timedelta(days=3)},
        {"due": now, "done": now - timedelta(hours=2)},
        {"due": now, "done": now + timedelta(hours=30)},
        {"due": now, "hold": True},
        {"due": None},
    ]


def _steps(now: Any) -> list[dict[str, Any]]:
    day = timedelta(days=1)
    return [
        {"name": _("Accept"), "state": "done", "who": _("Intake desk"), "at": now - 3 * day},
        {"name": _("Dispatch"), "state": "done", "who": _("Service station"), "at": now - 2 * day},
        {"name": _("Handle"), "state": "now", "who": "李娜", "due": now - timedelta(hours=5)},
        {"name": _("Joint handling"), "state": "skipped"},
        {"name": _("Check on the spot"), "state": "next", "note": _("by somebody else")},
        {"name": _("Answer"), "state": "next"},
    ]


def _history(now: Any) -> list[dict[str, Any]]:
    day = timedelta(days=1)
    return [
        {"at": now - 3 * day, "what": _("Accepted"), "who": "张伟", "role": _("Intake desk"), "icon": "check"},
        {
            "at": now - 2 * day,
            "what": _("Sent back"),
            "who": "李娜",
            "role": _("Grid worker"),
            "tone": "warn",
            "icon": "arrow-return-left",
            "texts": [{"label": _("Reason"), "text": _("The lamp belongs to the housing estate.")}],
        },
        {
            "at": now - day,
            "what": _("Overdue"),
            "role": _("clock"),
            "tone": "late",
            "icon": "alarm",
            "url": "#history",
            "url_text": _("To the matter"),
        },
        {"at": now, "what": _("Solved"), "who": "李娜", "tone": "good", "icon": "check-circle"},
    ]


def _jobs() -> list[dict[str, Any]]:
    return [
        {"title": _("Loading places"), "state": "running", "done": 1200, "total": 3400, "cancel_url": "#jobs"},
        {"title": _("Counting"), "state": "waiting"},
        {"title": _("Spreadsheet"), "state": "done", "result_url": "#jobs"},
        {"title": _("Loading grids"), "state": "failed", "message": _("Row 17: the shape crosses itself. Nothing was saved.")},
        {"title": _("Loading grids again"), "state": "cancelled"},
    ]


def _tree() -> list[dict[str, Any]]:
    grids = [{"label": f"都兰社区 {n}", "url": "#tree", "meta": _("402 households") if n == 1 else "", "current": n == 1} for n in (1, 2)]
    communities = [{"label": "都兰社区", "url": "#tree", "children": grids, "open": True}]
    return [
        {
            "label": "青山区",
            "url": "#tree",
            "open": True,
            "children": [
                {"label": "幸福路街道", "url": "#tree", "meta": "4", "open": True, "children": communities},
                {"label": "青山路街道", "url": "#tree"},
            ],
        }
    ]


def _tabs() -> list[dict[str, Any]]:
    return [
        {"label": _("History"), "url": "#tabs", "current": True},
        {"label": _("Photos"), "url": "#tabs", "count": 3},
        {"label": _("Similar"), "url": "#tabs", "count": 0},
    ]


class _FilterSample(forms.Form):
    q = forms.CharField(required=False)
    step = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].label, self.fields["step"].label = _("Words"), _("Step")
        self.fields["step"].choices = [("", _("all")), ("handle", _("Handle"))]  # type: ignore[attr-defined]


def _listing(rows: int = 3, filtered: bool = False) -> SimpleNamespace:
    """A stand-in with the names of ``frame.lists.Listing``, so that the guide needs no records."""
    columns = [
        Column("number", _("Number"), link=lambda r: "#list"),
        Column("title", _("Title")),
        Column("state", _("State"), kind="tag"),
        Column("days", _("Days"), kind="number"),
    ]
    data = [
        SimpleNamespace(pk=1, number="QS-2026-000121", title=_("Lamp out at the gate"), state=_("being handled"), days=2),
        SimpleNamespace(pk=2, number="QS-2026-000122", title=_("Drain blocked after rain"), state=_("overdue"), days=9),
        SimpleNamespace(pk=3, number="QS-2026-000123", title=_("Rubbish behind building 3"), state=_("closed"), days=1),
    ][:rows]
    heads = [SimpleNamespace(column=c, url="#list", direction="", aria="none") for c in columns]
    heads[0].direction, heads[0].aria, heads[2].url = "down", "descending", ""
    chips = [SimpleNamespace(label=_("Step"), value=_("Handle"), url="#list")] if rows or filtered else []
    return SimpleNamespace(
        request=SimpleNamespace(path="#list"),
        params={},
        filters=_FilterSample({"step": "handle"} if chips else {}, auto_id=f"f{rows}{filtered}_%s"),
        chips=chips,
        clear_url="#list",
        query="step=handle" if rows else "",
        page="web:styleguide",
        url="#list",
        saved_views=[SimpleNamespace(pk=1, name=_("Overdue in my area"), url="#list", is_current=True)] if rows else [],
        notices=[_("That page of the list no longer exists; this is the first one.")] if rows else [],
        headers=heads,
        rows=data,
        lines=[SimpleNamespace(row=r, cells=[Cell(c, r) for c in columns]) for r in data],
        count="1000+",
        pager=SimpleNamespace(first="#list", previous="#list", next="#list"),
        export=bool(rows),
    )
