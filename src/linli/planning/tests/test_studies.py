"""Studies: asked from what is stored or from files, worked out as jobs, shown, made again, taken along; and who may."""

from __future__ import annotations

import io
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from python_calamine import CalamineWorkbook

from linli.frame.jobs import cancel_job, run_job
from linli.frame.models import Job
from linli.matters.tests.factories import LAT, LON
from linli.places.models import Facility
from linli.planning.models import Study, StudyState
from linli.planning.studies import actions, ground
from linli.planning.studies.kinds import kinds
from linli.planning.studies.shown import Shown
from linli.planning.tests.factories import STEP

CIRCLES = {
    "kinds": ["clinic", "canteen"],
    "minutes": 3.0,
    "pace": 80.0,
    "detour": 1.0,
    "off_way": 300.0,
    "elderly": True,
    "datum": "wgs84",
    "note": "试算",
}


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def new_url(kind: str, place) -> str:
    return f"{reverse('planning:study_new', args=[kind])}?place={place.code}"


def url(name: str, row: Study) -> str:
    return reverse(f"planning:study{name and '_'}{name}", args=[row.uid])


def file(name: str, text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


@pytest.fixture
def clinic(block) -> Facility:
    """Beside the first of twelve buildings that stand 68 m apart."""
    return Facility.objects.create(
        kind="clinic", name="卫生站", place=block.c1, path=str(block.c1.path), lon=LON + STEP / 2, lat=LAT + 0.0025
    )


@pytest.fixture
def desk(block) -> Client:
    return client_of(block.coordinator)


def asked(block, kind="circles", data=CIRCLES, **more) -> Study:
    study = actions.ask_study(by=block.coordinator, kind=kinds()[kind], place=block.c1, data=data, **more)
    run_job.func(job_id=Job.objects.get(uid=study.job).pk) if study.job else None
    return Study.objects.with_state().select_related("place", "made_by", "charter").get(pk=study.pk)


# --- circles ------------------------------------------------------------------------------------------------------------------------------


def test_a_circle_is_worked_out_from_what_is_stored(block, clinic):
    row = asked(block)
    assert row.said == StudyState.DONE
    figures = row.result["figures"]
    assert (figures["buildings"], figures["households"]) == (12, 720)
    found = {k["kind"]: k for k in figures["kinds"]}
    assert found["clinic"]["households_left_out"] == 450 + 45 * 6 - (90 * 3 + 60)  # 240 m reach four buildings
    assert (found["canteen"]["sites"], found["canteen"]["households_left_out"]) == (0, 720)
    assert {f.role: f.own for f in row.files.all()} == {"source": True, "facilities": True}
    with translation.override("en"):
        assert "clinic (1 sites): 45.8 % of 720 households." in " ".join(Shown(row).words)
    with translation.override("zh-hans"):
        assert "卫生室" in " ".join(Shown(row).words) or "诊所" in " ".join(Shown(row).words)
    assert {m.tone for m, _body in Shown(row).drawn} == {2, 4}


def test_the_elderly_are_counted_by_the_register_and_never_told_by_building(block, clinic, monkeypatch):
    monkeypatch.setattr(ground, "with_somebody_born_by", lambda rows, day: [1] * len(rows))
    row = asked(block)
    shown = Shown(row)
    assert row.result["figures"]["kinds"][0]["elderly_households_left_out"] == 8
    monkeypatch.setattr(ground, "with_somebody_born_by", lambda rows, day: [int(n == 11) for n in range(len(rows))])
    few = Shown(asked(block))
    assert few.answered.figures["kinds"][0]["elderly_households_left_out"] is None
    assert [text for _c, text in few.sheets[0]["lines"][0][1]][4].startswith(("fewer than 5 (1 of 8", "不足5（8栋"))
    assert "elderly" not in json.dumps([shown.features(), shown.row.result["features"], shown.row.result["rows"]])


def test_where_nobody_is_registered_it_is_not_known_who_is_elderly(block):
    from datetime import date

    lines = ground.buildings(block.c1, elderly=True, today=date(2024, 2, 29)).data.decode().splitlines()
    assert (lines[0].split(",")[-1], lines[1].split(",")[-1]) == ("elderly", "")


def test_made_again_it_comes_out_the_same_until_a_file_is_touched(block, clinic):
    row = asked(block)
    Facility.objects.all().delete()  # what is stored has changed meanwhile
    job = actions.start_again(by=block.coordinator, study=row)
    run_job.func(job_id=job.pk)
    row.refresh_from_db()
    assert row.checked_same is True
    row.files.filter(role="facilities").update(data=b"kind,name,lon,lat\nclinic,a,109.9,40.65\n")
    assert "differently" in actions.run_again(None, row.pk) or "不" in actions.run_again(None, row.pk)
    row.refresh_from_db()
    assert row.checked_same is False


def test_a_stopped_study_keeps_what_was_asked_and_can_be_dropped(block, clinic):
    row = actions.ask_study(by=block.coordinator, kind=kinds()["circles"], place=block.c1, data=CIRCLES)
    with pytest.raises(actions.Refusal):
        actions.drop_study(by=block.coordinator, study=row)
    cancel_job(by=block.coordinator, job=Job.objects.get(uid=row.job))
    assert Study.objects.with_state().get().said == StudyState.STOPPED
    actions.drop_study(by=block.coordinator, study=row)
    assert not Study.objects.exists()


def test_few_at_a_time(block, clinic):
    for _n in range(actions.UNDER_WAY):
        actions.ask_study(by=block.coordinator, kind=kinds()["circles"], place=block.c1, data=CIRCLES)
    with pytest.raises(actions.Refusal, match="under_way"):
        actions.ask_study(by=block.coordinator, kind=kinds()["circles"], place=block.c1, data=CIRCLES)


# --- pages --------------------------------------------------------------------------------------------------------------------------------


def posted(**more):
    return {"minutes": "3", "pace": "80", "detour": "1.3", "off_way": "300", "datum": "wgs84", "kinds": ["clinic"], "note": "试算"} | more


def test_it_is_asked_by_form_waited_for_and_looked_at(block, clinic, desk, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        form = desk.get(new_url("circles", block.c1))
    assert form.context["form"].initial["minutes"] == 15
    sent = desk.post(new_url("circles", block.c1), posted())
    row = Study.objects.get()
    assert sent.url == url("", row)
    job = Job.objects.get(uid=row.job)
    assert reverse("frame:job_cancel", args=[job.uid]) in desk.get(url("", row)).content.decode()
    run_job.func(job_id=job.pk)
    with django_assert_max_num_queries(12):
        page = desk.get(url("", row))
    assert page.status_code == 200
    assert "8号楼" in page.content.decode()
    with django_assert_max_num_queries(12):
        assert "试算" in desk.get(reverse("planning:studies") + "?kind=circles&said=done&mine=on&q=试").content.decode()
    assert "试算" not in desk.get(reverse("planning:studies") + "?said=failed").content.decode()
    again = desk.get(f"{reverse('planning:study_new', args=['circles'])}?from={row.uid}")
    assert (again.context["form"].initial["minutes"], again.context["form"].initial["kinds"]) == (3.0, ["clinic"])
    assert desk.post(url("again", row)).status_code == 302
    place = desk.get(reverse("places:place", args=[block.c1.pk])).content.decode()
    assert f"{reverse('planning:studies')}?q={block.c1.code}" in place
    assert desk.post(url("drop", row)).url == reverse("planning:studies")


def test_files_that_are_brought_serve_again(block, desk):
    buildings = "id,name,households,lon,lat\n" + "".join(f"B{n},{n}号楼,{10 * n},{109.87 + 0.001 * n},40.65\n" for n in range(1, 5))
    facilities = "类别,名称,经度,纬度\n菜店,甲,109.871,40.65\n"
    sent = desk.post(
        new_url("circles", block.c1), posted(kinds=[], source=file("楼栋.csv", buildings), facilities=file("设施.csv", facilities))
    )
    row = Study.objects.get()
    assert sent.url == url("", row)
    assert row.options["kinds"] == ""
    actions.run_study(None, row.pk)
    again = desk.post(new_url("circles", block.c1), posted(minutes="9", kinds=[]) | {"from": str(row.uid)})
    second = Study.objects.exclude(pk=row.pk).get()
    assert again.url == url("", second)
    assert {f.name for f in second.files.all()} == {"楼栋.csv", "设施.csv"}
    row.refresh_from_db()
    actions.run_study(None, second.pk)
    with translation.override("en"):
        page = Shown(Study.objects.with_state().select_related("place", "made_by", "charter").get(pk=second.pk), "", row)
        assert page.changes == ["菜店: 60.0 % of the households in time then, 100.0 % now."]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"source": ("a.csv", "id,households,lon,lat\nB1,-3,109.87,40.65\n")}, "B1"),
        ({"facilities": ("a.geojson", "{}")}, "FeatureCollection"),
        ({"network": ("w.geojson", '{"type":"FeatureCollection","features":[]}')}, "w.geojson"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_by_its_row(block, clinic, desk, more, said):
    answer = desk.post(new_url("circles", block.c1), posted(**{k: file(*v) for k, v in more.items()}))
    assert answer.status_code == 422
    assert said in " ".join(answer.context["problems"])
    assert not Study.objects.exists()


def test_a_file_that_is_lost_when_the_form_comes_back_is_missed_before_anything_is_worked_out_without_it(block, clinic, desk):
    refused = desk.post(new_url("circles", block.c1), posted(source=file("a.csv", "id,households,lon,lat\nB1,-3,109.87,40.65\n")))
    assert '<input type="hidden" name="expected" value="source">' in refused.content.decode()
    assert "a.csv" in str(refused.context["form"].fields["source"].help_text)
    missed = desk.post(new_url("circles", block.c1), posted(expected="source"))
    assert (missed.status_code, list(missed.context["form"].errors), Study.objects.count()) == (422, ["source"], 0)
    assert 'name="expected"' not in missed.content.decode()  # said once: who means it, sends it again
    assert desk.post(new_url("circles", block.c1), posted()).status_code == 302


@pytest.mark.parametrize(
    ("field", "value"), [("minutes", "0"), ("pace", "x"), ("kinds", []), ("kinds", ["nothing"]), ("datum", "b"), ("detour", "")]
)
def test_what_is_wrong_in_the_form_is_said_at_the_field(block, clinic, desk, field, value):
    answer = desk.post(new_url("circles", block.c1), posted(**{field: value}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Study.objects.exists()


def test_nothing_stored_is_said_at_the_file(block, desk):
    answer = desk.post(new_url("circles", block.c1), posted())
    assert "facilities" in answer.context["form"].errors


def test_it_is_taken_along_as_map_file_sheet_and_paper(block, clinic, desk):
    row = asked(block)
    shapes = json.loads(desk.get(url("shapes", row)).content)
    assert len(shapes["features"]) == 12
    assert {f["geometry"]["type"] for f in shapes["features"]} == {"Polygon"}
    taken = json.loads(desk.get(url("geojson", row)).content)
    assert taken["linli"]["digest"] == row.digest
    assert taken["features"][0]["properties"]["minutes"]["clinic"] == 0.0
    assert "<svg" in desk.get(url("print", row)).content.decode()
    paper = desk.get(url("pdf", row))
    assert paper.content.startswith(b"%PDF")
    sheet = desk.post(url("sheet", row), {"why": "例会", "table": "1"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(sheet.streaming_content))).get_sheet_by_index(0).to_python()
    assert any("12号楼" in r for r in rows)
    assert desk.post(url("sheet", row), {"why": "例会", "table": "9"}).status_code == 404
    assert desk.get(reverse("planning:study_example", args=["community"])).status_code == 200


def test_the_station_looks_and_the_outsider_finds_nothing(block, clinic):
    row = asked(block)
    station, stranger, worker = (client_of(block.people[name]) for name in ("station", "stranger", "worker"))
    assert station.get(url("", row)).status_code == 200
    assert station.get(new_url("circles", block.c1)).status_code == 403
    assert station.post(url("drop", row)).status_code == 403
    assert stranger.get(url("", row)).status_code == worker.get(url("", row)).status_code == 403
    with pytest.raises(PermissionDenied):
        actions.ask_study(by=block.people["station"], kind=kinds()["circles"], place=block.c1, data=CIRCLES)
    with pytest.raises(PermissionDenied):  # somebody else's
        actions.drop_study(by=block.district, study=row)
    row.made_by.is_active = False
    assert actions.may_drop(block.district, row)
