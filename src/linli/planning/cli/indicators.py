"""``linli plan indicators``: places ranked by several indicators, with where the weights come from and what the ranking rests on."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from linli.charter.denied import denied
from linli.planning.cli import Answer, Desk, File, Prepared, Watch, unable
from linli.planning.indicators import Compared, compare, entropy_weights, ranks, shaken, standardised, swings, together
from linli.planning.tables import Table
from linli.planning.task import Impossible
from linli.planning.words import number, several

UP = ("up", "more", "高", "越高越好", "正", "")
DOWN = ("down", "less", "低", "越低越好", "负")
TABLES = {"saaty": "Saaty", "donegan-dodd": "Donegan & Dodd"}
FEWEST = 2
TOLD = 10
"""Places of the ranking that are told in words; the table has all."""


def prepare(args: argparse.Namespace, desk: Desk) -> Prepared:
    places = desk.table("in", args.source, placed=False)
    chosen = desk.table("indicators", args.indicators, "indicator", placed=False)
    places.named()
    chosen.named("indicator")
    names = [row.text("indicator") for row in chosen.rows]
    for row in chosen.rows:
        if why := denied(row.text("indicator"), column=True):
            chosen.wrong(row, "indicator", why.reason.zh if args.lang == "zh" else why.reason.en)
        if row.text("better").lower() not in (*UP, *DOWN):
            chosen.wrong(row, "better", _("Is more better or less? Enter up or down."))
    better = [row.text("better").lower() not in DOWN for row in chosen.rows]
    values, filled, silent = _values(args, places, names)
    outlines = [outline for outline, none in zip(desk.outlines(places), silent, strict=True) if not none]
    left_out = [row.label for row, none in zip(places.rows, silent, strict=True) if none]
    places.rows = [row for row, none in zip(places.rows, silent, strict=True) if not none]
    if len(places.rows) < FEWEST:
        desk.wrong(_("One place can't be ranked. Give at least two."), "source")
    desk.refuse()
    try:
        weights, told = _weights(args, desk, chosen, names, values, better)
        scaled = standardised(values, better, args.scale)
    except Impossible as error:
        raise unable(error) from None
    told |= {
        "filled": int(filled.sum()),
        "left_out": left_out,
        "even": [name for name, of in zip(names, values.T, strict=True) if not np.ptp(of)],
    }
    return partial(_answer, args, places, names, better, values, filled, scaled, weights, told, outlines)


def _answer(
    args: argparse.Namespace, places: Table, names: list[str], better: list[bool], values: np.ndarray, filled: np.ndarray, scaled: np.ndarray,
    weights: np.ndarray, told: dict[str, Any], outlines: list[Any], watch: Watch | None = None,
) -> Answer:  # fmt: skip
    if watch:
        watch(0.0)
    score = scaled @ weights
    place, (best, worst, first) = ranks(score), shaken(scaled, weights, by=args.shake, seed=args.seed)
    order = np.lexsort((np.arange(len(score)), place))
    rows = [
        {
            "id": places.rows[n].text("id") or places.rows[n].label, "name": places.rows[n].label, "rank": int(place[n]), "score": round(float(score[n]), 4),
            "best_rank": int(best[n]), "worst_rank": int(worst[n]), "first_share": round(float(first[n]), 3),
            "parts": {name: round(float(scaled[n, k] * weights[k]), 4) for k, name in enumerate(names)},
            "values": {name: round(float(values[n, k]), 6) for k, name in enumerate(names)},
            **({"filled": [name for k, name in enumerate(names) if filled[n, k]]} if filled[n].any() else {}),
        }
        for n in order
    ]  # fmt: skip
    labels = [row.label for row in places.rows]
    figures = {
        "places": len(score), "weights": {name: round(float(w), 6) for name, w in zip(names, weights, strict=True)}, "source": args.weights,
        "better": {name: "up" if up else "down" for name, up in zip(names, better, strict=True)}, "scale": args.scale, "shake": args.shake,
        "first": labels[int(score.argmax())], **told,
        "holds": {
            name: {
                "from": None if t.lower is None or t.lower >= t.weight else round(t.lower, 4), "then": labels[t.lower_to],
                "to": None if t.upper is None else round(t.upper, 4), "beyond": labels[t.upper_to],
            }
            for name, t in zip(names, swings(scaled, weights), strict=True)
        },
    }  # fmt: skip
    features = [{"type": "Feature", "properties": row, "geometry": outlines[n]} for row, n in zip(rows, order, strict=True) if outlines[n]]
    return Answer(figures, lambda: _words(figures, rows), features, rows)


def _values(args: argparse.Namespace, places: Table, names: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each place has; where nothing stands the mean of the others, if asked for, or a problem. Which stand so, and which places have no
    value at all: a place of which nothing is known is in no ranking.
    """
    values = np.full((len(places.rows), len(names)), np.nan)
    for n, row in enumerate(places.rows):
        for k, name in enumerate(names):
            if name not in row.values:
                continue
            if row.text(name) or args.missing == "refuse":
                values[n, k] = places.number(row, name, low=-1e15, high=1e15)
    silent = np.isnan(values).all(1) if args.missing == "mean" else np.zeros(len(values), bool)
    filled = np.isnan(values)
    for k, name in enumerate(names):
        nothing = np.isnan(values[:, k])
        if not any(name in row.values for row in places.rows):
            places.wrong(None, name, _("There is no such column. Add it, or leave the indicator out."))
        elif nothing.all():
            places.wrong(None, name, _("Nobody has a value in this column. Leave the indicator out."))
        elif nothing.any():
            values[nothing, k] = np.nanmean(values[:, k])
    return np.nan_to_num(values)[~silent], filled[~silent], silent


def _weights(
    args: argparse.Namespace, desk: Desk, chosen: Table, names: list[str], values: np.ndarray, better: list[bool]
) -> tuple[np.ndarray, dict[str, Any]]:
    """Weights, and what is told of where they come from."""
    told: dict[str, Any] = {"consistency_ratio": None, "random_index": None, "experts": None, "total": None}
    if args.weights == "entropy":
        return entropy_weights(values, better), told
    if args.weights == "experts":
        if args.experts is None:
            desk.wrong(_("Give the experts' comparisons."), "experts")
            desk.refuse()
        whole, experts = _expert(args, desk, args.experts, names)
        return whole.weights, {**told, "consistency_ratio": round(whole.ratio, 4), "random_index": args.table, "experts": experts}
    found = np.array([chosen.number(row, "weight", high=1e6) for row in chosen.rows])
    if not chosen.problems and not found.sum():
        chosen.wrong(None, "weight", _("All weights are 0. Give at least one."))
    desk.refuse()
    total = float(found.sum())
    return found / total, {**told, "total": total}


def _expert(args: argparse.Namespace, desk: Desk, file: File, names: list[str]) -> tuple[Compared, int]:
    """The experts together as one, and how many they are."""
    table = desk.table("experts", file, "first", "second", "ratio", placed=False)
    experts: dict[str, np.ndarray] = {}
    for row in table.rows:
        pair = row.text("first"), row.text("second")
        if strangers := [p for p in pair if p not in names]:
            table.wrong(row, "first", _("«%(name)s» is none of the indicators.") % {"name": strangers[0]})
            continue
        i, j = names.index(pair[0]), names.index(pair[1])
        own = experts.setdefault(row.text("expert") or "1", np.full((len(names), len(names)), np.nan))
        ratio = _ratio(table, row)
        if i == j or not np.isnan(own[i, j]):
            table.wrong(row, "second", _("%(a)s and %(b)s are compared twice, or with themselves.") % {"a": pair[0], "b": pair[1]})
            continue
        own[i, j], own[j, i] = ratio, 1 / ratio
    for name, own in experts.items():
        np.fill_diagonal(own, 1.0)
        for i, j in zip(*np.nonzero(np.triu(np.isnan(own))), strict=True):
            message = _("Expert %(expert)s: %(a)s and %(b)s are not compared. Add the line.")
            table.wrong(None, "", message % {"expert": name, "a": names[i], "b": names[j]})
    desk.refuse()
    for name, own in experts.items():
        one = compare(own, args.table)
        if not one.consistent and one.worst is not None and not args.anyway:
            message = _(
                "Expert %(expert)s contradicts themselves (ratio %(ratio)s, at most 0.1): %(a)s to %(b)s is said to be %(said)s, from the rest "
                "it would be about %(would)s. Ask again, or accept it."
            )
            a, b = one.worst
            desk.wrong(message % {"expert": name, "ratio": f"{one.ratio:.3f}", "a": names[a], "b": names[b], "said": f"{own[a, b]:.3g}",
                                  "would": f"{one.would_be:.2g}"}, "experts", "anyway")  # fmt: skip
    desk.refuse()
    return compare(together(list(experts.values())), args.table), len(experts)


def _ratio(table: Table, row: Any) -> float:
    """A number from 1/9 to 9, written as 3, 0.33 or 1/3."""
    over, slash, under = row.text("ratio").partition("/")
    try:
        found = float(over) / float(under) if slash else float(over)
    except (ValueError, ZeroDivisionError):
        found = 0.0
    if not 1 / 9 - 1e-3 <= found <= 9 + 1e-9:
        table.wrong(
            row,
            "ratio",
            _("«%(found)s» is no ratio from 1/9 to 9. Enter how many times the first counts as much as the second.")
            % {"found": row.text("ratio")[:40]},
        )
        return 1.0
    return found


def _words(figures: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    lines = [_source(figures), "  " + _(", ").join(f"{name} {100 * w:.1f} %" for name, w in figures["weights"].items())]
    if figures["filled"]:
        which = [f"{row['name']} {name}" for row in rows for name in row.get("filled", ())]
        said = _("%(n)s values are missing; the mean of the others stands for them: %(names)s.")
        lines.append(said % {"n": figures["filled"], "names": several(which)})
    if silent := figures["left_out"]:
        lines.append(_("Without any value, and so in no ranking: %(names)s.") % {"names": several(silent)})
    if even := figures["even"]:
        lines.append(_("Equal everywhere, and so ranking nobody: %(names)s.") % {"names": several(even)})
    return [*lines, *_ranking(figures, rows), *_turning(figures)]


def _source(figures: dict[str, Any]) -> str:
    if figures["source"] == "entropy":
        return _("Weights by entropy: where places differ more, it counts more.")
    if figures["source"] == "given":
        return _("Weights as given; they add up to %(total)s and are taken as shares of it.") % {"total": f"{figures['total']:g}"}
    said = _("Weights from comparisons of %(n)s experts, consistency ratio %(ratio)s (at most 0.1; random index of %(table)s).")
    return said % {"n": figures["experts"], "ratio": f"{figures['consistency_ratio']:.3f}", "table": TABLES[figures["random_index"]]}


def _ranking(figures: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    by = number(100 * figures["shake"])
    lines = [_("Ranking; in brackets where each can come to stand when every weight is off by up to %(by)s %%:") % {"by": by}]
    for row in rows[:TOLD]:
        values = {**row, "score": f"{row['score']:.3f}"}
        lines.append("  " + _("%(rank)s. %(name)s: %(score)s (%(best_rank)s to %(worst_rank)s)") % values)
    if len(rows) > TOLD:
        lines.append("  " + _("… and %(n)s more") % {"n": len(rows) - TOLD})
    return lines


def _turning(figures: dict[str, Any]) -> list[str]:
    lines = []
    for name, holds in figures["holds"].items():
        values = {"first": figures["first"], "name": name, "now": f"{100 * figures['weights'][name]:.1f}"}
        if holds["from"] is not None:
            lines.append(
                _("%(first)s is first until the weight of %(name)s falls from %(now)s %% to %(at)s %%; then it is %(other)s.")
                % {**values, "at": f"{100 * holds['from']:.1f}", "other": holds["then"]}
            )
        if holds["to"] is not None:
            lines.append(
                _("%(first)s is first until the weight of %(name)s rises from %(now)s %% to %(at)s %%; then it is %(other)s.")
                % {**values, "at": f"{100 * holds['to']:.1f}", "other": holds["beyond"]}
            )
    return lines or [_("%(first)s is first whatever any one of the weights is.") % {"first": figures["first"]}]
