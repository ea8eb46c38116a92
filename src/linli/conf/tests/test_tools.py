"""Dump and restore with a server of one's own: by tools that know its version."""

from __future__ import annotations

from pathlib import Path

import pytest

from linli.conf import postgres


@pytest.fixture
def machine(tmp_path, monkeypatch) -> list[Path]:
    """PostgreSQL 15 and 18, and a 16 without client tools."""
    folders = []
    for major in (18, 16, 15):
        folder = tmp_path / str(major)
        folder.mkdir()
        for name in () if major == 16 else ("pg_dump", "pg_restore"):
            (folder / name).touch()
        folders.append(folder)
    monkeypatch.setattr(postgres, "_candidates", lambda: folders)
    monkeypatch.setattr(postgres, "_major", lambda folder: int(folder.name))
    return folders


@pytest.mark.parametrize(("server", "tools"), [(15, "15"), (16, "18"), (18, "18")])
def test_tools_are_never_older_than_the_server(machine, server, tools):
    assert postgres.client_tools(server).name == tools


def test_a_server_newer_than_all_tools_leaves_the_choice_to_the_path(machine):
    assert postgres.client_tools(19) is None
