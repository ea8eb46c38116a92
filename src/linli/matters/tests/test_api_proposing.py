"""Help while a matter is told, for programs: what the desk's page proposes, of the matters the key sees."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linli.matters.models import Matter
from linli.matters.tests.calling import caller
from linli.matters.tests.factories import SIDE, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
TEXT = "都兰社区二网格围墙根垃圾堆没人清"


def proposed(api, **said):
    response = api.post("/matters/propose", {"text": TEXT} | said)
    assert response.status_code == 200, response.content.decode()
    return response.json()


@pytest.fixture
def one(town):
    return report(town, text="围墙根垃圾堆了三天没人清", place=town.g2, now=timezone.now()).matter


def test_a_program_gets_what_the_desks_page_proposes(town, one):
    found = proposed(caller(town.desk))
    assert found["danger"] is False
    assert found["categories"][0]["id"] == "environment.rubbish"
    assert found["categories"][0]["sure"]["id"] in ("likely", "perhaps", "faint")
    assert found["places"] == [{
        "code": town.g2.code, "name": town.g2.name, "level": "grid", "label": "都兰社区第2网格", "sure": {"id": "sure", "name": "surely"},
        "why": ["都兰社区", "二网格"],
    }]  # fmt: skip
    [similar] = found["similar"]
    assert (similar["number"], similar["title"], similar["place"]["code"]) == (one.number, one.title, town.g2.code)
    assert (similar["state"]["id"], similar["ended"], similar["public"], similar["metres"]) == ("accept", False, True, None)
    staff = Client()
    staff.force_login(town.desk)
    page = staff.post(reverse("matters:desk_propose"), {"text": TEXT}, headers={"Accept-Language": "en"}).content.decode()
    shown = [c["id"] for c in found["categories"]] + [p["code"] for p in found["places"]] + [s["number"] for s in found["similar"]]
    assert all(said in page for said in shown)
    assert page.count("data-choose") == len(found["categories"])


def test_what_was_told_already_narrows_the_proposals(town, one):
    lon, lat = town.point("g2")
    Matter.objects.filter(pk=one.pk).update(lon=lon, lat=lat)
    api = caller(town.desk)
    found = proposed(api, text="垃圾堆没人清", category="environment.rubbish", lon=lon + SIDE * 0.02, lat=lat)
    assert (found["categories"], found["places"]) == ([], [])
    assert found["similar"][0]["metres"] in range(10, 60, 10)
    assert proposed(api, text="垃圾堆没人清", address="都兰社区第2网格")["places"][0]["code"] == town.g2.code
    assert proposed(api, text="三单元着火了")["danger"] is True
    assert proposed(api, text="三单元着火了")["categories"] == []


def test_similar_ones_outside_the_keys_sight_are_not_told(town, one):
    assert proposed(caller(town.stranger))["similar"] == []
    assert proposed(caller(town.desk, "matter.report"))["similar"] == []
    seen = proposed(caller(town.desk, "matter.see", "matter.report"))["similar"]
    assert [(s["number"], s["voice"]) for s in seen] == [(one.number, False)]
    assert [s["voice"] for s in proposed(caller(town.desk, "matter.see", "matter.intake"))["similar"]] == [True]
    assert caller(town.desk, "matter.see").post("/matters/propose", {"text": TEXT}).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"category": "nothing"}, "category"),
        ({"place": "1"}, "place"),
        ({"lon": 110}, "lat"),
        ({"colour": "x"}, "colour"),
    ],
)
def test_what_proposals_cannot_be_made_from_is_said_at_the_field(town, change, field):
    response = caller(town.desk).post("/matters/propose", {"text": TEXT} | change)
    assert response.status_code == 422
    assert [e["field"] for e in response.json()["errors"]] == [field]
