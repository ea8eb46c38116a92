import json
import re
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from linli.frame.models import ActLog
from linli.kit.coordinates import wgs84_to_gcj02
from linli.places import geojson, lookup, shapes
from linli.places.actions import export_geojson, import_geojson
from linli.places.models import Facility, Geography, Place
from linli.places.tests.factories import DAY, building, collection, grid, make_tree, square

A, B = square(109.86, 40.66), square(109.862, 40.66)
BOW = {"type": "Polygon", "coordinates": [[[109.862, 40.66], [109.864, 40.662], [109.864, 40.66], [109.862, 40.662], [109.862, 40.66]]]}
SWAPPED = {"type": "Polygon", "coordinates": [[[40.66, 109.86], [40.66, 109.87], [40.67, 109.87], [40.66, 109.86]]]}


def facility(kind, name):
    point = {"type": "Point", "coordinates": [109.861, 40.661]}
    return {"type": "Feature", "geometry": point, "properties": {"level": "facility", "kind": kind, "name": name}}


KEYS = ["type", "features", "geometry", "properties", "coordinates", "level", "code"]
LEAVES = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
JSON = st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(KEYS), x, max_size=4), max_leaves=12)
NO_GEOJSON = [
    "",
    "{",
    "[]",
    '{"type":"FeatureCollection","features":[]}',
    '{"type":"FeatureCollection","features":{}}',
    "[" * 5000,
    '{"type": NaN}',
]
LATER = date(2025, 7, 1)


@pytest.fixture
def tree(db):
    return make_tree()


def bring(*features, day=DAY, **more):
    return import_geojson(collection(*features), by=None, valid_from=day, **more)


def test_grids_come_in_with_shape_code_path_and_count(tree):
    version = Geography.objects.get().version
    report = bring(grid("第一网格", A, households=398), grid("第二网格", B))
    assert report.applied, str(report)
    first = Place.objects.get(name="第一网格")
    assert (first.code, first.parent, first.households) == ("150204006019001", tree["dulan"], 398)
    assert first.path == f"{tree['dulan'].path}.150204006019001"
    assert Geography.objects.get().version > version
    assert lookup.grid_at(109.861, 40.661) == first.pk
    assert ActLog.objects.get().path == tree["dulan"].path


@pytest.mark.parametrize(
    ("feature", "field"),
    [
        (grid("二", square(109.861, 40.66)), "geometry"),  # overlaps A by half
        (grid("", B), "name"),
        (grid("第一网格", B), "name"),
        (grid("二", B, community="150204006999"), "community"),
        (grid("二", B, community="15"), "community"),
        (grid("二", B, code="150204006023001"), "code"),
        (grid("二", B, households=-1), "households"),
        (grid("二", B, households=3.5), "households"),
        (grid("二", B, households=True), "households"),
        (grid("二", {"type": "Point", "coordinates": [109.86, 40.66]}), "geometry"),
        (grid("二", BOW), "geometry"),
        (grid("二", SWAPPED), "geometry"),
        (grid("二", {"type": "Polygon", "coordinates": []}), "geometry"),
        (grid("二", {"type": "Polygon", "coordinates": [[[109.862, 40.66], [109.864, 40.66]]]}), "geometry"),
        (grid("二", {"type": "Polygon", "coordinates": "all"}), "geometry"),
        (grid("二", None), "geometry"),
        ({"type": "Feature", "geometry": B, "properties": {"level": "moat"}}, "level"),
        ({"type": "Feature", "geometry": B}, ""),
        ({"type": "Feature", "geometry": B, "properties": {"level": "community", "code": "150204006999"}}, "code"),
        (facility("camera", "一"), "kind"),
    ],
)  # fmt: skip
def test_a_bad_feature_is_named_and_nothing_is_saved(tree, feature, field):
    report = bring(grid("第一网格", A), feature)
    assert [(p.number, p.field) for p in report.problems] == [(2, field)], str(report)
    assert not Place.objects.filter(level="grid").exists()
    assert not ActLog.objects.exists()


@pytest.mark.parametrize("text", NO_GEOJSON)
def test_what_is_no_geojson_is_refused(tree, text):
    report = import_geojson(text, by=None)
    assert [p.number for p in report.problems] == [None]


def test_an_empty_file_is_called_empty_and_not_badly_encoded(tree):
    assert "文件是空的" in str(import_geojson(" ", by=None).problems[0].message)


def test_another_projection_is_refused(tree):
    whole = json.loads(collection(grid("一", A))) | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}}
    assert [p.field for p in import_geojson(json.dumps(whole), by=None).problems] == ["crs"]


def test_a_new_grid_may_not_overlap_a_stored_one(tree):
    bring(grid("第一网格", A))
    report = bring(grid("第二网格", square(109.8619, 40.66)))
    assert [(p.number, p.field) for p in report.problems] == [(1, "geometry")]
    assert "第一网格" in report.problems[0].message


@translation.override("en")
def test_gaps_in_the_outline_are_warned_about_with_their_area(tree):
    outline = {"type": "Feature", "geometry": square(109.86, 40.66, 0.004), "properties": {"level": "community", "code": "150204006019"}}
    report = bring(outline, grid("第一网格", square(109.86, 40.66, 0.004 - 0.002)), grid("第二网格", B))
    assert report.applied
    expected = shapes.area(shape(square(109.86, 40.66, 0.004))) / 2
    said = int(re.search(r"leave ([\d,]+) m²", report.warnings[0].message)[1].replace(",", ""))
    assert said == pytest.approx(expected, abs=2)


def test_a_grid_beyond_the_outline_is_warned_about(tree):
    outline = {"type": "Feature", "geometry": A, "properties": {"level": "community", "code": "150204006019"}}
    report = bring(outline, grid("第一网格", A), grid("第二网格", B))
    assert report.applied
    assert len(report.warnings) == 1


def test_a_redrawn_grid_ends_and_another_begins(tree):
    bring(grid("第一网格", A, households=400))
    report = bring(grid("第一网格", square(109.86, 40.66, 0.0015)), day=LATER)
    assert report.counts == {"redrawn": 1}
    old, new = Place.objects.filter(code="150204006019001").order_by("valid_from")
    assert (old.valid_to, new.valid_from, new.households) == (LATER, LATER, 400)
    assert lookup.build(LATER).at(109.8618, 40.6618) is None
    assert lookup.build(date(2025, 6, 30)).at(109.8618, 40.6618) == old.pk


def test_the_same_file_again_changes_nothing(tree):
    text = collection(grid("第一网格", A), building("1号楼", 109.861, 40.661, units=2, floors=6, dwellings=2))
    import_geojson(text, by=None, valid_from=DAY)
    before = Place.objects.count()
    report = import_geojson(text, by=None, valid_from=LATER)
    assert (report.changes, report.unchanged) == ([], 2)
    assert Place.objects.count() == before


def test_buildings_stand_in_the_grid_of_their_position_with_units_and_dwellings(tree):
    report = bring(grid("第一网格", A), grid("第二网格", B), building("3号楼", 109.863, 40.661, units=2, floors=6, dwellings=2))
    assert report.applied, str(report)
    house = Place.objects.get(name="3号楼")
    assert house.parent.name == "第二网格"
    assert house.households == 24
    assert Place.objects.filter(level="unit", parent=house).count() == 2
    door = Place.objects.get(code=f"{house.code}-2-302")
    assert (door.level, door.name, door.path) == ("dwelling", "302", f"{house.path}.150204006019_B0001_2.150204006019_B0001_2_302")


def test_a_building_outside_every_grid_needs_its_community(tree):
    assert [p.field for p in bring(grid("一", A), building("1号楼", 109.9, 40.7)).problems] == ["community"]
    report = bring(grid("一", A), building("1号楼", 109.9, 40.7, community="150204006019"))
    assert report.applied
    assert Place.objects.get(name="1号楼").parent == tree["dulan"]
    assert [w.number for w in report.warnings] == [2]


def test_a_building_in_another_community_than_it_says_is_refused(tree):
    assert [p.field for p in bring(grid("一", A), building("1号楼", 109.861, 40.661, community="150204006023")).problems] == ["community"]


def test_facilities_come_in_once(tree):
    lamp = facility("lamp", "1号路灯")
    for _ in range(2):
        assert bring(grid("一", A), lamp).ok
    found = Facility.objects.get()
    assert found.path == Place.objects.get(level="grid").path


def test_gcj02_is_converted_at_the_edge(tree):
    shifted = {"type": "Polygon", "coordinates": [[list(wgs84_to_gcj02(*p)) for p in A["coordinates"][0]]]}
    assert bring(grid("第一网格", shifted), datum="gcj02").ok
    assert shapes.area(shape(Place.objects.get(level="grid").shape).symmetric_difference(shape(A))) < 1


def test_what_is_exported_comes_back_the_same(tree):
    lamp = facility("lamp", "1号路灯")
    bring(grid("第一网格", A, households=7, aliases="东区"), grid("第二网格", B), building("1号楼", 109.861, 40.661), lamp)
    text = export_geojson(Place.objects.filter(level__in=["grid", "building"]), facilities=Facility.objects.all())
    report = import_geojson(text, by=None, valid_from=LATER)
    assert (report.problems, report.changes, report.unchanged) == ([], [], 4)


def test_a_dry_run_saves_nothing(tree):
    report = bring(grid("第一网格", A), dry_run=True)
    assert report.counts == {"new": 1}
    assert not Place.objects.filter(level="grid").exists()
    assert not ActLog.objects.exists()


cell = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 3))


@settings(max_examples=25, deadline=None)
@given(st.lists(cell, min_size=1, max_size=6, unique=True))
def test_grids_are_accepted_exactly_when_none_overlaps(cells):
    drawn = [square(round(109.86 + x / 1000, 6), round(40.66 + y / 1000, 6), n / 1000) for x, y, n in cells]
    taken: set[tuple[int, int]] = set()
    overlap = False
    for x, y, n in cells:
        own = {(x + i, y + j) for i in range(n) for j in range(n)}
        overlap |= bool(own & taken)
        taken |= own
    drafts, problems = geojson.parse(collection(*(grid(f"第{i}网格", s) for i, s in enumerate(drawn))))
    assert not problems
    assert bool(shapes.overlaps([d.geometry for d in drafts])) == overlap


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused(value):
    features = {"type": "FeatureCollection", "features": [value, {"type": "Feature", "properties": {"level": "grid"}, "geometry": value}]}
    drafts, problems = geojson.parse(json.dumps(features))
    assert not drafts
    assert {p.number for p in problems} in ({1, 2}, {None})


def test_a_file_dated_back_must_fit_what_begins_later(tree):
    bring(grid("第一网格", A), day=LATER)
    report = bring(grid("第二网格", square(109.861, 40.66)), day=DAY)
    assert [(p.number, p.field) for p in report.problems] == [(1, "geometry")]
