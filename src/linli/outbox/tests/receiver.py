"""An honest receiver on this machine: answers as it is told, and remembers what it took, each uid once."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: socket.socket | None = None

    @property
    def listened_to(self) -> bool:
        """Whether whoever sent it still waits for an answer: they hang up when their time is over, and when they are killed."""
        assert self.connection is not None
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True  # nothing more was said, and nobody hung up
        except OSError:
            return False

    @property
    def uid(self) -> str:
        return self.headers.get("linli-delivery", "")

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """``answer(asked)`` gives a status, or a status with a body and headers; it may sleep. ``taken``: uids answered with 2xx, in order."""

    answer: Callable[[Asked], Any] = lambda asked: 204
    asked: list[Asked] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    at_once: int = 0  # most requests under way at a time
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def serve(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        with self._lock:
            self.asked.append(asked)
            self._now += 1
            self.at_once = max(self.at_once, self._now)
        try:
            said = self.answer(asked)
            status, body, headers = said if isinstance(said, tuple) else (said, b"", {})
            with self._lock:
                if 200 <= status < 300 and asked.uid and asked.uid not in self.taken:
                    self.taken.append(asked.uid)
            return status, body, headers
        finally:
            with self._lock:
                self._now -= 1


@contextmanager
def receiving(answer: Callable[[Asked], Any] = lambda asked: 204) -> Iterator[Receiver]:
    receiver = Receiver(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body, self.connection)
            status, said, headers = receiver.serve(asked)
            try:
                if status == 0:  # hang up
                    self.connection.close()
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except OSError:
                pass

        do_GET = do_PUT = do_POST  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *args: Any) -> None:
            pass

    receiver.server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()


def slow(seconds: float, status: int = 204) -> Callable[[Asked], int]:
    def answer(asked: Asked) -> int:
        time.sleep(seconds)
        return status

    return answer
