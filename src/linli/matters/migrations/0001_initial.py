import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.places.ltree


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("bodies", "0001_initial"),
        ("flow", "0001_initial"),
        ("places", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Matter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=24, unique=True, verbose_name="number")),
                ("request_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("follow_digest", models.CharField(max_length=64, unique=True)),
                ("category", models.CharField(blank=True, max_length=80, verbose_name="category")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("text", models.TextField(max_length=4000, verbose_name="what happened")),
                (
                    "channel",
                    models.CharField(
                        choices=[("counter", "counter"), ("web", "residents' page"), ("field", "field worker"), ("phone", "telephone")],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("path", linli.places.ltree.PathField(editable=False)),
                (
                    "found_by",
                    models.CharField(
                        choices=[
                            ("chosen", "chosen"),
                            ("position", "the phone's position"),
                            ("photo", "the photo's position"),
                            ("address", "the address"),
                            ("community", "the community only"),
                        ],
                        default="chosen",
                        max_length=10,
                        verbose_name="place found by",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                ("lon", models.FloatField(blank=True, null=True, verbose_name="longitude")),
                ("lat", models.FloatField(blank=True, null=True, verbose_name="latitude")),
                ("raised_at", models.DateTimeField(verbose_name="raised")),
                ("is_public", models.BooleanField(default=True, verbose_name="public")),
                ("public_decided", models.BooleanField(default=False)),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered")),
                ("rating", models.CharField(blank=True, max_length=12, verbose_name="rating")),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                ("flow", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="matter", to="flow.flow")),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="matters", to="places.place", verbose_name="place"
                    ),
                ),
                (
                    "raised_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bodies.seat",
                        verbose_name="raised by",
                    ),
                ),
            ],
            options={
                "verbose_name": "matter",
                "ordering": ["-raised_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("prefix", models.CharField(max_length=16, unique=True)),
                ("last", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Reporter",
            fields=[
                (
                    "matter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reporter",
                        serialize=False,
                        to="matters.matter",
                    ),
                ),
                ("name_sealed", models.BinaryField(blank=True, null=True)),
                ("phone_sealed", models.BinaryField(blank=True, null=True)),
                ("withheld", models.BooleanField(default=False, verbose_name="name withheld")),
            ],
            options={
                "verbose_name": "reporter",
            },
        ),
        migrations.CreateModel(
            name="Word",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="when")),
                ("from_reporter", models.BooleanField()),
                ("text", models.TextField(max_length=1000, verbose_name="message")),
                ("request_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                ("matter", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="words", to="matters.matter")),
            ],
            options={
                "verbose_name": "message",
                "ordering": ["at", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(fields=["-raised_at", "-id"], name="matter_raised"),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(fields=["category", "-raised_at"], name="matter_category"),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=linli.places.ltree.PathIndex(fields=["path"], name="matter_path"),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(("rating__in", ["", "satisfied", "dissatisfied", "silent"])), name="matter_rating"
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lat", None), ("lon", None)), models.Q(("lat__isnull", False), ("lon__isnull", False)), _connector="OR"
                ),
                name="matter_point",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at", None)),
                    models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="matter_answered",
            ),
        ),
    ]
