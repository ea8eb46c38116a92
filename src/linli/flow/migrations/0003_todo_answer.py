"""Somebody who has to answer for supervised work has a line of their own in the inbox."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("flow", "0002_guards")]
    operations = [
        migrations.AlterField(
            model_name="todo",
            name="role",
            field=models.CharField(
                choices=[
                    ("lead", "responsible"), ("assist", "assisting"), ("answer", "to answer for"), ("approve", "to decide"),
                    ("told", "for your attention"),
                ],
                max_length=8,
            ),
        ),
    ]  # fmt: skip
