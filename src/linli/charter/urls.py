from django.urls import path

from linli.charter import pages

app_name = "charter"
urlpatterns = [
    path("", pages.home, name="home"),
    path("account/", pages.account, name="explain"),
    path("procedures/<slug:id>/", pages.procedure, name="procedure"),
]
