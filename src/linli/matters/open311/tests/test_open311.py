"""GeoReport v2 as the specification has it, in XML and JSON, held to schemas of ours and to a public client."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode
from wsgiref.simple_server import make_server

import georeport
import jsonschema_rs
import pytest
import xmlschema
from django.test import Client
from django.utils import timezone

from linli.access.apikeys import create_client_key
from linli.conf.wsgi import application
from linli.flow.verify import verify
from linli.matters.actions import withdraw_matter
from linli.matters.models import Matter
from linli.matters.reporters import open_reporter
from linli.matters.tests.calling import key_for
from linli.matters.tests.factories import make_town, photo, report

HERE = Path(__file__).parent
XSD = xmlschema.XMLSchema(HERE / "georeport.xsd")
JSON = json.loads((HERE / "georeport.json").read_text())
pytestmark = pytest.mark.usefixtures("media")


@pytest.fixture
def town(db):
    return make_town()


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def key(town):
    return create_client_key(by=town.district, name="市民小程序", place=town.d, days=30)[1]


def call(path: str, kind: str, expect: int = 200, data: dict | None = None, **query):
    """The answer in JSON; the XML one is held to its schema and to saying the same."""
    client = Client(raise_request_exception=False)
    answers = {}
    for form in ("json", "xml"):
        address = f"/open311/v2/{path.replace('FORM', form)}"
        headers = {"Accept-Language": "zh-hans"}
        if data is not None:
            headers["Idempotency-Key"] = str(sorted(data.items()))
        response = client.post(address, data, headers=headers) if data is not None else client.get(address, query, headers=headers)
        assert response.status_code == expect, (address, response.content.decode())
        assert response["Content-Type"] == {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}[form]
        if data is None:
            assert response["Access-Control-Allow-Origin"] == "*"
        answers[form] = response.content.decode()
    XSD.validate(answers["xml"])
    said = json.loads(answers["json"])
    jsonschema_rs.validate({**JSON, "$ref": f"#/$defs/{kind}"}, said)
    assert answers["xml"].count("<request>") == (len(said) if kind in ("service_requests", "raised", "token") else 0)
    return said


def told(key: str, **change) -> dict[str, str]:
    given = {
        "api_key": key,
        "service_code": "environment.rubbish",
        "description": "5号楼北门垃圾堆了三天没人清",
        "address_id": "150204006019",
    }
    return {name: value for name, value in (given | change).items() if value is not None}


# --- services


def test_discovery_services_and_definitions_have_the_specifications_form(town):
    call("discovery.FORM", "discovery")
    services = call("services.FORM", "services")
    assert {s["service_code"] for s in services} >= {"environment.rubbish"}
    for service in services[:12] + [s for s in services if s["service_code"].startswith("safety")][:3]:
        asked = call(f"services/{service['service_code']}.FORM", "service_definition")["attributes"]
        assert service["metadata"] == bool(asked)
    for code in ("nothing", "environment"):
        assert call(f"services/{code}.FORM", "errors", 404)[0]["code"] == 404


def test_a_strange_jurisdiction_and_a_strange_address_are_not_found(town):
    call("services.FORM", "services", jurisdiction_id="qingshan")
    call("services.FORM", "errors", 404, jurisdiction_id="boston.gov")
    call("nothing.FORM", "errors", 404)
    assert Client().delete("/open311/v2/requests.json").status_code == 405


# --- raising


def test_a_request_is_raised_as_on_the_residents_page(town, key):
    given = told(
        key, first_name="秀兰", last_name="王", phone="138 1234 5678", email="w@example.org", media_url="https://example.org/1.jpg"
    )
    said = call("requests.FORM", "raised", 201, given | {"attribute[filing]": "yes"})[0]
    matter = Matter.objects.get()
    assert (matter.number, matter.channel, matter.place) == (said["service_request_id"], "open311", town.c1)
    assert matter.text.startswith("5号楼北门垃圾堆了三天没人清\n")
    assert matter.text.endswith("https://example.org/1.jpg")
    info = open_reporter(matter.reporter)
    assert (info.name, info.phone) == ("王 秀兰", "13812345678")
    event = matter.flow.events.get()
    assert (event.by, event.role, event.data["key"]) == (None, "reporter", "市民小程序")
    code = said["service_notice"].split("/f/")[1].rstrip("/")
    assert call(f"tokens/{code}.FORM", "token")[0]["service_request_id"] == matter.number
    call("tokens/7KQF-M2XD-9PWA.FORM", "errors", 404)
    assert verify().ok


def test_a_position_an_address_or_a_place_will_do(town, key):
    at = {"address_id": None, "lat": str(town.g1.lat), "long": str(town.g1.lon)}
    call("requests.FORM", "raised", 201, told(key, **at))
    assert Matter.objects.get().place == town.g1
    call("requests.FORM", "raised", 201, told(key, address_id=None, address_string="都兰社区", description=None))


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"api_key": None}, 403), ({"api_key": "lk12_x"}, 403), ({"service_code": None}, 400), ({"service_code": "no.such"}, 400),
        ({"address_id": None}, 400), ({"address_id": "nowhere"}, 400), ({"lat": "40"}, 400), ({"lat": "x", "long": "1"}, 400),
        ({"lat": "nan", "long": "1"}, 400), ({"phone": "12"}, 400), ({"media_url": "javascript:alert(1)"}, 400), ({"attribute[filing]": "perhaps"}, 400),
        ({"attribute[colour]": "red"}, 400), ({"description": "x" * 3001}, 400), ({"description": "\0"}, 400), ({"jurisdiction_id": "boston.gov"}, 404),
        ({"address_id": None, "lat": "10", "long": "10"}, 400),
    ],
)  # fmt: skip
def test_what_can_not_be_taken_is_described_and_nothing_is_kept(town, key, change, status):
    errors = call("requests.FORM", "errors", status, told(key, **change))
    assert {e["code"] for e in errors} == {status}
    assert not Matter.objects.exists()


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_form_that_is_not_utf_8_is_refused_before_its_words_are_lost(town, key, form):
    sent = urlencode(told(key), encoding="gbk")
    answer = Client().post(f"/open311/v2/requests.{form}", sent, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert not Matter.objects.exists()


@pytest.mark.parametrize(
    "change", [{"description": "路灯不亮"}, {"phone": "13987654321"}, {"first_name": "建国"}, {"phone": None, "first_name": None}]
)
def test_an_idempotency_key_used_for_something_else_tells_nobodys_code(town, key, change):
    """The first person's number and code are not the second one's."""
    headers, address = {"Idempotency-Key": "form-7", "Accept-Language": "zh-hans"}, "/open311/v2/requests.json"
    first = told(key, first_name="秀兰", phone="13812345678", description=None)
    made = Client().post(address, first, headers=headers)
    assert Client().post(address, first, headers=headers).json() == made.json()
    given = {name: value for name, value in (first | change).items() if value is not None}
    refused = Client().post(address, given, headers=headers)
    assert refused.status_code == 400
    assert refused.json() == [{"code": 400, "description": "这个Idempotency-Key已用于其他内容，请换一个。"}]
    assert Matter.objects.count() == 1


def test_a_position_used_again_for_another_place_is_refused_too(town, key):
    at = {"address_id": None, "lat": str(town.g1.lat), "long": str(town.g1.lon)}
    headers, address = {"Idempotency-Key": "form-8"}, "/open311/v2/requests.json"
    assert Client().post(address, told(key, **at), headers=headers).status_code == 201
    assert Client().post(address, told(key, **at), headers=headers).status_code == 201
    assert Client().post(address, told(key, **at | {"lat": str(town.g1.lat + 0.0001)}), headers=headers).status_code == 400


def test_what_is_wrong_with_a_position_is_said_once(town, key):
    errors = call("requests.FORM", "errors", 400, told(key, lat="abc", long="109.9"))
    assert [e["description"].partition(":")[0] for e in errors] == ["lat"]
    assert len(call("requests.FORM", "errors", 400, told(key, lat="abc", long="x"))) == 2


def test_an_address_that_leads_nowhere_is_refused_without_a_word_about_a_telephone(town, key):
    [error] = call("requests.FORM", "errors", 400, told(key, address_id=None, address_string="不知道哪条街的尽头"))
    assert error["description"] == "地址对应不到本区域的地点，请写明社区。"


def test_another_method_is_405_and_says_which_there_are(town):
    for path, allowed in (("requests", "GET, POST, HEAD"), ("services", "GET, HEAD")):
        for form in ("json", "xml"):
            refused = Client().put(f"/open311/v2/{path}.{form}")
            assert (refused.status_code, refused["Allow"]) == (405, allowed)
            asked = Client().head(f"/open311/v2/{path}.{form}")
            assert (asked.status_code, asked.content) == (200, b"")


def test_a_staff_key_raises_nothing_here(town):
    call("requests.FORM", "errors", 403, told(key_for(town.desk)))


# --- reading


def test_only_what_is_public_is_told_and_no_person_word_or_exact_place(town):
    shown = report(town, address="都兰小区5号楼2单元301室", photos=[photo()], position=None, place=town.g1, now=timezone.now()).matter
    shown.flow.attachments.update(public=True)
    Matter.objects.filter(pk=shown.pk).update(lon=109.901234, lat=40.654321)
    hidden = report(town, now=timezone.now()).matter
    Matter.objects.filter(pk=hidden.pk).update(is_public=False)
    unsorted = report(town, category="", now=timezone.now()).matter
    [said] = call("requests.FORM", "service_requests")
    assert said["service_request_id"] == shown.number
    assert (said["lat"], said["long"], said["address"]) == (town.g1.lat, town.g1.lon, "都兰社区")
    assert said["media_url"].endswith(f"/m/{shown.number}/file/{shown.flow.attachments.get().uid}/")
    whole = json.dumps(said, ensure_ascii=False)
    assert not [w for w in ("垃圾堆了", "301", "王秀兰", "13812345678", "109.901234") if w in whole]
    for matter in (hidden, unsorted):
        call(f"requests/{matter.number}.FORM", "errors", 404)
        assert call("requests.FORM", "service_requests", service_request_id=matter.number) == []


def test_every_filter_narrows(town):
    now = timezone.now()
    numbers = [report(town, now=now - timedelta(days=n)).matter.number for n in (0, 10, 80, 100)]
    lamp = report(town, category="utilities.heat-low", now=now - timedelta(days=1)).matter.number
    closed = report(town, now=now - timedelta(days=2)).matter
    withdraw_matter(matter=closed, now=now)
    Matter.objects.update(is_public=True)

    def found(**query) -> list[str]:
        return [r["service_request_id"] for r in call("requests.FORM", "service_requests", **query)]

    recent = [numbers[0], lamp, closed.number, numbers[1], numbers[2]]
    assert found() == recent
    assert found(status="open,closed") == recent
    assert found(status="closed") == [closed.number]
    assert found(service_code="utilities.heat-low,nothing") == [lamp]
    assert found(service_request_id=f"{numbers[3]}, {lamp},nothing", status="closed") == [lamp, numbers[3]]
    assert found(start_date=(now - timedelta(days=5)).isoformat()) == recent[:3]
    assert found(end_date=(now - timedelta(days=50)).strftime("%Y-%m-%dT%H:%M:%SZ")) == [numbers[2], numbers[3]]
    assert found(page=2, page_size=2) == recent[2:4]
    assert [r["service_request_id"] for r in call(f"requests/{lamp}.FORM", "service_requests")] == [lamp]
    for wrong in (
        {"status": "lost"},
        {"start_date": "yesterday"},
        {"start_date": "2026-11-20", "end_date": "2026-11-01"},
        {"end_date": "9999-99-99"},
        {"page": "0"},
        {"page_size": "5000"},
    ):
        call("requests.FORM", "errors", 400, **wrong)


@pytest.mark.parametrize("many", [1, 60])
def test_a_list_takes_a_constant_number_of_queries(town, many, django_assert_max_num_queries):
    for _n in range(many):
        report(town, now=timezone.now())
    client = Client()
    client.get("/open311/v2/requests.json")
    with django_assert_max_num_queries(4):
        assert len(client.get("/open311/v2/requests.json").json()) == many


def test_one_connection_reads_only_so_often(town, monkeypatch):
    monkeypatch.setattr("linli.matters.open311.render.READS", 1)
    assert Client().get("/open311/v2/services.json").status_code == 200
    assert Client().get("/open311/v2/services.json").status_code == 429


# --- a client that others wrote


@pytest.fixture
def served():
    """The product at an address of its own."""
    with make_server("localhost", 0, application) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.mark.django_db(transaction=True)
def test_a_public_client_reads_all_of_it(served):
    town = make_town()
    numbers = {report(town, now=timezone.now()).matter.number for _n in range(2)}
    for form in ("json", "xml"):
        client = georeport.GeoReport(f"{served}/open311/v2", jurisdiction="qingshan", output_format=form)
        services = client.get_service_list()
        assert len(services) > 50
        code = next(s["service_code"] for s in services if str(s["metadata"]).lower() == "true")
        assert client.get_service_definition(code)["service_code"] == code
        requests = client.get_service_requests(status="open")
        assert {r["service_request_id"] for r in requests} == numbers
        [number, *_more] = numbers
        assert client.get_service_request(number)["service_request_id"] == number
