"""Database expressions of the published properties: names, times, addresses and places in words, as text, in one query.

Django's own Concat casts and coalesces every part; these say only what is needed.
"""

from typing import Any

from django.conf import settings
from django.db.models import Case, Expression, F, Func, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import GreaterThan
from django.urls import reverse
from django.utils.translation import override

ANY_KEY = 9_007_199_254_740_991  # stands in an address where the row's key will


class Joined(Func):
    """The texts one behind the other; NULL where one of them is."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = TextField()


class AsText(Func):
    template = "(%(expressions)s)::text"
    output_field = TextField()


class UtcTime(Func):
    """A time as RFC 3339 in UTC, whole seconds: 2026-05-31T09:15:00Z."""

    template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
    output_field = TextField()


class LonLat(Func):
    """A point in EPSG:4326 as [longitude, latitude], six decimals (a decimetre)."""

    template = "ARRAY[round(ST_X(%(expressions)s)::numeric, 6), round(ST_Y(%(expressions)s)::numeric, 6)]"


class EmptyTexts(Expression):
    """An empty list of texts."""

    output_field = TextField()

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, list[Any]]:
        return "'{}'::text[]", []


def language_order(language: str) -> tuple[str, ...]:
    """`language`, then the city's languages in their order: the order in which names fall back."""
    return tuple(dict.fromkeys((language, *settings.CITY.languages)))


def name_in(column: str, language: str) -> Func:
    """The name of a JSON column of names in `language`, else in the city's first language that has one, else NULL."""
    names = [
        Func(KeyTextTransform(code, column), Value(""), function="NULLIF", output_field=TextField())
        for code in language_order(language)
    ]
    return Func(*names, function="COALESCE", output_field=TextField())


def language_of_name(column: str, language: str) -> Case:
    """The language that `name_in` comes out in, or NULL."""
    return Case(
        *(
            When(GreaterThan(KeyTextTransform(code, column), Value("")), then=Value(code))
            for code in language_order(language)
        ),
        output_field=TextField(),
    )


def page_address(view: str, language: str, *, absolute: bool = True) -> Joined:
    """The address of each row's page in `language`, made from the route `view` that takes the key."""
    with override(language):
        before, after = reverse(view, args=[ANY_KEY]).split(str(ANY_KEY))
    return Joined(Value((settings.SITE_URL if absolute else "") + before), AsText(F("pk")), Value(after))
