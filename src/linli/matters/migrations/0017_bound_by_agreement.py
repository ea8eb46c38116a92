from django.db import migrations


class Migration(migrations.Migration):
    """A dispute that ended with an agreement nobody saw performed counts as one not performed: disputes are counted anew at the next run of
    the figures."""

    dependencies = [("matters", "0016_path_and_time"), ("measures", "0002_months")]

    operations = [migrations.RunSQL("update measures_run set upto = 0 where source = 'disputes'", migrations.RunSQL.noop)]
