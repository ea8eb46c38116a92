from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the history is the longest table there is: it is written to while its index is made

    dependencies = [("flow", "0004_open_work")]

    operations = [
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind__in", ("overdue", "whole_overdue", "part_overdue"))), fields=["flow"], name="event_late"
            ),
        ),
    ]
