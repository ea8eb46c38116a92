"""Residents' own pages 我的信息, by a link from the service station."""

from django.urls import path

from linli.people.pages import own

app_name = "own"
urlpatterns = [
    path("", own.home, name="home"),
    path("open/<str:token>/", own.open_link, name="open"),
    path("copy.json", own.copy_json, name="copy_json"),
    path("copy.pdf", own.copy_pdf, name="copy_pdf"),
    path("end/", own.end, name="end"),
]
