from django.urls import path

from linli.rights import pages

app_name = "rights"
urlpatterns = [
    path("my/ask/", pages.ask, name="ask"),
    path("people/requests/", pages.requests, name="requests"),
    path("people/requests/<str:number>/", pages.show, name="request"),
]
