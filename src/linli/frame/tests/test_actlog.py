import pytest
from django.db import IntegrityError, transaction
from django.db.transaction import TransactionManagementError

from linli.frame.actlog import record_act
from linli.frame.models import ActLog

pytestmark = pytest.mark.django_db


def test_an_act_is_written_with_its_subject_and_path():
    with transaction.atomic():
        line = record_act(None, "places.place.ended", "places.place:7", {"name": "都兰社区"}, "150204.150204006")
    assert (line.subject, line.path, line.by, line.data) == ("places.place:7", "150204.150204006", None, {"name": "都兰社区"})


def test_the_log_can_only_be_added_to():
    with transaction.atomic():
        line = record_act(None, "places.place.ended", "places.place:7")
    for change in (lambda: ActLog.objects.filter(pk=line.pk).update(act="x"), lambda: ActLog.objects.all().delete()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()
    assert ActLog.objects.get().act == "places.place.ended"


def test_a_line_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        record_act(None, "places.place.ended", "places.place:7")
