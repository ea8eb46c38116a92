"""A rating is one of the answer given: a new answer has none yet, on the matter's pages as for programs."""

from django.db import migrations

FOLLOWS = """
create or replace function linli_matter_follows() returns trigger language plpgsql as $$
begin
    if new.outcome = 'answered' then
        update matters_matter set answer = coalesce(new.texts ->> 'answer', ''),
            answered_at = case when coalesce(new.texts ->> 'answer', '') <> '' then new.at endANEW
        where flow_id = new.flow_id or main_id = (select id from matters_matter where flow_id = new.flow_id);
    else
        update matters_matter set rating = case new.outcome when 'explained' then 'dissatisfied' else new.outcome end
            where flow_id = new.flow_id;
    end if;
    return null;
end $$;
"""
ANEW = """,
            rating = ''"""
REPAIR = """
update matters_matter m set rating = '' where m.rating <> '' and exists (
    select from flow_event e where e.kind = 'taken' and e.outcome = 'answered'
        and e.flow_id in (m.flow_id, (select main.flow_id from matters_matter main where main.id = m.main_id))
        and e.at > (select max(r.at) from flow_event r
                    where r.flow_id = m.flow_id and r.outcome in ('satisfied', 'dissatisfied', 'explained', 'silent'))
)
"""


class Migration(migrations.Migration):
    dependencies = [("matters", "0019_causes_do_not_recur")]

    operations = [
        migrations.RunSQL(FOLLOWS.replace("ANEW", ANEW), FOLLOWS.replace("ANEW", "")),
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
    ]
