"""The demonstration district, put together from what each room can generate. Real: codes, names, charter. Generated: all the rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

ROOTS = {"qingshan": "150204000000"}
"""Charters that can be demonstrated, with the root of their official tree."""


class NotEmpty(Exception):
    """Demonstration data is never mixed with real data; the message says what stands in the way."""


def filled() -> bool:
    from linli.places.models import Place

    return Place.objects.exists()


def fill(key: str, *, communities: int, days: int, seed: int, say: Callable[[str], object]) -> None:
    """Fill an empty deployment. Raises NotEmpty where anything is there already."""
    from django.db import transaction

    from linli.access.demo import make_staff
    from linli.access.guard import real_data
    from linli.access.keys import init
    from linli.bodies.actions import furnish
    from linli.charter.loader import find
    from linli.charter.store import adopt, charter_of
    from linli.conf.home import Home
    from linli.gatherings.demo.make import make_gatherings
    from linli.kit.crypto import KeyringError
    from linli.matters.demo.boxes import make_boxes
    from linli.matters.demo.closing import close_the_loop
    from linli.matters.demo.hotline import make_orders
    from linli.matters.demo.joining import join_some
    from linli.matters.demo.outside import connect, hang_up
    from linli.matters.demo.simulate import make_matters
    from linli.measures.actions import compute_measures
    from linli.people.demo.make import make_people
    from linli.places.demo import make_geography
    from linli.places.models import Place
    from linli.planning.grids.demo import make_division
    from linli.planning.studies.demo import make_studies

    if key not in ROOTS:
        raise NotEmpty(f"{key} can't be demonstrated yet; {', '.join(ROOTS)} can.")
    if found := real_data():
        raise NotEmpty(f"This deployment holds real data ({found}). Use another --data folder for the demonstration.")
    if filled():
        raise NotEmpty("This deployment is filled already. Use another --data folder for another demonstration.")
    began = time.perf_counter()
    with suppress(KeyringError):  # there is one already
        init(Home().keyring)
    with transaction.atomic():  # stopped half way, it starts again from nothing
        version = adopt(find(key), by="linli demo")
        charter = charter_of(version)
        say(f"Charter {charter.id} {charter.version} is in force.")
        made = make_geography(ROOTS[key], communities=communities, seed=seed)
        say("Places: " + ", ".join(f"{count:,} {what}" for what, count in made.items()) + ".")
        root = Place.objects.current().get(code=ROOTS[key])
        furnish(charter, root)
        staff = make_staff(charter, seed=seed)
        say(f"Staff: {staff}")
        say(f"Register: {make_people(charter, root, seed=seed)}.")
        matters = make_matters(version, root, days=days, seed=seed)
        connected = connect(root)
        if joined := join_some(root, seed=seed):
            matters += f", {joined}"
        if closed := close_the_loop(root, seed=seed):
            matters += f", {closed}"
        say(f"Matters: {matters}")
        say(f"Opinion boxes: {make_boxes(version, root, days=days, seed=seed)}")
        say(f"Hotline: {make_orders(version, root, seed=seed)}")
        if connected:
            say(f"Outside: {connected}, {hang_up(root)}")
        gatherings = make_gatherings(version, root, seed=seed)
        say(f"Meetings and activities: {gatherings}")
        if divided := make_division(version, root):
            say(f"Dividing into grids: {divided}")
    say(f"Figures: {compute_measures().records:,} matters counted.")
    with transaction.atomic():  # they go by the figures
        if studied := make_studies(version):
            say(f"Planning studies: {studied}")
    say(f"Ready in {time.perf_counter() - began:.0f} s; all of it is marked as demonstration data.")


def print_signins(address: str) -> int:
    from linli.access.demo import PASSWORD, demo_signins

    rows = demo_signins()
    if not rows:
        return 0
    print(f"\nDemonstration sign-ins (password of all: {PASSWORD}), at {address}/accounts/login/")
    for row in rows:
        print("  " + "  ".join(str(cell) for cell in row))
    print(f"\nResidents need none: {address}/", flush=True)
    return 0
