"""Whoever is given custody of a child is eighteen: held by the database, wherever they live. Of what stands already nothing changes."""

from django.db import migrations

GROWN_UP = """
create function linli_people_custodian_grown_up() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if exists (
        select from made m join people_person p on p.id = m.custodian_id
        where m.until is null and p.born > (now() at time zone 'Asia/Shanghai')::date - interval '18 years'
    ) then
        raise exception 'a custodian is eighteen ("custody_grown_up")' using errcode = 'check_violation', constraint = 'custody_grown_up';
    end if;
    return null;
end $$;
create trigger custody_grown_up after insert on people_custody referencing new table as made
    for each statement execute function linli_people_custodian_grown_up();
"""
BACK = """
drop trigger custody_grown_up on people_custody;
drop function linli_people_custodian_grown_up();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0013_made_by_the_act")]

    operations = [migrations.RunSQL(GROWN_UP, BACK)]
