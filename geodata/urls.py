"""Doors for machines that pass through the whole stack of middlewares; they carry no language prefix."""

from django.urls import path

from geodata.views.catalogue import catalogue_record, collection_schema
from geodata.views.export import export
from geodata.views.feed import pledges_calendar, proposals_feed
from geodata.views.photo import photo
from geodata.views.snapshot import snapshot_file, snapshot_manifest

urlpatterns = [
    path("export/proposals.<str:format>", export, name="export_proposals"),
    path("export/<slug:collection>.<str:format>", export, name="export"),
    path("feeds/proposals.atom", proposals_feed, name="proposals_feed"),
    path("feeds/pledges.ics", pledges_calendar, name="pledges_calendar"),
    path("photos/<slug:name>.jpg", photo, name="photo"),
    path("data/catalog.<str:format>", catalogue_record, name="catalogue"),
    path("data/snapshots/<int:year>/manifest.json", snapshot_manifest, name="snapshot_manifest"),
    path("data/snapshots/<int:year>/proposals.<str:format>", snapshot_file, name="snapshot_file"),
    path("data/schemas/<str:collection>.json", collection_schema, name="collection_schema"),
]
