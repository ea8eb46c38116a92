from django.urls import path

from linli.places import pages, pages_edit, pages_files, points

app_name = "places"
urlpatterns = [
    path("", pages.home, name="home"),
    path("map/", pages.map_page, name="map"),
    path("locate", points.locate, name="locate"),
    path("shapes.json", points.shapes, name="shapes"),
    path("import/", pages_files.import_file, name="import"),
    path("import/<slug:token>/", pages_files.import_check, name="import_check"),
    path("export/", pages_files.export, name="export"),
    path("<int:pk>/", pages.place, name="place"),
    path("<int:pk>/change/", pages_edit.change, name="change"),
    path("<int:pk>/end/", pages_edit.end, name="end"),
    path("<int:pk>/grid/", pages_edit.grid, name="draw_grid"),
    path("<int:pk>/building/", pages_edit.building, name="add_building"),
]
