from django.apps import AppConfig


class GatheringsConfig(AppConfig):
    name = "linli.gatherings"
    label = "gatherings"

    def ready(self) -> None:
        from linli.access.guard import holds_real
        from linli.frame import panels
        from linli.gatherings.models import Gathering
        from linli.gatherings.panels import of_flow, of_today
        from linli.places import followers

        panels.add("flow", "gatherings/parts/of_flow.html", of_flow)
        panels.add("today", "gatherings/parts/today.html", of_today)
        panels.add("phone", "gatherings/parts/today.html", of_today)
        followers.add(replaced=lambda change: followers.carry(Gathering, change))
        holds_real("gatherings", lambda: Gathering.objects.filter(is_demo=False).exists())
