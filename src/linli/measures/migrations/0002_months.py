"""Figures of whole months beside those of days, added up once from what is there."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("measures", "0001_initial"),
        ("places", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Month",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("measure", models.CharField(max_length=24)),
                ("part", models.CharField(blank=True, max_length=80)),
                ("day", models.DateField()),
                ("numerator", models.PositiveIntegerField()),
                ("denominator", models.PositiveIntegerField()),
                (
                    "place",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place"),
                ),
            ],
            options={
                "verbose_name": "figure of a month",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place", "measure", "day", "part"), include=("numerator", "denominator"), name="month_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("denominator__gt", 0), ("numerator__lte", models.F("denominator"))), name="month_share"
                    ),
                    models.CheckConstraint(condition=models.Q(("day__day", 1)), name="month_first"),
                ],
            },
        ),
        migrations.RunSQL(
            "insert into measures_month (place_id, measure, part, day, numerator, denominator)"
            " select place_id, measure, part, date_trunc('month', day)::date, sum(numerator), sum(denominator) from measures_value"
            " group by 1, 2, 3, 4; analyze measures_month",
            migrations.RunSQL.noop,
        ),
    ]
