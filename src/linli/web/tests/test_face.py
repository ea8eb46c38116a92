"""The field's frame or the desk's: chosen at one of two doors, kept in every room, asked of nobody again."""

from __future__ import annotations

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
TELEPHONE = {"user-agent": "Mozilla/5.0 (Linux; Android 12) Mobile Safari"}
TABS = "phone-tabs"


@pytest.fixture
def rooms(people):
    """A page of each room that can be shown in either frame."""
    from linli.places.models import Place

    grid = Place.objects.get(code="150204006019g1")
    return [
        reverse("people:home"),
        reverse("people:book"),
        reverse("places:home"),
        reverse("places:place", args=[grid.pk]),
        reverse("places:map"),
    ]


def frames(client, rooms, **headers):
    return {TABS in client.get(url, headers=headers).content.decode() for url in rooms}


def test_whoever_opens_the_field_terminal_stays_in_its_frame_in_every_room(worker, rooms):
    assert frames(worker, rooms) == {False}
    assert worker.get(reverse("web:phone")).cookies["face"].value == "1"
    assert frames(worker, rooms) == {True}
    grid = worker.get(reverse("web:phone_grid")).content.decode()
    assert f'href="{rooms[3]}"' in grid
    assert "phone=" not in grid
    assert worker.get(reverse("web:desk")).cookies["face"].value == "0"  # at a desk its first page is the way back
    assert frames(worker, rooms) == {False}


def test_a_telephone_is_shown_the_fields_frame_until_the_desk_is_chosen_on_it(worker, rooms):
    assert frames(worker, rooms, **TELEPHONE) == {True}
    assert "face" not in worker.get(reverse("web:desk"), headers=TELEPHONE).cookies  # it lands there as it signs in
    assert frames(worker, rooms, **TELEPHONE) == {True}
    assert f'href="{reverse("web:desk")}?phone=0"' in worker.get(reverse("web:phone_me"), headers=TELEPHONE).content.decode()
    worker.get(f"{reverse('web:desk')}?phone=0", headers=TELEPHONE)
    assert frames(worker, rooms, **TELEPHONE) == {False}
    worker.get(reverse("web:phone_grid"), headers=TELEPHONE)
    assert frames(worker, rooms, **TELEPHONE) == {True}


def test_the_choice_is_a_cookie_that_is_set_once_and_no_answer_is_kept_for_another_frame(worker, rooms, client):
    chosen = worker.get(f"{rooms[0]}?phone=1").cookies["face"]
    assert (chosen["httponly"], chosen["samesite"], chosen["max-age"]) == (True, "Lax", "")
    for url in (f"{rooms[0]}?phone=1", *rooms):
        answer = worker.get(url)
        assert "face" not in answer.cookies
        assert "Cookie" in answer["Vary"]
    worker.logout()
    assert "face" not in worker.get("/").cookies
