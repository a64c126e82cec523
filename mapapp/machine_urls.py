"""Doors that answer before session, locale and auth (see `mapapp.middleware.MachineDoors`)."""

from django.urls import path

from mapapp.views import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
