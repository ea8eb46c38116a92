"""The pages of a sheet from bringing it to taking it back; that an invented person leaves no trace on the way; and a killed process."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client

from linli.frame.jobs import run_job
from linli.frame.models import ActLog, Job
from linli.kit import phones
from linli.kit.sheets import read_rows
from linli.people.importing import actions, commit
from linli.people.models import Change, Household, ImportFile, ImportPiece, Person, Residence, Secret
from linli.people.tests.factories import everything
from linli.people.tests.sheets import FAMILY, HEADINGS, check, number, row, run_jobs, workbook
from linli.people.tests.test_protection import _everything_stored


def client_of(user, **more) -> Client:
    client = Client(**more)
    client.force_login(user)
    return client


def bring(client: Client, register, data: bytes, place: str = "C1"):
    file = SimpleUploadedFile("台账.xlsx", data)
    return client.post("/people/import/", {"place": register.place(place).pk, "file": file})


def chosen(file: ImportFile) -> dict[str, str]:
    return {f"column{at}": field for at, field in file.columns.items()} | {"act": "check"}


def text(response, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


@pytest.mark.django_db
def test_a_sheet_from_its_bringing_to_its_taking_back(register, django_assert_max_num_queries):
    client = client_of(register.head)
    text(client.get("/people/import/"))
    brought = bring(client, register, workbook(*FAMILY, row(5, "甲一", door="999")))
    assert brought.status_code == 302
    file, url = ImportFile.objects.get(), brought["Location"]
    with django_assert_max_num_queries(12):
        choosing = text(client.get(url))
    assert "民族" in choosing
    assert "端木**" in choosing
    assert FAMILY[0][2] not in choosing
    assert client.post(url, chosen(file))["Location"] == url
    assert "hx-get" in text(client.get(url))
    assert "job" in text(client.get(url, headers={"HX-Request": "true"}))
    run_jobs()
    assert client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    with django_assert_max_num_queries(12):
        checked = text(client.get(url))
    assert "端木" not in checked
    with everything():
        assert not Person.objects.exists()
    client.post(url, {"act": "enter"})
    client.post(url, {"act": "enter"})  # pressed twice
    assert Job.objects.filter(kind=actions.ENTER).count() == 1
    run_jobs()
    with everything():
        assert Person.objects.count() == 4
    sheet = client.get(f"{url}sheet/")
    rows = read_rows(b"".join(sheet.streaming_content))
    assert rows[1][-2:] != ["", ""]
    assert rows[2][-2]
    assert ActLog.objects.filter(act="people.import.fetched").count() == 1
    with django_assert_max_num_queries(12):
        assert 'value="undo"' in text(client.get(url))
    client.post(url, {"act": "undo"})
    run_jobs()
    with everything():
        assert not Person.objects.exists()
    assert Job.objects.filter(state="done").count() == 3
    client.post(url, {"act": "drop"})
    with everything():
        assert not ImportPiece.objects.exists()
    text(client.get(url))
    with django_assert_max_num_queries(12):
        text(client.get("/people/import/"))


@pytest.mark.django_db
def test_only_who_brought_it_sees_a_sheet_and_only_who_enters_residents_brings_one(register):
    url = bring(client_of(register.head), register, workbook(*FAMILY))["Location"]
    for who, status in (("head", 200), ("worker", 404), ("other_head", 404), ("street", 403), ("guide", 403)):
        client = client_of(register.staff[who])
        for address in (url, f"{url}sheet/"):
            answer = client.get(address)
            assert answer.status_code == (302 if status == 200 and address != url else status), (who, address)
        assert client.get("/people/import/").status_code == (403 if status == 403 else 200)
    refused = bring(client_of(register.worker), register, workbook(*FAMILY))  # a grid's worker, for the community
    assert refused.status_code == 422
    assert ImportFile.objects.count() == 1
    assert Client(enforce_csrf_checks=True).post("/people/import/").status_code == 302  # to the sign-in
    strict = client_of(register.head, enforce_csrf_checks=True)
    assert bring(strict, register, workbook(*FAMILY)).status_code == 403
    assert bring(client_of(register.head), register, b"\0").status_code == 422


@pytest.mark.django_db
def test_an_invented_person_of_a_sheet_leaves_no_trace(register, caplog, capfd, monkeypatch, tmp_path, settings):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    name, told, phone = "鲜于璎珞", number(44, "f", 356), phones.invented(87654321)
    canaries = (name, told, phone)
    caplog.set_level(logging.DEBUG)
    rows = [row(1, name, years=44, sex="女", id_number=told, phone=phone), row(2, name, door="999", years=44, sex="女", id_number=told, phone=phone),
            *(row(n, f"甲{'一二三四五六七八九'[n % 9]}", door="102") for n in range(3, 60))]  # fmt: skip
    client = client_of(register.head, raise_request_exception=False)
    lay: list[Path] = []
    read = actions.read_rows
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100  # Django would write the sheet to the disk
    monkeypatch.setattr(actions, "read_rows", lambda data: lay.extend(tmp_path.rglob("*")) or read(data))
    url = bring(client, register, workbook(*rows, headings=[*HEADINGS[:-1], "宗教信仰"]))["Location"]
    assert [p.name for p in lay] == ["keys.json"]
    file = ImportFile.objects.get()
    pages = [client.get(url), client.post(url, chosen(file)), client.get(url)]

    def broken(*args, **kwargs):
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(actions, "plan", broken)
        run_jobs()
    pages += [client.get(url), client.post(url, chosen(file))]
    run_jobs()
    pages += [client.get(url), client.post(url, {"act": "enter"})]
    with monkeypatch.context() as patched:
        patched.setattr(commit, "store", broken)
        run_jobs()
    client.post(url, {"act": "enter"})
    run_jobs()
    pages += [client.get(url), client.get("/people/import/"), *(client.get(f"/jobs/{j.uid}/") for j in Job.objects.all())]
    with everything():
        assert Person.objects.exists()
    with monkeypatch.context() as patched:
        patched.setattr("linli.people.pages.importing.write_rows", broken)
        pages.append(client.get(f"{url}sheet/"))
    assert pages[-1].status_code == 500
    for answer in pages:
        assert not any(canary in answer.content.decode() for canary in canaries)
    said = "".join(capfd.readouterr()) + "\n".join(r.getMessage() for r in caplog.records)
    assert not any(canary in said for canary in canaries)
    for table, stored in _everything_stored():
        assert not any(canary in stored for canary in canaries), table
    left = [p for folder in (tmp_path, Path(settings.MEDIA_ROOT)) if folder.exists() for p in folder.rglob("*") if p.is_file()]
    assert not any(canary.encode() in p.read_bytes() for p in left for canary in canaries)


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_in_the_middle_leaves_all_or_nothing(register):
    file = check(register, workbook(*FAMILY))
    store, whole = commit.store, actions._store
    stages = commit._STORE

    def die_in(at):
        def stored(*args):
            commit._STORE = stages[:at]
            store(*args)
            os.kill(os.getpid(), signal.SIGKILL)

        commit.store = stored

    def die_sealed():
        commit.store = lambda *args: os.kill(os.getpid(), signal.SIGKILL)

    def die_after():
        def stored(*args):
            whole(*args)
            os.kill(os.getpid(), signal.SIGKILL)

        actions._store = stored

    def here() -> list[int]:
        with everything():
            return [m.objects.count() for m in (Household, Person, Secret, Residence, Change)]

    def killed(prepare) -> None:
        connections.close_all()
        if (child := os.fork()) == 0:
            try:
                prepare()
                actions.carry_out(by=register.head, file=ImportFile.objects.select_related("place").get(pk=file.pk))
            finally:
                os._exit(1)
        _pid, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)

    for prepare in (die_sealed, lambda: die_in(2), lambda: die_in(10), lambda: die_in(len(stages))):
        killed(prepare)
        assert here() == [0] * 5
    killed(die_after)
    assert here() == [2, 4, 8, 4, 1]
    file.refresh_from_db()
    assert file.state == "done"
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_class where relname = 'new_person'")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_a_job_whose_worker_died_is_begun_again(register):
    client = client_of(register.head)
    url = bring(client, register, workbook(*FAMILY))["Location"]
    file = ImportFile.objects.get()
    client.post(url, chosen(file))
    Job.objects.update(state="failed", ended_at=file.at, message="断了")
    assert "断了" in text(client.get(url))
    client.post(url, chosen(file))
    for job in Job.objects.filter(state="waiting"):
        run_job(job.pk)
    file.refresh_from_db()
    assert file.state == "checked"
