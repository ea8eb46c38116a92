from django.urls import path

from linli.gatherings.pages import acts, listing, one, planning, printing, public

app_name = "gatherings"
urlpatterns = [
    path("meet/<str:code>/", public.coming, name="public"),
    path("gatherings/", listing.gatherings, name="list"),
    path("gatherings/calendar/", listing.calendar, name="calendar"),
    path("gatherings/new/", planning.new, name="new"),
    path("gatherings/files/<uuid:uid>/", one.paper, name="paper"),
    path("gatherings/<int:pk>/", one.detail, name="detail"),
    path("gatherings/<int:pk>/change/", planning.change, name="change"),
    path("gatherings/<int:pk>/off/", acts.call_off, name="call_off"),
    path("gatherings/<int:pk>/hold/", acts.hold, name="hold"),
    path("gatherings/<int:pk>/recount/", acts.recount, name="recount"),
    path("gatherings/<int:pk>/minutes/", acts.minutes, name="minutes"),
    path("gatherings/<int:pk>/papers/", acts.papers, name="papers"),
    path("gatherings/<int:pk>/minutes/print/", printing.minutes, name="print"),
    path("gatherings/<int:pk>/sheet/", printing.sheet, name="sheet"),
    path("gatherings/<int:pk>/calendar.ics", one.ics, name="ics"),
]
