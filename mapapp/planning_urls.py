"""Addresses for planners: `urlpatterns` stand without a language's prefix, `page_urlpatterns` under each."""

from django.urls import path

from mapapp.views import imports, planning

urlpatterns = [
    path("planning/map.html", planning.planning_map, name="planning_map"),
]
page_urlpatterns = [
    path("planning/", planning.planning, name="planning"),
    path("planning/import/", imports.import_list, name="import_list"),
    path("planning/import/<int:pk>/", imports.import_run, name="import_run"),
    path("planning/import/<int:pk>/read/", imports.import_read, name="import_read"),
    path("planning/import/<int:pk>/check/", imports.import_check, name="import_check"),
    path("planning/import/<int:pk>/start/", imports.import_start, name="import_start"),
    path("planning/import/<int:pk>/give-up/", imports.import_give_up, name="import_give_up"),
    path("planning/import/<int:pk>/refused.csv", imports.import_refused, name="import_refused"),
]
