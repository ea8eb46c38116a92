"""Who finds a gathering, and who doesn't: the place, the invitation, and the work it is about."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from linli.bodies.actions import hand_over
from linli.frame.refusal import Refusal
from linli.gatherings.models import Gathering
from linli.gatherings.queries import mine, of_flow, to_write_down
from linli.gatherings.tests.factories import DAY, HOUR, POSTS, START, hold, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
EVERYBODY = [name for name, _post, _place in POSTS]


def who_sees(town, gathering) -> set[str]:
    return {n for n in EVERYBODY if Gathering.objects.visible_to(town.who(n)).filter(pk=gathering.pk).exists()}


OVER_C1 = {"counter", "station", "chair", "vice", "vice2", "party", "desk", "street", "district", "auditor"}


def test_those_over_its_place_see_it_and_those_invited(town):
    row = planned(town, invite=("worker", "parks"))
    assert who_sees(town, row) == OVER_C1 | {"worker", "parks"}


def test_one_of_a_street_is_seen_by_the_street_and_by_the_invited_below(town):
    row = planned(town, by="street", place="s1", invite=("neighbour",))
    assert who_sees(town, row) == {"desk", "street", "district", "auditor", "neighbour"}


def test_one_about_work_is_seen_only_by_those_who_see_the_work(town):
    flow = town.matter("g1", kind="neighbours.noise", by=town.who("desk"))
    row = planned(town, kind="site-meeting", flow=flow, invite=("worker",))
    assert row.path == str(flow.path)
    seeing = who_sees(town, row)
    assert {"station", "worker", "desk", "street", "district"} <= seeing
    # a vice-chair sees the community's gatherings and none of its matters; a department takes no part in this one
    assert not seeing & {"vice", "vice2", "urban", "parks", "guide", "mediator", "stranger", "far_worker", "neighbour"}


def test_a_session_of_a_mediation_is_seen_only_by_those_who_take_part_and_who_supervise(town):
    flow = town.matter("g1", kind="disputes.property", procedure="mediation", by=town.who("desk"))
    flow.todos.create(seat=town.seats["mediator"], role="lead", since=START)
    row = planned(town, kind="mediation", by="mediator", flow=flow, invite=("station",))
    assert who_sees(town, row) == {"mediator", "desk", "station", "street", "district"}  # not the auditor, the grid worker, the counter


def test_nobody_who_does_not_see_the_work_is_invited_to_it(town):
    flow = town.matter("g1")
    offered = planned(town, kind="joint-meeting", flow=flow, invite=("vice", "parks", "worker"))
    assert set(offered.attendance.values_list("user__username", flat=True)) == {"station", "worker"}  # the others are not even offered


def test_work_one_does_not_see_can_not_be_met_about(town):
    flow = town.matter("g9")
    with pytest.raises(PermissionDenied):
        planned(town, flow=flow)
    with pytest.raises(PermissionDenied):  # this kind isn't about such work
        planned(town, kind="work-meeting", flow=town.matter("g1"))
    with pytest.raises(Refusal):  # a place the work doesn't lie in
        planned(town, by="street", place="c2", flow=town.matter("g1"))


def test_a_department_convenes_about_work_it_takes_part_in(town):
    flow = town.matter("g1")
    with pytest.raises(PermissionDenied):
        planned(town, by="parks", flow=flow)
    flow.todos.create(seat=town.seats["parks"], role="assist", since=START)
    row = planned(town, by="parks", flow=flow, kind="site-meeting")
    assert "parks" in who_sees(town, row)
    assert "urban" not in who_sees(town, row)


def confidential(town):
    """One about work, held and written, that the vice-chair (over the place) must not learn of."""
    flow = town.matter("g1")
    row = planned(town, kind="joint-meeting", flow=flow, invite=("worker",), title="机密的联席会")
    return hold(town, row, "station", "worker", text="机密的记录", result="机密的结果")


PAGES = ("detail", "sheet", "print", "ics", "minutes", "recount", "hold", "change", "call_off", "papers")


@pytest.mark.parametrize("outsider", ["vice", "stranger", "far_worker", "urban", "guide"])
def test_no_page_list_count_calendar_or_export_tells_an_outsider_of_it(town, outsider):
    row = confidential(town)
    client = town.signed_in(outsider)
    for page in PAGES:
        for answer in (client.get(reverse(f"gatherings:{page}", args=[row.pk])), client.post(reverse(f"gatherings:{page}", args=[row.pk]))):
            assert answer.status_code in (403, 404, 405), page
            assert "机密" not in answer.content.decode()
    month = f"{row.starts_at:%Y-%m}"
    for url in (
        reverse("gatherings:list"), f"{reverse('gatherings:list')}?q=机密", f"{reverse('gatherings:list')}?month={month}&state=held",
        f"{reverse('gatherings:calendar')}?month={month}", reverse("web:desk"), reverse("gatherings:public", args=["150204006019"]),
    ):  # fmt: skip
        answer = client.get(url)
        text = answer.content.decode().replace("q=机密", "").replace('value="机密"', "").replace(": 机密", "")
        assert "机密" not in text, url
        if (listing := (answer.context or {}).get("listing")) is not None:
            assert listing.count.number == 0
    assert not of_flow(town.who(outsider), row.flow).exists()


def test_those_over_the_place_who_see_the_work_find_it_everywhere(town):
    row = confidential(town)
    client = town.signed_in("chair")
    assert client.get(reverse("gatherings:detail", args=[row.pk])).status_code == 200
    assert "机密" in client.get(reverse("gatherings:list")).content.decode()
    assert "机密" in client.get(f"{reverse('gatherings:calendar')}?month={row.starts_at:%Y-%m}").content.decode()


def test_a_stranger_is_sent_to_the_door(town, client):
    row = planned(town)
    for page in PAGES:
        answer = client.get(reverse(f"gatherings:{page}", args=[row.pk]))
        assert answer.status_code == 302
        assert "/accounts/login/" in answer["Location"]


def test_residents_are_shown_only_what_the_charter_makes_public(town, client):
    now = timezone.now()
    soon = {"now": now, "starts_at": now + DAY, "ends_at": now + DAY + HOUR}
    planned(town, kind="residents-council", by="chair", title="公开的议事会", **soon)
    planned(town, title="内部的联席会", **soon)
    done = planned(
        town, kind="volunteering", by="station", title="公开的志愿活动", starts_at=START + 2 * DAY, ends_at=START + 2 * DAY + HOUR
    )
    text = client.get(reverse("gatherings:public", args=["150204006019"])).content.decode()
    assert "公开的议事会" in text
    assert "内部的联席会" not in text
    assert client.get(reverse("gatherings:public", args=["150204006000"])).status_code == 404
    hold(town, done, "station", residents=3, result="清理了楼道。")
    text = client.get(reverse("gatherings:public", args=["150204006019"])).content.decode()
    assert "清理了楼道。" in text
    assert "员工station" not in text  # nor who came
    assert "少于5人" in text


# --- what waits for whom --------------------------------------------------------------------------------------------------------------


def test_an_invitation_stays_with_the_seat_when_it_is_handed_over(town):
    row = planned(town, invite=("worker",))
    assert list(mine(town.who("worker"), START)) == [row]
    assert list(mine(town.who("counter"), START)) == []
    hand_over(by=None, holding=town.people["worker"].holdings.get(), to_user=town.people["far_worker"])
    now = timezone.now()
    Gathering.objects.filter(pk=row.pk).update(starts_at=now + DAY, ends_at=now + DAY + HOUR)
    assert list(mine(town.who("far_worker"), now)) == [row]
    assert list(mine(town.who("worker"), now)) == []


def test_what_waits_to_be_written_down_waits_for_the_seat_that_convened_it(town):
    row = planned(town)
    station, chair = town.who("station"), town.who("chair")
    assert list(to_write_down(station, row.starts_at)) == []
    assert list(to_write_down(station, row.ends_at + HOUR)) == [row]
    assert list(to_write_down(chair, row.ends_at + HOUR)) == []
    hold(town, row, "station")
    assert list(to_write_down(station, row.ends_at + HOUR)) == [row]  # its minutes
