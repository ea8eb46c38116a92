"""What happened to a gathering, in sentences, from the log of acts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linli.flow.words import moment
from linli.frame.models import ActLog
from linli.gatherings.models import Gathering
from linli.gatherings.queries import Turnout

TONES = {"planned": "plain", "held": "good", "called_off": "warn", "recounted": "warn", "corrected": "warn"}
PARTS = {"title": gettext_lazy("title"), "where": gettext_lazy("venue"), "agenda": gettext_lazy("agenda")}
WEEKDAYS = (
    gettext_lazy("Mon"), gettext_lazy("Tue"), gettext_lazy("Wed"), gettext_lazy("Thu"), gettext_lazy("Fri"), gettext_lazy("Sat"),
    gettext_lazy("Sun"),
)  # fmt: skip


def when(starts_at: datetime, ends_at: datetime) -> str:
    """«2026-11-28 Sat 09:00–10:30», by the clock of the place."""
    start, end = timezone.localtime(starts_at), timezone.localtime(ends_at)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d} {WEEKDAYS[start.weekday()]} {start:%H:%M}–{until}"


def lines_of(gathering: Gathering) -> list[ActLog]:
    """The lines of the log of acts on a gathering, oldest first. One query."""
    subject = f"{gathering._meta.label_lower}:{gathering.pk}"
    return list(ActLog.objects.filter(subject=subject).select_related("by").order_by("at", "pk"))


def history(lines: Sequence[ActLog]) -> list[dict[str, Any]]:
    """For ``frame/parts/history.html``."""
    return [
        {
            "at": line.at,
            "what": sentence(line),
            "who": str(line.by) if line.by else "",
            "key": line.data.get("key", ""),
            "tone": TONES.get(_act(line), "plain"),
            "texts": [{"label": _("Reason"), "text": line.data["why"]}] if line.data.get("why") else [],
        }
        for line in lines
    ]


def changes_since(gathering: Gathering, seq: int) -> list[str]:
    """What others did since somebody saw it as ``seq``, one line each."""
    return [f"{moment(line.at)[5:]} {line.by or ''} {sentence(line)}" for line in lines_of(gathering) if line.data.get("seq", 0) > seq]


def _act(line: ActLog) -> str:
    return line.act.rpartition(".")[2]


def sentence(line: ActLog) -> str:
    """What happened, without who and when."""
    act, data = _act(line), line.data
    if act == "planned":
        invited = ngettext("%(n)d invited", "%(n)d invited", data["invited"]) % {"n": data["invited"]}
        return _("Planned for %(when)s, %(invited)s") % {"when": moment(data["starts_at"]), "invited": invited}
    if act == "changed":
        return _changed(data)
    if act == "held":
        return _("Held: %(counts)s") % {"counts": _counts(data)}
    if act == "recounted":
        return _("Who came was corrected: %(before)s; now %(after)s") % {"before": _counts(data["before"]), "after": _counts(data["after"])}
    if act == "attached":
        return ngettext("%(n)d file added", "%(n)d files added", data["files"]) % {"n": data["files"]}
    plain = {"called_off": _("Called off"), "written": _("Minutes written"), "corrected": _("Minutes corrected")}
    return plain.get(act, act)


def _changed(data: dict[str, Any]) -> str:
    said = []
    if "from" in data:
        said.append(_("moved from %(from)s to %(to)s") % {"from": moment(data["from"]), "to": moment(data["to"])})
    if parts := [str(PARTS[name]) for name in data["changed"] if name in PARTS]:
        said.append(_("changed: %(parts)s") % {"parts": "、".join(parts)})
    if data["invited"]:
        said.append(ngettext("%(n)d more invited", "%(n)d more invited", data["invited"]) % {"n": data["invited"]})
    if data["no_longer"]:
        said.append(ngettext("%(n)d no longer invited", "%(n)d no longer invited", data["no_longer"]) % {"n": data["no_longer"]})
    return _("Plan changed: %(what)s") % {"what": ";".join(said)}


def _counts(data: dict[str, Any]) -> str:
    return _("%(came)s of staff and bodies, %(residents)s residents, %(others)s others") % {
        "came": data["came"], "residents": data["residents"], "others": data["others"],
    }  # fmt: skip


def turnout_words(found: Turnout) -> str:
    """How a body's attendance stands against the charter, in a sentence."""
    values = {"came": found.came, "members": found.members, "needed": found.needed}
    if found.met:
        return _("%(came)s of %(members)s members came; %(needed)s were needed. It counts.") % values
    return _("%(came)s of %(members)s members came; %(needed)s were needed. Too few: what was decided doesn't count.") % values


def few(count: int | None) -> str:
    """A count of people as others may see it: below five only that."""
    if count is None:
        return ""
    return _("fewer than 5") if 0 < count < 5 else str(count)
