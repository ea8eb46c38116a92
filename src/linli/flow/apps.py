from django.apps import AppConfig


class FlowConfig(AppConfig):
    name = "linli.flow"
    label = "flow"

    def ready(self) -> None:
        from linli.bodies.work import tell_open_work
        from linli.flow.queries import open_work

        tell_open_work(open_work)
