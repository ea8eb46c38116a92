from django.urls import path

from linli.frame import views
from linli.frame.once import once

app_name = "frame"
urlpatterns = [
    path("once/<str:token>/", once, name="once"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("views/save/", views.view_save, name="view_save"),
    path("views/rename/", views.view_rename, name="view_rename"),
    path("views/forget/", views.view_drop, name="view_drop"),
    path("jobs/<uuid:uid>/", views.job, name="job"),
    path("jobs/<uuid:uid>/cancel/", views.job_cancel, name="job_cancel"),
    path("jobs/<uuid:uid>/result/", views.job_result, name="job_result"),
]
