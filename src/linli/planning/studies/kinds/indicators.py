"""综合指标: places ranked by several weighted indicators, what the ranking rests on, and what was weighted otherwise the time before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from linli.charter.schema import Charter
from linli.frame.columns import Column
from linli.frame.templatetags.linli import named
from linli.places.models import Level, Place
from linli.planning.cli.indicators import DOWN, TABLES, UP
from linli.planning.reading import Source
from linli.planning.studies import figures, ground
from linli.planning.studies.comparing import PairsField, among, number
from linli.planning.studies.forms import StudyForm, file_field, seed_field
from linli.planning.studies.kinds import Answered, Kind, Mark, Role, Sheet, Shown
from linli.planning.studies.lines import LinesField, parts, typed
from linli.planning.tables import table

FIRST, MIDDLE, LAST = 1, 2, 4  # tones
WEIGHTS = (
    ("given", gettext_lazy("as given with the indicators")),
    ("experts", gettext_lazy("from comparisons of pairs by experts (AHP)")),
    ("entropy", gettext_lazy("by entropy: where places differ more, it counts more")),
)
SCALES = (
    ("range", gettext_lazy("from the worst (0) to the best (1)")),
    ("deviation", gettext_lazy("in standard deviations from the mean")),
    ("best", gettext_lazy("as a share of the best")),
    ("rank", gettext_lazy("by rank alone")),
)
MISSING = (("mean", gettext_lazy("the mean of the others stands for it")), ("refuse", gettext_lazy("it is refused")))
PERIODS = {
    "last-year": gettext_lazy("last year"), "year": gettext_lazy("this year so far"), "last-quarter": gettext_lazy("last quarter"),
    "quarter": gettext_lazy("this quarter so far"), "last-month": gettext_lazy("last month"), "month": gettext_lazy("this month so far"),
}  # fmt: skip


class ChosenField(LinesField):
    """Lines of an indicator, whether more is better, and its weight."""

    def wrong(self, line: list[str]) -> str:
        said = ", ".join(line)[:60]
        if len(line) not in (2, 3) or not line[0] or line[1].lower() not in (*UP, *DOWN):
            return _("«%(line)s»: a name, up or down, and a weight are needed, with commas between.") % {"line": said}
        return "" if len(line) == 2 or number(line[2]) else _("«%(line)s»: the weight is no number from 0 on.") % {"line": said}


class IndicatorsForm(StudyForm):
    level = forms.ChoiceField(label=gettext_lazy("What is ranked"))
    period = forms.ChoiceField(label=gettext_lazy("By figures of"), choices=list(PERIODS.items()))
    chosen = ChosenField(
        label=gettext_lazy("Indicators"), required=False,
        help_text=gettext_lazy("A line each: name, up (more is better) or down, weight. Those stored here are told above; of a file: its columns."),
    )  # fmt: skip
    weights = forms.ChoiceField(label=gettext_lazy("Weights"), choices=WEIGHTS, widget=forms.RadioSelect)
    pairs = PairsField(
        label=gettext_lazy("Comparisons of pairs"), required=False,
        help_text=gettext_lazy("Counts for weights by comparisons. Several experts, or indicators of a file: bring their comparisons as a file."),
    )  # fmt: skip
    table = forms.ChoiceField(label=gettext_lazy("Random index of the consistency ratio"), choices=list(TABLES.items()))
    anyway = forms.BooleanField(label=gettext_lazy("Use comparisons that contradict each other (ratio above 0.1)"), required=False)
    scale = forms.ChoiceField(label=gettext_lazy("Values are made comparable"), choices=SCALES)
    missing = forms.ChoiceField(label=gettext_lazy("Where a value is missing"), choices=MISSING)
    shake = forms.IntegerField(
        label=gettext_lazy("Weights may be off by (%)"), min_value=1, max_value=90,
        help_text=gettext_lazy("All at once, a thousand times by chance: the ranks each place comes to are told."),
    )  # fmt: skip
    seed = seed_field()
    source = file_field(
        pgettext_lazy("file", "Figures"),
        gettext_lazy("CSV or GeoJSON with id or name of each place or body, a column for each indicator. Left empty: the figures stored."),
    )
    indicators = file_field(
        pgettext_lazy("file", "Indicators"), gettext_lazy("CSV with indicator, better (up or down), weight. Left empty: those above.")
    )
    experts = file_field(
        pgettext_lazy("file", "Comparisons"),
        gettext_lazy("CSV with first, second, ratio, and expert where there are several. Left empty: those above."),
    )

    def furnish(self, place: Place) -> None:
        self.fields["level"].choices = [(level, Level(level).label) for level in figures.levels_below(place)]  # type: ignore[attr-defined]
        widget: Any = self.fields["pairs"].widget
        widget.names, widget.table = self._names(), self["table"].value()

    def _names(self) -> list[str]:
        """The indicators as they are typed, to be compared; of a file that is kept those compared before."""
        if "indicators" in self.kept:
            return list(dict.fromkeys(name for line in parts(self["pairs"].value() or "") for name in line[:2]))
        return list(dict.fromkeys(line[0] for line in parts(self["chosen"].value() or "")))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "chosen" not in self.errors and not self._brought("indicators"):
            lines = parts(data.get("chosen") or "")
            known = figures.rankable()
            strange = [line[0] for line in lines if line[0] not in known] if not self._brought("source") else []
            if strange:
                message = gettext_lazy("There are no such figures here: %(names)s. Bring a file, or choose of those told above.")
                self.add_error("chosen", str(message) % {"names": ", ".join(strange[:5])})
            elif not lines:
                self.add_error("chosen", gettext_lazy("Name at least one indicator, or bring a file of them."))
            elif data.get("weights") == "given" and not any(float(line[2]) if len(line) > 2 and line[2] else 1.0 for line in lines):
                self.add_error("chosen", gettext_lazy("All weights are 0. Give at least one."))
        if data.get("weights") == "experts" and not self._brought("experts") and "pairs" not in self.errors:
            self._compared(data)
        return data

    def _compared(self, data: dict[str, Any]) -> None:
        """Every pair of the indicators typed is compared, and no others."""
        missing: list[tuple[str, str]] = []
        if file := data.get("indicators"):
            of_file = [row.text("indicator") for row in table(Source(file.name, file.read()), placed=False).rows]
            file.seek(0)
            data["pairs"], missing = among(data.get("pairs") or "", of_file)
            if missing:
                self.add_error(
                    "experts", gettext_lazy("The indicators of a file are compared in a file, too: bring it, or take other weights.")
                )
                return
        if "chosen" not in self.errors and not self._brought("indicators"):
            data["pairs"], missing = among(data.get("pairs") or "", self._names())
        if not data.get("pairs"):
            self.add_error("pairs", gettext_lazy("Compare the indicators in pairs, or bring a file of comparisons."))
        elif missing:
            names = _(", ").join(f"{a} : {b}" for a, b in missing[:5]) + (" …" if len(missing) > 5 else "")
            self.add_error("pairs", _("Compare these, too: %(names)s.") % {"names": names})

    def _brought(self, role: str) -> bool:
        return bool(self.cleaned_data.get(role)) or role in self.kept


class Indicators(Kind):
    id = "indicators"
    name = gettext_lazy("Composite indicators")
    lede = gettext_lazy(
        "Places ranked by several weighted indicators, with where the weights come from and how far the ranking depends on them."
    )
    icon = "list-check"
    levels = ("district", "street")
    form = IndicatorsForm
    roles = (
        Role("source", pgettext_lazy("file", "Figures")),
        Role("indicators", pgettext_lazy("file", "Indicators")),
        Role("experts", pgettext_lazy("file", "Comparisons"), needed=False),
    )
    demo_user = "district"

    def usual(self, place: Place, charter: Charter) -> dict[str, Any]:
        chosen = [
            (named(m.name), pgettext("better", "down") if m.better == "less" else pgettext("better", "up"), 1)
            for m in figures.usual(charter)
        ]
        pairs = [(a[0], b[0], 1) for a, b in combinations(chosen, 2)]
        return {
            "level": "community", "period": "year", "chosen": typed(chosen), "weights": "given", "pairs": typed(pairs), "table": "saaty", "anyway": False,
            "scale": "range", "missing": "mean", "shake": 10, "seed": 1,
        }  # fmt: skip

    def demo(self, place: Place, charter: Charter) -> dict[str, Any]:
        usual = self.usual(place, charter)
        names = [line[0] for line in parts(usual["chosen"])]
        # as somebody would say it: the first counts for more than each that follows, by one step more each time
        pairs = [(a, b, min(9, 1 + names.index(b) - names.index(a))) for a, b in combinations(names, 2)]
        return {**usual, "weights": "experts", "pairs": typed(pairs), "note": "年度考核权重（专家比较）"}

    def has(self, place: Place) -> list[str]:
        known = dict.fromkeys(named(m.name) for m in figures.rankable().values())
        return [_("Figures stored here that can be ranked by: %(names)s.") % {"names": _(", ").join(known)}]

    def own(self, place: Place, role: str, data: Mapping[str, Any]) -> Source | None:
        lines = parts(data.get("chosen") or "")
        if role == "source":
            return figures.figures(place, data["level"], [line[0] for line in lines], data["period"])
        if role == "indicators":
            rows = [[line[0], line[1], line[2] if len(line) > 2 and line[2] else 1] for line in lines]
            return ground.written(pgettext("file", "Indicators"), ["indicator", "better", "weight"], rows) if rows else None
        pairs = parts(data.get("pairs") or "") if data["weights"] == "experts" else []
        return ground.written(pgettext("file", "Comparisons"), ["first", "second", "ratio"], pairs) if pairs else None

    def options(self, data: Mapping[str, Any]) -> dict[str, Any]:
        brought = data["brought"]
        names = ["weights", "scale", "missing", "seed"]
        names += ["table", "anyway"] if data["weights"] == "experts" else []
        names += [] if "source" in brought else ["level", "period"]
        names += [] if "indicators" in brought else ["chosen"]
        names += [] if "experts" in brought or data["weights"] != "experts" else ["pairs"]
        return {"shake": data["shake"] / 100, **{name: data[name] for name in names}}

    def initial(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return {**options, "shake": round(100 * options["shake"])}

    def told(self, name: str, value: Any) -> Any:
        if name == "level":
            return Level(value).label
        if name in ("chosen", "pairs"):
            return "; ".join(" ".join(line) for line in parts(value))
        if name == "anyway":
            return _("yes") if value else _("no")
        return round(100 * value) if name == "shake" else value

    def shown(self, answered: Answered) -> Shown:
        found = answered.figures
        weights = [
            {"name": name, "weight": w, "better": found["better"][name], **found["holds"][name]} for name, w in found["weights"].items()
        ]
        on_map = {f["properties"]["id"] for f in answered.features}
        rows = [{**row, "mark": row["id"]} if row["id"] in on_map else dict(row) for row in answered.rows]
        sheets = [
            Sheet(_("Ranking"), _RANKING, rows),
            Sheet(_("Weights, and how far each can go before another place is first"), _WEIGHTS, weights),
            Sheet(_("Values"), _values(found["weights"], "period" in answered.options, bool(found["filled"])), rows),
        ]
        thirds = max(1, len(rows))
        marks = [
            Mark(p["id"], f["geometry"], p["name"], _stands(p), _tone(p["rank"], thirds), large=f["geometry"]["type"] == "Point", label=len(rows) <= 60)
            for f in answered.features
            for p in [f["properties"]]
        ]  # fmt: skip
        legend = [(FIRST, _("first third")), (MIDDLE, _("second third")), (LAST, _("last third"))]
        return Shown(sheets, marks, legend, pale=True)

    def changed(self, before: Answered, now: Answered) -> list[str]:
        """Weights and ranks that are others than they were."""
        old, new = before.figures["weights"], now.figures["weights"]
        lines = []
        for name in dict.fromkeys([*new, *old]):
            values = {"name": name, "before": f"{100 * old.get(name, 0):.1f}", "now": f"{100 * new.get(name, 0):.1f}"}
            if name not in old:
                lines.append(_("%(name)s is new, with a weight of %(now)s %%.") % values)
            elif name not in new:
                lines.append(_("%(name)s, with a weight of %(before)s %% then, is left out.") % values)
            elif values["before"] != values["now"]:
                lines.append(_("Weight of %(name)s: %(before)s %%, now %(now)s %%.") % values)
        stood = {row["id"]: row["rank"] for row in before.rows}
        moved = [(row, stood[row["id"]]) for row in now.rows if row["id"] in stood and stood[row["id"]] != row["rank"]]
        if not lines:
            lines.append(_("The weights are the same."))
        if not moved:
            return [*lines, _("No place changed its rank.")]
        said = ngettext("%(n)s place changed its rank: %(names)s", "%(n)s places changed their rank: %(names)s", len(moved))
        names = _(", ").join(f"{row['name']} {rank} → {row['rank']}" for row, rank in moved[:MOVED])
        return [*lines, said % {"n": len(moved), "names": names + (" …" if len(moved) > MOVED else "")}]


MOVED = 12
"""Places whose ranks changed that are told."""


def _stands(row: Mapping[str, Any]) -> str:
    values = {"rank": row["rank"], "best": row["best_rank"], "worst": row["worst_rank"], "score": f"{row['score']:.3f}"}
    return _("rank %(rank)s (%(best)s to %(worst)s), score %(score)s") % values


def _tone(rank: int, of: int) -> int:
    return FIRST if 3 * rank <= of + 1 else MIDDLE if 3 * rank <= 2 * of + 1 else LAST


def _values(names: Mapping[str, float], own: bool, filled: bool) -> Sequence[Column]:
    """``own``: they are the site's, whose shares are in percent. ``filled``: some are means of the others'."""
    shares = {name for name, m in figures.rankable().items() if m.kind != "count"} if own else set()
    return [
        Column("name", _("Place"), lambda r: r["name"], width=18),
        *(
            Column(f"v{n}", f"{name} (%)" if name in shares else name, _value(name), kind="number", width=14)
            for n, name in enumerate(names)
        ),
        *([Column("filled", _("Filled in with the mean"), lambda r: _(", ").join(r.get("filled", ())) or "–", width=24)] if filled else ()),
    ]


def _value(name: str) -> Any:
    def value(row: Mapping[str, Any]) -> str | float:
        found = round(row["values"][name], 2)
        return _("%(value)s (filled in)") % {"value": found} if name in row.get("filled", ()) else found

    return value


def _turns(at: str, other: str) -> Any:
    return lambda r: "–" if r[at] is None else _("%(at)s %%: %(other)s") % {"at": f"{100 * r[at]:.1f}", "other": r[other]}


_RANKING = (
    Column("name", gettext_lazy("Place"), lambda r: r["name"], width=20),
    Column("rank", gettext_lazy("Rank"), lambda r: r["rank"], kind="number", width=8),
    Column("score", gettext_lazy("Score"), lambda r: round(r["score"], 3), kind="number", width=10),
    Column("range", gettext_lazy("Ranks it can come to"), lambda r: f"{r['best_rank']}–{r['worst_rank']}", kind="number", width=14),
    Column("first", gettext_lazy("First in (% of the tries)"), lambda r: round(100 * r["first_share"], 1), kind="number", width=14),
)
_WEIGHTS = (
    Column("name", gettext_lazy("Indicator"), lambda r: r["name"], width=22),
    Column("better", gettext_lazy("Better is"), lambda r: _("less") if r["better"] == "down" else _("more"), width=10),
    Column("weight", gettext_lazy("Weight (%)"), lambda r: round(100 * r["weight"], 1), kind="number", width=10),
    Column("from", gettext_lazy("Below this weight another is first"), _turns("from", "then"), width=24),
    Column("to", gettext_lazy("Above this weight another is first"), _turns("to", "beyond"), width=24),
)


KIND = Indicators()
