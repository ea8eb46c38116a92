import time

import pytest
from shapely.geometry import Point, shape

from linli.places import lookup, shapes
from linli.places.demo import AlreadyThere, _numeral, make_geography, trial_communities
from linli.places.demo_shapes import COLUMNS, ROWS, Rect, divide
from linli.places.models import Facility, Place

pytestmark = pytest.mark.django_db


def test_one_community_has_the_sizes_the_source_gives():
    counts = make_geography(communities=1, seed=1)
    community = Place.objects.get(code="150204006019")
    assert community.name == "都兰社区居委会"
    grids = list(Place.objects.within(str(community.path)).filter(level="grid"))
    assert counts["grids"] == len(grids) in (8, 9)
    assert 3200 <= counts["households"] == community.households == counts["dwellings"] <= 3900
    assert all(330 <= g.households <= 470 for g in grids)
    buildings = Place.objects.filter(level="building")
    assert 36 <= sum(b.households for b in buildings) / len(buildings) <= 48
    assert not Place.objects.filter(is_demo=False).exists()
    assert not Facility.objects.filter(is_demo=False).exists()
    with pytest.raises(AlreadyThere):
        make_geography(communities=1)


def test_every_path_is_that_of_its_ancestors():
    make_geography(communities=1, seed=3)
    by_id = {p.pk: p for p in Place.objects.all()}
    for place in by_id.values():
        codes, at = [], place
        while at:
            codes.append(at.code.replace("-", "_"))
            at = by_id.get(at.parent_id)
        assert place.path == ".".join(reversed(codes))


def test_the_whole_district_has_no_overlap_and_no_gap_and_houses_stand_in_their_grids():
    began = time.perf_counter()
    counts = make_geography(seed=2)
    assert time.perf_counter() - began < 30  # 8 s alone on the machine; benchmarks/lookup.py measures it
    assert counts["streets"] == 11
    assert counts["communities"] == 78
    grids = list(Place.objects.filter(level="grid"))
    drawn = [shape(g.shape) for g in grids]
    assert all(g.is_valid for g in drawn)
    assert shapes.overlaps(drawn) == []
    district = shape(Place.objects.get(code="150204000000").shape)
    assert shapes.gaps(district, drawn) == []
    assert shapes.overhangs(district, drawn) == []
    west, south, east, north = district.bounds
    assert 109.82 < west < east < 109.96
    assert 40.61 < south < north < 40.73
    by_id = {g.pk: s for g, s in zip(grids, drawn, strict=True)}
    for b in Place.objects.filter(level="building", code__endswith="7"):
        assert by_id[b.parent_id].contains(shape(b.shape)), b.code
    lookup.forget()
    sample = next(iter(by_id))
    inside = by_id[sample].representative_point()
    assert lookup.grid_at(inside.x, inside.y) == sample
    assert district.contains(Point(inside.x, inside.y))


def test_the_same_seed_draws_the_same_community_whatever_the_number():
    make_geography(communities=2, seed=5)
    shape_of = dict(Place.objects.filter(code__startswith="150204006019").values_list("code", "shape"))
    Facility.objects.all().delete()
    while Place.objects.exists():
        Place.objects.filter(children=None).delete()
    make_geography(communities=1, seed=5)
    assert shape_of == dict(Place.objects.filter(code__startswith="150204006019").values_list("code", "shape"))


def test_the_trial_streets_come_first():
    codes = trial_communities()
    assert codes[0] == "150204006019"
    assert {c[6:9] for c in codes[:26]} == {"001", "002", "003", "006", "008"}


def test_dividing_keeps_the_ground():
    parts = divide(Rect(0, 0, COLUMNS, ROWS), [(n, 1.0 + n % 3) for n in range(100)])
    assert sum(r.width * r.height for r in parts.values()) == COLUMNS * ROWS
    assert min(min(r.width, r.height) for r in parts.values()) >= 2


def test_numerals():
    assert [_numeral(n) for n in (1, 10, 11, 20, 23)] == ["一", "十", "十一", "二十", "二十三"]
