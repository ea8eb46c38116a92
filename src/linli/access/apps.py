from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "linli.access"
    label = "access"

    def ready(self) -> None:
        from linli.access import pages  # noqa: F401  (hands the guard to the frame)
