"""Entries that may be one person, and merging them in an act that can be taken back."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Who may see both people may see the pair, as long as both are living entries of their own. Scalar questions, so that each is one look
# into an index: as joins they were made of everybody opened.
POLICY = """
alter table people_pair enable row level security;
create policy people_pair_opened on people_pair using (
    (select true from people_person p where p.id = first_id and p.merged_into_id is null and p.died is null)
    and (select true from people_person p where p.id = second_id and p.merged_into_id is null and p.died is null)
);
"""
NO_POLICY = "drop policy people_pair_opened on people_pair; alter table people_pair disable row level security;"

# The product's role can't give a number to somebody else; merging does, within what is opened and inside an open change.
HAND_OVER = """
create function linli_people_hand_over(which bigint, to_ bigint) returns void language plpgsql volatile security definer
set search_path = public, pg_temp as $$
declare
    paths ltree[] := string_to_array(coalesce(current_setting('linli.opened', true), ''), ',')::ltree[];
begin
    update people_secret s set person_id = p.id, path = p.path from people_person p
     where s.id = which and s.until is null and p.id = to_ and s.path <@ any(paths) and p.path <@ any(paths);
    if not found then raise exception 'no such number in what is opened' using errcode = 'insufficient_privilege'; end if;
end $$;
"""
NO_HAND_OVER = "drop function linli_people_hand_over(bigint, bigint);"


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Pair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reasons", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), size=None)),
                ("found_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "pair of entries alike",
            },
        ),
        migrations.AddField(
            model_name="person",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="people.person",
                verbose_name="merged into",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into", None), models.Q(("merged_into", models.F("id")), _negated=True), _connector="OR"),
                name="person_not_itself",
            ),
        ),
        migrations.AddField(
            model_name="pair",
            name="first",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="people.person"
            ),
        ),
        migrations.AddField(
            model_name="pair",
            name="second",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="people.person"
            ),
        ),
        migrations.AddField(
            model_name="pair",
            name="settled_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="pair_once"),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(condition=models.Q(("first__lt", models.F("second"))), name="pair_in_order"),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("settled_at", None), ("settled_by", None)),
                    models.Q(("settled_at__isnull", False), ("settled_by__isnull", False)),
                    _connector="OR",
                ),
                name="pair_settled",
            ),
        ),
        migrations.RunSQL(POLICY, NO_POLICY),
        migrations.RunSQL(HAND_OVER, NO_HAND_OVER),
    ]
