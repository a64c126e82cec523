"""`/tiles/`: vector tiles, before session, locale and auth."""

from django.urls import path

from geodata.views import tiles

urlpatterns = [
    path("<str:collection>.json", tiles.tileset, name="tileset"),
    path("<str:collection>/<str:z>/<str:x>/<str:y>.pbf", tiles.tile, name="tile"),
]
