import pytest


@pytest.fixture
def register(db, monkeypatch, tmp_path):
    """A small register with a keyring of its own; see ``factories``."""
    from linli.kit import crypto
    from linli.people.tests import factories

    monkeypatch.setenv("LINLI_KEYRING", str(tmp_path / "keys.json"))
    crypto.new_keyring()
    return factories.make_register(monkeypatch)


@pytest.fixture
def home(register):
    """张建国, 王秀兰 and their child of eight at G11, door 101, entered by the grid's worker."""
    from linli.people.tests import factories

    return factories.household(register)
