"""The residents' first page: for everybody, and about nobody."""

from __future__ import annotations

import pytest
from django.urls import reverse

from linli.matters.models import Matter
from linli.web.near import nearby
from linli.web.tests.factories import full_district

HOME = "/"


def page(client, **query) -> str:
    response = client.get(HOME, query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.django_db
def test_it_opens_before_anything_is_set_up(client):
    html = page(client)
    assert "社区尚未录入" in html or "not entered yet" in html


def test_it_names_the_district_by_its_place(people, client):
    assert "青山区" in page(client)


def test_communities_are_offered_by_street(people, client):
    html = page(client)
    assert '<optgroup label="幸福路街道">' in html
    assert html.count('<option value="150204006') == 2


def test_a_chosen_community_is_remembered_in_the_browser_and_forgotten_on_wish(people, client):
    code = "150204006019"
    assert f'value="{code}" selected' in page(client, area=code)
    assert client.cookies["area"].value == code
    assert f'value="{code}" selected' in page(client)
    page(client, area="")
    assert client.cookies["area"].value == ""


def test_a_community_that_does_not_exist_is_not_remembered(people, client):
    page(client, area="'; drop table")
    assert "area" not in client.cookies


def test_it_shows_what_was_solved_without_a_word_anybody_wrote(people, client):
    html = page(client)
    assert "都兰社区" in html
    for matter in Matter.objects.all():
        assert matter.title not in html
        assert matter.text not in html


def test_only_solved_public_matters_of_the_chosen_community_are_shown(people):
    assert len(nearby("150204006019").lately) == 5
    assert not nearby("150204006020").lately
    Matter.objects.update(is_public=False)
    assert not nearby("150204006019").lately


def test_a_matter_that_ended_badly_is_not_shown_as_solved(people):
    from linli.charter.store import charter_in_force
    from linli.flow.models import Flow

    flow = Flow.objects.exclude(end="").first()
    bad = next(e.id for e in charter_in_force().procedures[flow.procedure].ends.values() if not e.good)
    Flow.objects.exclude(end="").update(end=bad)
    assert not nearby("").lately


@pytest.mark.django_db
def test_it_asks_the_database_the_same_few_questions_however_much_there_is(client, django_assert_max_num_queries):
    full_district()
    client.get(HOME)
    with django_assert_max_num_queries(5):
        client.get(HOME)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["web:privacy", "web:help"])
def test_pages_for_everybody_open_without_signing_in(client, name):
    assert client.get(reverse(name)).status_code == 200
