from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "linli.reports"
    label = "reports"

    def ready(self) -> None:
        from linli.measures.declare import counted
        from linli.reports.reading import keep_ready

        counted.connect(keep_ready, dispatch_uid="linli.reports.reading")
