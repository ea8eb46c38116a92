from django.apps import AppConfig

LINKED = ("street", "community", "grid", "building", "unit", "dwelling")
"""Places whose page leads to those who live there."""


class PeopleConfig(AppConfig):
    name = "linli.people"
    label = "people"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from linli.access import privileges, records, retention
        from linli.access.guard import holds_real
        from linli.access.keys import SealedWithin, sealed, sealed_within
        from linli.access.scope import can
        from linli.frame import panels
        from linli.people import following, letting_go, sealing
        from linli.people.pages import takeouts, today
        from linli.places import followers
        from linli.places import panels as place_panels

        sealed("people.Person", "name_sealed", found_by=sealing.of_person)
        sealed("people.Secret", "sealed", found_by=sealing.of_secret)
        sealed("people.Secret", "shown")
        sealed("people.ImportPiece", "sealed")
        sealed_within(SealedWithin("people.Past", "was", sealing.in_past, sealing.of_past))
        # the numbers can be written and not read: linli_people_reveal gives them out, with a line in the log of looks
        privileges.narrow(
            "people_secret",
            select=("id", "person_id", "kind", "shown", "blind", "since", "until", "path", "is_demo"),
            update=("until", "path", "shown"),
            insert=True,
        )
        privileges.narrow("people_past")
        privileges.narrow(
            "people_change",
            select=("id", "at", "by_id", "act", "household_id", "person_id", "data", "note", "undoes_id", "path"),
            update=("path",),
            insert=True,
        )
        retention.keep("person", letting_go.forget_persons)
        for term in ("number", "visits", "custody"):
            retention.keep(term, letting_go.forget_parts(term))
        records.register(
            "people.person",
            says=_("Person no. %(name)s of the register"),
            named_by=None,
            fields={"id": _("identity number"), "phone": _("telephone")},
        )
        panels.add("today", "people/parts/takeouts_today.html", takeouts.for_today, order=40)
        panels.add("phone", "people/parts/taken_today.html", today.taken_elsewhere, order=40)
        place_panels.add(
            "people/parts/place_link.html",
            lambda request, place: {"place": place} if place.level in LINKED and can(request.user, "person.see", place) else None,
            order=20,
        )
        followers.add(replaced=following.take_over, ended=following.refuse_ending)
        holds_real("people", following.real_people)
