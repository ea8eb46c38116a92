from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "linli.outbox"
    label = "outbox"

    def ready(self) -> None:
        from linli.access.keys import sealed
        from linli.outbox import seals
        from linli.outbox.following import leave, take_over
        from linli.places import followers

        sealed("outbox.Message", "address_sealed", seals.place("address_sealed"))
        sealed("outbox.Subscription", "secret_sealed", seals.place("secret_sealed"))
        sealed("outbox.Subscription", "old_secret_sealed", seals.place("old_secret_sealed"))
        followers.add(replaced=take_over, ended=leave)
