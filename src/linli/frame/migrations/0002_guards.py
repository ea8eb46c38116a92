"""The log of acts can be added to and nothing else. ``linli_append_only`` is there for every room's histories."""

from django.db import migrations

FORWARD = """
create or replace function linli_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger actlog_append_only before update or delete on frame_actlog
    for each row execute function linli_append_only();
"""

BACKWARD = """
drop trigger if exists actlog_append_only on frame_actlog;
drop function if exists linli_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("frame", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
