import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CharterVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, verbose_name="charter")),
                ("version", models.CharField(max_length=40, verbose_name="version")),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("source", models.JSONField()),
                ("adopted_at", models.DateTimeField(verbose_name="first adopted")),
            ],
            options={
                "verbose_name": "charter version",
                "ordering": ["-adopted_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="CharterInForce",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_when", models.DateTimeField(verbose_name="in force from")),
                ("decided_at", models.DateTimeField(verbose_name="adopted")),
                ("by", models.CharField(blank=True, max_length=60, verbose_name="adopted by")),
                (
                    "charter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="in_force",
                        to="charter.charterversion",
                        verbose_name="charter version",
                    ),
                ),
            ],
            options={
                "verbose_name": "charter in force",
                "ordering": ["-from_when", "-id"],
                "indexes": [models.Index(fields=["-from_when", "-id"], name="charter_in_force")],
            },
        ),
    ]
