from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.frame import keyset
from linli.frame.columns import Column
from linli.frame.lists import Listing
from linli.frame.models import Job

pytestmark = pytest.mark.django_db

T0 = datetime(2026, 3, 1, tzinfo=UTC)
SORTS = {
    "began": ("began_at",),
    "began_down": ("-began_at", "title"),
    "mixed": ("-total", "began_at", "-title"),
    "kind": ("kind", "-done"),
}


@pytest.fixture
def user():
    return get_user_model().objects.create(username="li", name="李")


def fill(user, rows):
    Job.objects.all().delete()
    return Job.objects.bulk_create(
        Job(
            kind="k",
            title=title,
            by=user,
            total=total,
            asked_at=T0,
            began_at=None if began is None else T0 + timedelta(microseconds=began),
        )
        for began, total, title in rows
    )


def listing(url="/jobs/", *, usual="began", size=3, **params):
    request = RequestFactory().get(url, query_params=params) if params else RequestFactory().get(url)
    request.user = AnonymousUser()
    return Listing(
        request, Job.objects.all(), page="frame:job", sorts=SORTS, default_sort=usual, columns=[Column("title", "title")], size=size
    )


def walk(first, way):
    """The ids of every page from ``first`` on, going ``next`` or ``previous``."""
    pages, at = [[r.pk for r in first.rows]], first
    while url := getattr(at.pager, way):
        at = listing(url, usual=first.default_sort, size=first.size)
        pages.append([r.pk for r in at.rows])
        assert len(pages) < 50
    return pages, at


row = st.tuples(
    st.one_of(st.none(), st.integers(0, 3)), st.one_of(st.none(), st.integers(0, 2)), st.sampled_from(["", "a", "乙", "=x", "'"])
)


@given(rows=st.lists(row, max_size=17), sort=st.sampled_from(sorted(SORTS)), turned=st.booleans(), size=st.integers(1, 5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_walking_forth_and_back_over_ties_and_empty_values_meets_every_row_once(user, rows, sort, turned, size):
    fill(user, rows)
    first = listing(usual=sort, size=size, **({"sort": f"-{sort}"} if turned else {}))
    forth, last = walk(first, "next")
    ids = [pk for page in forth for pk in page]
    assert ids == [j.pk for j in first.ordered]
    assert sorted(ids) == sorted(Job.objects.values_list("pk", flat=True))
    back, start = walk(last, "previous")
    assert [pk for page in reversed(back) for pk in page] == ids
    assert start.pager.previous == ""


def test_rows_that_come_and_go_shift_no_page(user):
    jobs = fill(user, [(n, None, "") for n in range(9)])
    second = listing(listing().pager.next)
    url = listing().pager.next
    fill_more = Job(kind="k", title="new", by=user, asked_at=T0, began_at=T0 - timedelta(days=1))
    fill_more.save()
    jobs[2].delete()  # the very row the page begins after
    assert [r.pk for r in listing(url).rows] == [r.pk for r in second.rows] == [j.pk for j in jobs[3:6]]


def test_a_page_whose_rows_have_all_gone_shows_the_first_one(user):
    jobs = fill(user, [(n, None, "") for n in range(4)])
    url = listing().pager.next
    jobs[3].delete()
    at = listing(url)
    assert [r.pk for r in at.rows] == [j.pk for j in jobs[:3]]
    assert at.pager.previous == ""


@pytest.mark.parametrize(
    "text", ["x", "%%%", "bnVsbA", "W10", "WzFd", "WyJiZWdhbiIsIFtdLCAxXQ", "\0", "é", "A" * 5000, "WyJiZWdhbiIsIk5hTiIsTmFOXQ"]
)
def test_a_made_up_place_gives_the_first_page_and_says_so(user, text):
    jobs = fill(user, [(n, None, "") for n in range(4)])
    at = listing(after=text)
    assert [r.pk for r in at.rows] == [j.pk for j in jobs[:3]]
    assert len(at.notices) == 1


@given(values=st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12)), max_size=4))
@settings(max_examples=60, deadline=None)
def test_whatever_a_cursor_says_it_is_read_or_refused_and_the_database_takes_it(values):
    import base64
    import json

    text = base64.urlsafe_b64encode(json.dumps(["mixed", *values]).encode()).decode().rstrip("=")
    listing(usual="mixed", after=text).rows  # noqa: B018


def test_a_place_in_one_order_is_not_read_in_another(user):
    fill(user, [(n, None, "") for n in range(4)])
    after = listing().pager.next.split("after=")[1]
    assert listing(after=after, sort="kind").notices


def test_an_index_can_begin_at_the_place(user):
    keys = keyset.keys_of(Job.objects.all(), ("-asked_at",))
    sql = str(Job.objects.filter(keyset.after(keys, [T0, 5])).query)
    assert '"asked_at" <= ' in sql
    assert [k.nullable for k in keys] == [False, False]


def test_joined_columns_may_be_empty_if_any_step_of_the_way_may(user):
    assert keyset.keys_of(Job.objects.all(), ("by__username", "total"))[0].nullable is False
    from linli.frame.models import ActLog

    assert keyset.keys_of(ActLog.objects.all(), ("by__username",))[0].nullable is True


def test_an_unknown_sort_of_the_page_itself_is_the_programmers_mistake():
    with pytest.raises(ValueError, match="can't be sorted"):
        keyset.keys_of(Job.objects.all(), ("nonsense",))


def test_unique_ids_make_any_order_total():
    assert [k.name for k in keyset.keys_of(Job.objects.all(), ("uid",))] == ["uid", "pk"]
