"""OpenStreetMap files as the network: what people may walk along, and what is said where a file is of no use."""

from __future__ import annotations

from pathlib import Path

import osmium
import pytest
from osmium.osm.mutable import Node, Way

from linli.planning.osm import read_osm
from linli.planning.reading import Source, read_ways

WAYS = [
    {"highway": "footway"},
    {"highway": "motorway"},
    {"highway": "service", "access": "private", "foot": "yes"},
    {"highway": "residential", "access": "private"},
    {"highway": "residential", "foot": "no"},
    {"highway": "pedestrian", "area": "yes"},
    {"waterway": "river"},
]


def written(path: Path, ways: list[dict[str, str]]) -> Source:
    with osmium.SimpleWriter(str(path)) as writer:
        for n in range(1, 4):
            writer.add_node(Node(id=n, location=(109.87 + n / 1000, 40.65)))
        for n, tags in enumerate(ways, 1):
            writer.add_way(Way(id=n, nodes=[1, 2, 3], tags=tags))
    return Source.of(path)


@pytest.mark.parametrize("ending", ["osm.pbf", "osm"])
def test_ways_are_those_people_may_walk_along(tmp_path, ending):
    lines, problems = read_ways(written(tmp_path / f"ways.{ending}", WAYS))
    assert problems == []
    assert [list(line.coords) for line in lines] == 2 * [[(109.871, 40.65), (109.872, 40.65), (109.873, 40.65)]]


def test_a_file_of_no_use_is_told_as_a_whole(tmp_path):
    for source in (
        Source("a.osm.pbf", b""),
        Source("a.pbf", b"no map" * 9),
        Source("a.osm", b"<osm><way>"),
        written(tmp_path / "b.osm.pbf", WAYS[-1:]),
    ):
        lines, [problem] = read_osm(source)
        assert lines == []
        assert problem.number is None
        assert problem.message
