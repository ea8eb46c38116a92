from django.urls import path

from linli.reports import disputes, pages

app_name = "reports"
urlpatterns = [
    path("", pages.home, name="home"),
    path("<str:code>/", pages.area, name="area"),
    path("<str:code>/issues/", pages.issues, name="issues"),
    path("<str:code>/disputes/", disputes.disputes, name="disputes"),
]
