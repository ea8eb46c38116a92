"""``linli restore FILE``: put a backup into an empty deployment, bring it to this version, and prove its history."""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from linli.conf.commands.backup import _sha256, add_passphrase, passphrase, tool
from linli.conf.home import Home
from linli.conf.postgres import PostgresError
from linli.conf.runtime import database, owner_url
from linli.kit.sealed_file import SealedReader, SealError


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a file written by linli backup")
    parser.add_argument("--check", action="store_true", help="only open it and check that it is whole")
    add_passphrase(parser)


def run(args: argparse.Namespace, home: Home) -> int:
    phrase = passphrase(args)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            manifest = _unpack(args.file, phrase, Path(scratch))
        except (SealError, tarfile.TarError, OSError) as error:
            print(f"linli: {args.file} can't be read: {error}.", file=sys.stderr)
            return 1
        print(f"Backup of {manifest['at']} by version {manifest['linli']}: whole, {manifest['files']} files.")
        if args.check:
            return 0
        with database(home, as_owner=True) as cluster:
            _refuse_unless_empty(home)
            done = subprocess.run(
                [
                    tool("pg_restore", cluster), "--no-owner", "--no-acl", "--no-comments",
                    "--single-transaction", "--exit-on-error", "--dbname", owner_url(), f"{scratch}/database.dump",
                ],
                capture_output=True,
                text=True,
            )  # fmt: skip
            if done.returncode:
                raise PostgresError(f"pg_restore failed, nothing was changed: {done.stderr.strip()[-500:]}")
            if (media := Path(scratch) / "media").exists():
                shutil.copytree(media, home.media, dirs_exist_ok=True)
    return _bring_up(home)


def _unpack(file: Path, phrase: str, scratch: Path) -> dict:
    with file.open("rb") as raw, tarfile.open(fileobj=io.BufferedReader(SealedReader(raw, phrase)), mode="r|gz") as tar:
        for member in tar:
            _take_out(tar, member, scratch)
    manifest = json.loads((scratch / "manifest.json").read_text())
    if _sha256(scratch / "database.dump") != manifest["database_sha256"]:
        raise SealError("the database in it is damaged")
    return manifest


def _take_out(tar: tarfile.TarFile, member: tarfile.TarInfo, scratch: Path) -> None:
    """Plain files below the folder and nothing else. (``extractall(filter="data")`` is missing in Debian 12's Python 3.11.2.)"""
    target = (scratch / member.name).resolve()
    if not member.isfile() or not target.is_relative_to(scratch.resolve()):
        raise SealError(f"{member.name} does not belong in a backup")
    target.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(member)
    with target.open("wb") as file:
        shutil.copyfileobj(source, file)  # type: ignore[arg-type]  # a plain file has one


def _refuse_unless_empty(home: Home) -> None:
    import psycopg

    with psycopg.connect(owner_url()) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    if tables and tables[0]:
        raise PostgresError("This deployment has a database already. Restore into a new --data folder (or an empty database).")
    if home.media.exists() and any(home.media.iterdir()):
        raise PostgresError(f"{home.media} holds files already. Restore into a new --data folder.")


def _bring_up(home: Home) -> int:
    for command in (["migrate"], ["verify"]):
        if status := subprocess.run([sys.executable, "-m", "linli", "--data", str(home.data), *command]).returncode:
            return status
    if not home.keyring.exists():
        print(f"Put the keyring back at {home.keyring}: without it residents' names and phones stay sealed.")
    return 0
