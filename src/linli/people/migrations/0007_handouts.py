"""Links by which residents read what is held about them: opened once, by functions that know no place before."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import linli.places.ltree
from linli.access.rls import policy_sql

FUNCTIONS = """
-- A link is opened once: whose it is stays with the row, and the browser gets a session of its own. True where it could be.
create function linli_people_own_open(digest_ bytea, session_ bytea, at_ timestamptz, until_ timestamptz) returns boolean
language sql volatile security definer set search_path = public, pg_temp as $$
    with used as (
        update people_handout set used_at = at_, session = session_, ends_at = until_
        where digest = digest_ and used_at is null and expires_at > at_ returning 1
    ) select exists (select from used)
$$;

-- What a browser's session opens, while it lasts. The place is that of the person as it is now.
create function linli_people_own(session_ bytea, at_ timestamptz)
returns table (handout bigint, person bigint, path text, by bigint, way text, ends_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select h.id, h.person_id, p.path::text, h.by_id, h.way::text, h.ends_at
    from people_handout h join people_person p on p.id = h.person_id where h.session = session_ and h.ends_at > at_
$$;

create function linli_people_own_end(session_ bytea) returns void
language sql volatile security definer set search_path = public, pg_temp as $$
    update people_handout set session = null where session = session_
$$;

-- whoever is erased takes their links along
create function linli_people_handouts_go() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    delete from people_handout where person_id = old.id;
    return null;
end $$;
create trigger person_handouts_go after delete on people_person for each row execute function linli_people_handouts_go();
"""
BACK = """
drop trigger person_handouts_go on people_person;
drop function linli_people_handouts_go();
drop function linli_people_own_end(bytea);
drop function linli_people_own(bytea, timestamptz);
drop function linli_people_own_open(bytea, bytea, timestamptz, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0006_keeping"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Handout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("card", "identity card shown, face compared"),
                            ("booklet", "household booklet and another paper with a photo shown"),
                            ("photo", "another official paper with a photo shown (passport, social security card)"),
                            ("custodian", "custodian of a child: own identity card and proof of custody shown"),
                        ],
                        max_length=10,
                        verbose_name="how it was checked who they are",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                ("session", models.BinaryField(blank=True, max_length=32, null=True, unique=True)),
                ("ends_at", models.DateTimeField(blank=True, null=True)),
                ("path", linli.places.ltree.PathField(editable=False)),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="people.person"
                    ),
                ),
            ],
            options={
                "verbose_name": "link for a resident",
                "indexes": [
                    linli.places.ltree.PathIndex(fields=["path"], name="handout_path"),
                    models.Index(fields=["person"], name="handout_person"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("way__in", ["card", "booklet", "photo", "custodian"])), name="handout_way"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ends_at", None), ("session", None), ("used_at", None)),
                            models.Q(("ends_at__isnull", False), ("used_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="handout_used",
                    ),
                ],
            },
        ),
        migrations.RunSQL(*policy_sql("people_handout", "people_handout.path")),
        migrations.RunSQL(FUNCTIONS, BACK),
    ]
