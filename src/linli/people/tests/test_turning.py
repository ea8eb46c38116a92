"""Turning the keys of the register: whole, found again by new indexes, and going on after the process was killed in the middle."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys

import pytest

from linli.access import keys
from linli.access.checks import key_findings
from linli.frame.refusal import Refusal
from linli.kit import crypto
from linli.people import actions, names, queries, sealing, told
from linli.people.models import Past, Person, Secret
from linli.people.tests.factories import HEAD, everything, household, people_of
from linli.people.tests.factories import told as tell
from linli.people.told import Told

TURN = """
import os, signal, django
django.setup()
from linli.access import keys
from linli.kit import crypto
if os.environ.get("KILLED"):
    if crypto.load_keyring().former is None:
        crypto.rotate(index=True, cipher="sm4")
    seen = []
    def told(column, done):
        seen.append(column)
        if len(seen) == int(os.environ["KILLED"]):
            os.kill(os.getpid(), signal.SIGKILL)
    keys.reseal(batch=1, told=told)
else:
    import sys
    sys.exit(keys.rotate(sys.stdout))
"""


def _turn(killed: int = 0) -> int:
    """``linli keys rotate`` as the owner, in a process of its own; killed after so many batches of one row."""
    env = os.environ | {"DATABASE_URL": os.environ["LINLI_TEST_OWNER_URL"], "KILLED": str(killed) if killed else "", "LINLI_LOG": "ERROR"}
    return subprocess.run([sys.executable, "-c", TURN], env=env, capture_output=True, check=False).returncode


@pytest.mark.django_db(transaction=True)
def test_a_rotation_killed_in_the_middle_goes_on_and_everybody_is_found_all_the_while(register):
    people = [(tell("张建国", years=42, sex="m"), HEAD), (tell("王秀兰", years=40), told.Living("spouse"))]
    made = household(register, None, *people)
    head, spouse = people_of(made)
    with everything():
        actions.correct_person(by=None, person=spouse, told=Told("王秀蘭", spouse.born, "f"))
    number = people[1][0].id_number
    old = crypto.load_keyring()

    def found() -> tuple[list[int], list[int]]:
        with everything():
            return queries.named(names.sought("zhangjianguo"), "C1"), queries.numbered("id", told.blinds("id", number))

    assert found() == ([head.pk], [spouse.pk])
    for batches in (1, 2, 1):
        assert _turn(killed=batches) == -signal.SIGKILL
        assert crypto.load_keyring().former == old.index
        assert found() == ([head.pk], [spouse.pk])
    assert any("was turned" in finding for finding in key_findings())
    assert _turn() == 0
    ring = crypto.load_keyring()
    assert (ring.former, ring.current.cipher) == (None, "sm4")
    assert ring.index != old.index
    assert found() == ([head.pk], [spouse.pk])
    with everything():
        assert all(crypto.is_current(s.shown) for s in Secret.objects.defer("sealed"))
        assert Person.objects.get(pk=head.pk).name == "张建国"
    # what was before a correction was sealed anew, too, and comes back so that it is found
    with everything():
        line = spouse.changes.get(act="person.corrected")
        actions.undo(by=None, line=line)
        assert queries.named(names.sought("王秀兰"), "C1") == [spouse.pk]
        assert Person.objects.get(pk=spouse.pk).name == "王秀兰"
    assert [v for k, v in actions.unmask(by=register.worker, person=spouse, purpose="visit") if k == "id"] == [number]


@pytest.mark.django_db
def test_numbers_entered_while_the_index_is_being_turned_are_still_one_persons(register, home):
    head = people_of(home)[0]
    number = next(v for k, v in actions.unmask(by=register.worker, person=head, purpose="visit") if k == "id")
    crypto.rotate(index=True)
    assert told.blind("id", number) != told.blinds("id", number)[1]
    with pytest.raises(Refusal, match="elsewhere"):
        household(register, register.door("G11", "102"), (Told("张建国", head.born, "m", number), HEAD))


@pytest.mark.django_db
@pytest.mark.parametrize("cipher", ["aes", "sm4"])
def test_ciphertext_moved_to_another_row_or_column_does_not_open(register, home, cipher):
    crypto.rotate(cipher=cipher)
    value = crypto.seal("000000199001010010", crypto.context(told.SECRETS, "sealed", 1))
    assert told.opened(1, value) == "000000199001010010"
    for context in (
        crypto.context(told.SECRETS, "sealed", 2),
        crypto.context(told.SECRETS, "shown", 1),
        crypto.context("people_person", "sealed", 1),
    ):
        with pytest.raises(crypto.Damaged):
            crypto.open(value, context)
    changed = value[:-1] + bytes([value[-1] ^ 1])
    with pytest.raises(crypto.Damaged):
        told.opened(1, changed)


@pytest.mark.django_db
def test_the_seeds_of_second_factors_are_sealed_anew(register):
    from allauth.mfa.models import Authenticator

    from linli.access.adapter import MFAAdapter

    row = Authenticator.objects.create(user=register.worker, type="totp", data={"secret": MFAAdapter().encrypt("JBSWY3DP")})
    crypto.rotate()
    store = next(c for c in keys.columns() if str(c) == "mfa.Authenticator.data")
    assert list(store.reseal(crypto.load_keyring(), 10)) == [1]
    row.refresh_from_db()
    assert crypto.is_current(bytes.fromhex(row.data["secret"]))
    assert MFAAdapter().decrypt(row.data["secret"]) == "JBSWY3DP"
    assert store.check(crypto.load_keyring()).good == 1


@pytest.mark.django_db
def test_what_was_is_sealed_anew_with_what_it_is_found_by(register):
    ring, other = crypto.load_keyring(), crypto.rotate(index=True)
    context = crypto.context("people_secret", "sealed", 7)
    was = {"kind": "phone", "sealed": "\\x" + crypto.seal("15400000001", context, ring).hex(), "shown": None, "blind": "\\x00"}
    past = Past(kind="people_secret", row=7, was=was)
    store = keys.SealedWithin("people.Past", "was", sealing.in_past, sealing.of_past)
    assert store._turn(past, other)
    assert crypto.open(bytes.fromhex(past.was["sealed"][2:]), context, other) == "15400000001"
    assert past.was["blind"] == "\\x" + told.blind("phone", "15400000001", other).hex()
    assert not store._turn(past, other)


@pytest.mark.django_db
def test_a_keyring_that_cannot_seal_as_asked_stays_as_it_is(register, monkeypatch):
    from cryptography.exceptions import UnsupportedAlgorithm

    def lacks(*_given):
        raise UnsupportedAlgorithm("no SM4 here")

    before = crypto.load_keyring()
    monkeypatch.setattr(crypto.algorithms, "SM4", lacks)
    with pytest.raises(crypto.BadKeyring, match="SM4"):
        crypto.rotate(cipher="sm4")
    assert crypto.load_keyring() == before


@pytest.mark.django_db
def test_rotating_twice_says_that_the_first_is_finished_first(register, home):
    with everything():
        crypto.rotate(index=True)
        out = io.StringIO()
        keys.rotate(out, cipher="sm4")
    assert "Going on" in out.getvalue()
    assert "has not begun" in out.getvalue()
    assert crypto.load_keyring().former is not None  # this role can't see everything, so nothing is forgotten
