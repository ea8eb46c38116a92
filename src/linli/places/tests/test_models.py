from datetime import date

import pytest
from django.db import IntegrityError, connection

from linli.places.models import Place

pytestmark = pytest.mark.django_db


def test_the_app_role_is_no_superuser():
    with connection.cursor() as cursor:
        cursor.execute("select current_user, rolsuper, rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == ("linli_app", False, False)


def test_a_code_means_one_place_on_any_day():
    Place.objects.create(code="150204006019", name="都兰社区", level="community", path="150204006019", valid_from=date(2020, 1, 1))
    with pytest.raises(IntegrityError):
        Place.objects.create(code="150204006019", name="都兰二", level="community", path="x", valid_from=date(2021, 1, 1))


def test_descends_finds_a_place_and_what_is_below_it():
    a = Place.objects.create(code="1", name="甲", level="street", path="1", valid_from=date(2020, 1, 1))
    b = Place.objects.create(code="1-2", name="乙", level="community", path="1.1_2", parent=a, valid_from=date(2020, 1, 1))
    Place.objects.create(code="2", name="丙", level="street", path="2", valid_from=date(2020, 1, 1))
    assert set(Place.objects.within("1")) == {a, b}
    assert set(Place.objects.filter(path__descends=["1.1_2", "2"]).values_list("code", flat=True)) == {"1-2", "2"}
    assert set(Place.objects.filter(path__ancestors="1.1_2")) == {a, b}
