"""What every page knows: the city, its languages, whether this is the demo."""

from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language

from mapapp.city import City
from mapapp.middleware import MEMORY_PREFIX


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
    """`city`, `demo`, `site_url` and `page_languages`: this very page in each language of the city."""
    here = request.get_full_path()
    current = get_language()
    return {
        "city": settings.CITY,
        "demo": settings.DEMO,
        "site_url": settings.SITE_URL,
        "page_languages": [
            {
                "code": code,
                "name": name,
                "url": _in_language(here, code),
                "current": code == current,
            }
            for code, name in settings.LANGUAGES
        ],
    }


def _in_language(here: str, code: str) -> str:
    """`here` in another language; doors without a language in their address take it as `?lang=` and remember it."""
    translated = translate_url(here, code)
    if translated == here and here.startswith(MEMORY_PREFIX):
        return f"{here.partition('?')[0]}?lang={code}"
    return translated
