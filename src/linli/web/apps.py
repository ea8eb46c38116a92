from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "linli.web"
    label = "web"

    def ready(self) -> None:
        from linli.frame import menu
        from linli.people import panels
        from linli.web.beside import open_matters
        from linli.web.standing import area_name, standing_of

        menu.provide(standing_of, area_name)
        panels.add("web/parts/household_matters.html", open_matters, order=20)
