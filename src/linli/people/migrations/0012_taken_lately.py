"""Those whose people were entered elsewhere are told of it for a week: found by an index of these lines alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0011_takeouts_withdrawn")]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(condition=models.Q(("act", "people.taken")), fields=["at"], name="change_taken"),
        )
    ]
