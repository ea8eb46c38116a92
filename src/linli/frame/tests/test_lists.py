from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from linli.frame.lists import Count, selected_ids
from linli.frame.models import Job, SavedView
from linli.frame.refusal import Refusal
from linli.frame.tests.site import jobs_listing

pytestmark = [pytest.mark.django_db, pytest.mark.urls("linli.frame.tests.site")]

T0 = datetime(2026, 3, 1, 20, tzinfo=UTC)  # the second of March in Baotou


@pytest.fixture
def user():
    return get_user_model().objects.create(username="li", name="李")


@pytest.fixture
def jobs(user):
    return Job.objects.bulk_create(
        Job(kind="k", title=f"job {n:02}", by=user, asked_at=T0, total=n or None, message="灯" if n % 2 else "") for n in range(45)
    )


def at(url, user=None, **post):
    request = RequestFactory().post(url, post) if post else RequestFactory().get(url)
    request.user = user or AnonymousUser()
    return jobs_listing(request)


def test_filters_narrow_by_what_they_say(jobs):
    assert {j.message for j in at("/list/?title=灯").rows} == {"灯"}
    assert [j.total for j in at("/list/?total=7").rows] == [7]
    assert at("/list/?state=done&state=failed").rows == []
    assert len(at("/list/?since=2026-03-02").rows) == 20
    assert at("/list/?since=2026-03-03").rows == []


@pytest.mark.parametrize(
    "query, field",
    [
        ("total=many", "total"),
        ("total=" + "9" * 400, "total"),
        ("title=" + "x" * 11, "title"),
        ("title=%00", "title"),
        ("state=nonsense", "state"),
        ("since=31.2.2026", "since"),
        ("since=99999-01-01", "since"),
    ],
)
def test_a_bad_filter_is_said_at_the_filter_and_left_out(jobs, query, field):
    listing = at(f"/list/?{query}&sort=title")
    assert len(listing.rows) == 20
    assert list(listing.filters.errors) == [field]
    assert listing.chips == []


@pytest.mark.parametrize("query", ["sort=password", "sort=--title", "sort=title__x", "sort=-", "before=x&after=y", "sort=%00"])
def test_nonsense_in_the_url_is_said_and_the_list_still_comes(jobs, query):
    listing = at(f"/list/?{query}")
    assert len(listing.rows) == 20
    assert listing.notices


def test_numbers_beyond_the_database_find_nothing_instead_of_failing(jobs):
    listing = at("/list/?total=-99999999999999999999999999")
    assert listing.rows == []
    assert not listing.filters.errors


def test_heads_sort_and_turn_round_and_say_which_way(jobs):
    title, total, *_rest = at("/list/?total=3").headers
    assert (title.direction, title.url, title.aria) == ("up", "/list/?total=3&sort=-title", "ascending")
    assert (total.direction, total.url, total.aria) == ("", "/list/?total=3&sort=total", "none")
    total = at("/list/?sort=total").headers[1]
    assert (total.direction, total.url) == ("down", "/list/?sort=-total")
    total = at("/list/?sort=-total").headers[1]
    assert (total.direction, total.url) == ("up", "/list/?sort=total")
    assert [j.title for j in at("/list/?sort=-title").rows][:2] == ["job 44", "job 43"]


def test_addresses_keep_the_filters_and_nothing_foreign(jobs):
    listing = at("/list/?title=job&sort=-title&evil=1&after=")
    assert listing.query == "sort=-title&title=job"
    assert "evil" not in listing.pager.next
    assert "title=job" in listing.pager.next
    assert listing.clear_url == "/list/?sort=-title"


def test_chips_name_filters_in_the_users_words_and_take_them_away(jobs):
    title, state = at("/list/?title=job&state=done&state=failed").chips
    assert (title.label, title.value, title.url) == ("Title", "job", "/list/?state=done&state=failed")
    assert (state.value, state.url) == ("、".join(str(s.label) for s in (Job.State.DONE, Job.State.FAILED)), "/list/?title=job")


def test_a_list_is_counted_exactly_up_to_a_thousand(user, jobs):
    assert str(at("/list/").count) == "45"
    Job.objects.bulk_create(Job(kind="k", title="x", by=user, asked_at=T0) for _ in range(1000))
    assert at("/list/").count == Count(1000, True)
    assert str(at("/list/").count) == "1000+"


def test_a_whole_page_costs_three_queries_however_many_rows(user, jobs, django_assert_num_queries):
    SavedView.objects.create(user=user, page="frame:healthz", name="mine", query="title=1")
    with django_assert_num_queries(3):
        listing = at("/list/?title=job", user)
        for line in listing.lines:
            assert [c.text for c in line.cells][4] == "李"
        str(listing.count), listing.pager, listing.headers, listing.chips, listing.saved_views


def test_cells_show_local_time_and_nothing_for_nothing(jobs):
    cells = at("/list/").lines[0].cells
    assert [c.text for c in cells[:4]] == ["job 00", "", "2026-03-02 04:00", "2026-03-02"]
    assert cells[0].url == f"/jobs/{jobs[0].uid}/"


def test_ones_own_views_of_the_list_are_offered_and_the_present_one_marked(user, jobs):
    other = get_user_model().objects.create(username="wang", name="王")
    SavedView.objects.create(user=user, page="frame:healthz", name="灯", query="title=%E7%81%AF")
    SavedView.objects.create(user=user, page="frame:readyz", name="elsewhere", query="")
    SavedView.objects.create(user=other, page="frame:healthz", name="his", query="")
    (view,) = at("/list/?title=灯", user).saved_views
    assert (view.name, view.is_current, view.url) == ("灯", True, "/list/?title=%E7%81%AF")
    assert at("/list/", user).saved_views[0].is_current is False


# bulk -------------------------------------------------------------------------------------------------------------------------------


def chosen(post, queryset, **kw):
    return selected_ids(RequestFactory().post("/", post), queryset, **kw)


def test_ticked_rows_are_taken_and_rows_out_of_sight_left_out(jobs):
    seen = Job.objects.filter(total__lt=10)
    assert chosen({"selected": [jobs[2].pk, jobs[1].pk, jobs[40].pk, "x", "-1", "9" * 30, "１"]}, seen) == [jobs[1].pk, jobs[2].pk]


def test_all_of_a_filter_are_taken_up_to_the_cap(jobs):
    listing = at("/list/?total=7", all="1")
    assert listing.selected_ids() == [jobs[7].pk]
    assert len(chosen({"all": "1"}, Job.objects.all(), cap=45)) == 45
    with pytest.raises(Refusal, match="too_many"):
        chosen({"all": "1"}, Job.objects.all(), cap=44)


def test_too_many_ticks_are_refused_before_the_database_is_asked(jobs, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(Refusal, match="too_many"):
        chosen({"selected": [j.pk for j in jobs]}, Job.objects.all(), cap=10)


@pytest.mark.parametrize("post", [{}, {"selected": ["x"]}, {"all": "yes"}])
def test_nothing_ticked_is_said(jobs, post):
    with pytest.raises(Refusal, match="none_selected"):
        chosen(post, Job.objects.all())


def test_filters_named_like_the_lists_own_words_are_a_mistake_found_at_once():
    from django import forms

    from linli.frame.lists import Filters, Listing

    class Wrong(Filters):
        after = forms.DateField()

    with pytest.raises(ValueError, match="after"):
        Listing(
            RequestFactory().get("/"), Job.objects.all(), page="x", filters=Wrong, sorts={"t": ("title",)}, default_sort="t", columns=[]
        )


@pytest.mark.parametrize(
    "query, names, chips",
    [
        ("", {"li", "gone"}, []),
        ("is_active=", {"li", "gone"}, []),
        ("is_active=on", {"li"}, [("Open", "是")]),
        ("is_staff=false", {"li"}, [("Staff", "否")]),
        ("is_staff=true", {"gone"}, [("Staff", "是")]),
        ("is_staff=unknown", {"li", "gone"}, []),
    ],
)
def test_a_box_narrows_when_ticked_and_a_choice_of_no_narrows_too(user, query, names, chips):
    from django import forms

    from linli.frame.lists import Filters, Listing

    class People(Filters):
        is_active = forms.BooleanField(label="Open")
        is_staff = forms.NullBooleanField(label="Staff")

    people = get_user_model().objects
    people.create(username="gone", name="王", is_active=False, is_staff=True)
    request = RequestFactory().get(f"/?{query}")
    listing = Listing(request, people.all(), page="x", filters=People, sorts={"name": ("username",)}, default_sort="name", columns=[])
    assert {u.username for u in listing.rows} == names
    assert [(c.label, c.value) for c in listing.chips] == chips
