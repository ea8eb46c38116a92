"""One HTTP request to the outside: to an address we have looked at, within limits, following nothing.

A name is resolved once and the connection goes to that very address, while TLS still speaks to the name: so nobody can point a name at
a service inside after it was looked at. Only public addresses are spoken to, and those of networks the deployer named.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from linli import __version__
from linli.outbox.adapters import Adapter, Wrong
from linli.outbox.delivery import Outcome, Result

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

AGENT = f"Linli/{__version__}"
MOST_READ = 16_384  # bytes of an answer that are looked at
# addresses that carry another address inside: what they lead to can't be told from here
_CARRIERS = [ipaddress.ip_network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]


class NotAllowed(Exception):
    """The address is none we speak to. ``args[0]`` is a class of reasons, without the address."""


@dataclass(frozen=True, slots=True)
class Where:
    """An address as a URL says it."""

    tls: bool
    host: str
    port: int
    target: str

    @property
    def named(self) -> str:
        """For the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def read_url(url: str, *, plain: bool = False) -> Where:
    """Raises NotAllowed for anything but https (or http where ``plain``), for a name and password in it, and for nonsense."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else parts.hostname or ""
    except (ValueError, UnicodeError):
        raise NotAllowed("NotAnAddress") from None
    if parts.scheme not in ("https", "http") or not host or (not url.isascii() and not url.isprintable()):
        raise NotAllowed("NotAnAddress")
    if parts.username is not None or parts.password is not None or any(c in url for c in " \r\n\t\\"):
        raise NotAllowed("NotAnAddress")
    if parts.scheme == "http" and not plain:
        raise NotAllowed("NotEncrypted")
    tls = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii():
        raise NotAllowed("NotAnAddress")
    return Where(tls, host, port or (443 if tls else 80), target)


def allowed(address: Address, private: Sequence[Network] = ()) -> bool:
    """Whether we speak to it: a public address, or one of a network the deployer named."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address.version == n.version and address in n for n in private):
        return True
    if any(address.version == n.version and address in n for n in _CARRIERS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def resolve(where: Where, private: Sequence[Network] = ()) -> list[str]:
    """The addresses of the host that we speak to. Raises NotAllowed where it has none, OSError where the name isn't known."""
    found = socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    good = [a for a in addresses if allowed(ipaddress.ip_address(a), private)]
    if not good:
        raise NotAllowed("AddressNotAllowed")
    return good


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def wait(self) -> float | None:
        """Seconds of a Retry-After that is a number."""
        said = self.headers.get("retry-after", "")
        return float(said) if said.isascii() and said.isdigit() and len(said) < 8 else None

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class HttpAdapter(Adapter):
    """What every way over HTTP can be told: seconds to wait, private networks it may speak to, unencrypted http, a CA of one's own."""

    connect: float = 4.0
    read: float = 8.0
    total: float = 15.0
    private: tuple[str, ...] = ()
    http: bool = False
    ca: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.connect <= self.total or not 0 < self.read <= self.total or self.total > 60:
            raise Wrong("connect, read, total: seconds, the first two at most the third, and that at most 60")
        for network in self.private:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise Wrong(f"private: {network!r} is no network, such as 10.0.0.0/8") from None
        if self.ca and not Path(self.ca).is_file():
            raise Wrong(f"ca: there is no file {self.ca}")

    @property
    def longest(self) -> float:
        return self.total + 1

    @property
    def networks(self) -> tuple[Network, ...]:
        return tuple(ipaddress.ip_network(n) for n in self.private)

    def unreachable(self, url: str) -> list[str]:
        """Why no request could go to ``url``, an address by itself, one sentence each; asks nothing of it. Raises NotAllowed for one that is none."""
        where = read_url(url, plain=self.http)
        try:
            resolve(where, self.networks)
        except NotAllowed:
            return [f"{where.host} is no public address: name its network in private, if it may be spoken to"]
        except OSError:
            return [f"the name {where.host} isn't known"]
        return []

    def ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str], most: int = MOST_READ) -> Answer | Outcome:
        """One request, over after ``total`` seconds whatever the other side does. ``most`` bytes of the answer's body are read: where the
        status says all, none. An ``Outcome`` instead of an answer where none came."""
        deadline = time.monotonic() + self.total
        try:
            where = read_url(url, plain=self.http)
            addresses = resolve(where, self.networks)
        except NotAllowed as refused:
            return Outcome(Result.NEVER, error=refused.args[0])
        except OSError:
            return Outcome(Result.AGAIN, error="NameNotFound")
        last = Outcome(Result.AGAIN, error="ConnectTimeout")
        for address in addresses[:2]:
            if time.monotonic() >= deadline:
                break
            answer = self._ask(address, where, method, body, headers, deadline, most)
            if isinstance(answer, Answer):
                return answer
            last = answer
            if last.error not in ("ConnectTimeoutError", "NewConnectionError"):  # it may have been taken: not a second time
                break
        return last

    def _ask(
        self, address: str, where: Where, method: str, body: bytes, headers: Mapping[str, str], deadline: float, most: int
    ) -> Answer | Outcome:
        late = threading.Event()
        watch = None
        left = deadline - time.monotonic()
        connection = self._connection(address, where, min(self.connect, left / 2 if where.tls else left))  # TCP, then TLS: each so long
        try:
            connection.connect()
            sock, left = connection.sock, max(deadline - time.monotonic(), 0.001)
            assert sock is not None
            # a receiver that drips keeps every read in time, and would hold us for ever; the connection lets go of its socket once
            # the headers are there, so it is the socket that is cut off
            watch = threading.Timer(left, _cut, (sock, late))
            watch.daemon = True
            watch.start()
            connection.timeout = min(self.read, left)
            sock.settimeout(connection.timeout)
            sent = {"Host": where.named, "User-Agent": AGENT, "Connection": "close", **headers}
            connection.request(method, where.target, body, sent, preload_content=False)
            response = connection.getresponse()
            said = b""
            try:
                said = response.read(most) if most else b""
            finally:
                response.close()
            if late.is_set():  # cut off, an answer looks like a short one
                return Outcome(Result.AGAIN, error="TotalTimeout")
            return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, said)
        except (HTTPError, OSError, ValueError) as error:
            return Outcome(Result.AGAIN, error="TotalTimeout" if late.is_set() else type(error).__name__[:60])
        finally:
            if watch is not None:
                watch.cancel()
            connection.close()

    def _connection(self, address: str, where: Where, seconds: float) -> HTTPConnection:
        if not where.tls:
            return HTTPConnection(address, where.port, timeout=seconds)
        context = ssl.create_default_context(cafile=self.ca or None)
        return HTTPSConnection(address, where.port, timeout=seconds, ssl_context=context, server_hostname=where.host)


def _cut(sock: socket.socket, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
