"""Sealing a row anew may also compute anew by what it is found: tokens with the name, the blind index with the number."""

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
"""
TURNED = KEEP.replace(
    "        if to_jsonb(new) - follows =",
    """        if linli_people_turned(to_jsonb(old), to_jsonb(new), 'name_sealed') then follows := follows || '{tokens}'; end if;
        if linli_people_turned(to_jsonb(old), to_jsonb(new), 'sealed') then follows := follows || '{blind}'; end if;
        if to_jsonb(new) - follows =""",
)
# signs 5 to 12 of the hex name the key
OTHER_KEY = """
create function linli_people_turned(before jsonb, after jsonb, c text) returns boolean language sql immutable as $$
    select coalesce(substring(before ->> c from 5 for 8) <> substring(after ->> c from 5 for 8), false)
$$;
"""
BACK = KEEP + "drop function linli_people_turned(jsonb, jsonb, text);"


class Migration(migrations.Migration):
    dependencies = [("people", "0004_pairs")]
    operations = [migrations.RunSQL([OTHER_KEY, TURNED], BACK)]
