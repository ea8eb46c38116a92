from django.urls import path

from linli.bodies import pages, people

app_name = "bodies"
urlpatterns = [
    path("", pages.home, name="home"),
    path("grids/", pages.grids, name="grids"),
    path("<int:pk>/", pages.seat, name="seat"),
    path("<int:pk>/appoint/", pages.appoint, name="appoint"),
    path("<int:pk>/new/", pages.new_person, name="new_person"),
    path("held/<int:pk>/release/", pages.release, name="release"),
    path("held/<int:pk>/hand-over/", pages.hand_over, name="hand_over"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/<slug:act>/", people.person_act, name="person_act"),
]
