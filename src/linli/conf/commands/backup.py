"""``linli backup FILE``: database and uploaded files in one encrypted file. The keyring is not in it: either alone is worthless."""

from __future__ import annotations

import argparse
import getpass
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from linli import __version__
from linli.conf.home import Home
from linli.conf.postgres import Cluster, PostgresError, client_tools
from linli.conf.runtime import database, owner_url
from linli.kit.sealed_file import SealedWriter


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="where to write it; must not exist")
    add_passphrase(parser)


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="F", help="read the passphrase from F (else LINLI_BACKUP_PASSPHRASE, else ask)"
    )


def passphrase(args: argparse.Namespace, *, twice: bool = False) -> str:
    """The passphrase from file, environment or keyboard. Raises PostgresError with the mend when it is too short."""
    if args.passphrase_file:
        text = args.passphrase_file.read_text().strip()
    elif "LINLI_BACKUP_PASSPHRASE" in os.environ:
        text = os.environ["LINLI_BACKUP_PASSPHRASE"]
    else:
        text = getpass.getpass("Passphrase of the backup: ")
        if twice and text != getpass.getpass("Once more: "):
            raise PostgresError("The two passphrases differ.")
    if len(text) < 12:
        raise PostgresError("A backup's passphrase needs at least 12 characters.")
    return text


def tool(name: str, cluster: Cluster | None) -> str:
    """pg_dump or pg_restore: the embedded server's own, else the oldest that knows the server's version, else the one on the PATH."""
    import psycopg

    if cluster and (cluster.binaries / name).exists():
        return str(cluster.binaries / name)
    with psycopg.connect(owner_url()) as connection:
        binaries = client_tools(connection.info.server_version // 10000)
    return str(binaries / name) if binaries else name


def run(args: argparse.Namespace, home: Home) -> int:
    if args.file.exists():
        print(f"linli: {args.file} exists already; a backup never overwrites.", file=sys.stderr)
        return 1
    phrase = passphrase(args, twice=True)
    draft = args.file.with_name(args.file.name + ".part")
    with database(home, as_owner=True) as cluster, tempfile.TemporaryDirectory() as scratch:
        _refuse_when_empty(home)
        dump = Path(scratch) / "database.dump"
        done = subprocess.run(
            [
                tool("pg_dump", cluster),
                "--format=custom",
                "--no-owner",
                "--no-acl",
                "--file",
                dump,
                owner_url(),
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise PostgresError(f"pg_dump failed: {done.stderr.strip()}")
        try:
            count = _write(draft, phrase, dump, home)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    draft.rename(args.file)
    print(
        f"{args.file}: database and {count} files, {args.file.stat().st_size / 1e6:.1f} MB. Keep {home.keyring} elsewhere: it is not in it."
    )
    return 0


def _refuse_when_empty(home: Home) -> None:
    """A backup of a mistyped --data folder would be whole, and worthless on the day it is needed."""
    import psycopg

    with psycopg.connect(owner_url()) as connection:
        found = connection.execute("select to_regclass('public.django_migrations')").fetchone()
    if found is None or found[0] is None:
        raise PostgresError(f"There is nothing to back up: the database of {home.data} has no tables. Is it the right --data folder?")


def _write(target: Path, phrase: str, dump: Path, home: Home) -> int:
    media = sorted(p for p in home.media.rglob("*") if p.is_file()) if home.media.exists() else []
    manifest = {
        "linli": __version__,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": len(media),
        "database_sha256": _sha256(dump),
    }
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, SealedWriter(file, phrase) as sealed, tarfile.open(fileobj=sealed, mode="w|gz") as tar:
        note = json.dumps(manifest).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(note)
        tar.addfile(info, io.BytesIO(note))
        tar.add(dump, "database.dump")
        for path in media:
            tar.add(path, f"media/{path.relative_to(home.media)}")
    return len(media)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
