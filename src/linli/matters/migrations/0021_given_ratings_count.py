"""Silence takes back no rating: where somebody rated and was silent later, the figures are counted anew at the next run."""

from django.db import migrations

FORWARD = """
update measures_run set upto = 0 where source = 'matters' and exists (
    select from flow_event s join flow_event r on r.flow_id = s.flow_id and r.seq < s.seq
    where s.outcome = 'silent' and r.outcome in ('satisfied', 'dissatisfied', 'explained')
)
"""


class Migration(migrations.Migration):
    dependencies = [("matters", "0020_rated_anew"), ("measures", "0001_initial"), ("flow", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
