import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, shape

from linli.kit.coordinates import LocalMetres, distance
from linli.places import lookup
from linli.places.actions import change_place, draw_grid, end_place, import_geojson
from linli.places.lookup import PointIndex
from linli.places.tests.factories import DAY, collection, grid, make_tree, square

BLOCKS = [shape(square(round(109.86 + x * 0.002, 6), round(40.66 + y * 0.002, 6))) for x in range(5) for y in range(5)]
INDEX = PointIndex(list(range(100, 125)), BLOCKS)


@settings(max_examples=200, deadline=None)
@given(st.floats(109.855, 109.875), st.floats(40.655, 40.675))
def test_the_index_agrees_with_asking_every_polygon(lon, lat):
    holding = [n for n, b in enumerate(BLOCKS) if b.intersects(Point(lon, lat))]
    assert INDEX.at(lon, lat) == (100 + holding[0] if holding else None)


def test_a_position_on_a_shared_border_has_one_grid():
    assert INDEX.at(109.862, 40.661) == 100


@settings(max_examples=100, deadline=None)
@given(st.floats(0.5, 300))
def test_the_nearest_is_marked_with_its_distance(metres):
    lon, _lat = LocalMetres(109.86, 40.661).to_degrees(-metres, 0)
    near = INDEX.near(lon, 40.661, 200)
    if metres < 199:
        assert near.place == 100
        assert near.metres == pytest.approx(distance(lon, 40.661, 109.86, 40.661), abs=0.2)
    elif metres > 201:
        assert near is None


def test_what_is_no_position_is_in_no_grid():
    for lon, lat in ((float("nan"), 40.66), (float("inf"), 40.66), (400, 40.66)):
        assert INDEX.at(lon, lat) is None
        assert INDEX.near(lon, lat, 100) is None


@pytest.mark.django_db
def test_every_change_of_shapes_is_seen_and_nothing_else_asks_the_database(django_assert_num_queries):
    tree = make_tree()
    first, _warnings = draw_grid(tree["dulan"], by=None, name="第一网格", shape=square(109.86, 40.66), valid_from=DAY)
    assert lookup.grid_at(109.861, 40.661) == first.pk
    with django_assert_num_queries(0):
        for _ in range(50):
            lookup.grid_at(109.861, 40.661)
    moved, _warnings = change_place(first, by=None, shape=square(109.88, 40.66))
    assert lookup.grid_at(109.861, 40.661) is None
    assert lookup.grid_at(109.881, 40.661) == moved.pk != first.pk
    import_geojson(collection(grid("第二网格", square(109.86, 40.66))), by=None)
    assert lookup.grid_at(109.861, 40.661)


@pytest.mark.django_db
def test_an_ended_grid_is_found_no_more():
    tree = make_tree()
    found, _warnings = draw_grid(tree["dulan"], by=None, name="第一网格", shape=square(109.86, 40.66), valid_from=DAY)
    assert lookup.nearest_grid(109.8599, 40.661, 50).place == found.pk
    end_place(found, by=None)
    assert lookup.grid_at(109.861, 40.661) is None
    assert lookup.nearest_grid(109.8599, 40.661, 50) is None
