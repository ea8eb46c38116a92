"""What no code path may do by accident, said to the database: minutes can be added to and nothing else; what a gathering is, who convened
it and that it was held or called off never change."""

from django.db import migrations

FORWARD = """
create trigger minutes_append_only before update or delete on gatherings_minutes
    for each row execute function linli_append_only();

create function linli_gathering_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'a gathering is called off, never deleted' using errcode = 'integrity_constraint_violation';
    end if;
    if (new.uid, new.charter_id, new.kind, new.seat_id, new.body_id, new.flow_id, new.public, new.made_at)
        is distinct from (old.uid, old.charter_id, old.kind, old.seat_id, old.body_id, old.flow_id, old.public, old.made_at)
        or (old.state <> 'planned' and new.state <> old.state)
        or new.seq < old.seq
    then
        raise exception 'what a gathering is and how it ended never change' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger gathering_guard before update or delete on gatherings_gathering
    for each row execute function linli_gathering_guard();
"""

BACKWARD = """
drop trigger gathering_guard on gatherings_gathering;
drop function linli_gathering_guard();
drop trigger minutes_append_only on gatherings_minutes;
"""


class Migration(migrations.Migration):
    dependencies = [("gatherings", "0001_initial"), ("frame", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
