from django.apps import AppConfig


class CharterConfig(AppConfig):
    name = "linli.charter"
    label = "charter"

    def ready(self) -> None:
        from linli.charter.store import standing
        from linli.frame.views import CHECKS

        CHECKS["charter"] = standing
