"""What every page knows: the city, its languages, whether this is the demo."""

from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language, get_language_from_path

from mapapp.city import City


class PageLanguage(TypedDict):
    code: str
    name: str
    url: str
    current: bool


class CityContext(TypedDict):
    city: City
    demo: bool
    page_languages: list[PageLanguage]
    site_url: str


def city(request: HttpRequest) -> CityContext:
    """`city`, `demo`, `site_url` and `page_languages`: this very page in each language; by `?lang=` where no prefix tells it."""
    here = request.get_full_path()
    current = get_language()
    prefixed = get_language_from_path(request.path_info) is not None
    return {
        "city": settings.CITY,
        "demo": settings.DEMO,
        "site_url": settings.SITE_URL,
        "page_languages": [
            {
                "code": code,
                "name": name,
                "url": translate_url(here, code) if prefixed else f"{request.path}?lang={code}",
                "current": code == current,
            }
            for code, name in settings.LANGUAGES
        ],
    }
