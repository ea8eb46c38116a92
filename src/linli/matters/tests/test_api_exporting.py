"""Taking lists out and erasing a reporter, by a key."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from python_calamine import CalamineWorkbook

from linli.frame.jobs import run_job
from linli.frame.models import ActLog, Job
from linli.matters.models import Reporter
from linli.matters.tests.calling import Caller, caller, key_for
from linli.matters.tests.factories import report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def asked(api, key="export-0001", why="月度例会", query=""):
    return api.post(f"/exports{query}", {"why": why}, key=key)


def done(api, answer):
    run_job.func(Job.objects.get(uid=answer.json()["id"]).pk) if hasattr(run_job, "func") else run_job(
        Job.objects.get(uid=answer.json()["id"]).pk
    )
    return api.get(f"/exports/{answer.json()['id']}")


def rows_of(response):
    return CalamineWorkbook.from_filelike(io.BytesIO(b"".join(response.streaming_content))).get_sheet_by_index(0).to_python()


def test_a_list_is_asked_for_made_and_fetched_with_who_when_why_and_the_key(town):
    inside = report(town).matter
    report(town, place=town.c9)
    api = caller(town.desk, "matter.see", "matter.export", name="月报程序")
    answer = asked(api)
    assert answer.status_code == 202
    assert answer.json()["url"] is None
    assert api.get(f"/exports/{answer.json()['id']}/file").status_code == 409
    assert asked(api).json()["id"] == answer.json()["id"]
    assert Job.objects.count() == 1
    found = done(api, answer).json()
    assert (found["state"], found["url"]) == ("done", f"/api/v1/exports/{found['id']}/file")
    rows = rows_of(api.get(f"/exports/{found['id']}/file"))
    assert "月报程序" in rows[1][0]
    assert "月度例会" in rows[1][0]
    assert [r[0] for r in rows[3:]] == [inside.number]
    line = ActLog.objects.get(act="matters.list.exported")
    assert line.data["key"] == "月报程序"
    assert "王秀兰" not in str(rows)


def test_a_worker_which_knows_no_addresses_knows_all_kinds_of_work():
    code = (
        "import django; django.setup()\nfrom linli.frame.jobs import _works\nknown = set(_works)\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\nprint(sorted(set(_works) - known), 'matters.export' in known)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"


def test_filters_reason_and_numbers_are_checked_when_it_is_asked_for(town):
    api = caller(town.desk, "matter.see", "matter.export")
    assert asked(api, why="x").status_code == 422
    assert asked(api, query="?state=nonsense").status_code == 422
    assert asked(api, query="?colour=red").status_code == 422
    assert asked(api, key="").status_code == 400
    asked(api)
    assert asked(api, why="另一个用途").status_code == 422
    assert asked(api, key="export-0002", query="?state=open&sort=due").status_code == 202


def test_more_rows_than_one_person_may_take_out_fail_and_say_so(town, settings):
    settings.EXPORT_ROWS = 1
    report(town)
    report(town)
    found = done(api := caller(town.desk, "matter.see", "matter.export"), asked(api)).json()
    assert (found["state"], found["url"]) == ("failed", None)
    assert found["message"]
    assert not ActLog.objects.filter(act="matters.list.exported").exists()


def test_nobody_fetches_anothers_and_a_revoked_key_makes_none(town):
    report(town)
    api = caller(town.desk, "matter.see", "matter.export", name="甲")
    answer = asked(api)
    found = done(api, answer).json()
    for other in (caller(town.desk, "matter.see", "matter.export", name="乙"), caller(town.district)):
        assert other.get(f"/exports/{found['id']}").status_code == 404
        assert other.get(f"/exports/{found['id']}/file").status_code == 404
    assert caller(town.counter).get(f"/exports/{found['id']}").status_code == 403
    from django.utils import timezone

    from linli.access.models import ApiKey

    last = asked(api, key="export-0009")
    ApiKey.objects.filter(name="甲").update(revoked_at=timezone.now(), revoked_by=town.desk)
    job = Job.objects.get(uid=last.json()["id"])
    (run_job.func if hasattr(run_job, "func") else run_job)(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"


def test_a_reporter_is_erased_for_good_with_a_reason_that_stays(town):
    matter = report(town).matter
    api = Caller(key_for(town.desk))
    path = f"/matters/{matter.number}/reporter/erase"
    assert api.post(path, {}).status_code == 422
    assert api.post(path, {"reason": "王秀兰来电要求"}).status_code == 422
    assert api.post(path, {"reason": "本人要求"}).json() == {"erased": True}
    assert not Reporter.objects.exists()
    assert api.post(path, {"reason": "本人要求"}).json() == {"erased": False}
    assert ActLog.objects.filter(act="matters.reporter.erased").count() == 1
    assert caller(town.desk, "matter.see", "matter.contact").post(path, {"reason": "本人要求"}).status_code == 403
    assert caller(town.stranger).post(path, {"reason": "本人要求"}).status_code == 404
