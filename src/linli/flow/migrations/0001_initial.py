import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.places.ltree


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("bodies", "0001_initial"),
        ("charter", "0001_initial"),
        ("places", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("events", models.PositiveIntegerField()),
                ("flows", models.PositiveIntegerField()),
                ("last_event", models.BigIntegerField(default=0)),
                ("prev", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={
                "verbose_name": "daily head",
                "ordering": ["-day"],
            },
        ),
        migrations.CreateModel(
            name="Flow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("procedure", models.CharField(max_length=40, verbose_name="procedure")),
                ("kind", models.CharField(max_length=80, verbose_name="category")),
                ("subject", models.CharField(max_length=40)),
                ("subject_ref", models.CharField(max_length=40, verbose_name="number")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("step", models.CharField(blank=True, max_length=40, verbose_name="step")),
                ("end", models.CharField(blank=True, max_length=40, verbose_name="ended as")),
                ("level", models.CharField(max_length=12, verbose_name="level")),
                ("seq", models.PositiveIntegerField(default=0)),
                ("head", models.BinaryField(default=bytes, max_length=32)),
                ("began_at", models.DateTimeField(verbose_name="began")),
                ("entered_at", models.DateTimeField(verbose_name="in this step since")),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="due")),
                ("whole_due_at", models.DateTimeField(blank=True, null=True, verbose_name="whole due")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("overdue", models.BooleanField(default=False, verbose_name="overdue")),
                ("suspended", models.BooleanField(default=False, verbose_name="on the ledger")),
                ("escalations", models.PositiveSmallIntegerField(default=0, verbose_name="escalations")),
                ("wake_at", models.DateTimeField(blank=True, null=True)),
                ("memory", models.JSONField(default=dict)),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                (
                    "charter",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="charter.charterversion"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bodies.seat",
                        verbose_name="responsible",
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
            ],
            options={
                "verbose_name": "work",
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveIntegerField()),
                ("at", models.DateTimeField(verbose_name="when")),
                ("role", models.CharField(max_length=60, verbose_name="as")),
                ("kind", models.CharField(max_length=20, verbose_name="what")),
                ("step_from", models.CharField(blank=True, max_length=40)),
                ("step_to", models.CharField(blank=True, max_length=40)),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("data", models.JSONField(default=dict)),
                ("texts", models.JSONField(blank=True, null=True)),
                ("salt", models.BinaryField(blank=True, max_length=16, null=True)),
                ("text_digest", models.BinaryField(max_length=32)),
                ("prev", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
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
                (
                    "flow",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="events", to="flow.flow"),
                ),
            ],
            options={
                "verbose_name": "history line",
                "ordering": ["flow", "seq"],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("step", models.CharField(blank=True, max_length=40)),
                ("kind", models.CharField(choices=[("photo", "photo"), ("document", "document")], max_length=10)),
                ("name", models.CharField(max_length=120, verbose_name="file name")),
                ("mime", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("file", models.FileField(upload_to="attachments/%Y/%m")),
                ("public", models.BooleanField(default=False, verbose_name="shown to the public")),
                ("at", models.DateTimeField(verbose_name="added")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                ("flow", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="flow.flow")),
            ],
            options={
                "verbose_name": "attachment",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Todo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("lead", "responsible"),
                            ("assist", "assisting"),
                            ("approve", "to decide"),
                            ("told", "for your attention"),
                        ],
                        max_length=8,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("flow", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="todos", to="flow.flow")),
                (
                    "seat",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="todos", to="bodies.seat"),
                ),
            ],
            options={
                "verbose_name": "thing to do",
            },
        ),
        migrations.AddIndex(
            model_name="flow",
            index=models.Index(condition=models.Q(("wake_at__isnull", False)), fields=["wake_at"], name="flow_wake"),
        ),
        migrations.AddIndex(
            model_name="flow",
            index=models.Index(condition=models.Q(("end", "")), fields=["owner", "due_at"], name="flow_owner_open"),
        ),
        migrations.AddIndex(
            model_name="flow",
            index=linli.places.ltree.PathIndex(fields=["path"], name="flow_path"),
        ),
        migrations.AddIndex(
            model_name="flow",
            index=models.Index(fields=["-began_at", "-id"], name="flow_began"),
        ),
        migrations.AddConstraint(
            model_name="flow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("step", ""), models.Q(("end", ""), _negated=True)),
                    models.Q(models.Q(("step", ""), _negated=True), ("end", "")),
                    _connector="OR",
                ),
                name="flow_step_or_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="flow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end", ""), ("ended_at", None)),
                    models.Q(models.Q(("end", ""), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="flow_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="flow",
            constraint=models.CheckConstraint(
                condition=models.Q(("end", ""), ("wake_at", None), _connector="OR"), name="flow_asleep_when_ended"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["at"], name="event_at"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(fields=("flow", "seq"), name="event_once"),
        ),
        migrations.AddIndex(
            model_name="todo",
            index=models.Index(condition=models.Q(("done_at", None)), fields=["seat", "due_at", "flow"], name="todo_open"),
        ),
        migrations.AddIndex(
            model_name="todo",
            index=models.Index(fields=["seat", "flow"], name="todo_seat_flow"),
        ),
        migrations.AddConstraint(
            model_name="todo",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at", None)), fields=("flow", "seat", "role"), name="todo_open_once"
            ),
        ),
    ]
