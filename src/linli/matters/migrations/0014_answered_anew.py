"""A work order whose matter is answered anew is to be answered back anew, by whatever way the new answer came."""

from django.db import migrations

FORWARD = """
create function linli_order_answered_anew() returns trigger language plpgsql as $$
begin
    update matters_workorder set answered_back_at = null where matter_id = new.id and answered_back_at is not null;
    return null;
end $$;
create trigger order_answered_anew after update of answered_at on matters_matter for each row
    when (new.channel = 'hotline' and new.answered_at is not null and new.answered_at is distinct from old.answered_at)
    execute function linli_order_answered_anew();
"""

BACKWARD = """
drop trigger order_answered_anew on matters_matter;
drop function linli_order_answered_anew();
"""


class Migration(migrations.Migration):
    dependencies = [("matters", "0013_words_cost")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
