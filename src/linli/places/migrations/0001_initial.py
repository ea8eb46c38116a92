import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import linli.places.ltree
import linli.places.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Geography",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("version", models.BigIntegerField(default=1)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="geography_one_row")],
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("province", "province"),
                            ("city", "city"),
                            ("district", "district or county"),
                            ("street", "street or township"),
                            ("community", "community"),
                            ("grid", "grid"),
                            ("building", "building"),
                            ("unit", "unit"),
                            ("dwelling", "dwelling"),
                        ],
                        max_length=12,
                        verbose_name="level",
                    ),
                ),
                ("path", linli.places.ltree.PathField(editable=False, verbose_name="path")),
                ("households", models.PositiveIntegerField(blank=True, null=True, verbose_name="households")),
                ("shape", models.JSONField(blank=True, null=True, verbose_name="shape")),
                ("lon", models.FloatField(blank=True, null=True, verbose_name="longitude")),
                ("lat", models.FloatField(blank=True, null=True, verbose_name="latitude")),
                ("aliases", models.CharField(blank=True, max_length=200, verbose_name="also called")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="valid to")),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="places.place",
                        verbose_name="belongs to",
                    ),
                ),
            ],
            options={
                "verbose_name": "place",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Facility",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("station", "community service station"),
                            ("room", "activity room"),
                            ("clinic", "clinic"),
                            ("canteen", "canteen for the elderly"),
                            ("school", "school or kindergarten"),
                            ("lamp", "street lamp"),
                            ("waste", "waste sorting point"),
                            ("hydrant", "hydrant"),
                            ("manhole", "manhole cover"),
                            ("bench", "bench"),
                            ("fitness", "fitness equipment"),
                            ("playground", "playground"),
                            ("parking", "bicycle shed or parking"),
                            ("charging", "charging point"),
                            ("toilet", "public toilet"),
                            ("noticeboard", "notice board"),
                            ("green", "green space"),
                            ("other", "other facility"),
                        ],
                        max_length=40,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("lon", models.FloatField(verbose_name="longitude")),
                ("lat", models.FloatField(verbose_name="latitude")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="facilities", to="places.place", verbose_name="place"
                    ),
                ),
            ],
            options={
                "verbose_name": "facility",
                "ordering": ["kind", "name", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(fields=["level", "code"], name="place_level_code"),
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(fields=["parent"], name="place_parent"),
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(fields=["code"], name="place_code"),
        ),
        migrations.AddIndex(
            model_name="place",
            index=linli.places.ltree.PathIndex(fields=["path"], name="place_path"),
        ),
        migrations.AddIndex(
            model_name="place",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("name", "gin_trgm_ops"),
                django.contrib.postgres.indexes.OpClass("aliases", "gin_trgm_ops"),
                condition=models.Q(("level__in", ["unit", "dwelling"]), _negated=True),
                name="place_likeness",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("code", "="),
                    (linli.places.models._Period("valid_from", "valid_to", django.contrib.postgres.fields.ranges.RangeBoundary()), "&&"),
                ],
                name="place_code_once_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"), name="place_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lat", None), ("lon", None)),
                    models.Q(("lat__gte", -90), ("lat__lte", 90), ("lon__gte", -180), ("lon__lte", 180)),
                    _connector="OR",
                ),
                name="place_point",
            ),
        ),
        migrations.AddIndex(
            model_name="facility",
            index=linli.places.ltree.PathIndex(fields=["path"], name="facility_path"),
        ),
    ]
