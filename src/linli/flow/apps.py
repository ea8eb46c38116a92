from django.apps import AppConfig


class FlowConfig(AppConfig):
    name = "linli.flow"
    label = "flow"
