from django.apps import AppConfig


class FlowConfig(AppConfig):
    name = "linli.flow"
    label = "flow"

    def ready(self) -> None:
        from linli.bodies.work import tell_open_work
        from linli.flow import following
        from linli.flow.queries import open_work
        from linli.places import followers

        tell_open_work(open_work)
        followers.add(replaced=following.take_over, ended=following.leave)
