"""The daily head covers the log of looks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("flow", "0005_late_lines"), ("access", "0004_look")]

    operations = [
        migrations.AddField("dailyhead", "looks", models.PositiveIntegerField(default=0)),
        migrations.AddField("dailyhead", "last_look", models.BigIntegerField(null=True)),
    ]
