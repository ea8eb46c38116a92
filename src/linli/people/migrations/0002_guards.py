"""What no code path may do by accident, said to the database: rows of other places, numbers without a look, changes that leave no trace."""

from django.db import migrations

from linli.access.rls import policy_sql

SCOPED = ("household", "person", "secret", "residence", "membership", "custody", "change", "touched")
KEPT = ("household", "person", "secret", "residence", "membership", "custody", "unit")

KEEP = """
-- What a change replaces is kept. Without an open change rows only move with their places and are sealed anew.
create function linli_people_keep() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    open_change bigint := nullif(current_setting('linli.change', true), '')::bigint;
    follows text[] := '{path,community}';
begin
    if tg_op = 'INSERT' then
        insert into people_past (change_id, kind, "row", was) values (open_change, tg_table_name, new.id, null);
        return null;
    end if;
    if tg_op = 'UPDATE' and open_change is null then
        if current_setting('linli.places_follow', true) = 'yes' then follows := follows || '{dwelling_id}'; end if;
        if linli_people_resealed(to_jsonb(old), to_jsonb(new)) then follows := follows || '{name_sealed,sealed,shown}'; end if;
        if to_jsonb(new) - follows = to_jsonb(old) - follows then return null; end if;
    end if;
    if open_change is null then
        raise exception 'the register keeps what was: no change is open' using errcode = 'integrity_constraint_violation';
    end if;
    insert into people_past (change_id, kind, "row", was) values (open_change, tg_table_name, old.id, to_jsonb(old));
    return null;
end $$;

-- whether each sealed value is the same, or one under another key (signs 5 to 12 of the hex name the key)
create function linli_people_resealed(before jsonb, after jsonb) returns boolean language sql immutable as $$
    select bool_and(before ->> c is not distinct from after ->> c or substring(before ->> c from 5 for 8) <> substring(after ->> c from 5 for 8))
    from unnest('{name_sealed,sealed,shown}'::text[]) as c
$$;

-- A community's own tokens: one index finds «王秀兰 in 都兰社区» without looking at any other community.
create function linli_people_near(community text, tokens bigint[]) returns bigint[] language sql immutable strict parallel safe as $$
    select array_agg(hashtextextended(community, t)) from unnest(tokens) as t
$$;
create index person_named on people_person using gin (tokens);
create index person_named_near on people_person using gin (linli_people_near(community, tokens));

-- Ids of those called so, of the places opened; row-level security would keep the indexes from being used, so it is asked here.
create function linli_people_named(token bigint, near text, most integer) returns setof bigint
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

-- The one way to a number: the look is written, then the value leaves, in one statement.
create function linli_people_reveal(who bigint, by_ bigint, kinds text[], purpose_ text, note_ text, at_ timestamptz)
returns table (id bigint, kind text, sealed bytea) language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
    place ltree;
    paths ltree[] := string_to_array(coalesce(current_setting('linli.opened', true), ''), ',')::ltree[];
begin
    select p.path into place from people_person p where p.id = who and p.path <@ any(paths);
    if place is null then raise exception 'no such person in what is opened' using errcode = 'insufficient_privilege'; end if;
    if coalesce(array_length(kinds, 1), 0) = 0 then raise exception 'a look at no field' using errcode = 'invalid_parameter_value'; end if;
    perform linli_look(by_, 'people.person:' || who, (select string_agg(k, ',' order by k) from unnest(kinds) k), purpose_, note_, place, at_);
    return query select s.id, s.kind::text, s.sealed from people_secret s
        where s.person_id = who and s.until is null and s.kind = any(kinds) order by s.kind, s.id;
end $$;

-- Take a change back: rows it made go, rows it changed are as they were. Refused where a later change stands on one of them.
create function linli_people_undo(which bigint) returns integer language plpgsql security definer set search_path = public, pg_temp as $$
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

create function linli_people_real() returns boolean language sql stable security definer set search_path = public, pg_temp as $$
    select exists (select 1 from people_person where not is_demo)
$$;
create index person_real on people_person (id) where not is_demo;

create trigger change_append_only before update or delete on people_change for each row execute function linli_people_change_guard();
"""

# lines of history move with their places and never change otherwise
CHANGE = """
create function linli_people_change_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and to_jsonb(new) - 'path'::text = to_jsonb(old) - 'path'::text then return new; end if;
    raise exception 'people_change is append-only' using errcode = 'integrity_constraint_violation';
end $$;
"""

BACK = """
drop trigger change_append_only on people_change;
drop index person_real;
drop function linli_people_real();
drop function linli_people_undo(bigint);
drop function linli_people_reveal(bigint, bigint, text[], text, text, timestamptz);
drop function linli_people_named(bigint, text, integer);
drop index person_named_near;
drop index person_named;
drop function linli_people_near(text, bigint[]);
drop function linli_people_keep() cascade;
drop function linli_people_resealed(jsonb, jsonb);
drop function linli_people_change_guard();
"""


def _trigger(table: str) -> str:
    return f"""
create trigger {table}_kept after update or delete on people_{table} for each row execute function linli_people_keep();
create trigger {table}_made after insert on people_{table} for each row
    when (coalesce(current_setting('linli.change', true), '') <> '') execute function linli_people_keep();
"""


def _policies():
    for table in SCOPED:
        yield migrations.RunSQL(*policy_sql(f"people_{table}", f"people_{table}.path"))


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("access", "0004_look")]
    operations = [
        migrations.RunSQL(CHANGE + KEEP, BACK),
        migrations.RunSQL("\n".join(_trigger(t) for t in KEPT), migrations.RunSQL.noop),
        *_policies(),
    ]
