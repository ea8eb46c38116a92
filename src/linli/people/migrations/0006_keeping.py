"""Letting go: what is erased leaves no copy, is erased by these functions alone, and is nobody who lives here."""

from django.db import migrations

KEPT = ("household", "person", "secret", "residence", "membership", "custody")

TURNED = """
create or replace function linli_people_keep() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
    open_change bigint := nullif(current_setting('linli.change', true), '')::bigint;
    follows text[] := '{path,community}';
begin
    if tg_op = 'INSERT' then
        insert into people_past (change_id, kind, "row", was) values (open_change, tg_table_name, new.id, null);
        return null;
    end if;
    if tg_op = 'UPDATE' and open_change is null then
        if current_setting('linli.places_follow', true) = 'yes' then follows := follows || '{dwelling_id,place_id}'; end if;
        if linli_people_resealed(to_jsonb(old), to_jsonb(new)) then follows := follows || '{name_sealed,sealed,shown}'; end if;
        if linli_people_turned(to_jsonb(old), to_jsonb(new), 'name_sealed') then follows := follows || '{tokens}'; end if;
        if linli_people_turned(to_jsonb(old), to_jsonb(new), 'sealed') then follows := follows || '{blind}'; end if;
        if to_jsonb(new) - follows = to_jsonb(old) - follows then return null; end if;
    end if;
    if open_change is null then
        raise exception 'the register keeps what was: no change is open' using errcode = 'integrity_constraint_violation';
    end if;
    insert into people_past (change_id, kind, "row", was) values (open_change, tg_table_name, old.id, to_jsonb(old));
    return null;
end $$;
"""
ERASING = TURNED.replace(
    "begin\n",
    """begin
    if current_setting('linli.people_act', true) = 'erase' then
        if tg_op = 'DELETE' then return null; end if;
        -- where an erased household was the one another came from
        if tg_op = 'UPDATE' and new.path = old.path and to_jsonb(new) - 'came_from_id'::text = to_jsonb(old) - 'came_from_id'::text
            and to_jsonb(new) ->> 'came_from_id' is null then return null; end if;
    end if;
""",
    1,
)

FUNCTIONS = """
-- Rows go by the functions of the tables' owner (taking back, letting go), never by a statement of the product's.
create function linli_people_goes() returns trigger language plpgsql as $$
begin
    if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        raise exception 'the register lets go by its own functions only' using errcode = 'insufficient_privilege';
    end if;
    return old;
end $$;

-- Whoever moved away or died before the day: no residence that is open or ended since.
create function linli_people_due(before date, most integer) returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
    select p.id from people_person p
    where not exists (select from people_residence r where r.person_id = p.id and (r.until is null or r.until >= before))
    order by p.id limit most
$$;

-- Whole persons, of the places opened, who moved away or died before the day: with all that hangs on them. Their lines in the log of looks
-- and in the history stay, as numbers that lead nowhere; notes of the history go.
create function linli_people_erase(ids bigint[], before date) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    paths ltree[] := string_to_array(coalesce(current_setting('linli.opened', true), ''), ',')::ltree[];
    gone bigint[];
    stay bigint[];
    homes bigint[];
begin
    select coalesce(array_agg(p.id), '{}') into gone from people_person p
        where p.id = any(ids) and p.path <@ any(paths)
        and not exists (select from people_residence r where r.person_id = p.id and (r.until is null or r.until >= before));
    -- those merged into them go with them; whoever somebody points to who stays, stays
    select coalesce(array_agg(distinct p.id), '{}') into gone from people_person p
        where p.id = any(gone) or (p.merged_into_id = any(gone)
        and not exists (select from people_residence r where r.person_id = p.id and (r.until is null or r.until >= before)));
    loop
        select coalesce(array_agg(g), '{}') into stay from unnest(gone) g
            where exists (select from people_person m where m.merged_into_id = g and not m.id = any(gone));
        exit when stay = '{}';
        select coalesce(array_agg(g), '{}') into gone from unnest(gone) g where not g = any(stay);
    end loop;
    if gone = '{}' then return 0; end if;
    select coalesce(array_agg(distinct r.household_id), '{}') into homes from people_residence r where r.person_id = any(gone);
    perform set_config('linli.people_act', 'erase', true);
    delete from people_past p using (
        select 'people_person' as kind, unnest(gone) as id
        union all select 'people_secret', s.id from people_secret s where s.person_id = any(gone)
        union all select 'people_membership', m.id from people_membership m where m.person_id = any(gone)
        union all select 'people_custody', c.id from people_custody c where c.child_id = any(gone) or c.custodian_id = any(gone)
        union all select 'people_residence', r.id from people_residence r where r.person_id = any(gone)
    ) w where p.kind = w.kind and p."row" = w.id;
    update people_change c set note = '' where c.note <> ''
        and (c.person_id = any(gone) or exists (select from people_touched t where t.change_id = c.id and t.person_id = any(gone)));
    delete from people_touched where person_id = any(gone);
    delete from people_secret where person_id = any(gone);
    delete from people_membership where person_id = any(gone);
    delete from people_custody where child_id = any(gone) or custodian_id = any(gone);
    delete from people_residence where person_id = any(gone);
    select coalesce(array_agg(h.id), '{}') into homes from people_household h
        where h.id = any(homes) and h.until is not null and not exists (select from people_residence r where r.household_id = h.id);
    update people_household set came_from_id = null where came_from_id = any(homes);
    delete from people_past where kind = 'people_household' and "row" = any(homes);
    delete from people_household where id = any(homes);
    delete from people_person where id = any(gone);
    perform set_config('linli.people_act', '', true);
    return array_length(gone, 1);
end $$;

-- Parts of what is kept about somebody, all over the register. Nothing that ended within a year.
create function linli_people_forget(term text, before date, apply boolean) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    what text := case term when 'number' then 'people_secret' when 'visits' then 'people_membership' when 'custody' then 'people_custody' end;
    gone bigint[];
begin
    if what is null or before > current_date - 360 then
        raise exception 'nothing is let go so soon' using errcode = 'invalid_parameter_value';
    end if;
    if term = 'number' then
        select array_agg(s.id) into gone from people_secret s where (s.until at time zone 'Asia/Shanghai')::date < before or not exists (
            select from people_residence r where r.person_id = s.person_id and (r.until is null or r.until >= before));
    elsif term = 'visits' then
        select array_agg(m.id) into gone from people_membership m where m.until < before;
    else
        select array_agg(c.id) into gone from people_custody c join people_person p on p.id = c.child_id
            where c.until < before or (p.born + interval '14 years')::date < before;
    end if;
    if apply and gone is not null then
        perform set_config('linli.people_act', 'erase', true);
        delete from people_past where kind = what and "row" = any(gone);
        execute format('delete from %I where id = any($1)', what) using gone;
        perform set_config('linli.people_act', '', true);
    end if;
    return coalesce(array_length(gone, 1), 0);
end $$;

create or replace function linli_people_change_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and to_jsonb(new) - 'path'::text = to_jsonb(old) - 'path'::text then return new; end if;
    if tg_op = 'UPDATE' and current_setting('linli.people_act', true) = 'erase' and new.note = ''
        and to_jsonb(new) - 'note'::text = to_jsonb(old) - 'note'::text then return new; end if;
    raise exception 'people_change is append-only' using errcode = 'integrity_constraint_violation';
end $$;
"""
TRIGGERS = "\n".join(
    f"create trigger {table}_goes before delete on people_{table} for each row execute function linli_people_goes();" for table in KEPT
)

BACK = """
drop function linli_people_forget(text, date, boolean);
drop function linli_people_erase(bigint[], date);
drop function linli_people_due(date, integer);
drop function linli_people_goes() cascade;
create or replace function linli_people_change_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and to_jsonb(new) - 'path'::text = to_jsonb(old) - 'path'::text then return new; end if;
    raise exception 'people_change is append-only' using errcode = 'integrity_constraint_violation';
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0005_index_turned")]
    operations = [migrations.RunSQL([ERASING, FUNCTIONS, TRIGGERS], [TURNED, BACK])]
