"""Large text and language: by form, without scripts, back to where one was and nowhere else."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def test_large_text_is_one_cookie_and_marks_the_page(client):
    response = client.post("/elder/", {"elder": "1", "next": "/help/"})
    assert (response.status_code, response["Location"]) == (302, "/help/")
    assert 'data-mode="elder"' in client.get("/help/").content.decode()


def test_it_can_be_switched_off_again(client):
    client.post("/elder/", {"elder": "1"})
    client.post("/elder/", {"elder": "0"})
    assert 'data-mode="normal"' in client.get("/help/").content.decode()


def test_the_cookie_is_for_this_site_only(client):
    client.post("/elder/", {"elder": "1"})
    cookie = client.cookies["elder"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("path", ["/elder/", "/language/"])
@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_switch_never_leads_to_another_site(client, path, elsewhere):
    response = client.post(path, {"elder": "1", "language": "en", "next": elsewhere})
    assert "evil" not in response["Location"]
    assert not response["Location"].startswith("javascript")


@pytest.mark.parametrize("path", ["/elder/"])
def test_looking_changes_nothing(client, path):
    assert client.get(path).status_code == 405


def test_pages_are_chinese_unless_english_is_asked_for(client):
    html = client.get("/help/", headers={"accept-language": ""}).content.decode()
    assert '<html lang="zh-Hans"' in html
    client.post("/language/", {"language": "en", "next": "/help/"})
    html = client.get("/help/").content.decode()
    assert '<html lang="en"' in html
    assert "For residents" in html


@pytest.mark.parametrize("who", ["resident", "field", "station", "coordinator", "keeper", "auditor"])
def test_every_kind_of_user_has_a_guide(client, who):
    assert client.get(f"/help/{who}/").status_code == 200


def test_a_guide_that_does_not_exist_is_said_so(client):
    assert client.get("/help/nobody/").status_code == 404


def test_a_form_with_a_stale_token_changes_nothing(client):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/elder/", {"elder": "1"}).status_code == 403
    assert "elder" not in strict.cookies


def test_the_sign_in_page_says_its_language_and_whose_door_it_is(client):
    """allauth hands its own «site» to its templates; ours must not be hidden by it."""
    html = client.get("/accounts/login/", headers={"accept-language": "zh-CN"}).content.decode()
    assert '<html lang="zh-Hans"' in html
    assert "127.0.0.1" not in html
    assert "testserver" not in html
