"""A daily head says up to which line it speaks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("flow", "0002_guards")]
    operations = [migrations.AddField("dailyhead", "last_event", models.BigIntegerField(default=0))]
