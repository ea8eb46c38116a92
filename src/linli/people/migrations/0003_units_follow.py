"""A unit follows the row of its place, as a household follows that of its dwelling: a building that goes to another grid has a new one."""

from django.db import migrations

KEEP = """
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
        if current_setting('linli.places_follow', true) = 'yes' then follows := follows || '{%s}'::text[]; end if;
        if linli_people_resealed(to_jsonb(old), to_jsonb(new)) then follows := follows || '{name_sealed,sealed,shown}'; end if;
        if to_jsonb(new) - follows = to_jsonb(old) - follows then return null; end if;
    end if;
    if open_change is null then
        raise exception 'the register keeps what was: no change is open' using errcode = 'integrity_constraint_violation';
    end if;
    insert into people_past (change_id, kind, "row", was) values (open_change, tg_table_name, old.id, to_jsonb(old));
    return null;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0002_guards")]
    operations = [migrations.RunSQL(KEEP % "dwelling_id,place_id", KEEP % "dwelling_id")]
