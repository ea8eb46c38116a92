"""A request can be withdrawn by who asked, before anybody has decided."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("flow", "0006_head_of_looks"),
        ("rights", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="ownrequest",
            name="own_request_decided",
        ),
        migrations.AlterField(
            model_name="ownrequest",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "not yet decided"),
                    ("granted", "granted"),
                    ("returned", "say more and ask again"),
                    ("refused", "refused"),
                    ("withdrawn", "withdrawn"),
                ],
                default="asked",
                max_length=9,
                verbose_name="state",
            ),
        ),
        migrations.AddConstraint(
            model_name="ownrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer_sealed", None), ("decided_at", None), ("decided_by", None), ("state", "asked")),
                    models.Q(("answer_sealed", None), ("decided_at__isnull", False), ("decided_by", None), ("state", "withdrawn")),
                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("state", "granted")),
                    models.Q(
                        ("answer_sealed__isnull", False),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("state__in", ["returned", "refused"]),
                    ),
                    _connector="OR",
                ),
                name="own_request_decided",
            ),
        ),
    ]
