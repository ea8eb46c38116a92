"""What a deployer gets wrong: a line that says what to do, never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from linli.conf.trouble import in_plain_words

NOWHERE = "postgresql://linli@127.0.0.1:1/linli"


def linli(*words: str, data: Path, **env: str) -> subprocess.CompletedProcess[str]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("LINLI_", "DATABASE_"))}
    command = [sys.executable, "-m", "linli", "--data", str(data), *words]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env={**keep, **env})


def said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_database_that_is_not_there_is_said(tmp_path):
    for words in (["verify"], ["doctor"], ["charter", "list"]):
        assert "doesn't answer" in said(linli(*words, data=tmp_path, DATABASE_URL=NOWHERE))


def test_an_address_that_is_none_is_said(tmp_path):
    for wrong in ("nonsense", "mysql://a@b/c"):
        assert "postgresql://" in said(linli("verify", data=tmp_path, DATABASE_URL=wrong))


def test_files_that_are_not_there_are_named(tmp_path):
    assert "/nope/x.svg" in said(linli("charter", "draw", "standard", "matter", "-o", "/nope/x.svg", data=tmp_path))
    assert "/nope" in said(linli("backup", "--passphrase-file", "/nope", str(tmp_path / "b"), data=tmp_path))
    (tmp_path / "file").write_text("")
    assert "Not a directory" in said(linli("verify", data=tmp_path / "file", DATABASE_URL=NOWHERE))


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--port", "80510"],
        ["serve", "--port", "x"],
        ["serve", "--workers", "0"],
        ["demo", "--communities", "0"],
        ["demo", "--days", "-1"],
    ],
)
def test_numbers_out_of_range_are_a_wrong_use(words, tmp_path):
    done = linli(*words, data=tmp_path)
    assert done.returncode == 2
    assert "a whole number from" in done.stderr


def test_what_the_database_says_becomes_what_to_do():
    def raised(cause: Exception) -> Exception:
        error = RuntimeError("from above")
        error.__cause__ = cause
        return error

    assert "linli migrate" in (in_plain_words(raised(psycopg.errors.UndefinedTable('relation "x" does not exist'))) or "")
    assert "operations.md" in (in_plain_words(psycopg.errors.InsufficientPrivilege("permission denied for table x")) or "")
    assert in_plain_words(EOFError()) is not None


def test_a_mistake_of_the_program_keeps_its_traceback():
    assert in_plain_words(KeyError("x")) is None
    assert in_plain_words(psycopg.errors.UniqueViolation("x")) is None
