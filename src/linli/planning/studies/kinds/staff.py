"""人员与用房: people and rooms of communities against the norms, and which deadlines these people will keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from linli.charter.schema import Charter
from linli.charter.store import charter_in_force
from linli.charter.words import say
from linli.frame.columns import Column
from linli.frame.refusal import Refusal
from linli.places.models import Place
from linli.planning.reading import Source
from linli.planning.studies import ground, office
from linli.planning.studies.forms import StudyForm, file_field, seed_field
from linli.planning.studies.kinds import Answered, Kind, Mark, Role, Sheet, Shown
from linli.planning.studies.lines import CountsField, counts, typed
from linli.planning.words import several

VISIT = 20.0
"""Minutes of a visit, as tours count it."""
MINUTES = 60
"""Of work on a matter, where nobody says how many."""
UNKNOWN, ENOUGH, SOME, MUCH = 3, 1, 2, 4  # tones
A_LOT = 0.2
"""Part of what the norm asks for; who misses more is marked as missing much."""


_TOO_FEW = gettext_lazy("Too few matters came to foresee anything from them: bring tables of people and of work.")


class StaffForm(StudyForm):
    workers = forms.MultipleChoiceField(
        label=gettext_lazy("Holders of these posts count as workers"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=gettext_lazy("Somebody with several posts in a community counts once there."),
    )  # fmt: skip
    vices = forms.MultipleChoiceField(
        label=gettext_lazy("Holders of these posts count as vice-chairs"), widget=forms.CheckboxSelectMultiple, required=False
    )
    households = forms.FloatField(label=gettext_lazy("Households of a worker"), min_value=0, max_value=100_000)
    residents = forms.FloatField(
        label=gettext_lazy("Residents of a worker"), min_value=0, max_value=100_000,
        help_text=gettext_lazy("Counts where a file tells residents. 0 in any of these: not looked at."),
    )  # fmt: skip
    chair = forms.FloatField(label=gettext_lazy("Households of a vice-chair"), min_value=0, max_value=100_000)
    space_first = forms.IntegerField(label=gettext_lazy("Rooms of every community (m²)"), min_value=0, max_value=1_000_000)
    space_until = forms.IntegerField(label=gettext_lazy("Enough for so many households"), min_value=0, max_value=1_000_000)
    space_more = forms.IntegerField(label=gettext_lazy("More rooms beyond (m²)"), min_value=0, max_value=1_000_000)
    space_each = forms.IntegerField(label=gettext_lazy("For each full so many households"), min_value=1, max_value=1_000_000)
    rooms = CountsField(
        label=gettext_lazy("Rooms there are (m²)"), required=False,
        help_text=gettext_lazy("A line for each community: its name, a comma, square metres. A line without a number is not told."),
    )  # fmt: skip
    foresee = forms.BooleanField(
        label=gettext_lazy("Foresee which deadlines will be kept"), required=False,
        help_text=gettext_lazy("By simulation: what came here before, for a year at most, comes again by chance, and these people do it."),
    )  # fmt: skip
    posts = CountsField(
        label=gettext_lazy("People in the posts to which matters come"), required=False, high=10_000, whole=True,
        help_text=gettext_lazy("As they are held today. Change a number to see what more or fewer people would keep."),
    )  # fmt: skip
    growth = forms.IntegerField(label=gettext_lazy("Matters that come, in percent of those that came"), min_value=1, max_value=1000)
    minutes = forms.FloatField(
        label=gettext_lazy("Minutes of work on a matter at most"), min_value=1, max_value=10_000,
        help_text=gettext_lazy(
            "With ways and writing; nobody records them. Where the quickest tenth of a kind of closed matters were handled sooner, "
            "that counts."
        ),
    )  # fmt: skip
    hours = forms.FloatField(label=gettext_lazy("Hours of a working day"), min_value=1, max_value=24)
    visit = forms.FloatField(
        label=gettext_lazy("Minutes of a visit"), min_value=1, max_value=480,
        help_text=gettext_lazy("The charter’s visiting duties are taken off the hours of the posts that have them."),
    )  # fmt: skip
    days = forms.IntegerField(label=gettext_lazy("Working days to simulate"), min_value=20, max_value=500)
    goal = forms.IntegerField(label=gettext_lazy("Deadlines to be kept (%)"), min_value=1, max_value=99)
    seed = seed_field()
    source = file_field(
        pgettext_lazy("file", "Communities"),
        gettext_lazy("CSV or GeoJSON with name, households; where known residents, staff, chairs, space. Left empty: those stored."),
    )
    space = file_field(pgettext_lazy("file", "Rooms"), gettext_lazy("CSV with name (or id) and space. Goes before what is typed above."))
    people = file_field(
        pgettext_lazy("file", "People"),
        gettext_lazy("CSV with post, count; where known hours (a day), duties (hours a week). Left empty: as above."),
    )
    work = file_field(
        pgettext_lazy("file", "Work"),
        gettext_lazy("CSV with kind, post, a_day, minutes, days; where known spread, kept. Left empty: the matters that came."),
    )

    def furnish(self, place: Place) -> None:
        charter = charter_in_force()
        choices = [(p.id, say(p.name, get_language() or "zh")) for p in office.posts_below(charter)]
        self.fields["workers"].choices = self.fields["vices"].choices = choices  # type: ignore[attr-defined]
        names = [p.name for p in office.communities_of(place)]
        self.fields["rooms"].initial = "".join(f"{name},\n" for name in names)
        found = office.past(place, charter=charter)
        held = office.people_of(place, found, charter)
        self.fields["posts"].initial = typed(list(held.items()))
        self.enough = found.count >= office.FEWEST
        if found.count:
            message = _("By simulation: what came here in %(days)s working days comes again by chance, and these people do it.")
            self.fields["foresee"].help_text = message % {"days": found.days}
        if not self.is_bound:
            return
        if not self.files.get("source"):
            self.fields["rooms"].names = names  # type: ignore[attr-defined]
        self.fields["posts"].names = list(held)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if any(data.get(name) or name in self.kept for name in ("people", "work")):
            data["foresee"] = True
        else:
            self._everybody(data)
        return data

    def _everybody(self, data: dict[str, Any]) -> None:
        """Each post to which matters come is told: one left out is not one with nobody."""
        told = counts(data.get("posts") or "") if "posts" not in self.errors else None
        missing = [name for name in self.fields["posts"].names if told is not None and name not in told]  # type: ignore[attr-defined]
        if data.get("foresee") and self.enough and missing:
            message = _("Matters come to these posts, too: %(names)s. Add a line for each, with 0 where there is nobody.")
            self.add_error("posts", message % {"names": several(missing)})


class Staff(Kind):
    id = "staff"
    name = gettext_lazy("People and rooms")
    lede = gettext_lazy("Workers, vice-chairs and rooms of each community against the norms, and which deadlines these people will keep.")
    icon = "people"
    form = StaffForm
    roles = (
        Role("source", pgettext_lazy("file", "Communities")),
        Role("space", pgettext_lazy("file", "Rooms"), needed=False),
        Role("people", pgettext_lazy("file", "People"), needed=False),
        Role("work", pgettext_lazy("file", "Work"), needed=False),
    )

    def usual(self, place: Place, charter: Charter) -> dict[str, Any]:
        norms = charter.staffing
        return {
            "workers": office.usual_workers(charter), "vices": office.usual_vices(charter), "households": norms.worker, "residents": norms.worker_residents,
            "chair": norms.chair, "space_first": norms.space, "space_until": norms.space_until, "space_more": norms.space_more,
            "space_each": norms.space_each, "foresee": True, "growth": 100, "minutes": MINUTES, "hours": office.hours(charter), "visit": VISIT, "days": 250,
            "goal": 95, "seed": 1,
        }  # fmt: skip

    def demo(self, place: Place, charter: Charter) -> dict[str, Any]:
        # the demonstration has no rooms of its own: a row of sizes around the norm, as a street would enter them
        sizes = (2300, 1150, 1500, 980, 2600, 1800, 1250, 2100, 760, 1650)
        rooms = [(p.name, sizes[n % len(sizes)]) for n, p in enumerate(office.communities_of(place))]
        found = office.past(place, charter=charter)
        held = office.people_of(place, found, charter)
        return {
            **self.usual(place, charter),
            "foresee": found.count >= office.FEWEST,
            "rooms": typed(rooms),
            "posts": typed(list(held.items())),
            "note": "人手与用房够不够",
        }

    def has(self, place: Place) -> list[str]:
        found = office.past(place)
        said = [_("%(n)s communities are stored here, with who holds which post.") % {"n": len(office.communities_of(place))}]
        if found.count >= office.FEWEST:
            values = {"n": f"{found.count:,}", "days": found.days}
            return [*said, _("%(n)s matters came in the last %(days)s working days to posts held here.") % values]
        return [*said, str(_TOO_FEW)]

    def own(self, place: Place, role: str, data: Mapping[str, Any]) -> Source | None:
        if role == "source":
            return office.communities(place, data["workers"], data["vices"])
        if role == "space":
            lines = list(counts(data.get("rooms") or "").items())
            return ground.written(pgettext("file", "Rooms"), ["name", "space"], lines) if lines else None
        if not data.get("foresee"):
            return None
        charter = charter_in_force()
        found = office.past(place, charter=charter)
        if found.count < office.FEWEST:
            raise Refusal(_TOO_FEW, field="foresee", code="few")
        if role == "people":
            return office.people(found, counts(data.get("posts") or ""), charter, day=data["hours"], visit=data["visit"])
        return office.work(found, charter, minutes=data["minutes"], growth=data["growth"] / 100)

    def options(self, data: Mapping[str, Any]) -> dict[str, Any]:
        brought = data["brought"]
        names = ["households", "residents", "chair", "space_first", "space_until", "space_more", "space_each", "foresee", "days", "seed"]
        if "source" not in brought:
            names += ["workers", "vices"]
        if "space" not in brought:
            names += ["rooms"]
        if data["foresee"] and "people" not in brought:
            names += ["posts", "hours", "visit"]
        if data["foresee"] and "work" not in brought:
            names += ["growth", "minutes"]
        return {"goal": data["goal"] / 100, **{name: data.get(name) for name in names}}

    def initial(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return {**options, "goal": round(100 * options["goal"])}

    def told(self, name: str, value: Any) -> Any:
        if name in ("workers", "vices"):
            posts = charter_in_force().posts
            return _(", ").join(say(posts[key].name, get_language() or "zh") if key in posts else key for key in value)
        if name in ("rooms", "posts"):
            return "; ".join(f"{key} {n:g}" for key, n in counts(value).items()) or _("not told")
        if name == "foresee":
            return _("yes") if value else _("no")
        return round(100 * value) if name == "goal" else value

    def shown(self, answered: Answered) -> Shown:
        sheets = [Sheet(_("Communities, those that miss most first"), _COMMUNITIES, _marked(answered))]
        if foreseen := answered.figures.get("foreseen"):
            sheets.append(Sheet(_("Posts and their load"), _POSTS, foreseen["posts"]))
            sheets.append(Sheet(_("Which deadlines are kept"), _KINDS, foreseen["kinds"]))
        names = len(answered.features) <= 60
        marks = [
            Mark(p["id"], f["geometry"], p["name"], _said(p), _tone(p), label=names, large=f["geometry"]["type"] == "Point")
            for f in answered.features
            for p in [f["properties"]]
        ]
        legend = [
            (ENOUGH, _("nothing is missing")), (SOME, _("something is missing")), (MUCH, _("more than a fifth is missing")), (UNKNOWN, _("not told")),
        ]  # fmt: skip
        return Shown(sheets, marks, legend, pale=True)


def _missing(row: Mapping[str, Any]) -> float | None:
    """The largest part of what a norm asks for that is missing; None where nothing is told."""
    told = [what for what in ("staff", "chairs", "space") if row[f"{what}_short"] is not None and row[f"{what}_needed"]]
    parts = [row[f"{what}_short"] / row[f"{what}_needed"] for what in told]
    return max(parts, default=None)


def _tone(row: Mapping[str, Any]) -> int:
    part = _missing(row)
    return UNKNOWN if part is None else ENOUGH if not part else SOME if part <= A_LOT else MUCH


def _marked(answered: Answered) -> list[dict[str, Any]]:
    on_map = {f["properties"]["id"] for f in answered.features}
    rows = sorted(answered.rows, key=lambda r: -(_missing(r) or 0.0))
    return [{**row, "mark": row["id"]} if row["id"] in on_map else dict(row) for row in rows]


def _said(row: Mapping[str, Any]) -> str:
    short = [
        said % {"n": f"{row[key]:,.0f}"}
        for said, key in ((_("%(n)s workers"), "staff_short"), (_("%(n)s vice-chairs"), "chairs_short"), (_("%(n)s m²"), "space_short"))
        if row[key]
    ]
    if short:
        return _("Missing: %(what)s.") % {"what": _(", ").join(short)}
    return _("not told") if _missing(row) is None else _("nothing is missing")


def _cell(name: str) -> Any:
    return lambda r: _("not told") if r[name] is None else round(r[name]) if isinstance(r[name], float) else r[name]


def _percent(name: str) -> Any:
    return lambda r: "–" if r[name] is None else round(100 * r[name], 1)


def _days(name: str) -> Any:
    return lambda r: "–" if r[name] is None else round(r[name], 1)


_COMMUNITIES = (
    Column("name", gettext_lazy("Community"), lambda r: r["name"], width=18),
    Column("households", gettext_lazy("Households"), lambda r: r["households"], kind="number", width=12),
    Column("staff", gettext_lazy("Workers"), _cell("staff"), kind="number", width=10),
    Column("each", gettext_lazy("Households a worker"), _cell("households_a_worker"), kind="number", width=12),
    Column("staff_needed", gettext_lazy("Workers by the norm"), lambda r: r["staff_needed"], kind="number", width=12),
    Column("staff_short", gettext_lazy("Workers missing"), _cell("staff_short"), kind="number", width=12),
    Column("chairs", gettext_lazy("Vice-chairs"), _cell("chairs"), kind="number", width=10),
    Column("chairs_short", gettext_lazy("Vice-chairs missing"), _cell("chairs_short"), kind="number", width=12),
    Column("space", gettext_lazy("Rooms (m²)"), _cell("space"), kind="number", width=12),
    Column("space_needed", gettext_lazy("Rooms by the norm (m²)"), _cell("space_needed"), kind="number", width=14),
    Column("space_short", gettext_lazy("Rooms missing (m²)"), _cell("space_short"), kind="number", width=14),
)
_POSTS = (
    Column("post", gettext_lazy("Post"), lambda r: r["post"], width=20),
    Column("people", gettext_lazy("People"), lambda r: r["people"], kind="number", width=10),
    Column("duties", gettext_lazy("Hours a week bound by duties"), lambda r: r["duties"], kind="number", width=14),
    Column("asked", gettext_lazy("Minutes of work a day"), lambda r: round(r["asked"]), kind="number", width=14),
    Column("there", gettext_lazy("Minutes there are"), lambda r: round(r["there"]), kind="number", width=14),
    Column("load", gettext_lazy("Load (%)"), _percent("load"), kind="number", width=10),
    Column("enough", gettext_lazy("People that keep the goal"), lambda r: r["enough"] if r["enough"] is not None else _("no number does"), kind="number", width=14),
)  # fmt: skip
_KINDS = (
    Column("kind", gettext_lazy("Kind of work"), lambda r: r["kind"], width=34),
    Column("a_day", gettext_lazy("A day"), lambda r: round(r["a_day"], 2), kind="number", width=10),
    Column("minutes", gettext_lazy("Minutes each"), lambda r: round(r["minutes"]), kind="number", width=10),
    Column("days", gettext_lazy("To be done in (working days)"), lambda r: round(r["days"], 1), kind="number", width=14),
    Column("kept", gettext_lazy("Kept so far (%)"), _percent("kept"), kind="number", width=12),
    Column("in_time", gettext_lazy("Kept in the simulation (%)"), _percent("in_time"), kind="number", width=14),
    Column("took", gettext_lazy("Handled so far in (days, middle)"), _days("took"), kind="number", width=14),
    Column("nine", gettext_lazy("Nine in ten within (days)"), _days("nine_in_ten_days"), kind="number", width=14),
)  # fmt: skip


KIND = Staff()
