"""Charters in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from linli.charter.loader import CharterError
from linli.charter.models import CharterInForce, CharterVersion
from linli.charter.store import FaultyCharter, NoCharter, adopt_sources, charter_in_force, charter_of, version_in_force
from linli.charter.tests.factories import adopt_small, small_sources

pytestmark = pytest.mark.django_db


def test_an_adopted_charter_is_in_force_at_once():
    version = adopt_small()
    assert charter_in_force().sha256 == version.sha256
    assert charter_of(version.pk) is charter_of(version)


def test_without_a_charter_nothing_is_in_force():
    with pytest.raises(NoCharter):
        charter_in_force()


def test_a_charter_adopted_for_next_week_waits_until_then():
    now = timezone.now()
    today = adopt_small()
    later = adopt_sources(small_sources(head_swap='version = "1" -> version = "2"'), in_force_from=now + timedelta(days=7))
    assert version_in_force() == today
    assert version_in_force(now + timedelta(days=8)) == later


def test_adopting_an_older_text_again_stores_it_once_and_puts_it_in_force():
    first = adopt_small()
    second = adopt_small(head_swap='version = "1" -> version = "2"')
    assert charter_in_force().version == "2"
    assert adopt_small() == first
    assert charter_in_force().version == "1"
    assert CharterVersion.objects.count() == 2
    assert list(CharterInForce.objects.values_list("charter", flat=True)) == [first.pk, second.pk, first.pk]


def test_a_charter_with_linter_errors_is_refused_and_leaves_nothing():
    with pytest.raises(FaultyCharter) as refused:
        adopt_small(procedure_swap='passed = "answer" -> passed = "anser"')
    assert [f.slug for f in refused.value.findings][:1] == ["target-unknown"]
    assert "anser" in refused.value.text("zh")
    assert not CharterVersion.objects.exists()


def test_a_charter_that_cannot_be_read_is_refused_and_leaves_nothing():
    with pytest.raises(CharterError):
        adopt_small(head="id = ")
    assert not CharterVersion.objects.exists()


@pytest.mark.parametrize("change", ["update charter_charterversion set version = '9'", "delete from charter_charterinforce"])
def test_the_database_itself_keeps_charters_from_being_changed(change):
    adopt_small()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_the_stored_text_gives_back_the_same_charter():
    version = adopt_small()
    version.refresh_from_db()
    assert charter_of(version).posts["worker"].name.zh == "网格员"
    assert charter_of(version).sha256 == version.sha256
