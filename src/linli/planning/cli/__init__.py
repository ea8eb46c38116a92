"""The other questions of ``linli plan``, each a module, asked on the command line and by the pages of ``planning.studies`` alike.

A module's ``prepare(args, desk)`` reads the files and checks all that can be checked before anything is worked out; what it returns does the
work when it is called, with ``watch`` (told the part done, stops the work by raising) or None, and gives figures and words.

``answer`` does what they have in common on the command line: everything wrong in any file is told at once and nothing is written; what is
written holds the record from which it can be made again.
"""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from django.utils.translation import gettext as _

from linli import __version__
from linli.places import shapes
from linli.places.geojson import features_of
from linli.places.reports import Problem
from linli.planning.plan import Refused
from linli.planning.reading import Source, flattened, read_ways
from linli.planning.tables import Table, table
from linli.planning.task import Impossible
from linli.planning.words import MENDED_BY, impossible

SHOWN = 40
NOT_OPTIONS = ("out", "lang", "data", "command", "act")


@dataclass(frozen=True)
class Answer:
    """``figures``: the numbers of the whole. ``words``: the arithmetic, a line for each thing, in the language in force when it is called.
    ``features`` go on a map, ``rows`` don't."""

    figures: dict[str, Any]
    words: Callable[[], Sequence[str]]
    features: Sequence[dict[str, Any]] = ()
    rows: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Wrong(Problem):
    """Something to mend in what is asked rather than in a row: by these options, which the command line and a form each call in their own way."""

    options: tuple[str, ...] = ()


Watch = Callable[[float], None]
Prepared = Callable[[Watch | None], Answer]
File = Path | Source


@dataclass
class Desk:
    """The files of one question, and what is wrong in them. A file is a path, or what was read already."""

    datum: str = "wgs84"
    sources: list[tuple[str, Source]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def source(self, role: str, path: File) -> Source:
        try:
            found = path if isinstance(path, Source) else Source.of(path)
        except OSError as error:
            message = _("It can't be opened: %(error)s") % {"error": error.strerror or type(error).__name__}
            if isinstance(error, FileNotFoundError):
                message = _("There is no such file.")
            raise Refused([Problem(None, str(path), message)]) from None
        self.sources.append((role, found))
        return found

    def table(self, role: str, path: File, *needed: str, placed: bool = True) -> Table:
        found = table(self.source(role, path), placed=placed, datum=self.datum)
        if placed and found.kind == "row":
            needed = (*needed, "lon", "lat")
        found.needs(*needed)
        self.tables.append(found)
        if any(p.number is None for p in found.problems):  # the file as a whole; what is wrong in single rows is told with their values
            self.refuse()
        return found

    def outlines(self, table: Table) -> list[Any]:
        """What stands on a map for each row, as GeoJSON; None where the file has nothing."""
        if table.kind == "row":
            return [None] * len(table.rows)
        features = features_of(table.source.data)
        found: list[Any] = []
        for row, feature in zip(table.rows, features if isinstance(features, list) else [], strict=True):
            geometry = feature.get("geometry") if isinstance(feature, dict) else None
            try:
                read = shapes.read(geometry, datum=self.datum, types=("Point", *shapes.AREAS)) if geometry else None
                found.append(None if read is None else shapes.write(read))
            except shapes.ShapeError as error:
                table.wrong(row, "geometry", str(error))
                found.append(None)
        return found

    def ways(self, path: File, flat: Any) -> list[Any]:
        """The lines of a network, in metres (each k × 2)."""
        import numpy as np

        file = self.source("network", path)
        lines, wrong = read_ways(file, datum=self.datum)
        self.problems.extend(Problem(p.number, f"{file.name} {p.field}".strip(), p.message, p.name, p.kind) for p in wrong)
        self.refuse()
        return [np.array(part.coords) for line in flattened(lines, flat) for part in getattr(line, "geoms", [line])]

    def wrong(self, message: str, *options: str) -> None:
        self.problems.append(Wrong(None, "", message, options=options))

    def refuse(self) -> None:
        """Raises Refused with everything that was found to be wrong so far."""
        told = [sorted(t.problems, key=lambda p: p.number or 0) for t in self.tables]
        if problems := [*(p for of in told for p in of), *self.problems]:
            raise Refused(problems)


def prepared(act: str, args: argparse.Namespace, desk: Desk) -> Prepared:
    """What ``act`` asks, read and checked. Raises Refused."""
    return importlib.import_module(f"linli.planning.cli.{act}").prepare(args, desk)


def answer(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    """0 when the answer is written; 1 when something must be mended first, each thing with its line on ``err``, and nothing is written."""
    desk = Desk(getattr(args, "datum", "wgs84"))
    try:
        made = prepared(args.act, args, desk)(None)
    except Refused as refused:
        tell(refused.problems, err)
        return 1
    words = list(made.words())
    record = {
        "version": __version__, "command": f"linli plan {args.act}", "options": _options(args),
        "inputs": [{"as": role, "file": s.name, "sha256": s.sha256} for role, s in desk.sources],
        "figures": made.figures, "lang": args.lang, "words": words,
    }  # fmt: skip
    whole: dict[str, Any] = {"type": "FeatureCollection", "linli": record, "features": list(made.features)}
    if made.rows:
        whole["rows"] = list(made.rows)
    text = json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    with args.out.open("x", encoding="utf-8") as file:
        file.write(text)
    out.write("\n".join(words) + "\n" + _("Written: %(file)s.") % {"file": args.out} + "\n")
    return 0


def _options(args: argparse.Namespace) -> dict[str, Any]:
    given = {k: v for k, v in vars(args).items() if k not in NOT_OPTIONS}
    return {k: v.name if isinstance(v, Path) else v for k, v in given.items()}


def tell(problems: Sequence[Problem], err: TextIO) -> None:
    err.write(_("No plan was made: %(n)s to mend.") % {"n": len(problems)} + "\n")
    err.writelines(f"  {line(problem)}\n" for problem in problems[:SHOWN])
    if len(problems) > SHOWN:
        err.write("  " + _("… and %(n)s more") % {"n": len(problems) - SHOWN} + "\n")


def flag(option: str) -> str:
    """What the command line calls an option."""
    return "--in" if option == "source" else f"--{option.replace('_', '-')}"


def line(problem: Problem, called: Callable[[str], str] = flag) -> str:
    """What is wrong and where: its row or feature, else the options as they are ``called``, or what it is about."""
    if problem.number is not None:
        return str(problem)
    where = _(", ").join(filter(None, map(called, problem.options))) if isinstance(problem, Wrong) else problem.field
    return f"{where}: {problem.message}" if where else problem.message


def unable(error: Impossible, labels: Sequence[str] = ()) -> Refused:
    """Why there can be no answer, with the options by which it can be mended. ``labels`` names the rows."""
    return Refused([Wrong(None, "", impossible(error, labels, ()), options=MENDED_BY.get(error.code, ()))])


def point(at: tuple[float, float], **properties: Any) -> dict[str, Any]:
    where = {"type": "Point", "coordinates": [round(float(at[0]), 7), round(float(at[1]), 7)]}
    return {"type": "Feature", "properties": properties, "geometry": where}
