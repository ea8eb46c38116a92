"""The notice to residents and the impact assessment, made from ``fields.toml``, ``impact.toml``, the charter in force and the logs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.access import privileges, retention
from linli.access.checks import role_findings
from linli.access.fields import Kept, kept
from linli.access.models import Purpose, ReadLog
from linli.charter.store import NoCharter, charter_in_force
from linli.frame.models import ActLog
from linli.kit import crypto

CLASSES: Mapping[str, Any] = {
    "identifier": _("says who somebody is"),
    "contact": _("reaches somebody"),
    "general": _("general"),
    "sensitive": _("sensitive"),
    "minor": _("of children under 14"),
}
KEPT_AS: Mapping[str, Any] = {
    "plain": _("as it is, guarded by who may see it"),
    "sealed": _("encrypted"),
    "indexed": _("as a keyed digest that can't be turned back"),
}
GRADES: Mapping[str, Any] = {"high": _("high"), "middle": _("middle"), "low": _("low")}
_SENSITIVE = ("sensitive", "minor")


def _zh() -> bool:
    return (get_language() or "zh").startswith("zh")


@dataclass(slots=True)
class Item:
    """One thing that is kept, in the language of the page, with the columns it lies in."""

    what: str
    kind: Any
    kept_as: Any
    purpose: str
    basis: str
    until: str
    sensitive: bool
    columns: list[str] = field(default_factory=list)


def items() -> list[Item]:
    """Everything that is kept about residents, each thing once, in the order of ``fields.toml``."""
    found: dict[str, Item] = {}
    zh = _zh()
    for told in kept().values():
        what = told.what_zh if zh else told.what_en
        if what not in found:
            found[what] = _item(what, told, zh)
        found[what].columns.append(told.column)
    return list(found.values())


def _item(what: str, told: Kept, zh: bool) -> Item:
    said = (told.purpose_zh, told.basis_zh, told.until_zh) if zh else (told.purpose_en, told.basis_en, told.until_en)
    return Item(what, CLASSES[told.kind], KEPT_AS[told.kept_as], *said, told.kind in _SENSITIVE)


@cache
def _risks() -> list[dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("impact.toml").read_text(encoding="utf-8"))["risk"]


def risks() -> list[dict[str, Any]]:
    """What could happen to residents, and what stands against it, in the language of the page."""
    lang = "zh" if _zh() else "en"
    return [
        {
            "what": risk["what"][lang], "harm": risk["harm"][lang], "grade": GRADES[risk["grade"]], "left": GRADES[risk["left"]],
            "against": [measure[lang] for measure in risk["against"]],
        }
        for risk in _risks()
    ]  # fmt: skip


def who_may() -> list[dict[str, Any]]:
    """The posts of the charter that may see, change or take out residents' data."""
    try:
        charter = charter_in_force()
    except NoCharter:
        return []
    told = (("person.see", _("reads")), ("person.edit", _("corrects")), ("person.unmask", _("whole numbers")), ("person.minor", _("children")),
            ("person.export", _("takes lists out")), ("person.approve", _("approves lists")),
            ("group.see", _("visits")), ("matter.contact", _("reporters")))  # fmt: skip
    found = [(post, [label for ability, label in told if ability in post.abilities]) for post in charter.posts.values()]
    return [{"post": post.name, "may": may} for post, may in found if may]


def groups() -> list[dict[str, Any]]:
    """Under what residents are visited: by what right, what for, seen by which posts."""
    try:
        charter = charter_in_force()
    except NoCharter:
        return []
    return [
        {"name": g.name, "basis": g.basis, "purpose": g.purpose, "seen_by": [charter.posts[p].name for p in g.seen_by]}
        for g in charter.groups.values()
    ]


def assessment(now: datetime | None = None) -> dict[str, Any]:
    """What the impact assessment says, as of now: all of it read, nothing typed. Six queries at most."""
    now = now or timezone.now()
    looks = dict(
        ReadLog.objects.filter(at__gte=now - timedelta(days=365)).values_list("purpose").annotate(n=Count("pk")).order_by("purpose")
    )
    runs = list(ActLog.objects.filter(act=retention.ACT).order_by("-pk")[:3])
    try:
        key: crypto.Key | None = crypto.load_keyring().current
    except crypto.KeyringError:
        key = None
    return {
        "now": now, "items": items(), "risks": risks(), "who_may": who_may(), "groups": groups(),
        "looks": [{"purpose": Purpose(p).label, "count": n} for p, n in looks.items()], "looks_total": sum(looks.values()),
        "runs": [{"at": run.at, "count": sum(run.data.values())} for run in runs], "key": key,
        "findings": [*role_findings(), *privileges.findings()],
    }  # fmt: skip
