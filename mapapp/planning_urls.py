"""Addresses for planners: `urlpatterns` stand without a language's prefix, `page_urlpatterns` under each."""

from django.urls import path

from mapapp.views import planning

urlpatterns = [
    path("planning/map.html", planning.planning_map, name="planning_map"),
]
page_urlpatterns = [
    path("planning/", planning.planning, name="planning"),
]
