"""Doors for machines that pass through the whole stack of middlewares; they carry no language prefix."""

from django.urls import path

from geodata.views.photo import photo

urlpatterns = [
    path("photos/<slug:name>.jpg", photo, name="photo"),
]
