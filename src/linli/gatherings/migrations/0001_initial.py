import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.places.ltree


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("bodies", "0001_initial"),
        ("charter", "0002_guards"),
        ("flow", "0002_guards"),
        ("places", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Gathering",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(max_length=40, verbose_name="kind")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("where", models.CharField(max_length=120, verbose_name="venue")),
                ("starts_at", models.DateTimeField(verbose_name="begins")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                (
                    "agenda",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), blank=True, default=list, size=None, verbose_name="agenda"
                    ),
                ),
                ("public", models.BooleanField(default=False, verbose_name="public")),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "to be held"), ("held", "held"), ("called_off", "called off")],
                        default="planned",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("residents", models.PositiveIntegerField(blank=True, null=True, verbose_name="residents who came")),
                ("others", models.PositiveIntegerField(blank=True, null=True, verbose_name="others who came")),
                ("members", models.PositiveIntegerField(blank=True, null=True, verbose_name="members of the body")),
                ("members_came", models.PositiveIntegerField(blank=True, null=True, verbose_name="members who came")),
                (
                    "sides",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None, verbose_name="sides present"
                    ),
                ),
                ("minutes_due_at", models.DateTimeField(blank=True, null=True, verbose_name="minutes due")),
                ("written_at", models.DateTimeField(blank=True, null=True, verbose_name="minutes written")),
                ("seq", models.PositiveIntegerField(default=1)),
                ("made_at", models.DateTimeField(verbose_name="planned on")),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                (
                    "body",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gatherings",
                        to="bodies.body",
                        verbose_name="body",
                    ),
                ),
                (
                    "charter",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="charter.charterversion"
                    ),
                ),
                (
                    "flow",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gatherings",
                        to="flow.flow",
                        verbose_name="about",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gatherings", to="places.place", verbose_name="place"
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gatherings", to="bodies.seat", verbose_name="convened by"
                    ),
                ),
            ],
            options={
                "verbose_name": "gathering",
                "ordering": ["-starts_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("member", models.BooleanField(default=False, verbose_name="member of the body")),
                (
                    "state",
                    models.CharField(
                        choices=[("invited", "invited"), ("came", "came"), ("excused", "excused"), ("absent", "absent")],
                        default="invited",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bodies.seat", verbose_name="seat"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="who"
                    ),
                ),
                (
                    "gathering",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="attendance", to="gatherings.gathering"
                    ),
                ),
            ],
            options={
                "verbose_name": "attendance",
                "ordering": ["gathering", "-member", "id"],
            },
        ),
        migrations.CreateModel(
            name="Minutes",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("text", models.TextField(blank=True, max_length=10000, verbose_name="minutes")),
                ("result", models.TextField(blank=True, max_length=2000, verbose_name="result")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason for the correction")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="who"
                    ),
                ),
                (
                    "gathering",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="minutes", to="gatherings.gathering"
                    ),
                ),
            ],
            options={
                "verbose_name": "minutes",
                "ordering": ["gathering", "number"],
            },
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(choices=[("photo", "photo"), ("document", "document")], max_length=10)),
                ("name", models.CharField(max_length=120, verbose_name="file name")),
                ("mime", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("file", models.FileField(upload_to="gatherings/%Y/%m")),
                ("at", models.DateTimeField(verbose_name="added")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="added by"
                    ),
                ),
                (
                    "gathering",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="gatherings.gathering"),
                ),
            ],
            options={
                "verbose_name": "paper",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="gathering",
            index=models.Index(fields=["-starts_at", "-id"], name="gathering_starts"),
        ),
        migrations.AddIndex(
            model_name="gathering",
            index=linli.places.ltree.PathIndex(fields=["path"], name="gathering_path"),
        ),
        migrations.AddIndex(
            model_name="gathering",
            index=models.Index(
                condition=models.Q(models.Q(("state", "called_off"), _negated=True), ("written_at", None)),
                fields=["ends_at"],
                name="gathering_unwritten",
            ),
        ),
        migrations.AddConstraint(
            model_name="gathering",
            constraint=models.CheckConstraint(condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="gathering_times"),
        ),
        migrations.AddConstraint(
            model_name="gathering",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["planned", "held", "called_off"])), name="gathering_state"),
        ),
        migrations.AddConstraint(
            model_name="gathering",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "called_off"), models.Q(("reason", ""), _negated=True)),
                    models.Q(models.Q(("state", "called_off"), _negated=True), ("reason", "")),
                    _connector="OR",
                ),
                name="gathering_called_off",
            ),
        ),
        migrations.AddConstraint(
            model_name="gathering",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("others__isnull", False), ("residents__isnull", False), ("state", "held")),
                    models.Q(
                        models.Q(("state", "held"), _negated=True),
                        ("members", None),
                        ("members_came", None),
                        ("others", None),
                        ("residents", None),
                        ("sides", []),
                        ("written_at", None),
                    ),
                    _connector="OR",
                ),
                name="gathering_counted",
            ),
        ),
        migrations.AddConstraint(
            model_name="gathering",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("members", None), ("members_came", None)),
                    models.Q(("members__isnull", False), ("members_came__isnull", False), ("members_came__lte", models.F("members"))),
                    _connector="OR",
                ),
                name="gathering_members",
            ),
        ),
        migrations.AddConstraint(
            model_name="gathering",
            constraint=models.CheckConstraint(
                condition=models.Q(("public", False), ("flow", None), _connector="OR"), name="gathering_public"
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.UniqueConstraint(fields=("gathering", "user"), name="attendance_once"),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["invited", "came", "excused", "absent"])), name="attendance_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="minutes",
            constraint=models.UniqueConstraint(fields=("gathering", "number"), name="minutes_once"),
        ),
        migrations.AddConstraint(
            model_name="minutes",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("text", ""), _negated=True), models.Q(("result", ""), _negated=True), _connector="OR"),
                name="minutes_said",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutes",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", 1), ("reason", "")),
                    models.Q(("number__gt", 1), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="minutes_reason",
            ),
        ),
    ]
