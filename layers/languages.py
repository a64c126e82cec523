"""Names in several languages: one JSON column `{"fi": ..., "sv": ...}` and the order in which to fall back."""

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language


def localised(names: dict[str, str], language: str | None = None) -> tuple[str, str]:
    """(text, its language code): in `language` (the active one if None), else in the city's first that has it.

    ("", the city's default language) where there is no name at all.
    """
    for code in (language or get_language() or "", *settings.CITY.languages):
        if names.get(code):
            return names[code], code
    for code, text in names.items():
        if text:
            return text, code
    return "", settings.CITY.languages[0]


def has_a_name(column: str) -> Q:
    """A CHECK: `column` is a JSON object, not an empty one."""
    return ~Q(**{column: {}})
