"""Merged, split and linked matters: what no code path may do, said to the database.

A merged matter points to one that is not merged itself, and nothing points to it any more: so merging makes no cycle, whoever is quicker.
The answer to the main one is the answer to those merged into it.
"""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

FORWARD = """
create function linli_matter_merged() returns trigger language plpgsql as $$
begin
    perform from matters_matter where id = new.main_id and main_id is null for update;
    if not found or exists (select from matters_matter where main_id = new.id) then
        raise exception 'a matter is merged into one that is not merged itself, and takes those merged into it along'
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger matter_merged before insert or update of main_id on matters_matter
    for each row when (new.main_id is not null) execute function linli_matter_merged();

create or replace function linli_matter_follows() returns trigger language plpgsql as $$
begin
    if new.outcome = 'answered' then
        update matters_matter set answer = coalesce(new.texts ->> 'answer', ''),
            answered_at = case when coalesce(new.texts ->> 'answer', '') <> '' then new.at end
        where flow_id = new.flow_id or main_id = (select id from matters_matter where flow_id = new.flow_id);
    else
        update matters_matter set rating = case new.outcome when 'explained' then 'dissatisfied' else new.outcome end
            where flow_id = new.flow_id;
    end if;
    return null;
end $$;
"""

BACKWARD = """
create or replace function linli_matter_follows() returns trigger language plpgsql as $$
begin
    if new.outcome = 'answered' then
        update matters_matter set answer = coalesce(new.texts ->> 'answer', ''),
            answered_at = case when coalesce(new.texts ->> 'answer', '') <> '' then new.at end
        where flow_id = new.flow_id;
    else
        update matters_matter set rating = case new.outcome when 'explained' then 'dissatisfied' else new.outcome end
            where flow_id = new.flow_id;
    end if;
    return null;
end $$;
drop trigger matter_merged on matters_matter;
drop function linli_matter_merged();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bodies", "0001_initial"),
        ("flow", "0002_guards"),
        ("matters", "0008_closed_loop"),
        ("places", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("cause", "same cause"), ("follow", "follow-up"), ("related", "related")],
                        max_length=8,
                        verbose_name="kind of link",
                    ),
                ),
            ],
            options={
                "verbose_name": "link of two matters",
            },
        ),
        migrations.AddField(
            model_name="matter",
            name="main",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="matters.matter",
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="merged_into",
            field=models.ForeignKey(
                blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="matters.matter"
            ),
        ),
        migrations.AddField(
            model_name="matter",
            name="split_from",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="matters.matter",
            ),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(condition=models.Q(("main__isnull", False)), fields=["main"], name="matter_main"),
        ),
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(condition=models.Q(("split_from__isnull", False)), fields=["split_from"], name="matter_split_from"),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("main", None), ("merged_into", None)),
                    models.Q(("main__isnull", False), ("merged_into__isnull", False), models.Q(("main", models.F("pk")), _negated=True)),
                    _connector="OR",
                ),
                name="matter_merged",
            ),
        ),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                condition=models.Q(("split_from", None), models.Q(("split_from", models.F("pk")), _negated=True), _connector="OR"),
                name="matter_not_its_own_part",
            ),
        ),
        migrations.AddField(
            model_name="link",
            name="one",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="links", to="matters.matter"),
        ),
        migrations.AddField(
            model_name="link",
            name="other",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="linked_from", to="matters.matter"),
        ),
        migrations.AddIndex(
            model_name="link",
            index=models.Index(fields=["one"], name="link_one"),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.UniqueConstraint(
                django.db.models.functions.comparison.Least("one", "other"),
                django.db.models.functions.comparison.Greatest("one", "other"),
                name="link_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.CheckConstraint(condition=models.Q(("one", models.F("other")), _negated=True), name="link_of_two"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
