from django.apps import AppConfig


class MattersConfig(AppConfig):
    name = "linli.matters"
    label = "matters"

    def ready(self) -> None:
        from django.urls import reverse
        from django.utils.translation import gettext_lazy as _
        from django.utils.translation import pgettext_lazy

        from linli.access import records, retention
        from linli.access.guard import holds_real
        from linli.access.keys import sealed
        from linli.flow import telling
        from linli.flow.subjects import register
        from linli.matters import letting_go, messages, pressing
        from linli.matters.actions.raising import SUBJECT
        from linli.matters.actions.steps import names_behind
        from linli.matters.boxes import following
        from linli.matters.disputes.measures import SOURCE as DISPUTES
        from linli.matters.disputes.parties import FIELDS
        from linli.matters.measures import SOURCE
        from linli.matters.models import Box, Matter
        from linli.matters.reporters import can_be_rung
        from linli.measures.declare import declare
        from linli.places import followers

        register(SUBJECT, url=lambda flow: reverse("matters:detail", args=[flow.subject_ref]), reachable=can_be_rung, names=names_behind)

        telling.add(SUBJECT, messages.tell)
        telling.add(SUBJECT, pressing.tell)
        messages.register_texts()

        retention.keep("reporter", letting_go.forget_reporters)
        retention.keep("party", letting_go.forget_parties)
        retention.keep("slips", letting_go.forget_slips)
        sealed("matters.Reporter", "name_sealed")
        sealed("matters.Reporter", "phone_sealed")
        sealed("matters.OrderFile", "sealed")
        for field in FIELDS:
            sealed("matters.Party", f"{field}_sealed")
        records.register(
            "matters.party",
            says=_("A side of the dispute %(name)s"),
            named_by=lambda key: Matter.objects.filter(parties=key).values("number"),
            fields={"name": pgettext_lazy("person", "name"), "phone": _("telephone"), "address": _("address")},
        )
        records.register(
            "matters.reporter",
            says=_("Reporter of matter %(name)s"),
            named_by=lambda key: Matter.objects.filter(pk=key).values("number"),
            fields={"name": pgettext_lazy("person", "name"), "phone": _("telephone")},
        )
        declare(SOURCE)
        declare(DISPUTES)
        followers.add(replaced=lambda change: followers.carry(Matter, change))
        followers.add(replaced=lambda change: followers.carry(Box, change), ended=following.leave)
        holds_real("matters", lambda: Matter.objects.filter(is_demo=False).exists())
        holds_real("opinion boxes", lambda: Box.objects.filter(is_demo=False).exists())
