from django.apps import AppConfig


class MattersConfig(AppConfig):
    name = "linli.matters"
    label = "matters"

    def ready(self) -> None:
        from linli.access.guard import holds_real
        from linli.access.keys import sealed
        from linli.matters.models import Matter

        sealed("matters.Reporter", "name_sealed")
        sealed("matters.Reporter", "phone_sealed")
        holds_real("matters", lambda: Matter.objects.filter(is_demo=False).exists())
