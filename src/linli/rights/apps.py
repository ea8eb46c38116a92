from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "linli.rights"
    label = "rights"

    def ready(self) -> None:
        from django.urls import reverse

        from linli.access import retention
        from linli.access.keys import sealed
        from linli.flow.subjects import register
        from linli.people import panels
        from linli.places import followers
        from linli.rights import following, queries
        from linli.rights.actions import SUBJECT, forget

        sealed("rights.OwnRequest", "words_sealed")
        sealed("rights.OwnRequest", "answer_sealed")
        register(SUBJECT, url=lambda flow: reverse("rights:request", args=[flow.subject_ref]))
        retention.keep("request", forget)
        panels.add_own("rights/parts/own.html", queries.own)
        panels.add_copied("requests", queries.copied)
        followers.add(replaced=following.take_over)
