"""What somebody is to the head, and by what right they live there, can be not known: nothing is made up where nobody said it."""

from django.db import migrations, models

ROLES = [
    "head", "spouse", "child", "child_in_law", "grandchild", "parent", "parent_in_law", "grandparent", "sibling", "other_kin", "not_kin", "unknown",
]  # fmt: skip
TENURES = ["own", "rented", "lodging", "employer", "other", "unknown"]


class Migration(migrations.Migration):
    dependencies = [("people", "0008_takeouts")]

    operations = [
        migrations.RemoveConstraint(model_name="residence", name="residence_role"),
        migrations.RemoveConstraint(model_name="residence", name="residence_tenure"),
        migrations.AddConstraint(
            model_name="residence", constraint=models.CheckConstraint(name="residence_role", condition=models.Q(role__in=ROLES))
        ),
        migrations.AddConstraint(
            model_name="residence", constraint=models.CheckConstraint(name="residence_tenure", condition=models.Q(tenure__in=TENURES))
        ),
    ]
