"""The URL map: one line a room. Names are ``<room>:<page>``. What programs ask for comes first: addresses are tried in this order."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("open311/v2/", include("linli.matters.open311.urls")),
    path("api/v1/", include(("linli.conf.api", "api"))),
    path("", include("linli.web.urls")),
    path("", include("linli.matters.urls")),
    path("", include("linli.gatherings.urls")),
    path("plan/", include("linli.planning.urls")),
    path("situation/", include("linli.reports.urls")),
    path("tasks/", include("linli.flow.urls")),
    path("outbox/", include("linli.outbox.urls")),
    path("", include("linli.rights.urls")),
    path("people/", include("linli.people.urls")),
    path("my/", include("linli.people.own_urls")),
    path("places/", include("linli.places.urls")),
    path("posts/", include("linli.bodies.urls")),
    path("charter/", include("linli.charter.urls")),
    path("", include("linli.access.urls")),
    path("", include("linli.frame.urls")),
]

handler400 = "linli.frame.errors.bad_request"
handler403 = "linli.frame.errors.forbidden"
handler404 = "linli.frame.errors.missing"
handler500 = "linli.frame.errors.broken"
