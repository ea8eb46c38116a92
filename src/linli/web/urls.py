from django.urls import path

from linli.web import pages

app_name = "web"
urlpatterns = [
    path("", pages.home, name="home"),
    path("desk/", pages.desk, name="desk"),
    path("phone/", pages.phone, name="phone"),
    path("phone/grid/", pages.phone_grid, name="phone_grid"),
    path("phone/me/", pages.phone_me, name="phone_me"),
    path("elder/", pages.elder, name="elder"),
    path("language/", pages.language, name="language"),
    path("help/", pages.help_index, name="help"),
    path("help/<slug:who>/", pages.help_for, name="guide"),
    path("privacy/", pages.privacy, name="privacy"),
    path("styleguide/", pages.styleguide, name="styleguide"),
]
