"""Work that was moved to a seat of another area can be seen and done from there."""

from linli.access.scope import Held, Scope


def held(seat: int, path: str, reach: str = "area") -> Held:
    return Held(seat, "grid-worker", 1, path, frozenset({"matter.see"}), reach, "A")


def test_an_ability_reaches_work_its_seat_takes_part_in_outside_its_area():
    scope = Scope((held(7, "D.S.C.G1"),))
    assert scope.covers("matter.see", "D.S.C.G1.B")
    assert scope.covers("matter.see", "D.S.C.G2", [7])
    assert not scope.covers("matter.see", "D.S.C.G2", [8])
    assert not scope.covers("flow.act", "D.S.C.G2", [7])


def test_a_post_of_own_reach_covers_nothing_it_takes_no_part_in():
    scope = Scope((held(7, "D", "own"),))
    assert not scope.covers("matter.see", "D.S")
    assert scope.covers("matter.see", "D.S", [7])
