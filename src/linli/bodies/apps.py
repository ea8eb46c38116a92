from django.apps import AppConfig


class BodiesConfig(AppConfig):
    name = "linli.bodies"
    label = "bodies"

    def ready(self) -> None:
        from linli.bodies import following, queries
        from linli.bodies.panels import seats_panel
        from linli.places import followers, panels

        panels.add("bodies/parts/place_seats.html", seats_panel, order=10)
        panels.responsible = queries.responsible_names
        followers.add(replaced=following.take_over, ended=following.leave)
