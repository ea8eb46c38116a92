from django.urls import path

from linli.reports import pages

app_name = "reports"
urlpatterns = [
    path("", pages.home, name="home"),
    path("<str:code>/", pages.area, name="area"),
    path("<str:code>/issues/", pages.issues, name="issues"),
]
