"""Addresses of Open311 GeoReport v2: each with `.json`, `.xml` or, without an ending, by what the client accepts."""

from django.urls import path, re_path

from geodata.views import open311

ENDING = r"(?:\.(?P<ending>[A-Za-z0-9]+))?$"

urlpatterns = [
    path("", open311.discovery, name="open311"),
    re_path(rf"^discovery{ENDING}", open311.discovery, name="open311_discovery"),
    re_path(rf"^services{ENDING}", open311.services, name="open311_services"),
    re_path(rf"^services/(?P<code>[-\w]+){ENDING}", open311.service, name="open311_service"),
    re_path(rf"^requests{ENDING}", open311.requests, name="open311_requests"),
    re_path(rf"^requests/(?P<number>[-\w]+){ENDING}", open311.request_of, name="open311_request"),
]
