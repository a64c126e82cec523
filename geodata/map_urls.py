"""What the map asks for: doors that answer before session, locale and auth."""

from django.urls import path

from geodata.views import map as views
from geodata.views import similar

urlpatterns = [
    path("clusters.json", views.clusters, name="map_clusters"),
    path("areas.json", views.area_outlines, name="map_areas"),
    path("services.json", views.service_places, name="map_services"),
    path("reference.json", views.reference_features, name="map_reference"),
    path("places.json", views.places, name="map_places"),
    path("place.json", views.place, name="map_place"),
    path("similar.json", similar.similar_nearby, name="map_similar"),
]
