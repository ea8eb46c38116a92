"""A charter's text and the record of which held when can be added to and nothing else."""

from django.db import migrations

FORWARD = """
create function charter_stays() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger charterversion_stays before update or delete on charter_charterversion
    for each row execute function charter_stays();
create trigger charterinforce_stays before update or delete on charter_charterinforce
    for each row execute function charter_stays();
"""

BACKWARD = """
drop trigger charterversion_stays on charter_charterversion;
drop trigger charterinforce_stays on charter_charterinforce;
drop function charter_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("charter", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
