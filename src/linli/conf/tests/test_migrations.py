"""The tables are what the models say, and the database's own guards stand."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

pytestmark = pytest.mark.django_db

GUARDED = {
    "access_readlog",
    "charter_charterinforce",
    "charter_charterversion",
    "flow_dailyhead",
    "flow_event",
    "frame_actlog",
    "gatherings_gathering",
    "gatherings_minutes",
    "matters_agreement",
    "matters_matter",
    "matters_notice",
    "matters_obligation",
    "matters_party",
    "matters_reporter",
    "matters_word",
    "outbox_message",
    "people_change",
    "people_custody",
    "people_household",
    "people_membership",
    "people_person",
    "people_residence",
    "people_secret",
    "people_unit",
}


def test_every_change_of_a_model_has_its_migration():
    out = io.StringIO()
    call_command("makemigrations", check_changes=True, dry_run=True, stdout=out)
    assert out.getvalue().strip() == "No changes detected"


def test_histories_are_guarded_by_triggers():
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct tgrelid::regclass::text from pg_trigger where not tgisinternal and tgrelid::regclass::text not like 'procr%'"
        )
        assert {name for (name,) in cursor.fetchall()} == GUARDED
