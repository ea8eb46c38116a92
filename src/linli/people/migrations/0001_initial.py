import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.people.models
import linli.places.ltree


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("places", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Household",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("since", models.DateField(verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                (
                    "came_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="went_to",
                        to="people.household",
                        verbose_name="moved here from",
                    ),
                ),
                (
                    "dwelling",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place", verbose_name="dwelling"
                    ),
                ),
            ],
            options={
                "verbose_name": "household",
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("act", models.CharField(max_length=30)),
                ("data", models.JSONField(default=dict)),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("path", linli.places.ltree.PathField(editable=False)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="undone_by", to="people.change"
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="changes",
                        to="people.household",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of the register",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Past",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("row", models.BigIntegerField()),
                ("was", models.JSONField(null=True)),
                ("change", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.change")),
            ],
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_sealed", models.BinaryField()),
                ("tokens", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), editable=False, size=None)),
                ("sex", models.CharField(blank=True, choices=[("f", "female"), ("m", "male")], max_length=1, verbose_name="sex")),
                ("born", models.DateField(blank=True, null=True, verbose_name="date of birth")),
                ("died", models.DateField(blank=True, null=True, verbose_name="date of death")),
                ("community", models.CharField(editable=False, max_length=40)),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
            ],
            options={
                "verbose_name": "person",
                "indexes": [linli.places.ltree.PathIndex(fields=["path"], name="person_path")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("sex__in", ["", "f", "m"])), name="person_sex"),
                    models.CheckConstraint(
                        condition=models.Q(("died", None), ("born", None), ("died__gte", models.F("born")), _connector="OR"),
                        name="person_lived",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("group", models.CharField(max_length=40, verbose_name="group")),
                ("since", models.DateField(verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                ("purpose", models.CharField(max_length=200, verbose_name="what the visits are for")),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="people.person", verbose_name="person"
                    ),
                ),
            ],
            options={
                "verbose_name": "membership of a visited group",
            },
        ),
        migrations.CreateModel(
            name="Custody",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("parent", "father or mother"),
                            ("grandparent", "grandparent"),
                            ("kin", "brother, sister or other relative"),
                            ("appointed", "appointed"),
                        ],
                        max_length=12,
                        verbose_name="custodian is",
                    ),
                ),
                ("since", models.DateField(verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                (
                    "child",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="custodies", to="people.person", verbose_name="child"
                    ),
                ),
                (
                    "custodian",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="wards", to="people.person", verbose_name="custodian"
                    ),
                ),
            ],
            options={
                "verbose_name": "custody",
            },
        ),
        migrations.AddField(
            model_name="change",
            name="person",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="changes",
                to="people.person",
            ),
        ),
        migrations.CreateModel(
            name="Residence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("head", "head of the household"),
                            ("spouse", "spouse"),
                            ("child", "child"),
                            ("child_in_law", "child-in-law"),
                            ("grandchild", "grandchild"),
                            ("parent", "parent"),
                            ("parent_in_law", "parent-in-law"),
                            ("grandparent", "grandparent"),
                            ("sibling", "brother or sister"),
                            ("other_kin", "other relative"),
                            ("not_kin", "not related"),
                        ],
                        max_length=14,
                        verbose_name="to the head of the household",
                    ),
                ),
                (
                    "tenure",
                    models.CharField(
                        choices=[
                            ("own", "own dwelling"),
                            ("rented", "rented"),
                            ("lodging", "lodging with somebody"),
                            ("employer", "of the employer"),
                            ("other", "otherwise"),
                        ],
                        max_length=10,
                        verbose_name="lives there by",
                    ),
                ),
                (
                    "registered",
                    models.CharField(
                        choices=[("here", "registered here"), ("elsewhere", "registered elsewhere"), ("unknown", "not known")],
                        max_length=10,
                        verbose_name="household registration",
                    ),
                ),
                ("registered_at", models.CharField(blank=True, max_length=60, verbose_name="registered at")),
                ("since", models.DateField(verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                (
                    "ended",
                    models.CharField(
                        blank=True,
                        choices=[("moved", "moved within the register"), ("left", "moved away"), ("died", "died")],
                        max_length=5,
                        verbose_name="ended because",
                    ),
                ),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="residences",
                        to="people.household",
                        verbose_name="household",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="residences", to="people.person", verbose_name="person"
                    ),
                ),
            ],
            options={
                "verbose_name": "residence",
            },
        ),
        migrations.CreateModel(
            name="Secret",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("id", "identity number"), ("phone", "telephone")], max_length=5)),
                ("sealed", models.BinaryField()),
                ("shown", models.BinaryField()),
                ("blind", models.BinaryField(max_length=32)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("is_demo", models.BooleanField(default=False)),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="secrets", to="people.person")),
            ],
            options={
                "verbose_name": "protected number",
            },
        ),
        migrations.CreateModel(
            name="Touched",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("change", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="touched", to="people.change")),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="people.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("shop", "shop or eating place"),
                            ("company", "company"),
                            ("workshop", "workshop"),
                            ("school", "school or training place"),
                            ("clinic", "clinic or pharmacy"),
                            ("office", "public office"),
                            ("association", "association"),
                            ("other", "other unit"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("since", models.DateField(verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
                ("is_demo", models.BooleanField(default=False, verbose_name="demonstration data")),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place", verbose_name="place"
                    ),
                ),
            ],
            options={
                "verbose_name": "unit in the area",
                "ordering": ["name", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="household",
            index=linli.places.ltree.PathIndex(fields=["path"], name="household_path"),
        ),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"), name="household_period"
            ),
        ),
        migrations.AddIndex(
            model_name="past",
            index=models.Index(fields=["kind", "row"], name="past_row"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=linli.places.ltree.PathIndex(fields=["path"], name="membership_path"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("person", "="),
                    ("group", "="),
                    (linli.people.models._Period("since", "until", django.contrib.postgres.fields.ranges.RangeBoundary()), "&&"),
                ],
                name="membership_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"), name="membership_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("purpose", ""), _negated=True), models.Q(("group", ""), _negated=True)),
                name="membership_purpose",
            ),
        ),
        migrations.AddIndex(
            model_name="custody",
            index=linli.places.ltree.PathIndex(fields=["path"], name="custody_path"),
        ),
        migrations.AddConstraint(
            model_name="custody",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("child", "="),
                    ("custodian", "="),
                    (linli.people.models._Period("since", "until", django.contrib.postgres.fields.ranges.RangeBoundary()), "&&"),
                ],
                name="custody_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="custody",
            constraint=models.CheckConstraint(
                condition=models.Q(("child", models.F("custodian")), _negated=True), name="custody_of_another"
            ),
        ),
        migrations.AddConstraint(
            model_name="custody",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"), name="custody_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="custody",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["parent", "grandparent", "kin", "appointed"])), name="custody_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="change",
            index=linli.places.ltree.PathIndex(fields=["path"], name="change_path"),
        ),
        migrations.AddIndex(
            model_name="residence",
            index=linli.places.ltree.PathIndex(fields=["path"], name="residence_path"),
        ),
        migrations.AddConstraint(
            model_name="residence",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("person", "="),
                    (linli.people.models._Period("since", "until", django.contrib.postgres.fields.ranges.RangeBoundary()), "&&"),
                ],
                name="residence_one_household",
            ),
        ),
        migrations.AddConstraint(
            model_name="residence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("role", "head"), ("until", None)), fields=("household",), name="residence_one_head"
            ),
        ),
        migrations.AddConstraint(
            model_name="residence",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"), name="residence_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="residence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended", ""), ("until", None)),
                    models.Q(("ended__in", ["moved", "left", "died"]), ("until__isnull", False)),
                    _connector="OR",
                ),
                name="residence_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="residence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "head",
                            "spouse",
                            "child",
                            "child_in_law",
                            "grandchild",
                            "parent",
                            "parent_in_law",
                            "grandparent",
                            "sibling",
                            "other_kin",
                            "not_kin",
                        ],
                    )
                ),
                name="residence_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="residence",
            constraint=models.CheckConstraint(
                condition=models.Q(("tenure__in", ["own", "rented", "lodging", "employer", "other"])), name="residence_tenure"
            ),
        ),
        migrations.AddConstraint(
            model_name="residence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("registered", "elsewhere"), models.Q(("registered__in", ["here", "unknown"]), ("registered_at", "")), _connector="OR"
                ),
                name="residence_registered",
            ),
        ),
        migrations.AddIndex(
            model_name="secret",
            index=models.Index(condition=models.Q(("until", None)), fields=["blind"], name="secret_blind"),
        ),
        migrations.AddIndex(
            model_name="secret",
            index=linli.places.ltree.PathIndex(fields=["path"], name="secret_path"),
        ),
        migrations.AddConstraint(
            model_name="secret",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["id", "phone"])), name="secret_kind"),
        ),
        migrations.AddConstraint(
            model_name="secret",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"), name="secret_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="secret",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "id"), ("until", None)), fields=("blind",), name="secret_id_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="secret",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "id"), ("until", None)), fields=("person",), name="secret_one_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="secret",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "phone"), ("until", None)), fields=("person", "blind"), name="secret_phone_once"
            ),
        ),
        migrations.AddIndex(
            model_name="touched",
            index=linli.places.ltree.PathIndex(fields=["path"], name="touched_path"),
        ),
        migrations.AddConstraint(
            model_name="touched",
            constraint=models.UniqueConstraint(fields=("person", "change"), name="touched_once"),
        ),
        migrations.AddIndex(
            model_name="unit",
            index=linli.places.ltree.PathIndex(fields=["path"], name="unit_path"),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"), name="unit_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["shop", "company", "workshop", "school", "clinic", "office", "association", "other"])),
                name="unit_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("name", "="),
                    ("place", "="),
                    (linli.people.models._Period("since", "until", django.contrib.postgres.fields.ranges.RangeBoundary()), "&&"),
                ],
                name="unit_once",
            ),
        ),
    ]
