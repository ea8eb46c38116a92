from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("planning", "0002_studies")]

    operations = [
        migrations.AddField(
            model_name="study",
            name="former",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="planning.study",
                verbose_name="made from",
            ),
        ),
    ]
