from django.apps import AppConfig


class MattersConfig(AppConfig):
    name = "linli.matters"
    label = "matters"

    def ready(self) -> None:
        from django.urls import reverse

        from linli.access.guard import holds_real
        from linli.access.keys import sealed
        from linli.flow.subjects import register
        from linli.matters.actions.raising import SUBJECT
        from linli.matters.models import Matter
        from linli.places import followers

        register(SUBJECT, url=lambda flow: reverse("matters:detail", args=[flow.subject_ref]))

        sealed("matters.Reporter", "name_sealed")
        sealed("matters.Reporter", "phone_sealed")
        followers.add(replaced=lambda change: followers.carry(Matter, change))
        holds_real("matters", lambda: Matter.objects.filter(is_demo=False).exists())
