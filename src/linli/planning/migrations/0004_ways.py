from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Ways to walk along as a file to plan with."""

    dependencies = [("planning", "0003_study_former")]

    operations = [
        migrations.RemoveConstraint(model_name="material", name="material_kind"),
        migrations.AlterField(
            model_name="material",
            name="kind",
            field=models.CharField(
                choices=[("counts", "household counts"), ("barriers", "barriers"), ("ways", "ways to walk along")],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="material",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["counts", "barriers", "ways"])), name="material_kind"),
        ),
    ]
