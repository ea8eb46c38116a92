"""What somebody is to the head, and by what right they live there, can be not known: nothing is made up where nobody said it."""

from django.db import migrations, models

ROLE_CHOICES = [
    ("head", "head of the household"), ("spouse", "spouse"), ("child", "child"), ("child_in_law", "child-in-law"), ("grandchild", "grandchild"),
    ("parent", "parent"), ("parent_in_law", "parent-in-law"), ("grandparent", "grandparent"), ("sibling", "brother or sister"),
    ("other_kin", "other relative"), ("not_kin", "not related"), ("unknown", "not known"),
]  # fmt: skip
TENURE_CHOICES = [
    ("own", "own dwelling"), ("rented", "rented"), ("lodging", "lodging with somebody"), ("employer", "of the employer"), ("other", "otherwise"),
    ("unknown", "not known"),
]  # fmt: skip
ROLES, TENURES = [c for c, _said in ROLE_CHOICES], [c for c, _said in TENURE_CHOICES]


class Migration(migrations.Migration):
    dependencies = [("people", "0009_many_at_once")]

    operations = [
        migrations.AlterField(
            model_name="residence",
            name="role",
            field=models.CharField(choices=ROLE_CHOICES, max_length=14, verbose_name="to the head of the household"),
        ),
        migrations.AlterField(
            model_name="residence",
            name="tenure",
            field=models.CharField(choices=TENURE_CHOICES, max_length=10, verbose_name="lives there by"),
        ),
        migrations.RemoveConstraint(model_name="residence", name="residence_role"),
        migrations.RemoveConstraint(model_name="residence", name="residence_tenure"),
        migrations.AddConstraint(
            model_name="residence", constraint=models.CheckConstraint(name="residence_role", condition=models.Q(role__in=ROLES))
        ),
        migrations.AddConstraint(
            model_name="residence", constraint=models.CheckConstraint(name="residence_tenure", condition=models.Q(tenure__in=TENURES))
        ),
    ]
