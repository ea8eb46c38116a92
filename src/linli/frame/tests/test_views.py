import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from linli.charter import store
from linli.frame import jobs, views
from linli.frame.context import face_of
from linli.frame.models import SavedView

pytestmark = [pytest.mark.django_db, pytest.mark.urls("linli.frame.tests.site")]


@pytest.fixture
def charter(monkeypatch):
    monkeypatch.setattr(store, "version_in_force", lambda: object())


def ready(client=None):
    response = (client or Client()).get("/readyz")
    return response.status_code, json.loads(response.content)


def test_alive_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        response = Client().get("/healthz")
    assert (response.status_code, json.loads(response.content)) == (200, {"status": "ok"})


def test_ready_when_database_migrations_charter_and_clock_are(charter):
    jobs.beat("clock")
    assert ready() == (
        200,
        {"status": "ready", "checks": {"database": "ok", "migrations": "ok", "charter": "ok", "clock": "ok"}},
    )


def test_not_ready_without_a_charter():
    jobs.beat("clock")
    status, said = ready()
    assert (status, said["checks"]["charter"]) == (503, "none")


def test_a_clock_that_has_not_run_lately_is_late_but_not_right_after_the_start(charter, monkeypatch):
    jobs.beat("clock", timezone.now() - timedelta(minutes=6))
    monkeypatch.setattr(views, "_BORN", views.time.monotonic() - views.GRACE - 1)
    status, said = ready()
    assert (status, said["checks"]["clock"]) == (503, "late")
    monkeypatch.setattr(views, "_BORN", views.time.monotonic())
    assert ready()[0] == 200


def test_not_ready_while_migrations_are_pending(charter, monkeypatch):
    monkeypatch.setattr(views, "_migrated", False)
    monkeypatch.setattr(views.MigrationExecutor, "migration_plan", lambda self, targets: ["one"])
    assert ready()[1]["checks"]["migrations"] == "pending"


def test_ready_says_nothing_about_the_inside(charter, monkeypatch):
    def broken():
        raise RuntimeError("host=db.internal")

    monkeypatch.setitem(views.CHECKS, "charter", broken)
    status, said = ready()
    assert (status, said["checks"]["charter"]) == (503, "failing")
    assert "internal" not in json.dumps(said)


# saved views ------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def user():
    return get_user_model().objects.create(username="li", name="李")


@pytest.fixture
def client(user, monkeypatch):
    monkeypatch.setattr("linli.frame.access_rule._guard", lambda request, rule, view: view)
    client = Client()
    client.force_login(user)
    return client


def save(client, **kw):
    return client.post("/views/save/", {"page": "frame:healthz", "name": "灯", "query": "title=x", "next": "/list/", **kw})


def test_a_view_is_kept_replaced_renamed_and_forgotten(client, user):
    assert save(client).url == "/list/"
    save(client, query="title=y")
    view = SavedView.objects.get()
    assert (view.user, view.name, view.query) == (user, "灯", "title=y")
    client.post("/views/rename/", {"id": view.pk, "name": "路灯", "next": "/list/"})
    assert SavedView.objects.get().name == "路灯"
    client.post("/views/forget/", {"id": view.pk, "next": "/list/"})
    assert not SavedView.objects.exists()


def test_a_name_is_used_once_per_list(client):
    save(client)
    save(client, name="水")
    view = SavedView.objects.get(name="水")
    assert client.post("/views/rename/", {"id": view.pk, "name": "灯", "next": "/list/"}).status_code == 302
    assert sorted(SavedView.objects.values_list("name", flat=True)) == ["水", "灯"]


@pytest.mark.parametrize("change", [{"name": ""}, {"name": "x" * 41}, {"name": "a\x07b"}, {"query": "q" * 2001}, {"query": "a\0b"}])
def test_what_cannot_be_kept_is_told_and_nothing_is_saved(client, change):
    assert save(client, **change).status_code == 302
    assert not SavedView.objects.exists()


def test_a_view_belongs_to_a_list_that_exists(client):
    assert save(client, page="nowhere:list").status_code == 404
    assert save(client, page="").status_code == 404


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", "list/"])
def test_one_is_never_sent_to_another_site(client, where):
    assert save(client, next=where).url == "/"


def test_other_peoples_views_are_not_there(client):
    other = SavedView.objects.create(
        user=get_user_model().objects.create(username="wang", name="王"), page="frame:healthz", name="his", query=""
    )
    for act in ("rename", "forget"):
        assert client.post(f"/views/{act}/", {"id": other.pk, "name": "mine"}).status_code == 404
    for wrong in ("", "x", "9" * 40, "-1"):
        assert client.post("/views/forget/", {"id": wrong}).status_code == 404
    assert SavedView.objects.get().name == "his"


def test_one_keeps_at_most_thirty_views_of_a_list(client, user):
    SavedView.objects.bulk_create(SavedView(user=user, page="frame:healthz", name=f"{n}", query="") for n in range(views.VIEWS))
    save(client)
    assert SavedView.objects.count() == views.VIEWS
    save(client, name="3", query="title=new")
    assert SavedView.objects.get(name="3").query == "title=new"


def test_views_are_changed_by_post_only(client):
    for act in ("save", "rename", "forget"):
        assert client.get(f"/views/{act}/").status_code == 405


# scripts ----------------------------------------------------------------------------------------------------------------------------


def test_drafts_weigh_at_most_three_kilobytes():
    folder = Path(views.__file__).parent / "static" / "linli"
    assert (folder / "drafts.js").stat().st_size <= 3_072
    assert (folder / "submit-once.js").stat().st_size <= 2_000


PHONE, DESK = "Mozilla/5.0 (Linux; Android 14; HUAWEI) Mobile Safari/537.36", "Mozilla/5.0 (X11; Linux x86_64)"


@pytest.mark.parametrize(
    "agent, query, cookie, face",
    [
        (PHONE, {}, "", "phone"),
        (PHONE, {"phone": "0"}, "", "desk"),
        (PHONE, {}, "0", "desk"),
        (PHONE, {"phone": "1"}, "0", "phone"),
        (PHONE, {}, "nonsense", "phone"),
        (DESK, {}, "", "desk"),
        (DESK, {"phone": "1"}, "", "phone"),
        (DESK, {}, "1", "phone"),
        (DESK, {"phone": "0"}, "1", "desk"),
        (DESK, {"phone": "13912345678"}, "", "desk"),
        ("", {}, "", "desk"),
    ],
)
def test_work_opens_in_the_frame_that_was_chosen_or_in_the_fields_on_a_phone(rf, agent, query, cookie, face):
    request = rf.get("/", query, headers={"user-agent": agent})
    request.COOKIES["face"] = cookie
    assert face_of(request) == f"frame/{face}.html"
