"""``linli serve``: the embedded database, the web server and the worker under one roof, stopped together by Ctrl-C.

This process only starts and watches the others; it loads no Django. A child that dies is started again (five times a minute at
most); children die with this process even when it is killed, and the next start finds a database that recovers itself.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType

import psycopg

from linli.conf.commands import whole_number
from linli.conf.home import Home
from linli.conf.postgres import Cluster, PostgresError
from linli.conf.runtime import own_server

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=whole_number(1, 65535), default=8000, metavar="P", help="port to listen on (default 8000)")
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--workers", type=whole_number(1), default=2, metavar="N", help="web processes (default 2)")
    parser.add_argument("--no-demo", action="store_true", help="start empty: no demonstration district, no account")
    parser.add_argument(
        "--communities", type=whole_number(1), metavar="N", help="communities of the demonstration district (default: the 25 of the trial)"
    )
    parser.add_argument("--days", type=whole_number(0, 3650), default=90, metavar="D", help="days of demonstration history (default 90)")


def _child() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def _obstacle(host: str, port: int) -> str | None:
    """Why we can't listen there, or None."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"port {port} is taken on {host}. Choose another with --port."
            return f"can't listen on {host}, port {port}: {error.strerror or error}."
    return None


def _hold(home: Home) -> int | None:
    """The lock that one serve keeps on its data folder until it ends, however it ends; None when another holds it."""
    descriptor = os.open(home.data / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


class Roof:
    """The children of one serve."""

    def __init__(self, args: argparse.Namespace, home: Home, cluster: Cluster | None) -> None:
        self.args, self.home, self.cluster = args, home, cluster
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.starts: dict[str, list[float]] = {}
        self.stopping = False

    def env(self, **more: str) -> dict[str, str]:
        return {
            "LINLI_LOG": "WARNING",
            **os.environ,
            "LINLI_DATA": str(self.home.data),
            "DJANGO_SETTINGS_MODULE": "linli.conf.settings",
            **more,
        }

    def once(self, *command: str, **more: str) -> int:
        """One of our own commands, to its end."""
        return subprocess.run([sys.executable, "-m", "linli", *command], env=self.env(**more), preexec_fn=_child).returncode

    def commands(self) -> dict[str, tuple[list[str], dict[str, str]]]:
        bind = f"[{self.args.host}]" if ":" in self.args.host else self.args.host
        web = [
            sys.executable, "-m", "gunicorn", "linli.conf.wsgi:application", "--bind", f"{bind}:{self.args.port}",
            "--workers", str(self.args.workers), "--worker-class", "gthread", "--threads", "8", "--timeout", "60",
            "--graceful-timeout", "20", "--max-requests", "20000", "--max-requests-jitter", "2000", "--log-level", "warning",
            "--keep-alive", "65",  # longer than proxies and programs keep a connection: who sends on it must not find it closed
            "--worker-tmp-dir", "/dev/shm" if os.path.isdir("/dev/shm") else str(self.home.data),
        ]  # fmt: skip
        return {
            "web": (web, {"LINLI_POOL": "8"}),
            "worker": ([sys.executable, "-m", "linli", "worker"], {}),
        }

    def start(self, name: str) -> None:
        command, more = self.commands()[name]
        self.starts.setdefault(name, []).append(time.monotonic())
        self.children[name] = subprocess.Popen(command, env=self.env(**more), preexec_fn=_child, start_new_session=True)

    def watch(self) -> int:
        """Until told to stop. Status 1 when a child keeps dying."""
        while not self.stopping:
            self._keep_database()
            for name, child in list(self.children.items()):
                if child.poll() is not None and not self.stopping:
                    recent = [t for t in self.starts[name] if time.monotonic() - t < 60]
                    if len(recent) >= 5:
                        print(f"linli: {name} keeps stopping (status {child.returncode}); giving up.", file=sys.stderr)
                        return 1
                    self.start(name)
            time.sleep(0.2)
        return 0

    def _keep_database(self) -> None:
        """Start it again when it was killed; the pages say so meanwhile and give back what was typed. However often it fails, go on."""
        if not self.cluster or self.cluster.alive():
            return
        try:
            self.cluster.start()
        except (PostgresError, psycopg.OperationalError) as error:
            print(f"linli: the database does not come up yet: {error}", file=sys.stderr)
            time.sleep(1)

    def stop(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 25
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()

    def answering(self) -> bool:
        """Any answer will do: a host name that isn't ours is refused, and that is an answer too."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.args.host, self.args.host)
        url = f"http://[{host}]:{self.args.port}/healthz" if ":" in host else f"http://{host}:{self.args.port}/healthz"
        for _ in range(150):
            try:
                with urllib.request.urlopen(url, timeout=2):
                    return True
            except urllib.error.HTTPError:
                return True
            except OSError:
                if self.stopping or self.children["web"].poll() is not None:
                    return False
                time.sleep(0.2)
        return False


def run(args: argparse.Namespace, home: Home) -> int:
    if obstacle := _obstacle(args.host, args.port):
        print(f"linli: {obstacle}", file=sys.stderr)
        return 1
    home.data.mkdir(parents=True, exist_ok=True)
    cluster = None if own_server() else Cluster(home.cluster)
    if cluster and _hold(home) is None:  # the first to stop would stop the database under the other
        print(f"linli: another serve runs on {home.data}. Stop it first, or choose another folder with --data.", file=sys.stderr)
        return 1
    roof = Roof(args, home, cluster)

    def told(number: int, frame: FrameType | None) -> None:
        roof.stopping = True

    signal.signal(signal.SIGINT, told)
    signal.signal(signal.SIGTERM, told)
    if cluster:
        cluster.start()
        os.environ["DATABASE_URL"] = cluster.url()
        os.environ["DATABASE_OWNER_URL"] = cluster.url("linli_owner")
    try:
        return _serve(roof, args)
    finally:
        roof.stop()
        if cluster:
            cluster.stop()
        print("Stopped.")


def _serve(roof: Roof, args: argparse.Namespace) -> int:
    if roof.once("migrate") or roof.stopping:
        return 1
    if not args.no_demo:
        size = ["--communities", str(args.communities)] if args.communities else []
        if roof.once("demo", "--if-empty", "--days", str(args.days), *size) or roof.stopping:
            return 1
    for name in roof.commands():
        roof.start(name)
    if not roof.answering():
        if not roof.stopping:
            print("linli: the web server did not come up; its messages are above.", file=sys.stderr)
        return 0 if roof.stopping else 1
    print(f"\nLinli is running: http://{args.host}:{args.port}/   (Ctrl-C stops it)", flush=True)
    if not args.no_demo:
        roof.once("demo", "--signins", "--address", f"http://{args.host}:{args.port}")
    else:
        print("There is no account yet: make the first one with  script/linli admin create", flush=True)
    return roof.watch()
