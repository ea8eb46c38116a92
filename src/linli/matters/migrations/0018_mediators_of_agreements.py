import django.contrib.postgres.fields
from django.db import migrations, models

FILL = """
update matters_agreement a set mediators = n.names
from (
    select m.matter_id, array_agg(coalesce(nullif(u.name, ''), u.username) order by m.id) as names
    from matters_mediator m join access_user u on u.id = m.user_id group by m.matter_id
) n where n.matter_id = a.matter_id
"""

GUARD = """
create or replace function linli_agreement_guard() returns trigger language plpgsql as $$
begin
    if (new.matter_id, new.number, new.form, new.facts, new.responsibilities, new.terms, new.signed_on, new.effective_on, new.apply_by,
        new.committee, new.by_id, new.at)
        is distinct from (old.matter_id, old.number, old.form, old.facts, old.responsibilities, old.terms, old.signed_on, old.effective_on,
        old.apply_by, old.committee, old.by_id, old.at)
        or (old.replaced_on is not null and new.replaced_on is distinct from old.replaced_on)KEPT
    then raise exception 'what was agreed on stays: another agreement takes its place' using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
"""
MEDIATORS = """
        or (old.mediators <> '{}' and new.mediators is distinct from old.mediators)"""


class Migration(migrations.Migration):
    """Who mediated stands on the agreement; for those there are, whoever is named now."""

    dependencies = [("access", "0001_initial"), ("matters", "0017_bound_by_agreement")]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="mediators",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=150), blank=True, default=list, size=None, verbose_name="mediators"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD.replace("KEPT", MEDIATORS), GUARD.replace("KEPT", "")),
    ]
