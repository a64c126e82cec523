"""The land mask of the city's file: what is not land is drawn as water."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

CACHE_S = 24 * 60 * 60  # a shore does not move


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


def _etag(request: HttpRequest) -> str | None:
    return f'"{settings.CITY.land.stat().st_mtime_ns:x}"' if settings.CITY.land else None


@require_safe
@cache_control(public=True, max_age=CACHE_S)
@condition(etag_func=_etag)
def land(request: HttpRequest) -> HttpResponse:
    """GeoJSON (EPSG:4326) as the city keeps it; 404 where it has none."""
    if settings.CITY.land is None:
        raise Http404
    return HttpResponse(_read(settings.CITY.land), content_type="application/geo+json")
