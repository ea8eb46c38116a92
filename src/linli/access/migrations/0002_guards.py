"""Looks at protected fields can be written down and nothing else: a line never changes and never goes."""

from django.db import migrations

FORWARD = """
create trigger readlog_append_only before update or delete on access_readlog
    for each row execute function linli_append_only();
"""
BACKWARD = "drop trigger if exists readlog_append_only on access_readlog;"


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial"), ("frame", "0002_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
