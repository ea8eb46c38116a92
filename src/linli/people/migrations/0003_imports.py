"""Sheets that wait to be entered, guarded like the register; and rows made by one statement are kept by one statement."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.places.ltree
from linli.access.rls import policy_sql

KEPT = ("household", "person", "secret", "residence", "membership", "custody", "unit")

MADE = """
create function linli_people_keep_made() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    open_change bigint := nullif(current_setting('linli.change', true), '')::bigint;
begin
    if open_change is not null then
        insert into people_past (change_id, kind, "row", was) select open_change, tg_table_name, m.id, null from made m order by m.id;
    end if;
    return null;
end $$;
"""


def _by_statement(table: str) -> str:
    return f"""
drop trigger {table}_made on people_{table};
create trigger {table}_made after insert on people_{table} referencing new table as made for each statement execute function linli_people_keep_made();
"""


def _by_row(table: str) -> str:
    return f"""
drop trigger {table}_made on people_{table};
create trigger {table}_made after insert on people_{table} for each row
    when (coalesce(current_setting('linli.change', true), '') <> '') execute function linli_people_keep();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_guards"),
        ("places", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("at", models.DateTimeField(verbose_name="brought")),
                ("name", models.CharField(max_length=100, verbose_name="file name")),
                ("path", linli.places.ltree.PathField(editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("read", "read"), ("checked", "checked"), ("done", "entered"), ("undone", "taken back")],
                        default="read",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("columns", models.JSONField(default=dict)),
                ("rows", models.PositiveIntegerField(verbose_name="rows")),
                ("counts", models.JSONField(default=dict)),
                ("kept", models.BooleanField(default=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="brought by",
                    ),
                ),
                (
                    "change",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.change"
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
                "verbose_name": "sheet for the register",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ImportPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("sealed", models.BinaryField()),
                ("outcome", models.JSONField(null=True)),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("file", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="pieces", to="people.importfile")),
            ],
            options={
                "verbose_name": "rows that wait",
            },
        ),
        migrations.CreateModel(
            name="ImportColumn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("heading", models.CharField(max_length=40, verbose_name="heading")),
                ("field", models.CharField(blank=True, max_length=20, verbose_name="field")),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="places.place", verbose_name="place"
                    ),
                ),
            ],
            options={
                "verbose_name": "column as it was chosen",
                "constraints": [models.UniqueConstraint(fields=("place", "heading"), name="import_column_once")],
            },
        ),
        migrations.AddIndex(
            model_name="importfile",
            index=models.Index(fields=["by", "-at"], name="import_by"),
        ),
        migrations.AddIndex(
            model_name="importfile",
            index=linli.places.ltree.PathIndex(fields=["path"], name="import_path"),
        ),
        migrations.AddConstraint(
            model_name="importfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["read", "checked", "done", "undone"])), name="import_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="importfile",
            constraint=models.CheckConstraint(
                condition=models.Q(("change", None), ("state__in", ["done", "undone"]), _connector="OR"), name="import_change"
            ),
        ),
        migrations.AddIndex(
            model_name="importpiece",
            index=linli.places.ltree.PathIndex(fields=["path"], name="import_piece_path"),
        ),
        migrations.AddConstraint(
            model_name="importpiece",
            constraint=models.UniqueConstraint(fields=("file", "number"), name="import_piece_once"),
        ),
        migrations.RunSQL(*policy_sql("people_importpiece", "people_importpiece.path")),
        migrations.RunSQL(MADE, "drop function linli_people_keep_made();"),
        migrations.RunSQL("\n".join(_by_statement(t) for t in KEPT), "\n".join(_by_row(t) for t in KEPT)),
    ]
