"""Many rows at once cost less: their history is kept by runs of keys, names are found by one index, and what no question asks has no index."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models

import linli.people.models
import linli.places.ltree
from linli.access.rls import SETTING, policy_sql

SCOPED = ("household", "person", "secret", "residence", "membership", "custody", "change", "touched", "importpiece", "batch")

MADE = """
create or replace function linli_people_keep_made() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    open_change bigint := nullif(current_setting('linli.change', true), '')::bigint;
begin
    if open_change is not null then
        insert into people_past (change_id, kind, "row", upto, was)
            select open_change, tg_table_name, min(m.id), nullif(max(m.id), min(m.id)), null
            from (select id, id - row_number() over (order by id) as run from made) m group by m.run order by 3;
    end if;
    return null;
end $$;
"""
MADE_BEFORE = """
create or replace function linli_people_keep_made() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    open_change bigint := nullif(current_setting('linli.change', true), '')::bigint;
begin
    if open_change is not null then
        insert into people_past (change_id, kind, "row", was) select open_change, tg_table_name, m.id, null from made m order by m.id;
    end if;
    return null;
end $$;
"""

UNDO_BEFORE = """
create or replace function linli_people_undo(which bigint) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
    line people_past;
    columns text;
    count integer := 0;
    paths ltree[] := string_to_array(coalesce(current_setting('linli.opened', true), ''), ',')::ltree[];
begin
    if not exists (select 1 from people_change c where c.id = which and c.path <@ any(paths)) then
        raise exception 'no such change in what is opened' using errcode = 'insufficient_privilege';
    end if;
    if exists (
        select 1 from people_past p join people_past q on q.kind = p.kind and q."row" = p."row" and q.id > p.id and q.change_id <> p.change_id
        where p.change_id = which
    ) then raise exception 'a later change stands on it' using errcode = 'dependent_objects_still_exist'; end if;
    for line in select * from people_past p where p.change_id = which order by p.id desc loop
        count := count + 1;
        if line.was is null then
            execute format('delete from %I where id = $1', line.kind) using line."row";
        else
            select string_agg(format('%1$I = w.%1$I', attname), ', ') into columns from pg_attribute
                where attrelid = line.kind::regclass and attnum > 0 and not attisdropped and attname <> 'id';
            execute format('update %1$I t set %2$s from jsonb_populate_record(null::%1$I, $1) w where t.id = $2', line.kind, columns)
                using line.was, line."row";
        end if;
    end loop;
    return count;
end $$;
"""
UNDO = UNDO_BEFORE.replace('q."row" = p."row"', 'q."row" between p."row" and coalesce(p.upto, p."row")').replace(
    """'delete from %I where id = $1', line.kind) using line."row";""",
    """'delete from %I where id between $1 and $2', line.kind) using line."row", coalesce(line.upto, line."row");""",
)
assert UNDO.count("upto") == 2

# One index for names everywhere and in one community: a community is one more thing its people are found by. Whoever serves a few
# communities and asks in all of them is answered from those. No order: it stops at the most that are wanted.
NAMED = """
create index person_found on people_person using gin ((tokens || hashtextextended(community, 0)));
create or replace function linli_people_named(token bigint, near text, most integer) returns setof bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
    paths ltree[] := string_to_array(coalesce(current_setting('linli.opened', true), ''), ',')::ltree[];
    homes bigint[];
begin
    if near <> '' then
        homes := array[hashtextextended(near, 0)];
    else
        select array_agg(hashtextextended(h.code, 0)) into homes from (
            select distinct c.code from places_place c where c.level = 'community' and (c.path <@ any(paths) or c.path @> any(paths)) limit 41
        ) h;
    end if;
    if cardinality(homes) > 40 then
        return query with found as materialized (
            select p.id, p.path from people_person p where (p.tokens || hashtextextended(p.community, 0)) @> array[token]
        ) select f.id from found f where f.path <@ any(paths) limit most;
    else
        return query with found as materialized (
            select p.id, p.path from people_person p where (p.tokens || hashtextextended(p.community, 0)) @> array[token]
              and (p.tokens || hashtextextended(p.community, 0)) && homes and (near = '' or p.community = near)
        ) select f.id from found f where f.path <@ any(paths) limit most;
    end if;
end $$;
drop index person_named;
drop index person_named_near;
drop function linli_people_near(text, bigint[]);
"""
NAMED_BEFORE = """
create function linli_people_near(community text, tokens bigint[]) returns bigint[] language sql immutable strict parallel safe as $$
    select array_agg(hashtextextended(community, t)) from unnest(tokens) as t
$$;
create index person_named on people_person using gin (tokens);
create index person_named_near on people_person using gin (linli_people_near(community, tokens));
create or replace function linli_people_named(token bigint, near text, most integer) returns setof bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
    paths ltree[] := string_to_array(coalesce(current_setting('linli.opened', true), ''), ',')::ltree[];
begin
    if near <> '' then
        return query with found as materialized (
            select p.id, p.path from people_person p
            where linli_people_near(p.community, p.tokens) @> array[hashtextextended(near, token)] and p.community = near
        ) select f.id from found f where f.path <@ any(paths) order by f.id limit most;
    else
        return query with found as materialized (select p.id, p.path from people_person p where p.tokens @> array[token])
            select f.id from found f where f.path <@ any(paths) order by f.id limit most;
    end if;
end $$;
drop index person_found;
"""

# Periods of one person don't overlap. An index over (person, period) holds that too, and cost a sheet more than all other indexes of the
# table: so it holds it of periods that have ended, another that one is open at most, and this of the two together. Whoever enters where
# the same person lives waits for the other, and then sees what they entered.
APART = """
create function linli_people_apart(ids bigint[]) returns void language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform from people_person p where p.id = any(ids) order by p.id for no key update;
    if exists (
        select from people_residence a join people_residence b on b.person_id = a.person_id and b.id <> a.id
        where a.person_id = any(ids) and a.until is null and daterange(a.since, null) && daterange(b.since, b.until)
    ) then
        raise exception 'a person lives in one household at a time ("residence_one_household")'
            using errcode = 'exclusion_violation', constraint = 'residence_one_household';
    end if;
end $$;
create function linli_people_residence_made() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform linli_people_apart((select array_agg(m.person_id) from made m));
    return null;
end $$;
create function linli_people_residence_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform linli_people_apart(array[new.person_id]);
    return null;
end $$;
create trigger residence_apart_made after insert on people_residence referencing new table as made
    for each statement execute function linli_people_residence_made();
create trigger residence_apart after update on people_residence for each row
    when ((old.person_id, old.since, old.until) is distinct from (new.person_id, new.since, new.until))
    execute function linli_people_residence_changed();
"""
APART_BEFORE = """
drop trigger residence_apart on people_residence;
drop trigger residence_apart_made on people_residence;
drop function linli_people_residence_changed();
drop function linli_people_residence_made();
drop function linli_people_apart(bigint[]);
"""


def _checks():
    """What is opened is read once for a statement that writes, not for each of its rows."""
    for table in SCOPED:
        opened = f"string_to_array(coalesce(current_setting('{SETTING}', true), ''), ',')::ltree[]"
        policy = f"alter policy people_{table}_opened on people_{table} with check"
        yield migrations.RunSQL(f"{policy} (path <@ (select {opened}));", f"{policy} ((people_{table}.path) <@ any({opened}));")


class Migration(migrations.Migration):
    dependencies = [("people", "0008_takeouts")]

    operations = [
        migrations.AddField("past", "upto", models.BigIntegerField(null=True)),
        migrations.RunSQL(MADE + UNDO, MADE_BEFORE + UNDO_BEFORE),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("path", linli.places.ltree.PathField(editable=False)),
                (
                    "change",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="batches", to="people.change"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("first__lte", models.F("last"))), name="batch_in_order"),
                ],
                "indexes": [
                    models.Index(fields=["first", "last"], name="batch_keys"),
                    linli.places.ltree.PathIndex(fields=["path"], name="batch_path"),
                ],
            },
        ),
        migrations.RunSQL(*policy_sql("people_batch", "people_batch.path")),
        *_checks(),
        migrations.RunSQL(NAMED, NAMED_BEFORE),
        migrations.AddIndex("person", models.Index(fields=["community", "born"], name="person_born")),
        migrations.RemoveIndex("person", "person_path"),
        migrations.AddIndex(
            "secret", models.Index(condition=models.Q(("kind", "phone"), ("until", None)), fields=["blind"], name="secret_phone")
        ),
        migrations.RemoveIndex("secret", "secret_blind"),
        migrations.RemoveIndex("secret", "secret_path"),
        migrations.RemoveIndex("residence", "residence_path"),
        migrations.RemoveConstraint("residence", "residence_one_household"),
        migrations.AddConstraint(
            "residence",
            django.contrib.postgres.constraints.ExclusionConstraint(
                name="residence_one_household",
                expressions=[
                    ("person", "="),
                    (linli.people.models._Period("since", "until", django.contrib.postgres.fields.ranges.RangeBoundary()), "&&"),
                ],
                condition=models.Q(("until__isnull", False)),
            ),
        ),
        migrations.AddConstraint(
            "residence",
            models.UniqueConstraint(condition=models.Q(("until", None)), fields=("person",), name="residence_one_open"),
        ),
        migrations.RunSQL(APART, APART_BEFORE),
    ]
