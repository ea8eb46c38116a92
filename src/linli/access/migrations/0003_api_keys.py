import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.places.ltree


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0002_guards"),
        ("bodies", "0001_initial"),
        ("places", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("staff", "acts from a post"), ("client", "hands in matters (Open311)")], max_length=8, verbose_name="kind"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("prefix", models.CharField(max_length=16, unique=True, verbose_name="begins with")),
                ("digest", models.CharField(max_length=64)),
                (
                    "abilities",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("made_at", models.DateTimeField(verbose_name="made")),
                ("expires_at", models.DateTimeField(verbose_name="expires")),
                ("used_on", models.DateField(blank=True, null=True, verbose_name="last used")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                (
                    "holding",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bodies.holding",
                        verbose_name="holding",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_keys",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.place",
                        verbose_name="place",
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "key",
                "indexes": [linli.places.ltree.PathIndex(fields=["path"], name="apikey_path")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("holding__isnull", False), ("kind", "staff"), models.Q(("abilities", []), _negated=True)),
                            models.Q(("abilities", []), ("holding", None), ("kind", "client")),
                            _connector="OR",
                        ),
                        name="apikey_staff_by_holding",
                    ),
                    models.CheckConstraint(condition=models.Q(("expires_at__gt", models.F("made_at"))), name="apikey_ends"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("revoked_at", None), ("revoked_by", None)),
                            models.Q(("revoked_at__isnull", False), ("revoked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="apikey_revoked",
                    ),
                ],
            },
        ),
    ]
