"""A list that was asked for can be withdrawn by who asked, before anybody has decided."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0010_not_known"),
        ("places", "0003_area_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="takeout",
            name="takeout_decided",
        ),
        migrations.AlterField(
            model_name="takeout",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "waits for a second person"),
                    ("approved", "approved"),
                    ("refused", "refused"),
                    ("withdrawn", "withdrawn"),
                ],
                default="asked",
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="takeout",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at", None),
                        ("decided_by", None),
                        ("expires_at", None),
                        ("fetched", 0),
                        ("names", False),
                        ("state", "asked"),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by", None),
                        ("expires_at", None),
                        ("fetched", 0),
                        ("names", False),
                        ("state", "withdrawn"),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("expires_at", None),
                        ("fetched", 0),
                        ("names", False),
                        ("state", "refused"),
                    ),
                    models.Q(
                        ("decided_at__isnull", False), ("decided_by__isnull", False), ("expires_at__isnull", False), ("state", "approved")
                    ),
                    _connector="OR",
                ),
                name="takeout_decided",
            ),
        ),
    ]
