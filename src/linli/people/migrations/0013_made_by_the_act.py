"""Nobody is held whom nobody else can see yet: of a sheet that is everybody it makes."""

from django.db import migrations

APART = """
create or replace function linli_people_apart(ids bigint[]) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
    open_change bigint := nullif(current_setting('linli.change', true), '')::bigint;
begin
    -- whom the act itself made nobody else can see yet
    perform from people_person p where p.id = any(ids) and not exists (
        select from people_past m
        where m.change_id = open_change and m.kind = 'people_person' and m.was is null and p.id between m."row" and coalesce(m.upto, m."row")
    ) order by p.id for no key update;
    if exists (
        select from people_residence a join people_residence b on b.person_id = a.person_id and b.id <> a.id
        where a.person_id = any(ids) and a.until is null and daterange(a.since, null) && daterange(b.since, b.until)
    ) then
        raise exception 'a person lives in one household at a time ("residence_one_household")'
            using errcode = 'exclusion_violation', constraint = 'residence_one_household';
    end if;
end $$;
"""
APART_BEFORE = """
create or replace function linli_people_apart(ids bigint[]) returns void language plpgsql security definer set search_path = public, pg_temp as $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0012_taken_lately")]

    operations = [
        migrations.RunSQL(APART, APART_BEFORE),
    ]
