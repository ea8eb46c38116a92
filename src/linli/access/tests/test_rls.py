import os

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from linli.access.rls import opened, policy_sql


@pytest.fixture
def guarded(transactional_db):
    """A table of the owner's under a policy, with a row in each of two streets."""
    forward, backward = policy_sql("rls_tests", "path")
    with psycopg.connect(os.environ["LINLI_TEST_OWNER_URL"], autocommit=True) as owner:
        owner.execute("create table rls_tests (id int primary key, path ltree)")
        owner.execute("insert into rls_tests values (1, 'D.S1.C1'), (2, 'D.S2.C2')")
        owner.execute(forward)
        yield owner
        owner.execute(backward)
        owner.execute("drop table rls_tests")


def ids() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select id from rls_tests order by id")
        return [row[0] for row in cursor.fetchall()]


def test_with_nothing_opened_there_are_no_rows(guarded):
    assert ids() == []


def test_only_the_rows_below_what_was_opened_are_there_and_only_within(guarded):
    with opened(["D.S1"]):
        assert ids() == [1]
        with opened(["D.S2", "D.S1.C1"]):
            assert ids() == [1, 2]
        assert ids() == [1]
    assert ids() == []


def test_an_error_within_closes_it_too(guarded):
    with pytest.raises(ZeroDivisionError), opened(["D"]):
        raise ZeroDivisionError
    assert ids() == []


def test_nothing_is_written_outside_what_was_opened(guarded):
    with opened(["D.S1"]), connection.cursor() as cursor:
        cursor.execute("update rls_tests set id = id + 10")
        assert ids() == [11]
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute("insert into rls_tests values (3, 'D.S2')")


def test_the_owner_still_sees_all_so_that_a_backup_is_whole(guarded):
    assert guarded.execute("select count(*) from rls_tests").fetchone() == (2,)
