"""Every column that says something of a resident is told in ``access/fields.toml``; nothing that is never stored has a column."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from linli.access import retention
from linli.access.fields import CLASSES, kept, plain, terms
from linli.access.keys import _COLUMNS, Sealed
from linli.charter.denied import denied


def _columns(model: type[models.Model]) -> set[str]:
    return {f.name for f in model._meta.concrete_fields}


REGISTER = [m for m in apps.get_models() if m._meta.app_label == "people"]


@pytest.mark.parametrize(
    "model",
    [*REGISTER, apps.get_model("matters.Reporter"), apps.get_model("matters.Party"), apps.get_model("matters.RoundPhoto")],
    ids=lambda m: m._meta.label,
)
def test_each_column_is_told_as_personal_or_as_plain(model):
    label = model._meta.label
    personal = {c.rpartition(".")[2] for c in kept() if c.rpartition(".")[0] == label}
    untold = _columns(model) - personal - plain().get(label, frozenset())
    assert not untold, f"tell in access/fields.toml what these are for: {label}: {', '.join(sorted(untold))}"
    assert not personal & plain().get(label, frozenset())


def test_what_is_told_exists():
    for column in kept():
        label, _dot, name = column.rpartition(".")
        assert name in _columns(apps.get_model(label)), column
    for label, names in plain().items():
        assert names <= _columns(apps.get_model(label)), label


def test_every_sealed_column_of_people_is_told_as_sealed():
    for (model, column), store in _COLUMNS.items():
        if isinstance(store, Sealed) and model.startswith(("people.", "matters.")):
            assert kept()[f"{model}.{column}"].kept_as == "sealed"


def test_each_says_class_purpose_basis_and_term_in_both_languages():
    for told in kept().values():
        assert told.kind in CLASSES
        assert told.kept_as in ("plain", "sealed", "indexed")
        assert all((told.purpose_zh, told.purpose_en, told.basis_zh, told.basis_en, told.until_zh, told.until_en)), told.column


def test_each_term_is_applied_by_an_act_and_nothing_is_kept_for_ever():
    assert not retention.unkept()
    assert {told.term for told in kept().values()} - {""} == set(terms())


def test_no_column_choice_or_label_of_the_register_is_about_what_is_never_stored():
    for model in REGISTER:
        for field in model._meta.concrete_fields:
            said = [field.name, str(field.verbose_name), *(str(t) for pair in field.choices or () for t in pair)]
            assert not [s for s in said if denied(s)], f"{model._meta.label}.{field.name}"


def test_no_form_of_the_register_asks_for_it():
    from django import forms as django_forms

    from linli.people import forms

    for kind in vars(forms).values():
        if isinstance(kind, type) and issubclass(kind, django_forms.Form) and kind.__module__ == forms.__name__:
            for name, field in kind.base_fields.items():
                assert not denied(name), name
                assert not denied(str(field.label or "")), name
