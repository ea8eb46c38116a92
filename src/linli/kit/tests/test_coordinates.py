import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from linli.kit.coordinates import LocalMetres, distance, gcj02_to_wgs84, in_china, to_wgs84, valid, wgs84_to_gcj02

inside = st.tuples(st.floats(72.004, 137.8347), st.floats(0.8293, 55.8271))
anywhere = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@settings(max_examples=300)
@given(inside)
def test_there_and_back_is_within_half_a_metre_inside_china(point):
    assert distance(*gcj02_to_wgs84(*wgs84_to_gcj02(*point)), *point) < 0.5


@settings(max_examples=200)
@given(inside)
def test_the_shift_is_no_more_than_a_kilometre_and_a_half(point):
    assert 0 < distance(*wgs84_to_gcj02(*point), *point) < 1500


@settings(max_examples=200)
@given(anywhere)
def test_outside_china_nothing_moves(point):
    lon, lat = point
    assume(not (71.9 <= lon <= 137.9 and 0.8 <= lat <= 55.9))
    assert wgs84_to_gcj02(lon, lat) == point
    assert gcj02_to_wgs84(lon, lat) == point
    assert not in_china(lon, lat)


def test_known_points_of_the_published_algorithm():
    # Tiananmen, as every implementation of the algorithm gives it
    lon, lat = wgs84_to_gcj02(116.404, 39.915)
    assert (lon, lat) == (pytest.approx(116.41024449916938, abs=1e-7), pytest.approx(39.91640428150164, abs=1e-7))
    # Qingshan: some 530 m off, east and a little north
    assert 300 < distance(109.89, 40.66, *wgs84_to_gcj02(109.89, 40.66)) < 800


def test_a_degree_on_the_ellipsoid():
    assert distance(109.89, 40.0, 109.89, 41.0) == pytest.approx(111_044.3, rel=1e-3)
    assert distance(0, 0, 1, 0) == pytest.approx(111_319.5, rel=1e-5)
    assert distance(116.39, 39.9, 121.47, 31.23) == pytest.approx(1_068_000, rel=6e-3)
    assert distance(179.999, 10, -179.999, 10) == pytest.approx(219.3, rel=1e-2)


@settings(max_examples=100)
@given(st.floats(-5000, 5000), st.floats(-5000, 5000))
def test_local_metres_agree_with_distance(x, y):
    flat = LocalMetres(109.89, 40.66)
    lon, lat = flat.to_degrees(x, y)
    assert flat.to_metres(lon, lat) == (pytest.approx(x, abs=1e-5), pytest.approx(y, abs=1e-5))
    assert distance(109.89, 40.66, lon, lat) == pytest.approx((x * x + y * y) ** 0.5, rel=2e-3, abs=0.01)


def test_what_is_no_position_is_refused():
    assert not valid(float("nan"), 40)
    assert not valid("109", 40)
    with pytest.raises(ValueError, match="not a position"):
        to_wgs84(181, 40)
    with pytest.raises(ValueError, match="unknown datum"):
        to_wgs84(109, 40, "bd09")
    assert to_wgs84(*wgs84_to_gcj02(109.89, 40.66), "gcj02") == (pytest.approx(109.89, abs=1e-7), pytest.approx(40.66, abs=1e-7))
