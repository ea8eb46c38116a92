"""History can be added to and nothing else; published daily heads stay as they were published.

One exception, for a person's lawful request (PIPL art. 47): free texts and their salt may be blanked, nothing beside them, in a
transaction that says so with ``set local linli.erasing = 'yes'``. The chain holds their digest and stays whole.
"""

from django.db import migrations

FORWARD = """
create function flow_event_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and current_setting('linli.erasing', true) = 'yes'
        and new.texts is null and new.salt is null
        and to_jsonb(new) - 'texts' - 'salt' = to_jsonb(old) - 'texts' - 'salt'
    then
        return new;
    end if;
    raise exception 'history is append-only' using errcode = 'integrity_constraint_violation';
end $$;
create trigger flow_event_stays before update or delete on flow_event for each row execute function flow_event_stays();

create function flow_head_stays() returns trigger language plpgsql as $$
begin
    raise exception 'a published daily head stays' using errcode = 'integrity_constraint_violation';
end $$;
create trigger flow_head_stays before update or delete on flow_dailyhead for each row execute function flow_head_stays();

create function flow_history_whole() returns trigger language plpgsql as $$
begin
    if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        raise exception 'history is append-only' using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$;
create trigger flow_event_whole before truncate on flow_event for each statement execute function flow_history_whole();
create trigger flow_head_whole before truncate on flow_dailyhead for each statement execute function flow_history_whole();
"""

BACKWARD = """
drop trigger flow_event_stays on flow_event;
drop trigger flow_head_stays on flow_dailyhead;
drop trigger flow_event_whole on flow_event;
drop trigger flow_head_whole on flow_dailyhead;
drop function flow_event_stays();
drop function flow_head_stays();
drop function flow_history_whole();
"""


class Migration(migrations.Migration):
    dependencies = [("flow", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
