"""`/ogc/`: OGC API Features."""

from django.urls import path

from geodata.views import ogc

urlpatterns = [
    path("", ogc.landing, name="ogc_landing"),
    path("conformance", ogc.conformance, name="ogc_conformance"),
    path("api", ogc.definition, name="ogc_api"),
    path("layers.qlr", ogc.layers, name="ogc_layers"),
    path("collections", ogc.collections, name="ogc_collections"),
    path("collections/<str:collection>", ogc.collection, name="ogc_collection"),
    path("collections/<str:collection>/queryables", ogc.queryables, name="ogc_queryables"),
    path("collections/<str:collection>/items", ogc.items, name="ogc_items"),
    path("collections/<str:collection>/items/<str:key>", ogc.item, name="ogc_item"),
]
