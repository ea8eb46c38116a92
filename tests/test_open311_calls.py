"""Open311 asked in every way its arguments allow, and in many they don't: never 5xx, never a status that isn't one of the specification's or
ours, always the form that was asked for, held to the same schemas as the contract.

``CALLS=10000 script/test tests/test_open311_calls.py`` makes ten thousand calls; by default it is some hundreds.
"""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from urllib.parse import quote

import jsonschema_rs
import pytest
import xmlschema
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import linli
from linli.access.apikeys import create_client_key
from linli.matters.tests.factories import make_town, photo, report

HERE = Path(linli.__file__).parent / "matters/open311/tests"
XSD = xmlschema.XMLSchema(HERE / "georeport.xsd")
JSON = json.loads((HERE / "georeport.json").read_text())
CALLS = int(os.environ.get("CALLS", "300"))

# address → (what a good answer is, the statuses it can have, by method)
GOOD = {
    "discovery": ("discovery", {"GET": {200, 404}}),
    "services": ("services", {"GET": {200, 404}}),
    "services/{code}": ("service_definition", {"GET": {200, 404}}),
    "requests": ("service_requests", {"GET": {200, 400, 404}, "POST": {201, 400, 403, 404}}),
    "requests/{number}": ("service_requests", {"GET": {200, 400, 404}}),
    "tokens/{token}": ("token", {"GET": {200, 404}}),
}

TEXT = st.text(max_size=40)
ODD = st.one_of(
    TEXT, st.sampled_from(["", "0", "-1", "1e400", "NaN", "999999999999999999999", "\0", "%00", "'\"><", "../..", "a,b,c", ",,,", "💧"])
)
MOMENT = st.one_of(
    st.datetimes().map(lambda d: d.isoformat()), st.datetimes().map(lambda d: f"{d.isoformat()}+08:00"), st.dates().map(str),
    st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00", "2026-02-30", "2026-11-28 09:00:00+08:00", "yesterday"]),
)  # fmt: skip
CODE = st.sampled_from(["environment.rubbish", "utilities.gas-smell", "environment", "nothing"])
NUMBER = st.sampled_from(["QS-2026-000001", "QS-2026-000001,QS-2026-000002", "QS-1999-000001", ",".join(["X"] * 101)])
WHOLE = st.integers(-5, 2000).map(str)
DEGREES = st.one_of(st.floats(-200, 200).map(str), st.sampled_from(["109.9025", "40.6525", "inf", ""]))

QUERY = {
    "service_request_id": NUMBER, "service_code": CODE, "start_date": MOMENT, "end_date": MOMENT,
    "status": st.sampled_from(["open", "closed", "open,closed", "lost"]),
    "page": WHOLE, "page_size": WHOLE, "jurisdiction_id": st.sampled_from(["qingshan", "150204000000", "boston.gov"]), "extensions": st.just("true"),
}  # fmt: skip
BODY = {
    "service_code": CODE, "lat": DEGREES, "long": DEGREES, "address_string": TEXT, "address_id": st.sampled_from(["150204006019", "150204008015", "1"]),
    "description": TEXT, "first_name": TEXT, "last_name": TEXT, "phone": st.sampled_from(["13812345678", "110", "12x"]), "email": TEXT,
    "media_url": st.sampled_from(["https://example.org/1.jpg", "javascript:1", "ftp://x"]), "attribute[filing]": st.sampled_from(["yes", "maybe"]),
    "attribute[strange]": TEXT, "device_id": TEXT, "account_id": TEXT, "jurisdiction_id": st.sampled_from(["qingshan", "boston.gov"]),
}  # fmt: skip


def drawn(fields: dict[str, st.SearchStrategy[str]], data: st.DataObject) -> dict[str, str]:
    """Some of the arguments, some of them with a value nobody should send."""
    chosen = data.draw(st.sets(st.sampled_from(sorted(fields)), max_size=6))
    return {name: data.draw(st.one_of(fields[name], fields[name], fields[name], ODD)) for name in sorted(chosen)}


@pytest.fixture(scope="module")
def district(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        town = make_town()
        raised = report(town, photos=[photo()])
        report(town, category="environment.bins")
        token = create_client_key(by=town.district, name="市民小程序", place=town.d, days=30)[1]
        yield {"number": raised.matter.number, "token": raised.follow_code, "key": token}
        transaction.set_rollback(True)


@seed(20261128)
@settings(max_examples=CALLS, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    data=st.data(), path=st.sampled_from(sorted(GOOD)), form=st.sampled_from(["json", "xml"]), real=st.booleans(), keyed=st.integers(0, 9)
)
def test_every_call_is_answered_as_the_specification_and_our_page_say(district, django_db_blocker, data, path, form, real, keyed):
    kind, statuses = GOOD[path]
    values = {"code": CODE, "number": NUMBER, "token": st.just(district["token"])}
    name = path.partition("{")[2].rstrip("}")
    if name:
        value = district[name] if real and name in district else data.draw(st.one_of(values[name], ODD))
        path = path.partition("{")[0] + quote(value, safe="%")  # a «?» in it would cut the form off
    method = data.draw(
        st.sampled_from(
            ["GET", "GET", "POST", "POST", "PUT", "DELETE"] if kind == "service_requests" and not name else ["GET", "GET", "GET", "POST"]
        )
    )
    client = Client(raise_request_exception=False, REMOTE_ADDR=f"10.{data.draw(st.integers(0, 255))}.{data.draw(st.integers(0, 255))}.1")
    with django_db_blocker.unblock(), transaction.atomic():
        address = f"/open311/v2/{path}.{form}"
        if method == "GET":
            response = client.get(address, drawn(QUERY, data))
        elif method == "POST":
            body = {"service_code": "environment.rubbish", "address_id": "150204006019", "description": "垃圾没人清"} if real else {}
            body |= drawn(BODY, data) | ({"api_key": district["key"]} if keyed else {"api_key": data.draw(ODD)})
            response = client.post(address, body, headers={"Idempotency-Key": str(uuid.uuid4())} if real else {})
        else:
            response = client.generic(method, address)
        transaction.set_rollback(True)
    wanted = statuses.get(method, {405}) | ({404, 405} if method != "GET" and name else set())
    inside = response.resolver_match is not None
    assert response.status_code in (wanted if inside else {404, 400}), (method, address, response.status_code, response.content[:300])
    held_to(form if inside or address.endswith(form) else "json", kind, response, method)


def held_to(form: str, kind: str, response, method: str) -> None:
    """The body is what the schemas say: the answer, or a list of errors."""
    if response.status_code >= 400:
        kind = "errors"
    elif method == "POST":
        kind = "raised"
    text = response.content.decode()
    if response["Content-Type"].startswith("text/xml"):
        XSD.validate(text)
    else:
        assert response["Content-Type"] == "application/json; charset=utf-8"
        jsonschema_rs.validate({**JSON, "$ref": f"#/$defs/{kind}"}, json.loads(text))
    if response.resolver_match is not None:
        assert response["Content-Type"].startswith("text/xml" if form == "xml" else "application/json")
