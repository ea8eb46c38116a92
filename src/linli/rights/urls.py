from django.urls import path

from linli.rights import pages

app_name = "rights"
urlpatterns = [
    path("my/ask/", pages.ask, name="ask"),
    path("my/ask/<str:number>/withdraw/", pages.withdraw, name="withdraw"),
    path("people/requests/", pages.requests, name="requests"),
    path("people/requests/<str:number>/", pages.show, name="request"),
]
