"""Runs the measured goals and prints one table: what, ours, the peer's, the ratio, the goal, met or not.

    script/bench [NAME…] [--json FILE] [--matters N]

Each module here has ``run() -> list[dict]`` with keys ``what``, ``ours``, ``unit``, ``goal`` (text), ``met`` (bool), and, where there is a
peer, ``peer``, ``peer_name`` and ``ratio``. Exit 1 when a goal is missed: figures of one run on one machine, so say which machine.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "src"), str(HERE)]
NAMES = (
    "flow", "lookup", "suggest", "nearby", "pages", "measures", "api", "people", "plan", "siting", "tours", "indicators", "size", "register", "load",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)} (default all but load)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures")
    parser.add_argument("--people", metavar="N", help="of register: over so many (default 1000000)")
    parser.add_argument("--matters", metavar="N", help="of size and nearby: over so many (default 1000000)")
    args = parser.parse_args()
    if args.people:
        os.environ["PEOPLE"] = args.people
    if args.matters:
        os.environ["MATTERS"] = args.matters
    if unknown := set(args.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    rows = []
    for name in args.names or [n for n in NAMES if n != "load"]:  # which takes half an hour, and kills
        print(f"… {name}", file=sys.stderr)
        rows += [{"bench": name, **row} for row in importlib.import_module(name).run()]
    show(rows)
    if args.json:
        args.json.write_text(json.dumps({"machine": machine(), "rows": rows}, ensure_ascii=False, indent=1))
    return 0 if all(row["met"] for row in rows) else 1


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}"


def show(rows: list[dict]) -> None:
    print(machine())
    for row in rows:
        peer = f"  {row['peer_name']}: {row['peer']:,.4g} {row['unit']}  ratio {row['ratio']:.2f}" if "peer" in row else ""
        print(f"{'✓' if row['met'] else '✗'} {row['what']}: {row['ours']:,.4g} {row['unit']}{peer}  goal: {row['goal']}")


if __name__ == "__main__":
    sys.exit(main())
