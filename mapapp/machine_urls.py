"""Doors that answer before session, locale and auth (see `mapapp.middleware.MachineDoors`)."""

from django.urls import include, path

from mapapp.views import embed, health
from mapapp.views.land import land
from mapapp.views.pages import robots

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("robots.txt", robots, name="robots"),
    path("map/land.json", land, name="map_land"),
    path("embed/map", embed.embed_map, name="embed_map"),
    path("embed/list", embed.embed_list, name="embed_list"),
    path("map/", include("geodata.map_urls")),
    path("tiles/", include("geodata.tile_urls")),
]
