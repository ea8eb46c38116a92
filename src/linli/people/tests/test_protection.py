"""What the database itself holds: numbers only with a look, rows only where opened; and that an invented person shows up nowhere."""

from __future__ import annotations

import logging
import os
import tempfile
from datetime import date
from urllib.parse import quote

import psycopg
import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.access import keys, privileges, retention
from linli.access.models import ReadLog
from linli.access.readlog import look, verify_readlog
from linli.access.rls import opened
from linli.frame.refusal import Refusal
from linli.kit import crypto, idnumber
from linli.people import actions, names, told
from linli.people.models import Change, Custody, Household, Membership, Past, Person, Residence, Secret, Touched
from linli.people.tests.factories import HEAD, everything, household, people_of
from linli.people.told import Told

pytestmark = pytest.mark.django_db
SCOPED = (Household, Person, Secret, Residence, Membership, Custody, Change, Touched)


def run(sql: str, *values) -> list:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


# --- columns


@pytest.mark.parametrize("sql", ["select sealed from people_secret", "select * from people_secret", "select * from people_past", "select was from people_past",
                                 "update people_secret set sealed = shown", "delete from people_secret", "update people_change set act = 'x'",
                                 "insert into access_readlog (at) values (now())"])  # fmt: skip
def test_the_products_role_can_do_none_of_this(register, home, sql):
    with everything(), pytest.raises(ProgrammingError, match="permission denied"):
        run(sql)


def test_what_a_rule_no_longer_gives_is_a_finding_and_taken_away_by_migrating(register):
    assert privileges.findings() == []
    with psycopg.connect(os.environ["LINLI_TEST_OWNER_URL"], autocommit=True) as owner:
        assert owner.execute("select has_column_privilege('linli_app', 'people_secret', 'sealed', 'SELECT')").fetchone() == (False,)
        assert owner.execute("select has_column_privilege('linli_app', 'people_secret', 'shown', 'SELECT')").fetchone() == (True,)


def test_a_number_comes_out_with_a_line_in_the_log_and_not_otherwise(register, home):
    head = people_of(home)[0]
    found = actions.unmask(by=register.worker, person=head, purpose="visit", note="上门")
    assert [kind for kind, _value in found] == ["id", "phone"]
    assert found[0][1].startswith("000000")
    line = ReadLog.objects.get()
    assert (line.by, line.subject, line.fields, line.purpose, line.note) == (
        register.worker,
        f"people.person:{head.pk}",
        "id,phone",
        "visit",
        "上门",
    )
    assert str(line.path) == str(head.path)
    assert verify_readlog().ok


@pytest.mark.parametrize("purpose", ["curiosity", ""])
def test_without_a_purpose_of_the_list_nothing_comes_out(register, home, purpose):
    head = people_of(home)[0]
    with pytest.raises(Refusal, match="purpose"):
        actions.unmask(by=register.worker, person=head, purpose=purpose)
    with everything(), pytest.raises(DatabaseError, match="readlog_purpose"):
        run("select * from linli_people_reveal(%s, %s, %s, %s, '', now())", head.pk, register.worker.pk, ["id"], purpose)
    assert not ReadLog.objects.exists()


def test_outside_what_is_opened_not_even_the_function_gives_anything(register, home):
    head = people_of(home)[0]
    with opened(["D.S2"]), pytest.raises(DatabaseError, match="no such person"):
        run("select * from linli_people_reveal(%s, %s, %s, 'visit', '', now())", head.pk, register.worker.pk, ["id"])
    with pytest.raises(DatabaseError, match="no such person"):
        run("select * from linli_people_reveal(%s, %s, %s, 'visit', '', now())", head.pk, register.worker.pk, ["id"])


def test_a_childs_numbers_need_an_ability_of_their_own(register):
    from linli.people.tests.factories import told as tell

    made = household(register, None, (tell("张建国", years=40, sex="m"), HEAD), (tell("张欣怡", years=9), told.Living("child")))
    child = people_of(made)[1]
    with pytest.raises(PermissionDenied):
        actions.unmask(by=register.worker, person=child, purpose="visit")
    assert actions.unmask(by=register.head, person=child, purpose="visit")


# --- rows


@pytest.mark.parametrize("model", SCOPED, ids=lambda m: m.__name__)
def test_with_nothing_opened_or_another_place_there_are_no_rows(register, home, model):
    actions.join_group(by=register.worker, person=people_of(home)[0], group="elderly-alone", since=home.since, purpose="看望")
    rows = model.objects.defer("sealed") if model is Secret else model.objects
    assert rows.count() == 0
    with opened(["D.S2", "D.S1.C1.G12"]):
        assert rows.count() == 0
    with opened(["D.S1.C1.G11"]):
        assert rows.count() > 0


def test_nothing_is_written_where_nothing_is_opened(register, home):
    with opened(["D.S2"]), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Household.objects.create(dwelling=home.dwelling, path=home.path, since=home.since)


def test_a_search_by_name_finds_only_in_what_is_opened(register, home):
    from linli.people import queries

    household(register, register.door("G21"), (Told("王秀兰", people_of(home)[1].born, "f"), HEAD), by=register.stranger)
    token = names.sought("wxl")
    with opened(["D.S1"]):
        assert len(queries.named(token, "C1")) == len(queries.named(token, "")) == 1
        assert queries.named(token, "C2") == []
    with opened(["D"]):
        assert len(queries.named(token, "")) == 2
        assert len(queries.named(token, "C2")) == 1
    assert queries.named(token, "") == []


# --- seals


def test_a_sealed_value_opens_in_its_own_row_only(register, home):
    head, spouse, _child = people_of(home)
    with pytest.raises(crypto.Damaged):
        names.opened(head.name_sealed, spouse.pk)


def test_values_are_sealed_anew_under_another_key_by_the_owner_alone(register, home):
    assert "people.Secret.sealed" not in {str(c) for c in keys.columns()}
    assert "people.Secret.shown" in {str(c) for c in keys.columns()}
    with everything():
        crypto.rotate()
        keys.reseal()
        assert all(crypto.is_current(p.name_sealed) for p in Person.objects.all())
        assert [p.name for p in Person.objects.order_by("pk")][:1] == ["张建国"]
        person = Person.objects.first()
        person.name_sealed = crypto.seal("别人", crypto.context("people_person", "name_sealed", person.pk))
        with pytest.raises(DatabaseError, match="no change is open"), transaction.atomic():
            person.save(update_fields=["name_sealed"])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(note=st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=60))
def test_what_the_database_chains_is_what_the_check_in_python_expects(register, note):
    look(by=register.worker, subject="people.person:1", fields=["id"], purpose="visit", note=note, path="D.S1")
    assert verify_readlog().ok


# --- the canary


NAME, PHONE = "鲜于璎珞", "15487654321"
FORMS = {"name": NAME, "phone": PHONE, "role": "not_kin", "tenure": "own", "registered": "here"}


def _walked(client: Client, register, home, person) -> list:
    """The other acts of the register on the invented person, and their own reading of it."""
    took = [
        client.post(
            f"/people/{person.pk}/correct/", {"name": NAME, "born": "1982-02-02", "sex": "f", "id_act": "keep", "phone": "15412340000"}
        ),
        client.post(f"/people/{person.pk}/residence/", {"role": "other_kin", "tenure": "own", "registered": "here", "since": home.since}),
        client.post(f"/people/{person.pk}/groups/", {"group": "elderly-alone", "since": home.since, "purpose": "看望"}),
        client.post(f"/people/{person.pk}/groups/", {"group": "elderly-alone", "since": home.since, "purpose": "看望"}),  # twice: refused
    ]
    _made, token = actions.hand_out(by=register.worker, person=person, way="card")
    own = Client(raise_request_exception=False)
    own.post(f"/my/open/{token}/")
    for path in ("/my/", "/my/copy.json", "/my/copy.pdf"):
        assert own.get(path).status_code == 200
    own.post("/my/end/")
    took += [own.get("/my/"), own.post(f"/my/open/{token}/")]
    actions.move_away(by=register.worker, household=home, persons=[person], on=date.today())  # noqa: DTZ011
    with everything():
        retention.apply()
    return took[4:]


def test_an_invented_person_is_in_no_log_no_job_no_error_page_and_no_table_in_the_clear(
    register, home, caplog, capfd, monkeypatch, tmp_path
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    number = idnumber.invented(date(1982, 2, 2), "f", 356)
    caplog.set_level(logging.DEBUG)
    client = Client(raise_request_exception=False)
    client.force_login(register.worker)
    typed = FORMS | {"id_number": number, "since": home.since.isoformat()}
    answers = [client.post(f"/people/households/{home.pk}/add/", typed)]
    assert answers[0].status_code == 302
    with everything():
        person = Person.objects.latest("pk")
        assert person.name == NAME
    answers += [
        client.post("/people/", {"what": NAME, "near": "C1"}), client.post("/people/", {"what": number}), client.post("/people/", {"what": PHONE}),
        client.post(f"/people/households/{home.pk}/add/", typed),  # refused: known
    ]  # fmt: skip
    for answer in answers:
        if answer.status_code == 302:
            for canary in (NAME, number, PHONE):
                assert canary not in answer["Location"]
                assert quote(canary) not in answer["Location"]
            client.get(answer["Location"])
    client.post(f"/people/{person.pk}/numbers/", {"purpose": "visit"})
    refusals = _walked(client, register, home, person)

    from linli.people.pages import households

    def broken(**_given):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(households.actions, "add_person", broken)
    page = client.post(f"/people/households/{home.pk}/add/", typed | {"name": NAME})
    assert page.status_code == 500
    refused = Client(raise_request_exception=False)
    refused.force_login(register.stranger)
    pages = [page, refused.post(f"/people/households/{home.pk}/add/", typed), refused.get(f"/people/{person.pk}/")]
    assert [p.status_code for p in pages[1:]] == [404, 404]
    pages += refusals
    for answer in pages:
        for canary in (NAME, number, PHONE):
            assert canary not in answer.content.decode()
    said = "".join(capfd.readouterr()) + "\n".join(r.getMessage() for r in caplog.records)
    for canary in (NAME, number, PHONE):
        assert canary not in said
    for file in (f for f in tmp_path.rglob("*") if f.is_file()):
        for canary in (NAME, number, PHONE):
            assert canary.encode() not in file.read_bytes(), file.name
    for key, value in cache._cache.items() if hasattr(cache, "_cache") else ():  # that of a database is among the tables
        assert not any(canary in f"{key}{value}" for canary in (NAME, number, PHONE))
    for table, row in _everything_stored():
        for canary in (NAME, number, PHONE):
            assert canary not in row, table


def _everything_stored():
    """Each row of each table as text, as this transaction sees it: what a dump would hold."""
    with everything(), connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public' and tablename not in ('people_past', 'people_secret')")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select t::text from "{table}" t')
            yield from ((table, row) for (row,) in cursor.fetchall())
        cursor.execute("select (id, person_id, kind, shown, blind, path)::text from people_secret")
        yield from (("people_secret", row) for (row,) in cursor.fetchall())


def test_what_was_is_kept_where_the_product_cannot_read_it(register, home):
    assert Past._meta.db_table == "people_past"
    assert not privileges.readable("people_past", "was")
