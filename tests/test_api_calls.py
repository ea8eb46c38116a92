"""The interface called in every way its schema allows, and in many it doesn't: never 5xx, never an answer the schema doesn't have.

``CALLS=10000 script/test tests/test_api_calls.py`` makes ten thousand calls; by default it is some hundreds.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from linli.bodies.models import Seat
from linli.conf.api import schema
from linli.conf.wsgi import application
from linli.gatherings.actions import Plan, plan_gathering
from linli.matters.boxes import actions as boxes
from linli.matters.models import Pressing
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
        box, round_, gathering = _besides(town)
        late = _noticed(town)
        yield {
            "number": raised.matter.number, "uid": str(raised.matter.flow.attachments.get().uid), "token": key_for(town.desk),
            "/boxes/{id}": {"id": box.pk, "token": key_for(town.station)}, "/gatherings/{id}": {"id": gathering.pk},
            "/boxes/rounds/{uid}": {"uid": str(round_.uid), "token": key_for(town.station)},
            "/notices/{code}": {"code": town.s1.code, "month": f"{late:%Y-%m}", "token": key_for(town.coordinator)},
        }  # fmt: skip
        transaction.set_rollback(True)
    for signal in ends:
        signal.connect(close_old_connections)


def _besides(town: Any) -> tuple[Any, ...]:
    """A box with two slips waiting, and a meeting the desk has convened."""
    now = timezone.now()
    keeper = Seat.objects.get(post="community-counter", place=town.c1)
    box = boxes.hang_box(by=town.station, number="YJX-01", name="菜市场北门", place=town.c1, where="北门东侧墙上", keeper=keeper)
    round_ = boxes.open_box(by=town.counter, box=box, request_id=uuid4(), slips=2, second="李老师", now=now)
    plan = Plan("例会", "会议室", now + timedelta(days=1), now + timedelta(days=1, hours=1), ("通报",))
    seat = Seat.objects.get(post="street-desk", place=town.s1)
    return box, round_, plan_gathering(by=town.desk, request_id=uuid4(), kind="joint-meeting", seat=seat, place=town.s1, plan=plan)


def _noticed(town: Any) -> date:
    """A month in whose notice the street names a post."""
    at = timezone.now() - timedelta(days=45)
    flow = report(town).matter.flow
    seat = Seat.objects.get(post="street-desk", place=town.s1)
    Pressing.objects.create(flow=flow, seq=99, kind="notice", state="done", at=at, seat=seat)
    return timezone.localdate(at)


def _real(district: dict[str, Any], path: str) -> dict[str, Any]:
    """What the district has for the address, and the key it opens to."""
    return next((district | found for start, found in district.items() if start[0] == "/" and path.startswith(start)), district)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
def test_every_call_is_answered_as_the_schema_says(district, django_db_blocker, operation, settings_of_calls):
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]

    @seed(20261128)
    @settings_of_calls
    @given(data=st.data(), real=st.booleans(), anyhow=st.booleans(), mode=st.sampled_from(modes))
    def call(data, real, anyhow, mode):
        case = data.draw(operation.as_strategy(generation_mode=mode))
        known = _real(district, operation.path.removeprefix("/api/v1"))
        if real:
            case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
        if anyhow and "If-Match" in (case.headers or {}):
            case.headers["If-Match"] = "*"
        with django_db_blocker.unblock(), transaction.atomic():
            response = case.call(headers={"Authorization": f"Bearer {known['token']}"})
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS)

    call()


@pytest.fixture
def settings_of_calls():
    return settings(
        max_examples=max(5, CALLS // len(OPERATIONS)), deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
