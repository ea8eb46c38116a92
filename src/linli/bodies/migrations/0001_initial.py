import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.bodies.models
import linli.places.ltree


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("places", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Body",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, verbose_name="kind")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bodies", to="places.place", verbose_name="place"
                    ),
                ),
            ],
            options={
                "verbose_name": "body",
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("post", models.CharField(max_length=40, verbose_name="post")),
                ("path", linli.places.ltree.PathField(editable=False)),
                (
                    "acting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts_for",
                        to="bodies.seat",
                        verbose_name="work is done by",
                    ),
                ),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seats", to="bodies.body", verbose_name="body"
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="seats", to="places.place", verbose_name="place"
                    ),
                ),
            ],
            options={
                "verbose_name": "seat",
            },
        ),
        migrations.CreateModel(
            name="Holding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "duty",
                    models.CharField(
                        choices=[("A", "A: first duty"), ("B", "B: second duty")], default="A", max_length=1, verbose_name="duty"
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="released by",
                    ),
                ),
                (
                    "given_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="appointed by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holdings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="holder",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="holdings", to="bodies.seat", verbose_name="seat"
                    ),
                ),
            ],
            options={
                "verbose_name": "holding",
                "ordering": ["-since"],
            },
        ),
        migrations.AddConstraint(
            model_name="body",
            constraint=models.UniqueConstraint(fields=("key", "place"), name="body_once_a_place"),
        ),
        migrations.AddIndex(
            model_name="seat",
            index=models.Index(fields=["acting"], name="seat_acting"),
        ),
        migrations.AddIndex(
            model_name="seat",
            index=linli.places.ltree.PathIndex(fields=["path"], name="seat_path"),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(fields=("post", "place"), name="seat_once_a_place"),
        ),
        migrations.AddIndex(
            model_name="holding",
            index=models.Index(fields=["user", "until"], name="holding_user"),
        ),
        migrations.AddConstraint(
            model_name="holding",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"), name="holding_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="holding",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("seat", "="),
                    ("user", "="),
                    (linli.bodies.models._Period("since", "until", django.contrib.postgres.fields.ranges.RangeBoundary()), "&&"),
                ],
                name="holding_once",
            ),
        ),
    ]
