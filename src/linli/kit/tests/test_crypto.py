import json
import os
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.kit import crypto

PLACE = crypto.context("matters_reporter", "phone_sealed", 7)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys.json"


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    return crypto.new_keyring(tmp_path_factory.mktemp("keys") / "keys.json")


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200), place=st.text(max_size=40))
def test_what_is_sealed_opens_at_its_own_place(ring, text, place):
    assert crypto.open(crypto.seal(text, place, ring), place, ring) == text


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60), at=st.integers(min_value=0, max_value=10_000), bit=st.integers(min_value=0, max_value=7))
def test_any_changed_bit_is_noticed(ring, text, at, bit):
    sealed = bytearray(crypto.seal(text, PLACE, ring))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(crypto.KeyringError):
        crypto.open(bytes(sealed), PLACE, ring)


@settings(max_examples=40, deadline=None)
@given(data=st.binary(max_size=80))
def test_bytes_that_were_never_sealed_are_refused(ring, data):
    with pytest.raises(crypto.KeyringError):
        crypto.open(data, PLACE, ring)


def test_a_value_moved_to_another_row_does_not_open(ring):
    sealed = crypto.seal("13812345678", PLACE, ring)
    with pytest.raises(crypto.Damaged):
        crypto.open(sealed, crypto.context("matters_reporter", "phone_sealed", 8), ring)


def test_a_dump_shows_neither_the_value_nor_which_values_are_equal(ring):
    one, two = crypto.seal("13812345678", PLACE, ring), crypto.seal("13812345678", PLACE, ring)
    assert b"13812345678" not in one
    assert one != two


def test_the_index_finds_the_same_value_in_one_column_only(ring):
    found = crypto.blind_index("13812345678", "phone", ring)
    assert found == crypto.blind_index("13812345678", "phone", ring)
    assert found != crypto.blind_index("13812345678", "id_number", ring)
    assert found != crypto.blind_index("13812345679", "phone", ring)
    assert len(found) == 32


def test_the_index_is_worthless_without_its_key(ring, path):
    other = crypto.new_keyring(path)
    assert crypto.blind_index("13812345678", "phone", ring) != crypto.blind_index("13812345678", "phone", other)


def test_the_keyring_is_readable_by_its_owner_only(path):
    crypto.new_keyring(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_keyring_others_may_read_is_refused_with_the_mend(path):
    crypto.new_keyring(path)
    path.chmod(0o640)
    with pytest.raises(crypto.BadKeyring, match="chmod 600"):
        crypto.load_keyring(path)


def test_a_keyring_is_never_overwritten(path):
    crypto.new_keyring(path)
    before = path.read_bytes()
    with pytest.raises(crypto.BadKeyring, match="already"):
        crypto.new_keyring(path)
    assert path.read_bytes() == before


def test_two_first_starts_at_once_make_one_keyring(path):
    made, refused = [], []

    def start():
        try:
            made.append(crypto.new_keyring(path))
        except crypto.BadKeyring:
            refused.append(1)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert (len(made), len(refused)) == (1, 5)
    assert crypto.load_keyring(path).current == made[0].current
    assert os.listdir(path.parent) == [path.name]


def test_without_a_keyring_the_message_says_what_to_do(path):
    with pytest.raises(crypto.NoKeyring, match="linli keys init"):
        crypto.load_keyring(path)


@pytest.mark.parametrize("change", ["not json", "{}", '{"version": 2}', None])
def test_a_file_that_is_no_keyring_is_refused_without_quoting_it(path, change):
    crypto.new_keyring(path)
    secret = json.loads(path.read_text())["keys"][0]["secret"]
    if change is None:
        path.write_text(path.read_text().replace(secret, secret[:-8] + "===="))
    else:
        path.write_text(change)
    with pytest.raises(crypto.BadKeyring) as error:
        crypto.load_keyring(path)
    assert secret[:12] not in str(error.value)


def test_rotation_seals_with_a_new_key_and_still_opens_the_old(path):
    crypto.new_keyring(path)
    old = crypto.seal("text", PLACE, crypto.load_keyring(path))
    ring = crypto.rotate(path)
    new = crypto.seal("text", PLACE, ring)
    assert crypto.key_id(old) != crypto.key_id(new)
    assert crypto.open(old, PLACE, ring) == crypto.open(new, PLACE, ring) == "text"
    assert (crypto.is_current(old, ring), crypto.is_current(new, ring)) == (False, True)
    assert path.stat().st_mode & 0o777 == 0o600


def test_rotation_keeps_the_index(path):
    first = crypto.new_keyring(path)
    assert crypto.rotate(path).index == first.index


def test_another_deployments_keyring_is_told_apart_from_damage(ring, path):
    other = crypto.new_keyring(path)
    with pytest.raises(crypto.UnknownKey, match=ring.current.id.hex()):
        crypto.open(crypto.seal("text", PLACE, ring), PLACE, other)


def test_keys_show_their_id_and_never_themselves(ring):
    assert ring.current.secret.hex() not in repr(ring)
    assert repr(ring.current.secret)[2:-1] not in repr(ring.current)
    assert ring.current.id.hex() in repr(ring)


def test_the_environment_names_the_keyring(path, monkeypatch):
    monkeypatch.setenv("LINLI_KEYRING", str(path))
    crypto.new_keyring()
    assert crypto.open(crypto.seal("text", PLACE), PLACE) == "text"
    assert path.exists()
