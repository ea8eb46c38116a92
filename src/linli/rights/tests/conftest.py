from dataclasses import replace

import pytest


@pytest.fixture
def register(db, monkeypatch, tmp_path):
    """The small register of the people's room, under a charter that takes residents' own requests as the shipped one does."""
    from linli.charter.loader import find, load
    from linli.kit import crypto
    from linli.people.tests import factories

    monkeypatch.setenv("LINLI_KEYRING", str(tmp_path / "keys.json"))
    crypto.new_keyring()
    shipped, plain = load(find("standard")), factories.charter()
    key = shipped.own_requests.procedure
    made = replace(plain, own_requests=shipped.own_requests, procedures={key: shipped.procedures[key]}, hours=shipped.hours)
    monkeypatch.setattr(factories, "charter", lambda: made)
    return factories.make_register(monkeypatch)


@pytest.fixture
def home(register):
    from linli.people.tests import factories

    return factories.household(register)


@pytest.fixture
def as_(register):
    from django.test import Client

    def sign_in(who):
        client = Client()
        client.force_login(register.staff[who])
        return client

    return sign_in
