"""Every page asks a constant number of questions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linli.matters import actions
from linli.matters.tests.factories import go, photo, report
from linli.matters.tests.visiting import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
HOUR = timedelta(hours=1)


def addresses(town, raised):
    number = raised.matter.number
    return {
        "desk": [reverse("matters:list"), f"{reverse('matters:list')}?q=垃圾&mine=1&state=open", reverse("matters:detail", args=[number]),
                 reverse("matters:new"), *(reverse("matters:act", args=[number, a]) for a in ("correct", "reassign", "note"))],
        "worker": [reverse("matters:phone_today"), reverse("matters:phone_report"), f"{reverse('matters:detail', args=[number])}?phone=1"],
        "": [reverse("matters:report"), reverse("matters:kinds"), reverse("matters:follow"), f"/f/{raised.follow_code}/",
             f"/report/done/{raised.follow_code}/", f"/m/{number}/", "/area/150204006019/", "/area/150204000000/"],
    }  # fmt: skip


@pytest.mark.parametrize("many", [1, 200])
def test_every_page_asks_a_constant_number_of_questions(town, many, django_assert_max_num_queries):
    now = timezone.now()
    raised = report(town, now=now, photos=[photo()])
    for n in range(many - 1):
        report(town, now=now, place=town.places["g1" if n % 2 else "g2"])
    for n in range(4):
        actions.add_word(matter=raised.matter, text=f"第{n}句")
    go(raised.matter, town.desk, "accepted", now)
    for who, pages in addresses(town, raised).items():
        client = signed_in(town.people[who]) if who else Client()
        for page in pages:
            client.get(page)  # what a process reads once: the charter, the point index
            with django_assert_max_num_queries(12):
                assert client.get(page).status_code == 200, page
