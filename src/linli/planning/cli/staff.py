"""``linli plan staff``: people and space against the norms, and which deadlines these people will keep."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from linli.planning.cli import Answer, Desk, Prepared, Watch
from linli.planning.queueing import MOST_EVENTS, RUNS, Busy, Kept, Post, Work, busy, enough, foresee
from linli.planning.staffing import Community, Norms, needed
from linli.planning.tables import Row, Table
from linli.planning.words import number

TOLD = 12
"""Communities that miss something, and kinds of work that miss the goal, told one by one in words; the tables have all."""
APART = 0.05
"""A simulation that is so much better than what was is told to leave something out."""
Before = tuple[float | None, float | None]
"""How it was with a kind of work before: the share done in time, days it took."""


def prepare(args: argparse.Namespace, desk: Desk) -> Prepared:
    if args.source is None and args.people is None:
        desk.wrong(_("Give communities, or people and work, or both."), "source", "people", "work")
    if (args.people is None) != (args.work is None):
        desk.wrong(_("People and work belong together: give both."), "people", "work")
    if args.space is not None and args.source is None:
        desk.wrong(_("Space belongs to communities: give them as well."), "source")
    desk.refuse()
    communities = _communities(args, desk) if args.source is not None else []
    posts, works, before = _office(args, desk) if args.people is not None else ([], [], [])
    return partial(_answer, args, communities, posts, works, before)


def _answer(
    args: argparse.Namespace, communities: Sequence[tuple[str, Community, Any]], posts: Sequence[Post], works: Sequence[Work],
    before: Sequence[Before], watch: Watch | None = None,
) -> Answer:  # fmt: skip
    figures: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    norms = _norms(args)
    if communities:
        rows = [_row(key, c, norms) for key, c, _geometry in communities]
        figures |= {"norms": asdict(norms)} | _sums(rows)
    if posts:
        figures["foreseen"] = _foreseen(args, posts, works, before, watch)
    features = [
        {"type": "Feature", "properties": row, "geometry": geometry}
        for row, (_key, _c, geometry) in zip(rows, communities, strict=True)
        if geometry
    ]
    return Answer(figures, lambda: _words(figures, rows), features, rows)


# --- communities ------------------------------------------------------------------------------------------------------------------------


def _norms(args: argparse.Namespace) -> Norms:
    usual = Norms()
    return Norms(
        usual.households if args.households is None else args.households, usual.residents if args.residents is None else args.residents, args.chair,
        args.space_first, args.space_until, args.space_more, args.space_each,
    )  # fmt: skip


def _communities(args: argparse.Namespace, desk: Desk) -> list[tuple[str, Community, Any]]:
    """Id, community and outline (None where the file has none) of each."""
    table = desk.table("in", args.source, "name", "households", placed=False)
    table.named("name")
    found = [(row.text("id") or row.text("name"), _community(table, row)) for row in table.rows]
    outlines = desk.outlines(table)
    if args.space is not None:
        spaces = _spaces(desk, args.space, found)
        found = [(key, replace(c, space=spaces.get(key, c.space))) for key, c in found]
    desk.refuse()
    return [(key, c, outline) for (key, c), outline in zip(found, outlines, strict=True)]


def _community(table: Table, row: Row) -> Community:
    def told(column: str) -> int | None:
        return table.whole(row, column) if row.text(column) else None

    space = table.number(row, "space", high=1e6) if row.text("space") else None
    return Community(
        row.text("name"), table.whole(row, "households"), table.whole(row, "residents", 0, high=1_000_000), told("staff"), told("chairs"), space
    )  # fmt: skip


def _spaces(desk: Desk, file: Any, communities: Sequence[tuple[str, Community]]) -> dict[str, float]:
    """Space by the community's id. A row names it by id or name."""
    table = desk.table("space", file, "space", placed=False)
    table.named()
    known = {c.name: key for key, c in communities} | {key: key for key, _c in communities}
    found: dict[str, float] = {}
    for row in table.rows:
        if key := known.get(row.text("id")) or known.get(row.text("name")):
            found[key] = table.number(row, "space", high=1e6)
        elif row.text("id") or row.text("name"):
            table.wrong(row, "name", _("«%(name)s» is none of the communities.") % {"name": row.label[:40]})
    return found


def _row(key: str, c: Community, norms: Norms) -> dict[str, Any]:
    n = needed(c, norms)
    return {
        "id": key, "name": c.name, "households": c.households, "residents": c.residents, "staff": c.staff, "staff_needed": n.staff,
        "staff_short": n.staff_short, "households_a_worker": round(c.households / c.staff, 1) if c.staff else None, "chairs": c.chairs,
        "chairs_needed": n.chairs, "chairs_short": n.chairs_short, "space": c.space, "space_needed": n.space, "space_short": n.space_short,
    }  # fmt: skip


def _sums(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    norms = [f"{what}{of}" for what in ("staff", "chairs", "space") for of in ("", "_needed", "_short")]
    names = ("households", "residents", *norms)
    return {"communities": len(rows)} | {name: _sum([row[name] for row in rows]) for name in names}


def _sum(values: list[Any]) -> Any:
    """The sum of what was told; None where nobody told anything."""
    known = [v for v in values if v is not None]
    return sum(known) if known else None


# --- posts and their work ---------------------------------------------------------------------------------------------------------------


def _office(args: argparse.Namespace, desk: Desk) -> tuple[list[Post], list[Work], list[Before]]:
    people = desk.table("people", args.people, "post", "count", placed=False)
    work = desk.table("work", args.work, "kind", "post", "a_day", "minutes", "days", placed=False)
    people.named("post")
    work.named("kind")
    posts = [
        Post(row.text("post"), people.whole(row, "count", high=10_000), people.number(row, "hours", 8, low=0.1, high=24), people.number(row, "duties", 0, high=120))
        for row in people.rows
    ]  # fmt: skip
    works = [_work(work, row, {p.name for p in posts}) for row in work.rows]
    before = [
        (work.number(row, "kept", high=1) if row.text("kept") else None, work.number(row, "took") if row.text("took") else None)
        for row in work.rows
    ]
    for row, post in zip(people.rows, posts, strict=True):
        if not post.minutes:
            people.wrong(row, "duties", _("The duties of a week take all of its hours. Nothing is left for what arrives."))
    if not desk.problems and sum(w.a_day for w in works) * args.days * RUNS > MOST_EVENTS:
        desk.wrong(_("So many pieces of work take too long to simulate. Give fewer days, or look at each post by itself."), "days")
    desk.refuse()
    return posts, works, before


def _work(table: Table, row: Row, posts: set[str]) -> Work:
    if row.text("post") not in posts:
        table.wrong(row, "post", _("«%(name)s» is none of the posts.") % {"name": row.text("post")[:40]})
    return Work(
        row.text("kind"), row.text("post"), table.number(row, "a_day", high=10_000), table.number(row, "minutes", low=0.1, high=100_000),
        table.number(row, "days", low=0.01, high=1_000), table.number(row, "spread", 1.0, high=5),
    )  # fmt: skip


def _foreseen(
    args: argparse.Namespace, posts: Sequence[Post], works: Sequence[Work], before: Sequence[Before], watch: Watch | None
) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    kinds: list[dict[str, Any]] = []
    for n, post in enumerate(posts):
        tick = partial(watch, n / len(posts)) if watch else None
        mine = [(w, b) for w, b in zip(works, before, strict=True) if w.post == post.name]
        own = [w for w, _before in mine]
        kept = foresee([post], own, days=args.days, seed=args.seed, tick=tick)
        wanted = enough(post, own, args.goal, days=args.days, seed=args.seed, tick=tick)
        found.append(_post(post, busy([post], own)[0], wanted))
        kinds += [_kind(k, w, b) for k, (w, b) in zip(kept, mine, strict=True)]
    return {"days": args.days, "runs": RUNS, "goal": args.goal, "posts": found, "kinds": kinds}


def _post(post: Post, load: Busy, wanted: int | None) -> dict[str, Any]:
    return {
        "post": post.name, "people": post.count, "hours": post.hours, "duties": round(post.duties, 2), "asked": round(load.asked, 1),
        "there": round(load.there, 1), "load": round(load.load, 4) if load.there else None, "enough": wanted,
    }  # fmt: skip


def _kind(k: Kept, work: Work, before: Before) -> dict[str, Any]:
    endless = k.mean_days == float("inf")
    nine = None if k.nine_in_ten == float("inf") else round(k.nine_in_ten, 2)
    return {
        "kind": k.kind, "post": work.post, "a_day": work.a_day, "minutes": work.minutes, "days": work.days, "in_time": round(k.share, 4),
        "plus_minus": round(k.plus_minus, 4), "mean_days": None if endless else round(k.mean_days, 2), "nine_in_ten_days": nine,
        "kept": before[0], "took": before[1],
    }  # fmt: skip


# --- words ------------------------------------------------------------------------------------------------------------------------------


def _words(figures: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[str]:
    lines = _norm_words(figures, rows) if rows else []
    return lines + (_office_words(figures["foreseen"]) if "foreseen" in figures else [])


def _norm_words(figures: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[str]:
    norms = {k: number(v) for k, v in figures["norms"].items()}
    lines = [
        _("Norms: a worker for %(households)s households or %(residents)s residents, whichever asks for more (0: not looked at); a vice-chair for "
          "%(chair)s households; %(space)s m² and %(space_more)s m² more for each full %(space_each)s households over %(space_until)s.") % norms
    ]  # fmt: skip
    short = [row for row in rows if any(row[f"{what}_short"] for what in ("staff", "chairs", "space"))]
    lines += [_line(row) for row in short[:TOLD]]
    if len(short) > TOLD:
        lines.append(_("… and %(n)s more") % {"n": len(short) - TOLD})
    whole = _("In all: %(staff_needed)s workers, %(chairs_needed)s vice-chairs, %(space_needed)s m² are needed.")
    lines.append(whole % {k: number(figures[k]) for k in ("staff_needed", "chairs_needed", "space_needed")})
    lines.append(
        _("Missing: %(staff)s workers, %(chairs)s vice-chairs, %(space)s m².")
        % {k: _("not told") if figures[f"{k}_short"] is None else number(figures[f"{k}_short"]) for k in ("staff", "chairs", "space")}
    )
    return lines


def _line(row: dict[str, Any]) -> str:
    values = {
        "name": row["name"], "households": number(row["households"]), "staff": row["staff_needed"], "chairs": row["chairs_needed"],
        "space": number(row["space_needed"]),
    }  # fmt: skip
    line = _("%(name)s: %(households)s households need %(staff)s workers, %(chairs)s vice-chairs, %(space)s m².") % values
    short = [
        said % {"n": number(value)}
        for said, value in (
            (_("%(n)s workers"), row["staff_short"]), (_("%(n)s vice-chairs"), row["chairs_short"]), (_("%(n)s m²"), row["space_short"]),
        )
        if value
    ]  # fmt: skip
    return line + " " + _("Missing: %(what)s.") % {"what": _(", ").join(short)}


def _office_words(foreseen: dict[str, Any]) -> list[str]:
    said = _(
        "Simulated: %(days)s working days, %(runs)s times over, the nearest deadline first; what comes and how long it takes by chance."
    )
    lines = [said % foreseen]
    lines += [_post_words(post, foreseen["goal"]) for post in foreseen["posts"]]
    if any(post["enough"] is not None and post["enough"] < post["people"] for post in foreseen["posts"]):
        lines.append(
            _(
                "People of one post are reckoned as one crew: where each community or grid has its own, each needs somebody, little though there is to do."
            )
        )
    lines += _beside(foreseen["kinds"])
    missed = sorted((k for k in foreseen["kinds"] if k["in_time"] < foreseen["goal"]), key=lambda k: k["in_time"])
    if not missed:
        return [
            *lines,
            _("Every kind of work is done in time in %(goal)s %% of the cases or more.") % {"goal": f"{100 * foreseen['goal']:g}"},
        ]
    lines.append(_("Done in time less often than in %(goal)s %% of the cases:") % {"goal": f"{100 * foreseen['goal']:g}"})
    lines += ["  " + _kind_words(k) for k in missed[:TOLD]]
    return [*lines, "  " + _("… and %(n)s more") % {"n": len(missed) - TOLD}] if len(missed) > TOLD else lines


def _beside(kinds: Sequence[dict[str, Any]]) -> list[str]:
    """The simulation beside what was, each kind as often as it comes."""
    known = [k for k in kinds if k["kept"] is not None and k["a_day"]]
    if not known:
        return []
    every = sum(k["a_day"] for k in known)
    kept, share = (sum(k["a_day"] * k[which] for k in known) / every for which in ("kept", "in_time"))
    said = _("Done in time before: %(kept)s %% of it all; in the simulation: %(share)s %%.") % {
        "kept": f"{100 * kept:.1f}",
        "share": f"{100 * share:.1f}",
    }
    more = _("What lies between has other causes than too few people, or the work takes longer than was said.")
    return [f"{said} {more}" if share - kept > APART else said]


def _post_words(post: dict[str, Any], goal: float) -> str:
    wanted, load = post["enough"], post["load"]
    values = {
        "post": post["post"], "n": post["people"], "asked": number(post["asked"]), "there": number(post["there"]), "goal": f"{100 * goal:g}",
        "load": "∞" if load is None else f"{100 * load:.0f}", "wanted": wanted,
    }  # fmt: skip
    lines = [_("%(post)s (%(n)s people): %(asked)s minutes of work come in a day, %(there)s are there: %(load)s %%.") % values]
    if load is None or load > 1:
        lines.append(_("That is more than there is: what is not done grows from day to day."))
    if wanted is None:
        lines.append(_("No number of people keeps these deadlines in %(goal)s %% of the cases: the work itself takes longer.") % values)
    elif wanted > post["people"]:
        lines.append(_("To keep %(goal)s %% of the deadlines of every kind, %(wanted)s people are needed.") % values)
    elif wanted < post["people"]:
        lines.append(_("%(wanted)s people would be enough for %(goal)s %%.") % values)
    return " ".join(lines)


def _kind_words(k: dict[str, Any]) -> str:
    nine = k["nine_in_ten_days"]
    share, half = 100 * k["in_time"], 100 * k["plus_minus"]
    surely = {"low": f"{max(share - half, 0):.1f}", "high": f"{min(share + half, 100):.1f}"}  # a share is nothing below 0
    values = {"kind": k["kind"], "share": f"{share:.1f}", "days": number(k["days"]), **surely}
    if nine is None:
        return _("%(kind)s, within %(days)s working days: %(share)s %% (%(low)s to %(high)s).") % values
    said = _("%(kind)s, within %(days)s working days: %(share)s %% (%(low)s to %(high)s); nine in ten are done within %(nine)s days.")
    return said % {**values, "nine": f"{nine:.1f}"}
