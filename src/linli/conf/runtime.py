"""The environment a command runs in: which data folder, which database, which role; starts the embedded server where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from linli.conf.home import Home
from linli.conf.postgres import OWNER, Cluster, PostgresError


def own_server() -> bool:
    """Whether the deployer brought a PostgreSQL of their own (``DATABASE_URL``)."""
    return bool(os.environ.get("DATABASE_URL"))


def owner_url() -> str:
    """The connection that may change tables: ``DATABASE_OWNER_URL``, or the only one there is."""
    return os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]


@contextmanager
def database(home: Home, *, as_owner: bool = False) -> Iterator[Cluster | None]:
    """``DATABASE_URL`` set and answering for the length of the block. Gives the embedded cluster, or None on a server of one's own.

    An embedded server that was not running before is stopped afterwards.
    """
    os.environ["LINLI_DATA"] = str(home.data)
    if own_server():
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            if not os.environ.get(name, "postgresql://").startswith(("postgresql://", "postgres://")):
                raise PostgresError(f"{name} must read postgresql://ROLE:PASSWORD@HOST/NAME.")
        before = os.environ["DATABASE_URL"]
        if as_owner:
            os.environ["DATABASE_URL"] = owner_url()
        try:
            yield None
        finally:
            os.environ["DATABASE_URL"] = before
        return
    cluster = Cluster(home.cluster)
    was_running = cluster.running()
    cluster.start()
    os.environ["DATABASE_URL"] = cluster.url(OWNER) if as_owner else cluster.url()
    try:
        yield cluster
    finally:
        del os.environ["DATABASE_URL"]
        if not was_running:
            cluster.stop()


@contextmanager
def django_ready(home: Home, *, as_owner: bool = False) -> Iterator[Cluster | None]:
    """Like ``database``, with Django set up inside."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.conf.settings")
    os.environ.setdefault("LINLI_LOG", "WARNING")
    with database(home, as_owner=as_owner) as cluster:
        import django

        django.setup()
        try:
            yield cluster
        finally:
            from django.db import connections

            connections.close_all()
