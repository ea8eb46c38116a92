"""``linli migrate``: tables, cache table and static files of this version."""

from __future__ import annotations

import argparse
import hashlib
import os
from pathlib import Path

from linli.conf.home import Home
from linli.conf.runtime import django_ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plan", action="store_true", help="only show what would change")


def run(args: argparse.Namespace, home: Home) -> int:
    with django_ready(home, as_owner=True):
        from django.core.management import call_command

        if args.plan:
            call_command("migrate", plan=True)
            return 0
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        collect_static(home)
    print("The database has this version's tables.")
    return 0


def collect_static(home: Home) -> None:
    """Gather what the browser gets, unless nothing changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    mark = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            mark.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    seen = home.data / "static.mark"
    if settings.STATIC_ROOT.exists() and seen.exists() and seen.read_text() == mark.hexdigest():
        return
    age(settings.STATIC_ROOT)
    # htmx extensions and the 4.x beta come in the same wheel; no page uses them
    call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=["ext", "htmx-4*", "htmax-4*"])
    seen.write_text(mark.hexdigest())


def age(folder: Path) -> None:
    """Make every gathered file look old, so that it is gathered anew, and drop what was not gathered the last time.

    A server that is still running serves the last generation's names: they stay until the next one but one.
    """
    for path in folder.rglob("*") if folder.exists() else ():
        if path.is_file():
            if path.stat().st_mtime == 0:
                path.unlink()
            else:
                os.utime(path, (0, 0))
