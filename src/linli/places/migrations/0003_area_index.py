"""An index of areas alone: among a city's dwellings its communities are few."""

from django.db import migrations, models

import linli.places.ltree


class Migration(migrations.Migration):
    dependencies = [("places", "0002_guards")]

    operations = [
        migrations.AddIndex(
            "place",
            linli.places.ltree.PathIndex(
                condition=models.Q(("level__in", ["district", "street", "community", "grid"])), fields=["path"], name="place_area"
            ),
        ),
    ]
