from django.apps import AppConfig


class BodiesConfig(AppConfig):
    name = "linli.bodies"
    label = "bodies"
