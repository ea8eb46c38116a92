"""What may follow what in the life of a message, said to the database: what has arrived is never sent again, by whatever path."""

from django.db import migrations

FORWARD = """
create function outbox_message_moves() returns trigger language plpgsql as $$
begin
    if new.state = old.state
        or (old.state = 'waiting' and new.state in ('sending', 'given_up'))
        or old.state = 'sending'
        or (old.state = 'retry' and new.state in ('sending', 'waiting', 'given_up'))
        or (old.state = 'dead' and new.state in ('waiting', 'given_up'))
    then
        if new.uid <> old.uid or new.channel <> old.channel or new.lane <> old.lane or new.tried < old.tried then
            raise exception 'a message stays the message it is' using errcode = 'integrity_constraint_violation';
        end if;
        return new;
    end if;
    raise exception 'a message that is % is never %', old.state, new.state using errcode = 'integrity_constraint_violation';
end $$;
create trigger outbox_message_moves before update on outbox_message for each row execute function outbox_message_moves();
"""

BACKWARD = """
drop trigger outbox_message_moves on outbox_message;
drop function outbox_message_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
