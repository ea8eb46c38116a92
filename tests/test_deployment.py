"""What a deployer does: start, stop, lose power, back up, restore, make the first account."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from linli.conf.cli import COMMANDS
from tests.product import ROOT, Product, free_port

PASSPHRASE = {"LINLI_BACKUP_PASSPHRASE": "a long enough passphrase"}
CSV = ROOT / "src/linli/places/data/150204-qingshan.csv"
ADMIN = ("admin", "create", "--username", "wang", "--name", "王建国")


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Product:
    """A product without demonstration data, with Qingshan's charter and places."""
    product = Product(tmp_path_factory.mktemp("empty") / "data", arguments=("--no-demo", "--workers", "1")).start()
    yield product
    if product.process.poll() is None:
        assert product.stop() == 0, product.output()
    product.forget()


def test_every_command_has_help():
    for command in ([], *[[c] for c in COMMANDS]):
        done = subprocess.run(
            [sys.executable, "-m", "linli", *command, "--help"], capture_output=True, text=True, env={"PYTHONPATH": str(ROOT / "src")}
        )
        assert done.returncode == 0, done.stderr
        assert "usage: linli" in done.stdout


def test_a_wrong_word_is_a_usage_error():
    done = subprocess.run([sys.executable, "-m", "linli", "swerve"], capture_output=True, text=True, env={"PYTHONPATH": str(ROOT / "src")})
    assert done.returncode == 2


def test_without_demonstration_data_no_account_exists(empty):
    assert "linli admin create" in empty.output()
    assert empty.linli("doctor").returncode == 1
    refused = empty.linli(*ADMIN, LINLI_ADMIN_PASSWORD="correct horse battery")
    assert refused.returncode == 1
    assert "charter" in refused.stderr.lower()


def test_a_folder_without_tables_is_named_before_anything_else(tmp_path):
    fresh = Product(tmp_path / "mistyped")
    assert "no tables" in fresh.linli("backup", str(tmp_path / "b"), **PASSPHRASE).stderr
    assert not (tmp_path / "b").exists()
    for words in (["verify"], ["charter", "list"], ["places", "export"], ["demo", "--signins"]):
        done = fresh.linli(*words)
        assert done.returncode == 1
        assert "linli migrate" in done.stderr
        assert "Traceback" not in done.stderr
    fresh.forget()


def test_a_second_serve_of_one_folder_is_refused_and_leaves_the_first_alone(empty):
    second = [sys.executable, "-m", "linli", "--data", str(empty.data), "serve", "--port", str(free_port()), "--no-demo"]
    done = subprocess.run(second, capture_output=True, text=True, env=empty.env(), cwd=ROOT, timeout=60)
    assert done.returncode == 1
    assert "another serve" in done.stderr
    assert empty.linli("verify").returncode == 0
    assert empty.process.poll() is None


def test_the_first_account_sits_in_the_leading_post(empty):
    assert empty.linli("keys", "init").returncode in (0, 1)
    assert empty.linli("charter", "adopt", "qingshan").returncode == 0
    loaded = empty.linli("places", "load", str(CSV))
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    weak = empty.linli(*ADMIN, LINLI_ADMIN_PASSWORD="12345")
    assert weak.returncode == 1
    made = empty.linli(*ADMIN, LINLI_ADMIN_PASSWORD="correct horse battery")
    assert made.returncode == 0, made.stderr
    again = empty.linli(*ADMIN, LINLI_ADMIN_PASSWORD="correct horse battery")
    assert again.returncode == 1


def test_demonstration_data_is_refused_over_real_data(empty):
    assert empty.linli("demo", "--communities", "1", "--days", "1").returncode == 1


def test_a_taken_port_is_said_and_nothing_is_started(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "linli", "--data", str(tmp_path / "d"), "serve", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT / "src")})
    assert done.returncode == 1
    assert "taken" in done.stderr
    assert not (tmp_path / "d").exists()


def test_a_backup_restores_elsewhere_and_its_history_verifies(empty, tmp_path):
    file = tmp_path / "night.linli"
    done = empty.linli("backup", str(file), **PASSPHRASE)
    assert done.returncode == 0, done.stderr
    assert b"\xe9\x9d\x92\xe5\xb1\xb1" not in file.read_bytes()  # 青山
    assert empty.linli("backup", str(file), **PASSPHRASE).returncode == 1
    elsewhere = Product(tmp_path / "restored")
    assert elsewhere.linli("restore", str(file), "--check", **PASSPHRASE).returncode == 0
    assert elsewhere.linli("restore", str(file), LINLI_BACKUP_PASSPHRASE="another passphrase").returncode == 1
    restored = elsewhere.linli("restore", str(file), **PASSPHRASE)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "keyring" in restored.stdout
    once_more = elsewhere.linli("restore", str(file), **PASSPHRASE)
    assert once_more.returncode == 1
    assert "already" in once_more.stderr
    same = [product.linli("places", "load", str(CSV), "--dry-run").stdout for product in (empty, elsewhere)]
    assert same[0] == same[1] != ""
    elsewhere.forget()


def test_a_killed_server_is_followed_by_one_that_recovers(empty):
    """kill -9 of serve and of the database's own process; the next start finds everything."""
    before = empty.linli("places", "load", str(CSV), "--dry-run").stdout
    postmaster = empty.cluster.pgdata / "postmaster.pid"
    pid = postmaster.read_text().split()[0]
    empty.kill()
    subprocess.run(["kill", "-9", pid], check=True)
    empty.start()
    empty.wait_until_ready()
    assert empty.linli("places", "load", str(CSV), "--dry-run").stdout == before
