"""The interface called in every way its schema allows, and in many it doesn't: never 5xx, never an answer the schema doesn't have.

``CALLS=10000 script/test tests/test_api_calls.py`` makes ten thousand calls; by default it is some hundreds.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from linli.conf.api import schema
from linli.conf.wsgi import application
from linli.matters.tests.calling import key_for
from linli.matters.tests.factories import make_town, photo, report

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLS = int(os.environ.get("CALLS", "300"))


def _operations() -> list[Any]:
    found = schemathesis.openapi.from_dict(schema("en"))
    found.app = application
    found.config.update(base_url="http://testserver")
    return [result.ok() for result in found.get_all_operations()]


OPERATIONS = _operations()


@pytest.fixture(scope="module")
def district(django_db_setup, django_db_blocker, tmp_path_factory):
    """A town with a matter at the desk, and a key that may do all its post may; undone at the end."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)  # as Django's own test client does: the connection is in the test's transaction
    with django_db_blocker.unblock(), transaction.atomic():
        town = make_town()
        raised = report(town, photos=[photo()])
        yield {"number": raised.matter.number, "uid": str(raised.matter.flow.attachments.get().uid), "token": key_for(town.desk)}
        transaction.set_rollback(True)
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
def test_every_call_is_answered_as_the_schema_says(district, django_db_blocker, operation, settings_of_calls):
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]

    @seed(20261128)
    @settings_of_calls
    @given(data=st.data(), real=st.booleans(), anyhow=st.booleans(), mode=st.sampled_from(modes))
    def call(data, real, anyhow, mode):
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if real:
            case.path_parameters |= {name: district[name] for name in case.path_parameters if name in district}
        if anyhow and "If-Match" in (case.headers or {}):
            case.headers["If-Match"] = "*"
        with django_db_blocker.unblock(), transaction.atomic():
            response = case.call(headers={"Authorization": f"Bearer {district['token']}"})
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS)

    call()


@pytest.fixture
def settings_of_calls():
    return settings(
        max_examples=max(5, CALLS // len(OPERATIONS)), deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
