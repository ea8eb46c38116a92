from django.db import migrations


class Migration(migrations.Migration):
    """A mediation that a side left counts as one without an agreement: disputes are counted anew at the next run of the figures."""

    dependencies = [("matters", "0014_answered_anew"), ("measures", "0002_months")]

    operations = [migrations.RunSQL("update measures_run set upto = 0 where source = 'disputes'", migrations.RunSQL.noop)]
