"""Database expressions of the published properties: names, times, addresses and places in words, as text, in one query.

Django's own Concat casts and coalesces every part; these say only what is needed.
"""

from django.conf import settings
from django.db.models import Case, Expression, F, Func, Q, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan, IsNull
from django.urls import reverse
from django.utils.translation import override

from layers.gazetteer import describe
from layers.gazetteer.landmarks import DIRECTIONS
from layers.geometry import WGS84

# ST_ForcePolygonCCW turns lines round as well (PostGIS 3.3), so it is asked about polygons only.
COUNTER_CLOCKWISE = (
    "CASE WHEN ST_Dimension(%(expressions)s) = 2 THEN ST_ForcePolygonCCW(%(expressions)s) ELSE %(expressions)s END"
)
DEGREE_DECIMALS, METRE_DECIMALS = 7, 2  # about a centimetre each

# What stands in an address or a sentence where the row's own key, distance or name will.
ANY_KEY = 9_007_199_254_740_991
ANY_DISTANCE_M = 987_654_321
ANY_NAME = "\ue000"  # private use: in no name


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


def page_address(view: str, language: str, *, absolute: bool = True, key: str = "pk") -> Joined:
    """The address of each row's page in `language`, made from the route `view` that takes `key`."""
    with override(language):
        before, after = reverse(view, args=[ANY_KEY]).split(str(ANY_KEY))
    return Joined(Value((settings.SITE_URL if absolute else "") + before), AsText(F(key)), Value(after))


def place_in_words(column: str, language: str) -> Func:
    """ "120 m north-east of ..." from the facts of a landmark in JSON, worded by the gazetteer; NULL without facts."""

    def sentence(distance_m: int | None, bearing: int | None) -> Value:
        return Value(describe({"names": {language: ANY_NAME}, "distance_m": distance_m, "bearing": bearing}, language))

    distance, bearing = KeyTextTransform("distance_m", column), KeyTextTransform("bearing", column)
    chosen = Case(
        When(Q(IsNull(distance, True)) | Q(IsNull(bearing, True)), then=sentence(None, None)),
        When(Exact(distance, Value("0")), then=sentence(0, 0)),
        *(When(Exact(bearing, Value(str(n))), then=sentence(ANY_DISTANCE_M, n)) for n in range(DIRECTIONS)),
        output_field=TextField(),
    )
    measured = _replaced(chosen, ANY_DISTANCE_M, Coalesce(distance, Value("")))
    return _replaced(measured, ANY_NAME, name_in(f"{column}__names", language))


def _replaced(text: Expression, old: object, new: Expression) -> Func:
    return Func(text, Value(str(old)), new, function="replace", output_field=TextField())


def coordinate(column: str, axis: str, srid: int, decimal: str = ".") -> Func:
    """One coordinate ("X" or "Y") of a point column in `srid` as text, rounded to a centimetre."""
    decimals = DEGREE_DECIMALS if srid == WGS84 else METRE_DECIMALS
    number = f"round(ST_{axis}(ST_Transform(%(expressions)s, {srid:d}))::numeric, {decimals})::text"
    template = number if decimal == "." else f"replace({number}, '.', '{decimal}')"
    return Func(F(column), template=template, output_field=TextField())
