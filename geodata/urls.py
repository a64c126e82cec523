"""Doors for machines that pass through the whole stack of middlewares; they carry no language prefix."""

from django.urls import path

from geodata.views.export import export
from geodata.views.feed import proposals_feed
from geodata.views.photo import photo

urlpatterns = [
    path("export/proposals.<str:format>", export, name="export_proposals"),
    path("export/<slug:collection>.<str:format>", export, name="export"),
    path("feeds/proposals.atom", proposals_feed, name="proposals_feed"),
    path("photos/<slug:name>.jpg", photo, name="photo"),
]
