import pytest

CONFIG = """
pauses = [30, 60, 120]
lease = 20
url = "https://linli.example.gov.cn"
[webhook]
adapter = "webhook"
http = true
private = ["127.0.0.0/8"]
connect = 1
read = 1
total = 2
"""


@pytest.fixture
def outbox(tmp_path, monkeypatch):
    """A data folder of the test's own: ``outbox(text)`` writes its configuration; webhooks go to this machine until then."""
    from linli.kit import crypto
    from linli.outbox.config import path_of

    monkeypatch.setenv("LINLI_DATA", str(tmp_path))
    monkeypatch.setenv("LINLI_REQUIRE_MFA", "0")
    crypto.new_keyring()

    def write(text: str) -> None:
        path_of().write_text(text)

    write(CONFIG)
    return write


@pytest.fixture
def town(db, outbox):
    from linli.matters.tests.factories import make_town

    return make_town()


@pytest.fixture
def receiver():
    from linli.outbox.tests.receiver import receiving

    with receiving() as found:
        yield found
