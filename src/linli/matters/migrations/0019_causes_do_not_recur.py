"""A root cause is no further time that its kind came: where some were raised, the figures are counted anew at the next run."""

from django.db import migrations

FORWARD = "update measures_run set upto = 0 where source = 'matters' and exists (select from matters_ground)"


class Migration(migrations.Migration):
    dependencies = [("matters", "0018_mediators_of_agreements"), ("measures", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
