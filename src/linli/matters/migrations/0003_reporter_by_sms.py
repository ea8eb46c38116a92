"""Whether the reporter is told by text message: as they asked when the matter was raised, and never changed afterwards."""

from django.db import migrations, models

FORWARD = """
create or replace function linli_reporter_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('linli.reporter_act', true) = 'erase' then return old; end if;
    if tg_op = 'UPDATE' and new.matter_id = old.matter_id and new.withheld = old.withheld and new.by_sms = old.by_sms
        and linli_resealed(old.name_sealed, new.name_sealed) and linli_resealed(old.phone_sealed, new.phone_sealed)
    then return new; end if;
    raise exception 'a reporter is erased or sealed anew, never changed' using errcode = 'integrity_constraint_violation';
end $$;
"""

BACKWARD = """
create or replace function linli_reporter_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('linli.reporter_act', true) = 'erase' then return old; end if;
    if tg_op = 'UPDATE' and new.matter_id = old.matter_id and new.withheld = old.withheld
        and linli_resealed(old.name_sealed, new.name_sealed) and linli_resealed(old.phone_sealed, new.phone_sealed)
    then return new; end if;
    raise exception 'a reporter is erased or sealed anew, never changed' using errcode = 'integrity_constraint_violation';
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="reporter",
            name="by_sms",
            field=models.BooleanField(db_default=False, default=False, verbose_name="told by text message"),
        ),
        migrations.AddConstraint(
            model_name="reporter",
            constraint=models.CheckConstraint(
                condition=models.Q(("by_sms", False), ("phone_sealed__isnull", False), _connector="OR"), name="reporter_by_sms"
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
