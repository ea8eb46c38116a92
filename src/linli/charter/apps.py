from django.apps import AppConfig


class CharterConfig(AppConfig):
    name = "linli.charter"
    label = "charter"
