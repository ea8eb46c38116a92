"""The ways out: what they send, what they make of each answer, and whom they refuse to speak to."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from linli.outbox import adapters
from linli.outbox.adapters import Parcel, Wrong, build, wechat
from linli.outbox.adapters.http import NotAllowed, allowed, read_url
from linli.outbox.delivery import Result
from linli.outbox.signing import HEADER, verify
from linli.outbox.tests.receiver import receiving, slow

HERE = {"private": ["127.0.0.0/8"], "http": True, "connect": 1, "read": 0.5, "total": 1}
PHONE = "13812345678"


def parcel(channel: str, **more) -> Parcel:
    values = {
        "uid": uuid4(), "channel": channel, "topic": "matters.answered", "attempt": 1, "made_at": datetime(2026, 11, 16, tzinfo=UTC),
        "subject_ref": "QS-2026-000001", "to": PHONE, "text": '说"好"\n{了}', "title": "已答复", "values": {"number": "QS-2026-000001"},
    }  # fmt: skip
    return Parcel(**(values | more))


def hook(receiver, **more) -> Parcel:
    return parcel("webhook", url=receiver.url, keys={"k1": "secret"}, **more)


# --- webhook


def test_a_webhook_is_signed_json_with_its_uid():
    with receiving() as receiver:
        sent = hook(receiver)
        assert build("webhook", "webhook", HERE).send(sent).result is Result.DELIVERED
    asked = receiver.asked[0]
    assert (asked.method, asked.path, asked.uid) == ("POST", "/hook", str(sent.uid))
    assert asked.json() == {"uid": str(sent.uid), "event": "matters.answered", "number": "QS-2026-000001"}
    assert verify(asked.headers[HEADER.lower()], asked.body, {"k1": "secret"}, int(time.time())) == "k1"


@pytest.mark.parametrize(("status", "result"), [(200, "delivered"), (500, "again"), (429, "again"), (404, "never"), (302, "never")])
def test_a_status_is_understood_and_nothing_is_followed(status, result):
    with receiving(lambda asked: (status, b"", {"Location": "http://127.0.0.1:1/", "Retry-After": "77"})) as receiver:
        outcome = build("webhook", "webhook", HERE).send(hook(receiver))
    assert (outcome.result, outcome.status) == (result, status)
    assert outcome.wait == (77.0 if result == "again" else None)
    assert len(receiver.asked) == 1


def test_a_slow_receiver_is_left_in_time():
    with receiving(slow(3)) as receiver:
        began = time.monotonic()
        outcome = build("webhook", "webhook", HERE).send(hook(receiver))
        assert time.monotonic() - began < 1.5
    assert outcome.result is Result.AGAIN
    assert "Timeout" in outcome.error


@contextmanager
def dripping(head: bytes, drop: bytes, tls: ssl.SSLContext | None = None):
    """A receiver that says ``head`` at once and then ``drop`` every tenth of a second: every single read is in time, and the whole has no
    end. Gives its address."""

    class Drip(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                self.request.recv(65536)
                self.request.sendall(head)
                for _ in range(50):
                    time.sleep(0.1)
                    self.request.sendall(drop)
            except OSError:
                pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *args) -> None:
            pass

    with Server(("127.0.0.1", 0), Drip) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


HEAD = b"HTTP/1.0 200 OK\r\nContent-Length: 400\r\n\r\n"
HEADS = [HEAD, b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]


def test_a_receiver_that_drips_its_headers_is_cut_off():
    with dripping(b"HTTP/1.1 200 OK\r\n", b"X-1: 1\r\n") as url:
        began = time.monotonic()
        outcome = build("webhook", "webhook", HERE).send(parcel("webhook", url=url))
        assert time.monotonic() - began < 1.5
    assert (outcome.result, outcome.error) == (Result.AGAIN, "TotalTimeout")


@pytest.mark.parametrize("head", HEADS, ids=["length", "end", "chunked"])
def test_a_webhook_that_was_taken_is_not_held_up_by_what_is_said_after_it(head):
    with dripping(head, b"1\r\n.\r\n") as url:
        began = time.monotonic()
        outcome = build("webhook", "webhook", HERE).send(parcel("webhook", url=url))
        assert time.monotonic() - began < 0.5
    assert (outcome.result, outcome.status) == (Result.DELIVERED, 200)


@pytest.mark.parametrize("head", HEADS, ids=["length", "end", "chunked"])
def test_an_answer_that_is_read_and_drips_is_cut_off_in_time(head):
    with dripping(head, b"1\r\n.\r\n") as url:
        began = time.monotonic()
        outcome = build("sms-http", "sms", {**HERE, "url": url, "ok": "code=0"}).send(parcel("sms"))
        assert time.monotonic() - began < 1.5
    assert (outcome.result, outcome.error) == (Result.AGAIN, "TotalTimeout")


def test_an_answer_that_drips_through_tls_is_cut_off_in_time(certificate):
    key, cert = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with dripping(HEAD, b".", context) as url:
        way = build("sms-http", "sms", {**HERE, "ca": str(cert), "url": url, "ok": "code=0"})
        began = time.monotonic()
        outcome = way.send(parcel("sms"))
        assert time.monotonic() - began < 1.5
    assert (outcome.result, outcome.error) == (Result.AGAIN, "TotalTimeout")


def test_a_gateway_at_an_address_nobody_may_speak_to_is_told_before_the_first_message():
    inside = {"http": True, "url": "http://127.0.0.1:9/"}
    [said] = build("sms-http", "sms", inside).check()
    assert "127.0.0.1 is no public address" in said
    assert build("sms-http", "sms", {**inside, "private": ["127.0.0.0/8"]}).check() == []
    [said] = build("sms-http", "sms", {"url": "https://nobody.invalid/"}).check()
    assert "the name nobody.invalid isn't known" in said


def test_nobody_there_and_nobody_of_that_name_are_tried_again():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    way = build("webhook", "webhook", HERE)
    assert way.send(parcel("webhook", url=f"http://127.0.0.1:{port}/")).result is Result.AGAIN
    assert way.send(parcel("webhook", url="http://nobody.invalid/")).error == "NameNotFound"


PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
    "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1", "::",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_spoken_to(address):
    assert not allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2400:3200::1"])
def test_public_addresses_are(address):
    assert allowed(ipaddress.ip_address(address))


def test_a_private_network_is_spoken_to_where_the_deployer_named_it():
    net = (ipaddress.ip_network("10.20.0.0/16"),)
    assert allowed(ipaddress.ip_address("10.20.3.4"), net)
    assert allowed(ipaddress.ip_address("::ffff:10.20.3.4"), net)
    assert not allowed(ipaddress.ip_address("10.21.3.4"), net)


def test_a_name_that_leads_inside_is_refused_when_it_is_looked_up(monkeypatch):
    with receiving() as receiver:
        port = receiver.server.server_address[1]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("127.0.0.1", port))])
        way = build("webhook", "webhook", {"http": True})
        outcome = way.send(parcel("webhook", url=f"http://innocent.example:{port}/"))
    assert (outcome.result, outcome.error) == (Result.NEVER, "AddressNotAllowed")
    assert not receiver.asked


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/", "NotEncrypted"), ("ftp://example.org/", "NotAnAddress"), ("https://", "NotAnAddress"), ("", "NotAnAddress"),
        ("https://me:pw@example.org/", "NotAnAddress"), ("https://example.org:99999/", "NotAnAddress"), ("file:///etc/passwd", "NotAnAddress"),
        ("https://example.org/\r\nX: 1", "NotAnAddress"), ("https://exa mple.org/", "NotAnAddress"), ("https://[::1", "NotAnAddress"),
        ("https://example.org/中", "NotAnAddress"),
    ],
)  # fmt: skip
def test_addresses_that_are_none_are_refused(url, why):
    with pytest.raises(NotAllowed, match=why):
        read_url(url)


def test_a_chinese_name_is_an_address():
    assert read_url("https://政务.公益/hook").host == "xn--zfr164b.xn--55qw42g"


@pytest.fixture
def certificate(tmp_path):
    """Key and certificate of this machine, vouched for by nobody else."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert, "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1"]  # fmt: skip
    subprocess.run(made, check=True, capture_output=True)
    return key, cert


def test_tls_is_verified(certificate):
    """A certificate nobody vouches for is no receiver."""
    key, cert = certificate
    with receiving() as receiver:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
        url = receiver.url.replace("http:", "https:")
        here = {"private": ["127.0.0.0/8"], "connect": 1, "read": 1, "total": 2}
        refused = build("webhook", "webhook", here).send(parcel("webhook", url=url))
        assert (refused.result, refused.error, receiver.asked) == (Result.AGAIN, "SSLCertVerificationError", [])
        assert build("webhook", "webhook", {**here, "ca": str(cert)}).send(parcel("webhook", url=url)).result is Result.DELIVERED


# --- files


def test_a_file_holds_what_was_said_and_never_to_whom(tmp_path):
    way = build("file", "sms", {"folder": str(tmp_path)})
    assert way.check() == []
    assert way.send(parcel("sms")).result is Result.KEPT
    assert way.send(parcel("sms")).result is Result.KEPT
    lines = (tmp_path / "sms.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0])["text"] == '说"好"\n{了}'
    assert PHONE not in "".join(lines)
    assert (tmp_path / "sms.jsonl").stat().st_mode & 0o077 == 0


def test_the_console_says_the_same(capsys):
    assert build("console", "sms", {}).send(parcel("sms")).result is Result.KEPT
    said = capsys.readouterr().out
    assert "QS-2026-000001" in said
    assert PHONE not in said


# --- text messages


def gateway(receiver, **more):
    return build("sms-http", "sms", {**HERE, "url": receiver.url, **more})


def test_a_gateway_gets_its_own_json():
    with receiving(lambda asked: (200, b'{"code":0}', {})) as receiver:
        sent = parcel("sms")
        way = gateway(receiver, body='{{"to":["{phone}"],"msg":"{text}"}}', headers={"Authorization": "Bearer x"}, ok="code=0")
        assert way.send(sent).result is Result.DELIVERED
    asked = receiver.asked[0]
    assert asked.json() == {"to": [PHONE], "msg": '说"好"\n{了}'}
    assert asked.headers["authorization"] == "Bearer x"
    assert asked.headers["idempotency-key"] == str(sent.uid)


def test_a_gateway_that_wants_a_form_gets_one():
    with receiving() as receiver:
        way = gateway(receiver, content="form", body="mobile={phone}&content={text}", url=receiver.url + "?id={uid}")
        assert way.send(parcel("sms")).result is Result.DELIVERED
    assert receiver.asked[0].body == b"mobile=13812345678&content=%E8%AF%B4%22%E5%A5%BD%22%0A%7B%E4%BA%86%7D"


@pytest.mark.parametrize(("said", "result"), [("0", "delivered"), ("17", "again"), ("9", "never"), ('{"a":1}', "again")])
def test_what_the_gateway_says_in_its_answer_counts(said, result):
    with receiving(lambda asked: (200, b'{"data":{"code":%s}}' % said.encode(), {})) as receiver:
        assert gateway(receiver, ok="data.code=0", never=["9"]).send(parcel("sms")).result == result


# --- WeChat


@pytest.fixture
def _fresh(monkeypatch):
    monkeypatch.setattr(wechat, "_tokens", {})


@pytest.mark.usefixtures("_fresh")
def test_wechat_gets_a_token_once_and_anew_when_it_is_stale():
    answers = [{"errcode": 0}, {"errcode": 0}, {"errcode": 42001}, {"errcode": 0}, {"errcode": 43004}, {"errcode": -1}]
    tokens = []

    def answer(asked):
        if "stable_token" in asked.path:
            assert asked.json()["appid"] == "wx1"
            tokens.append(1)
            return 200, json.dumps({"access_token": f"T{len(tokens)}", "expires_in": 7200}).encode(), {}
        return 200, json.dumps(answers.pop(0)).encode(), {}

    with receiving(answer) as receiver:
        base = receiver.url.removesuffix("/hook")
        way = build("wechat", "wechat", {**HERE, "app_id": "wx1", "secret": "s", "base": base, "templates": {"matters.answered": "TPL"}})
        assert way.check() == []
        got = [way.send(parcel("wechat", to="openid-1")) for _ in range(6)]
        assert [o.result for o in got] == ["delivered", "delivered", "again", "delivered", "never", "again"]
        assert way.send(parcel("wechat", topic="other")).error == "NoTemplate"
    assert len(tokens) == 2
    sent = next(a for a in receiver.asked if "template/send" in a.path)
    assert sent.json()["touser"] == "openid-1"
    assert sent.json()["template_id"] == "TPL"
    assert sent.json()["data"]["number"] == {"value": "QS-2026-000001"}
    assert "secret" not in repr(way)


# --- mail


class _Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as a client says."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline().decode().strip():
            word = line.split(" ")[0].upper()
            if word == "RCPT" and "gone" in line:
                self.wfile.write(b"550 no such person\r\n")
            elif word == "RCPT" and "full" in line:
                self.wfile.write(b"452 full\r\n")
            elif word == "DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += self.rfile.readline()
                self.server.mails.append(body)  # type: ignore[attr-defined]
                self.wfile.write(b"250 taken\r\n")
            elif word == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 yes\r\n")


def test_mail_goes_by_smtp():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.daemon_threads, server.mails = True, []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = {
            "host": "127.0.0.1",
            "port": server.server_address[1],
            "security": "none",
            "sender": "社区 <a@example.gov.cn>",
            "timeout": 2,
        }
        way = build("smtp", "mail", options)
        assert way.check() == []
        assert way.send(parcel("mail", to="b@example.org")).result is Result.DELIVERED
        gone, full = way.send(parcel("mail", to="gone@example.org")), way.send(parcel("mail", to="full@example.org"))
        server.shutdown()
    assert (gone.result, gone.status) == (Result.NEVER, 550)
    assert (full.result, full.status) == (Result.AGAIN, 452)
    assert b"Message-ID: <" in server.mails[0]  # type: ignore[attr-defined]
    assert way.send(parcel("mail")).result is Result.AGAIN  # nobody there any more


# --- options


BAD = [
    ("nonsense", "sms", {}, "nonsense"),
    ("webhook", "sms", {}, "can't carry sms"),
    ("webhook", "webhook", {"privat": []}, "no such option"),
    ("webhook", "webhook", {"connect": "soon"}, "connect: a number"),
    ("webhook", "webhook", {"connect": 20, "total": 10}, "connect, read, total"),
    ("webhook", "webhook", {"private": ["10.0.0.0/99"]}, "no network"),
    ("webhook", "webhook", {"private": 7}, "a list of texts"),
    ("webhook", "webhook", {"http": "perhaps"}, "true or false"),
    ("webhook", "webhook", {"ca": "/nowhere.pem"}, "no file"),
    ("sms-http", "sms", {}, "url"),
    ("sms-http", "sms", {"url": "http://a.example/"}, "https"),
    ("sms-http", "sms", {"url": "https://a.example/", "body": "{text}"}, "phone"),
    ("sms-http", "sms", {"url": "https://a.example/", "body": '{"phone":"{phone}"}'}, "body"),
    ("sms-http", "sms", {"url": "https://a.example/", "body": "{phone} {name}"}, "{name}"),
    ("sms-http", "sms", {"url": "https://a.example/", "method": "BREW"}, "method"),
    ("sms-http", "sms", {"url": "https://a.example/", "headers": ["x"]}, "a table of texts"),
    ("wechat", "wechat", {"app_id": "x"}, "secret"),
    ("wechat", "wechat", {"app_id": "x", "secret": "y"}, "templates"),
    ("smtp", "mail", {"host": "a"}, "sender"),
    ("smtp", "mail", {"host": "a", "sender": "a@b.cn", "security": "none", "user": "u"}, "in clear"),
    ("smtp", "mail", {"host": "a", "sender": "a@b.cn", "port": True}, "port: a whole number"),
]


@pytest.mark.parametrize(("name", "channel", "options", "said"), BAD)
def test_an_option_that_cant_be_used_is_named(name, channel, options, said):
    with pytest.raises(Wrong, match=re.escape(said)):
        build(name, channel, options)


def test_there_is_a_way_for_each_channel():
    assert {channel for kind in adapters.kinds().values() for channel in kind.channels} == set(adapters.CHANNELS)


def test_nothing_of_a_person_or_a_secret_stands_in_a_parcels_repr():
    said = repr(parcel("sms", keys={"k": "secret"}))
    for private in (PHONE, "secret", "说"):
        assert private not in said
