from functools import partial

from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "linli.planning"
    label = "planning"

    def ready(self) -> None:
        from linli.flow.subjects import register
        from linli.places import followers
        from linli.places import panels as place_panels
        from linli.planning.grids.actions import SUBJECT
        from linli.planning.grids.adopting import url_of
        from linli.planning.grids.panels import division_of
        from linli.planning.models import Alternative, Material, Study

        register(SUBJECT, url=url_of)
        place_panels.add("planning/parts/of_place.html", division_of, order=60)
        for model in (Alternative, Material, Study):
            followers.add(replaced=partial(followers.carry, model))
