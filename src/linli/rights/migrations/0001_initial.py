"""Residents' own requests: their rows are seen from the community that was asked, and from where the person lives."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.places.ltree
from linli.access.rls import policy_sql

# the person's own page opens where they live now, which may be another community than they asked
PERSON = """
create policy rights_ownrequest_person on rights_ownrequest using (
    (select p.path from people_person p where p.id = rights_ownrequest.person_id)
    <@ any(string_to_array(coalesce(current_setting('linli.opened', true), ''), ',')::ltree[])
);
-- whoever is erased takes their requests along
create function linli_rights_requests_go() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    delete from rights_ownrequest where person_id = old.id;
    return null;
end $$;
create trigger person_requests_go after delete on people_person for each row execute function linli_rights_requests_go();
"""
BACK = """
drop trigger person_requests_go on people_person;
drop function linli_rights_requests_go();
drop policy rights_ownrequest_person on rights_ownrequest;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("flow", "0005_late_lines"),
        ("people", "0008_takeouts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("correct", "correct it"), ("delete", "delete it")], max_length=7, verbose_name="what is asked"
                    ),
                ),
                (
                    "item",
                    models.CharField(
                        choices=[
                            ("name", "name"),
                            ("birth", "date of birth or sex"),
                            ("number", "identity number"),
                            ("phone", "telephone"),
                            ("home", "where or how you live"),
                            ("visits", "visits under a group"),
                            ("custody", "custody"),
                            ("other", "something else"),
                            ("all", "everything"),
                        ],
                        max_length=7,
                        verbose_name="what it is about",
                    ),
                ),
                ("words_sealed", models.BinaryField()),
                ("answer_sealed", models.BinaryField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "not yet decided"),
                            ("granted", "granted"),
                            ("returned", "say more and ask again"),
                            ("refused", "refused"),
                        ],
                        default="asked",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="requested on")),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("path", linli.places.ltree.PathField(editable=False)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("flow", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="flow.flow")),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="people.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "resident's request",
                "indexes": [
                    linli.places.ltree.PathIndex(fields=["path"], name="own_request_path"),
                    models.Index(fields=["person", "-at"], name="own_request_person"),
                    models.Index(fields=["decided_at"], name="own_request_ended"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "correct"), models.Q(("item", "all"), _negated=True)), ("kind", "delete"), _connector="OR"
                        ),
                        name="own_request_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer_sealed", None), ("decided_at", None), ("decided_by", None), ("state", "asked")),
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
                ],
            },
        ),
        migrations.RunSQL(*policy_sql("rights_ownrequest", "rights_ownrequest.path")),
        migrations.RunSQL(PERSON, BACK),
    ]
