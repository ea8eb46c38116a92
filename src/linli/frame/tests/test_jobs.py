import io
from datetime import timedelta

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from linli.frame import jobs
from linli.frame.access_rule import Rule
from linli.frame.models import Beat, Job
from linli.frame.refusal import Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return get_user_model().objects.create(username="li", name="李")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def kind(monkeypatch):
    """Registers a function as the work called "test" for one test."""

    def register(function):
        monkeypatch.setitem(jobs._works, "test", function)

    register(lambda progress: None)
    return register


def start(user, **kw):
    return jobs.start("test", by=user, title="Import", **kw)


def ran(job):
    jobs.run_job(job.pk)
    job.refresh_from_db()
    return job


def deferred():
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'frame.run_job'")
        return cursor.fetchone()[0]


def test_a_job_is_put_off_in_the_transaction_that_asks_for_it(user, kind):
    job = start(user)
    assert (job.state, deferred()) == ("waiting", 1)
    with transaction.atomic():
        start(user)
        transaction.set_rollback(True)
    assert (Job.objects.count(), deferred()) == (1, 1)


def test_work_nobody_registered_is_refused_at_once(user):
    with pytest.raises(ValueError, match="nonsense"):
        jobs.start("nonsense", by=user, title="x")


def test_a_kind_is_registered_once(kind):
    with pytest.raises(ValueError, match="test"):
        jobs.work("test")(lambda progress: None)


def test_a_job_runs_with_its_arguments_and_keeps_message_and_file(user, kind):
    kind(lambda progress, *, rows: jobs.Result(f"{rows} rows", io.BytesIO(b"sheet"), "rows.xlsx"))
    job = ran(start(user, args={"rows": 7}, total=7))
    assert (job.state, job.message, job.done, job.result_name) == ("done", "7 rows", 7, "rows.xlsx")
    assert job.result.read() == b"sheet"
    assert job.ended_at


def test_a_second_worker_finds_it_taken(user, kind):
    runs = []
    kind(lambda progress: runs.append(1))
    job = ran(start(user))
    ran(job)
    assert runs == [1]


def test_progress_is_written_at_most_twice_a_second_and_seen_by_others(user, kind, django_assert_max_num_queries):
    def work(progress):
        with django_assert_max_num_queries(1):
            for n in range(1000):
                progress(n, 1000, f"row {n}")
        assert Job.objects.get().message == "row 0"

    kind(work)
    assert ran(start(user)).state == "done"


def test_a_running_job_stops_at_its_next_note_once_cancelled(user, kind):
    def work(progress):
        jobs.cancel_job(by=user, job=Job.objects.get())
        progress(1)
        pytest.fail("went on")

    kind(work)
    job = ran(start(user))
    assert (job.state, job.cancel) == ("cancelled", True)
    assert job.message


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(user, kind):
    kind(lambda progress: pytest.fail("ran"))
    job = jobs.cancel_job(by=user, job=start(user))
    assert (job.state, ran(job).state) == ("cancelled", "cancelled")


def test_only_ones_own_job_can_be_cancelled(user, kind):
    other = get_user_model().objects.create(username="wang", name="王")
    job = start(user)
    with pytest.raises(Refusal, match="not_yours"):
        jobs.cancel_job(by=other, job=job)


def test_a_job_that_is_over_stays_as_it_ended(user, kind):
    assert jobs.cancel_job(by=user, job=ran(start(user))).state == "done"


def test_an_error_of_ours_is_told_without_what_it_said_and_the_worker_goes_on(user, kind):
    def work(progress):
        raise RuntimeError("王某 13812345678")

    kind(work)
    job = ran(start(user))
    assert job.state == "failed"
    assert job.message
    assert "王某" not in job.message


def test_a_refusal_is_told_in_its_own_words(user, kind):
    def work(progress):
        raise Refusal("Row 3: no such grid.")

    kind(work)
    assert ran(start(user)).message == "Row 3: no such grid."


@pytest.fixture
def running(user, kind):
    """A job that says it runs, and has not been heard of for a minute."""
    kind(lambda progress: None)
    job, ago = start(user), timezone.now() - timedelta(minutes=1)
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, began_at=ago, seen_at=ago)
    job.refresh_from_db()
    return job


def test_a_job_nobody_is_at_any_more_ends_as_soon_as_it_is_looked_at_or_stopped(user, running):
    with transaction.atomic():
        assert jobs.look_after(running).state == "failed"
        transaction.set_rollback(True)
    running.refresh_from_db()
    assert jobs.cancel_job(by=user, job=running).state == "cancelled"


def test_a_job_that_is_silent_but_held_goes_on(user, running):
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor, "context": None}) as other:
        other.execute("select pg_advisory_lock(%s, %s)", [jobs._LOCK, running.pk])
        assert jobs.look_after(running).state == "running"
    assert jobs.look_after(running).state == "failed"


def test_a_job_whose_worker_died_is_given_up_and_its_late_result_thrown_away(user, kind, folder):
    later = timezone.now() + jobs.SILENT * 2

    def work(progress):
        assert jobs.sweep_jobs(later) == (1, 0)
        return jobs.Result("late", io.BytesIO(b"x"), "x.txt")

    kind(work)
    job = ran(start(user))
    assert job.state == "failed"
    assert [p for p in folder.rglob("*") if p.is_file()] == []


def test_old_results_are_forgotten_with_their_files(user, kind, folder):
    kind(lambda progress: jobs.Result("", io.BytesIO(b"x"), "x.txt"))
    ran(start(user))
    assert jobs.sweep_jobs(timezone.now() + jobs.KEPT - timedelta(minutes=1)) == (0, 0)
    assert jobs.sweep_jobs(timezone.now() + jobs.KEPT + timedelta(minutes=1)) == (0, 1)
    assert [p for p in folder.rglob("*") if p.is_file()] == []


def test_tidying_leaves_a_sign_of_life():
    jobs.tidy(0)
    assert Beat.objects.get().name == "tidy"


# pages ------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def open_door(monkeypatch, settings):
    """Everybody signed in holds a post: the guard itself is tested where posts are known."""
    settings.ROOT_URLCONF = "linli.frame.tests.site"
    monkeypatch.setattr("linli.frame.access_rule._guard", lambda request, rule, view: view)


@pytest.fixture
def client(user, open_door):
    client = Client()
    client.force_login(user)
    return client


def test_the_result_is_a_download_for_the_one_who_asked(client, user, kind):
    job = start(user)
    Job.objects.filter(pk=job.pk).update(state="done", ended_at=timezone.now(), result_name="<表>.xlsx")
    job.refresh_from_db()
    job.result.save("x", ContentFile(b"sheet"))
    response = client.get(f"/jobs/{job.uid}/result/")
    assert b"".join(response.streaming_content) == b"sheet"
    assert response["Content-Disposition"].startswith("attachment")
    other = Client()
    other.force_login(get_user_model().objects.create(username="wang", name="王"))
    for path in ("", "result/"):
        assert other.get(f"/jobs/{job.uid}/{path}").status_code == 404
    assert other.post(f"/jobs/{job.uid}/cancel/").status_code == 404


def test_a_script_that_asks_how_far_it_is_gets_only_the_part(client, user, kind):
    job = start(user, total=40)
    html = client.get(f"/jobs/{job.uid}/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert 'hx-get="/jobs/' in html
    Job.objects.update(state="done", ended_at=timezone.now())
    assert "hx-get" not in client.get(f"/jobs/{job.uid}/", headers={"HX-Request": "true"}).content.decode()


def test_cancelling_from_the_page(client, user, kind):
    job = start(user)
    assert client.post(f"/jobs/{job.uid}/cancel/").status_code == 302
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_every_page_of_the_frame_says_who_may_open_it():
    from linli.frame.urls import urlpatterns

    rules = {p.name: p.callback.access for p in urlpatterns}
    assert all(isinstance(rule, Rule) for rule in rules.values())
    assert {name for name, rule in rules.items() if rule.public} == {"healthz", "readyz"}


def test_without_a_guard_every_staff_page_is_closed(user, settings, monkeypatch):
    settings.ROOT_URLCONF = "linli.frame.tests.site"
    monkeypatch.setattr("linli.frame.access_rule._guard", None)
    client = Client()
    client.force_login(user)
    assert client.post("/views/save/", {"page": "frame:healthz", "name": "x"}).status_code == 403
