"""``linli places load|import|export``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    subs = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    load = subs.add_parser("load", help="official places from a CSV: code,name,level,parent (UTF-8 or GBK)")
    load.add_argument("file", type=Path, metavar="FILE")
    imp = subs.add_parser("import", help="grid shapes, buildings and facilities from GeoJSON")
    imp.add_argument("file", type=Path, metavar="FILE")
    imp.add_argument("--datum", choices=["wgs84", "gcj02"], default="wgs84", help="coordinates of the file (default wgs84)")
    for sub in (load, imp):
        sub.add_argument("--dry-run", action="store_true", help="check and show the difference, save nothing")
    export = subs.add_parser("export", help="places of a level as GeoJSON to standard output")
    export.add_argument("--within", metavar="CODE", help="only at or below this place")
    export.add_argument("--level", default="grid", help="level (default grid)")


def run(args: argparse.Namespace, home: Home) -> int:
    with django_ready(home):
        from linli.places import actions
        from linli.places.models import Place

        if args.act == "export":
            places = Place.objects.current().filter(level=args.level)
            if args.within:
                within = Place.objects.current().filter(code=args.within).first()
                if within is None:
                    print(f"linli: There is no place with the code {args.within}.", file=sys.stderr)
                    return 1
                places = places.within(within.path)
            if not places.exists():
                print(f"linli: There is no {args.level} here to export.", file=sys.stderr)
                return 1
            print(actions.export_geojson(places))
            return 0
        try:
            with args.file.open("rb") as file:
                if args.act == "load":
                    report = actions.load_places(file, dry_run=args.dry_run)
                else:
                    report = actions.import_geojson(file, by=None, datum=args.datum, dry_run=args.dry_run)
        except OSError as error:
            print(f"linli: {args.file}: {error.strerror}", file=sys.stderr)
            return 1
        print(report)
        return 0 if report.ok else 1
