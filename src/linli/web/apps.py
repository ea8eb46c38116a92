from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "linli.web"
    label = "web"

    def ready(self) -> None:
        from linli.frame import menu
        from linli.web.standing import area_name, standing_of

        menu.provide(standing_of, area_name)
