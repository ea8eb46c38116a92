"""The charter's pages."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils import timezone

from linli.charter.loader import packaged
from linli.charter.store import adopt
from linli.charter.tests.factories import adopt_small

pytestmark = pytest.mark.django_db


def holder(post: str, abilities_of: str = "district"):
    """Somebody who holds ``post`` over one place. Models of the rooms above are reached by name: this room imports from none of them."""
    place = apps.get_model("places", "Place").objects.create(
        code="150204000000", name="青山区", level=abilities_of, path="P150204000000", valid_from=date(2020, 1, 1)
    )
    body = apps.get_model("bodies", "Body").objects.create(key="district", name="区中心", place=place)
    seat = apps.get_model("bodies", "Seat").objects.create(post=post, body=body, place=place, path=place.path)
    user = get_user_model().objects.create(username="reader", name="读者", is_demo=True)
    apps.get_model("bodies", "Holding").objects.create(seat=seat, user=user, since=timezone.now() - timedelta(days=1))
    return user


@pytest.fixture
def reader(client):
    adopt_small()
    client.force_login(holder("coordinator"))
    return client


def page(client, url: str, lang: str = "zh-hans") -> str:
    response = client.get(url, headers={"accept-language": lang})
    assert response.status_code == 200, (url, response.status_code, response.get("location"))
    return response.content.decode()


def test_the_charter_page_shows_posts_duties_kinds_and_procedures(reader):
    text = page(reader, "/charter/")
    for said in ("小章程", "网格员", "路灯不亮", "诉求办理", "30 个工作日"):
        assert said in text


def test_the_charter_page_reads_in_english(reader):
    text = page(reader, "/charter/", "en")
    for said in ("Small charter", "Grid worker", "Street lamp out", "30 working days", "What the check says"):
        assert said in text


def test_a_procedure_is_drawn_and_listed_with_the_present_step_marked(reader):
    text = page(reader, "/charter/procedures/matter/?step=check")
    assert 'role="img"' in text
    assert text.count('aria-current="step"') == 2  # in the drawing and in the table
    assert "超期" in text


def test_the_drawing_in_the_page_needs_no_inline_style(reader):
    text = page(reader, "/charter/procedures/matter/")
    drawing = text[text.index("<svg xmlns") : text.index("</svg>", text.index("<svg xmlns"))]
    assert "style=" not in drawing
    assert "<style" not in drawing
    assert "<script" not in drawing


def test_the_account_is_a_page_to_print(reader):
    text = page(reader, "/charter/account/")
    assert "<strong>受理</strong>" in text
    assert "<h2>程序：诉求办理</h2>" in text


def test_a_stored_version_stays_readable_after_another_came_into_force(reader):
    first = apps.get_model("charter", "CharterVersion").objects.get()
    adopt_small(head_swap='zh = "小章程" -> zh = "新章程"')
    assert "新章程" in page(reader, "/charter/")
    assert "小章程" in page(reader, f"/charter/?version={first.pk}")


@pytest.mark.parametrize(
    "url",
    [
        "/charter/procedures/nothing/",
        "/charter/?version=999",
        "/charter/?version=x",
        "/charter/?version=²",
        "/charter/account/?version=" + "9" * 30,
    ],
)
def test_what_does_not_exist_is_not_found(reader, url):
    assert reader.get(url).status_code == 404


def test_strangers_are_sent_to_the_sign_in(client):
    adopt_small()
    for url in ("/charter/", "/charter/account/", "/charter/procedures/matter/"):
        assert client.get(url).status_code == 302


def test_a_post_without_the_ability_may_not_read_it(client):
    adopt_small(
        posts_swap='abilities = ["matter.see", "matter.report", "flow.act", "place.see", "charter.see", "flow.join"] -> abilities = ["flow.act"]'
    )
    client.force_login(holder("officer"))
    assert client.get("/charter/").status_code == 403


def test_before_any_charter_is_in_force_the_pages_say_so_to_nobody_but_signed_in_staff(client):
    client.force_login(holder("coordinator"))
    assert client.get("/charter/").status_code == 403  # without a charter nobody holds any ability


@pytest.mark.parametrize("url", ["/charter/", "/charter/account/", "/charter/procedures/matter/"])
def test_the_largest_packaged_charter_takes_a_constant_number_of_queries(client, url, django_assert_max_num_queries):
    adopt(packaged()["qingshan"])
    client.force_login(holder("district-coordinator"))
    with django_assert_max_num_queries(12):
        page(client, url)
