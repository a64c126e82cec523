"""What every page knows: the city, its languages, whether this is the demo."""

from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language, get_language_from_path

from mapapp.city import City
from proposals.kiosk import FORGET_AFTER_S, WARN_BEFORE_S, in_kiosk


class PageLanguage(TypedDict):
    code: str
    name: str
    url: str
    current: bool


class KioskTimes(TypedDict):
    """Seconds of `templates/_kiosk.html`."""

    forget_after_s: int
    warn_before_s: int


class CityContext(TypedDict):
    city: City
    demo: bool
    kiosk: KioskTimes | None
    page_languages: list[PageLanguage]
    site_url: str


def city(request: HttpRequest) -> CityContext:
    """`city`, `demo`, `kiosk`, `site_url` and `page_languages`: this very page in each language; by `?lang=` where no prefix tells it."""
    here = request.get_full_path()
    current = get_language()
    prefixed = get_language_from_path(request.path_info) is not None
    return {
        "city": settings.CITY,
        "demo": settings.DEMO,
        "kiosk": {"forget_after_s": FORGET_AFTER_S, "warn_before_s": WARN_BEFORE_S} if in_kiosk(request) else None,
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
