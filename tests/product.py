"""Starts the product the way a deployer does, for tests that use it from outside."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from linli.conf.postgres import Cluster

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Product:
    """One ``linli serve`` in a folder of its own."""

    data: Path
    port: int = field(default_factory=free_port)
    arguments: tuple[str, ...] = ()
    more: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def env(self) -> dict[str, str]:
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("LINLI_", "DATABASE_"))}
        return {**keep, "PYTHONPATH": str(ROOT / "src"), "LINLI_LOG": "WARNING", "PYTHONUNBUFFERED": "1", **self.more}

    def start(self, seconds: float = 120) -> Product:
        command = [sys.executable, "-m", "linli", "serve", "--port", str(self.port), "--data", str(self.data), *self.arguments]
        self.process = subprocess.Popen(command, env=self.env(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        ready = threading.Event()

        def listen() -> None:
            assert self.process.stdout
            for line in self.process.stdout:
                self.said.append(line)
                if line.startswith(("Residents need none", "There is no account yet")):  # the last thing it says
                    ready.set()
            ready.set()

        threading.Thread(target=listen, daemon=True).start()
        assert ready.wait(seconds), f"did not start in {seconds} s:\n{self.output()}"
        assert "Linli is running" in self.output(), self.output()
        return self

    def output(self) -> str:
        return "".join(self.said)

    def linli(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "linli", "--data", str(self.data), *arguments]
        return subprocess.run(command, env={**self.env(), **more}, cwd=ROOT, capture_output=True, text=True, timeout=300)

    def get(self, path: str, timeout: float = 10) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def stop(self) -> int:
        """Ctrl-C, and the status it ends with."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def cluster(self) -> Cluster:
        """As root it may lie outside the data folder."""
        return Cluster(self.data / "postgres")

    def forget(self) -> None:
        cluster = self.cluster
        cluster.stop("immediate")
        shutil.rmtree(cluster.folder, ignore_errors=True)

    def wait_until_ready(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                if self.get("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.2)


def filled(data: Path, *arguments: str, **more: str) -> Product:
    """A product with the demonstration of two communities over thirty days: filled once a run, and copied for each who asks for one."""
    first = Product(Path(os.environ["LINLI_TEST_CLUSTER"]).parent / "filled" / "data", arguments=("--communities", "2", "--days", "30"))
    with _alone(first.data.parent) as before:
        if not before:
            assert first.start().stop() == 0, first.output()
    copy = Product(data, arguments=arguments, more=more)
    shutil.copytree(first.data, copy.data, ignore=shutil.ignore_patterns("postgres"))
    copy.cluster.folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", first.cluster.folder, copy.cluster.folder], check=True)  # it belongs to the server's account
    return copy


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """One process at a time. Gives whether another went through to the end before."""
    folder.mkdir(exist_ok=True)
    done = folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield done.exists()
        done.touch()
