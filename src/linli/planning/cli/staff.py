"""``linli plan staff``: people and space against the norms, and which deadlines these people will keep."""

from __future__ import annotations

import argparse
from typing import Any

from django.utils.translation import gettext as _

from linli.planning.cli import Answer, Desk, Prepared
from linli.planning.queueing import MOST_EVENTS, RUNS, Busy, Kept, Post, Work, busy, enough, foresee
from linli.planning.staffing import Community, Needed, Norms, needed
from linli.planning.tables import Row, Table
from linli.planning.words import number


def prepare(args: argparse.Namespace, desk: Desk) -> Prepared:
    if args.source is None and args.people is None:
        desk.wrong(_("Give communities (--in), or people and work (--people, --work), or both."))
    if (args.people is None) != (args.work is None):
        desk.wrong(_("People and work belong together: give both --people and --work."))
    desk.refuse()
    figures: dict[str, Any] = {}
    words: list[str] = []
    rows: list[dict[str, Any]] = []
    if args.source is not None:
        rows = _norms(args, desk, figures, words)
    if args.people is not None:
        _foreseen(args, desk, figures, words)
    return lambda _watch: Answer(figures, lambda: words, rows=rows)


def _norms(args: argparse.Namespace, desk: Desk, figures: dict[str, Any], words: list[str]) -> list[dict[str, Any]]:
    table = desk.table("in", args.source, "name", "households", placed=False)
    table.named("name")
    found = [_community(table, row) for row in table.rows]
    desk.refuse()
    norms = Norms(args.households or Norms().households, args.residents or Norms().residents, args.chair)
    both = [(c, needed(c, norms)) for c in found]
    rows = [_row(c, n) for c, n in both]
    figures |= {
        "communities": len(found), "households": sum(c.households for c in found), "staff_needed": sum(n.staff for _c, n in both),
        "staff": _sum([c.staff for c in found]), "staff_short": _sum([n.staff_short for _c, n in both]),
        "chairs_needed": sum(n.chairs for _c, n in both), "chairs_short": _sum([n.chairs_short for _c, n in both]),
        "space_needed": sum(n.space for _c, n in both), "space_short": _sum([n.space_short for _c, n in both]),
    }  # fmt: skip
    said = _(
        "Norms: a worker for %(households)s households or %(residents)s residents, whichever asks for more; a vice-chair for %(chair)s households; "
        "1,000 m² and 50 m² more for each full 100 households over 1,000."
    )
    words.append(said % {"households": number(norms.households), "residents": number(norms.residents), "chair": number(norms.chair)})
    words += [_line(c, n, norms) for c, n in both[:40]]
    whole = _("In all: %(staff_needed)s workers, %(chairs_needed)s vice-chairs, %(space_needed)s m² are needed.")
    words.append(whole % {k: number(v) if v is not None else "" for k, v in figures.items()})
    words.append(
        _("Missing: %(staff)s workers, %(chairs)s vice-chairs, %(space)s m².")
        % {k: _("not told") if figures[f"{k}_short"] is None else number(figures[f"{k}_short"]) for k in ("staff", "chairs", "space")}
    )
    return rows


def _community(table: Table, row: Row) -> Community:
    def told(column: str) -> int | None:
        return table.whole(row, column) if row.text(column) else None

    space = table.number(row, "space", high=1e6) if row.text("space") else None
    return Community(
        row.text("name"), table.whole(row, "households"), table.whole(row, "residents", 0, high=1_000_000), told("staff"), told("chairs"), space
    )  # fmt: skip


def _sum(values: list[Any]) -> Any:
    """The sum of what was told; None where nobody told anything."""
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def _row(c: Community, n: Needed) -> dict[str, Any]:
    return {
        "name": c.name, "households": c.households, "residents": c.residents, "staff": c.staff, "staff_needed": n.staff,
        "staff_short": n.staff_short, "households_a_worker": round(c.households / c.staff, 1) if c.staff else None, "chairs_needed": n.chairs,
        "chairs_short": n.chairs_short, "space_needed": n.space, "space_short": n.space_short,
    }  # fmt: skip


def _line(c: Community, n: Needed, norms: Norms) -> str:
    values = {
        "name": c.name, "households": number(c.households), "norm": number(norms.households), "staff": n.staff, "chairs": n.chairs,
        "space": number(n.space),
    }  # fmt: skip
    line = _("%(name)s: %(households)s households need %(staff)s workers, %(chairs)s vice-chairs, %(space)s m².") % values
    short = [
        said % {"n": number(value)}
        for said, value in (
            (_("%(n)s workers"), n.staff_short), (_("%(n)s vice-chairs"), n.chairs_short), (_("%(n)s m²"), n.space_short),
        )
        if value
    ]  # fmt: skip
    return line + (" " + _("Missing: %(what)s.") % {"what": _(", ").join(short)} if short else "")


def _foreseen(args: argparse.Namespace, desk: Desk, figures: dict[str, Any], words: list[str]) -> None:
    people = desk.table("people", args.people, "post", "count", placed=False)
    work = desk.table("work", args.work, "kind", "post", "a_day", "minutes", "days", placed=False)
    people.named("post")
    work.named("kind")
    posts = [
        Post(row.text("post"), people.whole(row, "count", high=10_000), people.number(row, "hours", 8, low=0.1, high=24), people.number(row, "duties", 0, high=120))
        for row in people.rows
    ]  # fmt: skip
    works = [_work(work, row, {p.name for p in posts}) for row in work.rows]
    for row, post in zip(people.rows, posts, strict=True):
        if not post.minutes:
            people.wrong(row, "duties", _("The duties of a week take all of its hours. Nothing is left for what arrives."))
    if not desk.problems and sum(w.a_day for w in works) * args.days * RUNS > MOST_EVENTS:
        desk.wrong(_("So many pieces of work take too long to simulate. Give fewer days (--days), or look at each post by itself."), "work")
    desk.refuse()
    loads = busy(posts, works)
    kept = foresee(posts, works, days=args.days, seed=args.seed)
    wanted = {p.name: enough(p, works, args.goal, days=args.days, seed=args.seed) for p in posts}
    figures["foreseen"] = {
        "days": args.days, "runs": RUNS, "goal": args.goal,
        "posts": [
            {"post": p.name, "load": round(b.load, 4) if b.there else None, "people": p.count, "enough": wanted[p.name]}
            for b, p in zip(loads, posts, strict=True)
        ],
        "kinds": [_kind(k) for k in kept],
    }  # fmt: skip
    said = _(
        "Simulated: %(days)s working days, %(runs)s times over, the nearest deadline first; what comes and how long it takes by chance."
    )
    words.append(said % {"days": args.days, "runs": RUNS})
    for load, post in zip(loads, posts, strict=True):
        words += _post_words(load, post, wanted[post.name], args.goal)
        words += [_kind_words(k, w) for k, w in zip(kept, works, strict=True) if w.post == post.name]


def _work(table: Table, row: Row, posts: set[str]) -> Work:
    if row.text("post") not in posts:
        table.wrong(row, "post", _("«%(name)s» is none of the posts.") % {"name": row.text("post")[:40]})
    return Work(
        row.text("kind"), row.text("post"), table.number(row, "a_day", high=10_000), table.number(row, "minutes", low=0.1, high=100_000),
        table.number(row, "days", low=0.01, high=1_000), table.number(row, "spread", 1.0, high=5),
    )  # fmt: skip


def _kind(k: Kept) -> dict[str, Any]:
    endless = k.mean_days == float("inf")
    nine = None if k.nine_in_ten == float("inf") else round(k.nine_in_ten, 2)
    return {
        "kind": k.kind, "in_time": round(k.share, 4), "plus_minus": round(k.plus_minus, 4),
        "mean_days": None if endless else round(k.mean_days, 2), "nine_in_ten_days": nine,
    }  # fmt: skip


def _post_words(load: Busy, post: Post, wanted: int | None, goal: float) -> list[str]:
    values = {
        "post": post.name, "n": post.count, "asked": number(load.asked), "there": number(load.there), "goal": f"{100 * goal:g}",
        "load": f"{100 * load.load:.0f}" if load.there else "∞", "wanted": wanted,
    }  # fmt: skip
    lines = [_("%(post)s (%(n)s people): %(asked)s minutes of work come in a day, %(there)s are there: %(load)s %%.") % values]
    if load.load > 1:
        lines.append("  " + _("That is more than there is: what is not done grows from day to day."))
    if wanted is None:
        lines.append(
            "  " + _("No number of people keeps these deadlines in %(goal)s %% of the cases: the work itself takes longer.") % values
        )
    elif wanted > post.count:
        lines.append("  " + _("To keep %(goal)s %% of the deadlines of every kind, %(wanted)s people are needed.") % values)
    elif wanted < post.count:
        lines.append("  " + _("%(wanted)s people would be enough for %(goal)s %%.") % values)
    return lines


def _kind_words(k: Kept, work: Work) -> str:
    values = {
        "kind": k.kind, "share": f"{100 * k.share:.1f}", "pm": f"{100 * k.plus_minus:.1f}", "days": number(work.days), "nine": f"{k.nine_in_ten:.1f}",
    }  # fmt: skip
    said = _("%(kind)s, within %(days)s working days: %(share)s %% (± %(pm)s); nine in ten are done within %(nine)s days.")
    return "  " + said % values
