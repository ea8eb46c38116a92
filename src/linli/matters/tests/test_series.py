from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.matters.codes import SIGNS, digest, follow_code, same, tidy
from linli.matters.series import initials, take_number


@pytest.mark.parametrize(
    ("key", "short"),
    [("qingshan", "QS"), ("shaxian", "SX"), ("zhalute", "ZLT"), ("guanghan", "GH"), ("dongxiang", "DX"), ("standard", "ST"), ("x", "X")],
)
def test_a_district_is_shortened_by_the_initials_of_its_syllables(key, short):
    assert initials(key) == short


@pytest.mark.django_db
def test_numbers_run_on_within_a_local_year_and_begin_again_with_the_next():
    december = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    assert take_number("qingshan", december) == "QS-2026-000001"
    assert take_number("qingshan", december) == "QS-2026-000002"
    assert take_number("shaxian", december) == "SX-2026-000001"
    assert take_number("qingshan", datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == "QS-2027-000001"  # midnight in Shanghai


@settings(max_examples=50)
@given(st.uuids())
def test_a_request_has_one_code_and_it_is_read_however_it_is_typed(request_id):
    code = follow_code(request_id)
    assert code == follow_code(request_id) == tidy(code)
    assert set(code) <= set(SIGNS) | {"-"}
    assert len(code) == 14
    for typed in (code.lower(), code.replace("-", ""), code.replace("-", " "), f"  {code} "):
        assert same(digest(code), typed)


@settings(max_examples=50)
@given(st.uuids(), st.uuids())
def test_two_requests_have_two_codes(one, other):
    assert (follow_code(one) == follow_code(other)) == (one == other)


def test_the_code_depends_on_the_server_s_key(settings):
    from uuid import UUID

    request_id = UUID(int=5)
    before = follow_code(request_id)
    settings.SECRET_KEY = "another"
    assert follow_code(request_id) != before
