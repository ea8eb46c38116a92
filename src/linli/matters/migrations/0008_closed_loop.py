"""The loop closed: what a call-back says, what presses on late work, notices of the month, and matters that keep coming at a place."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
-- a call-back is a rating, too: what nobody here can change leaves the person dissatisfied all the same
create or replace function linli_matter_follows() returns trigger language plpgsql as $$
begin
    if new.outcome = 'answered' then
        update matters_matter set answer = coalesce(new.texts ->> 'answer', ''),
            answered_at = case when coalesce(new.texts ->> 'answer', '') <> '' then new.at end
        where flow_id = new.flow_id;
    else
        update matters_matter set rating = case new.outcome when 'explained' then 'dissatisfied' else new.outcome end
        where flow_id = new.flow_id;
    end if;
    return null;
end $$;
drop trigger matter_follows on flow_event;
create trigger matter_follows after insert on flow_event
    for each row when (new.kind = 'taken' and new.outcome in ('answered', 'satisfied', 'dissatisfied', 'explained', 'silent'))
    execute function linli_matter_follows();

create or replace function linli_notice_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.state = 'signed' and new.state <> 'signed'
        and (new.place_id, new.month, new.edition, new.lines, new.remark, new.signed_at, new.signed_by_id, new.signed_as)
            is not distinct from
            (old.place_id, old.month, old.edition, old.lines, old.remark, old.signed_at, old.signed_by_id, old.signed_as)
    then return new; end if;
    if tg_op = 'DELETE' and current_setting('linli.notice_act', true) = 'demo' then return old; end if;
    raise exception 'a notice that is signed stays as it is: it is withdrawn, or put right by another'
        using errcode = 'integrity_constraint_violation';
end $$;
create trigger notice_guard before update or delete on matters_notice
    for each row execute function linli_notice_guard();

-- the digests have more to say: all are made again at the next run
update measures_run set upto = 0 where source = 'matters';
"""

BACKWARD = """
drop trigger notice_guard on matters_notice;
drop function linli_notice_guard();
drop trigger matter_follows on flow_event;
create trigger matter_follows after insert on flow_event
    for each row when (new.kind = 'taken' and new.outcome in ('answered', 'satisfied', 'dissatisfied', 'silent'))
    execute function linli_matter_follows();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bodies", "0001_initial"),
        ("flow", "0003_todo_answer"),
        ("matters", "0007_learning_and_following"),
        ("measures", "0001_initial"),
        ("places", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Ground",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "verbose_name": "ground of a matter",
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(verbose_name="month")),
                ("edition", models.PositiveSmallIntegerField(default=1, verbose_name="edition")),
                (
                    "state",
                    models.CharField(
                        choices=[("signed", "in force"), ("replaced", "put right by a later one"), ("withdrawn", "withdrawn")],
                        default="signed",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("lines", models.JSONField()),
                ("remark", models.TextField(blank=True, max_length=1000, verbose_name="remark")),
                ("signed_at", models.DateTimeField(verbose_name="signed")),
                ("signed_as", models.CharField(max_length=40)),
                ("closed_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True, max_length=1000, verbose_name="reason")),
            ],
            options={
                "verbose_name": "notice",
            },
        ),
        migrations.CreateModel(
            name="Pressing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("urge", "urging"), ("supervise", "supervision"), ("notice", "naming in a notice")],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "to be answered"),
                            ("answered", "waits for the supervisor"),
                            ("accepted", "accepted"),
                            ("lifted", "lifted"),
                            ("ended", "ended with the matter"),
                            ("done", "done"),
                        ],
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="since")),
                ("by_hand", models.BooleanField(default=False)),
                ("due_at", models.DateTimeField(null=True, verbose_name="to be answered by")),
                ("late", models.BooleanField(default=False, verbose_name="overdue")),
                ("answered_seq", models.PositiveIntegerField(null=True)),
                ("closed_seq", models.PositiveIntegerField(null=True)),
            ],
            options={
                "verbose_name": "pressing on late work",
            },
        ),
        migrations.AddField(
            model_name="course",
            name="again",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="course",
            name="called_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="course",
            name="named_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="course",
            name="rated_by",
            field=models.CharField(blank=True, db_default="", max_length=8),
        ),
        migrations.AddField(
            model_name="course",
            name="reached",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="course",
            name="recalled_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="course",
            name="recurs",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="course",
            name="supervised_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(condition=models.Q(("recurs", True)), fields=["raised_at"], name="course_recurs"),
        ),
        migrations.AddField(
            model_name="ground",
            name="matter",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="roots", to="matters.matter"),
        ),
        migrations.AddField(
            model_name="ground",
            name="root",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="grounds", to="matters.matter"),
        ),
        migrations.AddField(
            model_name="notice",
            name="closed_by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="notice",
            name="place",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place", verbose_name="area"),
        ),
        migrations.AddField(
            model_name="notice",
            name="signed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="signed by"
            ),
        ),
        migrations.AddField(
            model_name="pressing",
            name="flow",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="pressings", to="flow.flow"),
        ),
        migrations.AddField(
            model_name="pressing",
            name="seat",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bodies.seat", verbose_name="responsible"
            ),
        ),
        migrations.AddField(
            model_name="pressing",
            name="supervisor",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="bodies.seat",
                verbose_name="supervised by",
            ),
        ),
        migrations.AddConstraint(
            model_name="ground",
            constraint=models.UniqueConstraint(fields=("root", "matter"), name="ground_once"),
        ),
        migrations.AddConstraint(
            model_name="ground",
            constraint=models.CheckConstraint(condition=models.Q(("root", models.F("matter")), _negated=True), name="ground_other"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(fields=("place", "month", "edition"), name="notice_edition"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(condition=models.Q(("state", "signed")), fields=("place", "month"), name="notice_in_force"),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("reason", ""), ("state", "signed")),
                    models.Q(
                        models.Q(("state", "signed"), _negated=True), ("closed_at__isnull", False), models.Q(("reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="notice_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="pressing",
            index=models.Index(fields=["kind", "-at"], name="pressing_kind"),
        ),
        migrations.AddConstraint(
            model_name="pressing",
            constraint=models.UniqueConstraint(fields=("flow", "seq"), name="pressing_once"),
        ),
        migrations.AddConstraint(
            model_name="pressing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "supervise"), ("state__in", ["open", "answered"])),
                fields=("flow",),
                name="pressing_one_supervision",
            ),
        ),
        migrations.AddConstraint(
            model_name="pressing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "supervise"), _negated=True),
                    models.Q(("due_at__isnull", False), ("supervisor__isnull", False)),
                    _connector="OR",
                ),
                name="pressing_supervision",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
