"""Lists that are taken out, each with the answer of a second person."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.places.ltree


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0007_handouts"),
        ("places", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Takeout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="asked")),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("query", models.CharField(blank=True, max_length=300)),
                ("count", models.PositiveIntegerField(verbose_name="households")),
                ("why", models.CharField(max_length=200, verbose_name="what for")),
                ("wants_names", models.BooleanField(default=False, verbose_name="with whole names")),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "waits for a second person"), ("approved", "approved"), ("refused", "refused")],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("names", models.BooleanField(default=False)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("fetched", models.PositiveIntegerField(default=0)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked for by",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place", verbose_name="place"
                    ),
                ),
            ],
            options={
                "verbose_name": "list taken out",
                "ordering": ["-id"],
                "indexes": [
                    linli.places.ltree.PathIndex(fields=["path"], name="takeout_path"),
                    models.Index(fields=["by", "-id"], name="takeout_by"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("decided_by", None), models.Q(("decided_by", models.F("by")), _negated=True), _connector="OR"),
                        name="takeout_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("decided_by", None),
                                ("expires_at", None),
                                ("fetched", 0),
                                ("names", False),
                                ("state", "asked"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("expires_at", None),
                                ("fetched", 0),
                                ("names", False),
                                ("state", "refused"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("expires_at__isnull", False),
                                ("state", "approved"),
                            ),
                            _connector="OR",
                        ),
                        name="takeout_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("names", False), ("wants_names", True), _connector="OR"), name="takeout_names"
                    ),
                ],
            },
        ),
    ]
