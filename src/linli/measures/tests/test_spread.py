"""Quantiles from classes: within one class of the true one, and classes that add up."""

from __future__ import annotations

import math

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from linli.measures.spread import CLASSES, GROWTH, SQL, border, class_of, quantile

seconds = st.lists(st.floats(0, 60 * 86400, allow_nan=False), min_size=1, max_size=80)


def counts(values):
    found: dict[int, int] = {}
    for value in values:
        found[class_of(value)] = found.get(class_of(value), 0) + 1
    return found


@given(seconds, st.sampled_from([0.5, 0.9]))
def test_a_quantile_lies_in_the_class_of_the_true_one(values, share):
    true = sorted(values)[math.ceil(share * len(values)) - 1]
    found = quantile(counts(values), share)
    if class_of(true) < CLASSES:
        assert border(class_of(true)) - 1e-6 <= found <= border(class_of(true) + 1) * (1 + 1e-9)


@given(st.floats(60, border(CLASSES)))
def test_a_duration_lies_within_its_class(value):
    number = class_of(value)
    assert border(number) <= value * (1 + 1e-9)
    if number < CLASSES:
        assert value < border(number) * GROWTH * (1 + 1e-9)


def test_nothing_has_no_quantile():
    assert quantile({}, 0.5) is None


@pytest.mark.django_db
def test_the_database_sorts_into_the_same_classes():
    values = [0.0, 59.9, 60.0, 61.0, 71.35, 71.36, 119.9, 120.0, 3600.0, 86400.0, 1e6, 1e9]
    with connection.cursor() as cursor:
        cursor.execute(f"select {SQL.format('v')} from unnest(%s::float8[]) with ordinality as x(v, n) order by n", [values])
        assert [c for (c,) in cursor.fetchall()] == [class_of(v) for v in values]
