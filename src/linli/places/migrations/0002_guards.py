"""The one row that says how new the shapes are."""

from django.db import migrations

FORWARD = "insert into places_geography (id, version) values (1, 1) on conflict (id) do nothing"
BACKWARD = "delete from places_geography"


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
