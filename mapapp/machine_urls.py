"""Doors that answer before session, locale and auth (see `mapapp.middleware.MachineDoors`)."""

from django.urls import include, path

from mapapp.views import health
from mapapp.views.land import land
from mapapp.views.pages import robots

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("robots.txt", robots, name="robots"),
    path("map/land.json", land, name="map_land"),
    path("map/", include("geodata.map_urls")),
    path("tiles/", include("geodata.tile_urls")),
]
