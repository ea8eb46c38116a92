"""Village merging on pages: Zhucheng from its file, the site's own villages, and what the form refuses."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from linli.places.models import Place
from linli.planning import commands
from linli.planning.models import Study, StudyState
from linli.planning.reading import Source
from linli.planning.studies import actions
from linli.planning.studies.shown import Shown
from linli.planning.tests.test_studies import asked, desk, file, new_url  # noqa: F401  # fixtures

ASKED = {
    "only": "villages", "per": None, "target": None, "units": 8, "tolerance": 20, "anyway": False, "link": 4200,
    "off_way": 2000.0, "customs": "", "customs_metres": 1000, "stay": 1000,
    "rounds": 1, "seed": 1, "datum": "wgs84", "note": "",
}  # fmt: skip


def township(n: int = 2) -> Source:
    """The first ``n`` of Zhucheng's townships."""
    data = json.loads(commands.example("zhucheng"))
    names = sorted({f["properties"]["township"] for f in data["features"]})[:n]
    data["features"] = [f for f in data["features"] if f["properties"]["township"] in names]
    return Source("诸城.geojson", json.dumps(data, ensure_ascii=False).encode())


@pytest.fixture
def county(block):
    block.c1 = block.places["s1"]  # villages are merged in a street or a district
    return block


def test_zhuchengs_villages_are_merged_within_their_townships(county):
    row = asked(county, "villages", {**ASKED, "anyway": True, "units": 20}, brought={"source": township()})
    assert row.said == StudyState.DONE
    figures, shown = row.result["figures"], Shown(row)
    assert (figures["areas"], figures["units"]) == (2, 20)
    assert figures["bound"] <= figures["walking"]
    units, by_township, villages = (sheet.rows for sheet in shown.parts.sheets)
    assert sum(u["households"] for u in units) == figures["households"] == sum(t["households"] for t in by_township)
    assert sum(t["villages"] for t in by_township) == len(villages) == figures["sites"]
    assert all({v["township"] for v in villages if v["name"] == u["middle_name"]} == {u["community"]} for u in units)
    assert len(shown.drawn) == 20
    with translation.override("en"):
        assert any("No division can do better than" in line for line in shown.words)
    actions.run_again(None, row.pk)
    row.refresh_from_db()
    assert row.checked_same


def test_the_sites_own_villages_stand_in_their_township(county):
    for n in range(4):
        parent = county.places["s1"]
        code = f"150204006{200 + n}"
        Place.objects.create(
            code=code, name=f"{n}村", level="community", parent=parent, path=f"{parent.path}.{code}", households=200, lon=109.9 + n / 100, lat=40.7,
            valid_from="2013-01-01", is_demo=True,
        )  # fmt: skip
    row = asked(county, "villages", {**ASKED, "units": 2})
    assert row.said == StudyState.DONE
    assert [f["properties"]["households"] for f in row.result["features"]] == [400, 400]
    assert row.result["features"][0]["properties"]["community"] == county.places["s1"].name


@pytest.mark.parametrize(
    ("more", "field"), [({"units": ""}, "per"), ({"per": "5"}, "units"), ({"tolerance": "0"}, "tolerance"), ({"source": ""}, "source")]
)
def test_what_is_wrong_in_the_form_is_said_at_the_field(county, desk, more, field):  # noqa: F811
    form = {k: "" if v is None else str(v) for k, v in ASKED.items() if k != "anyway"}
    answer = desk.post(new_url("villages", county.c1), form | more)
    assert field in answer.context["form"].errors
    assert not Study.objects.exists()


def test_what_cannot_be_divided_is_told_before_it_is_searched(county, desk):  # noqa: F811
    form = {k: "" if v is None else str(v) for k, v in ASKED.items() if k != "anyway"}
    text = township(1).data.decode()
    answer = desk.post(new_url("villages", county.c1), form | {"customs": "zodiac", "source": file("z.geojson", text)})
    assert "zodiac" in " ".join(answer.context["problems"])
