"""Rows as GeoJSON (RFC 7946), written by the database: rows -> text, never objects (those cost 35 times as much)."""

import re
from collections.abc import Collection as Names
from typing import Any

from django.db import connection
from django.db.models import F, Func, QuerySet, TextField

from geodata.collections import Collection
from geodata.expressions import COUNTER_CLOCKWISE, DEGREE_DECIMALS

# Joined by hand, since json_build_object costs a third more; row_to_json quotes what people typed.
FEATURES = """
SELECT '{{"type":"Feature","id":' || key || ',"geometry":' || geometry_text || ',"properties":'
    || (SELECT row_to_json(chosen) FROM (SELECT {properties}) AS chosen) || '}}' AS feature
FROM ({rows}) AS rows
"""


KEY = re.compile(r'\{"type":"Feature","id":([0-9]+)')  # as FEATURES begins


class GeometryText(Func):
    """The geometry as GeoJSON, seven decimals, exterior rings counter-clockwise."""

    template = f"ST_AsGeoJSON({COUNTER_CLOCKWISE}, {DEGREE_DECIMALS}, 0)"
    output_field = TextField()


def features_sql(
    collection: Collection,
    queryset: QuerySet[Any],
    language: str,
    names: Names[str] | None = None,
    geometry: type[Func] = GeometryText,
) -> tuple[str, tuple[Any, ...]]:
    """SQL of one text column `feature`, a Feature a row of `queryset` in its order, and its parameters.

    `names` are the properties wanted, all of the whitelist where None; names come in `language`; `geometry` writes the place.
    """
    rows = collection.rows(queryset, language, names, key=F("pk"), geometry_text=geometry(F(collection.geometry)))
    sql, parameters = rows.query.sql_with_params()
    properties = ", ".join(f'"p_{p.name}" AS "{p.name}"' for p in collection.chosen(names))
    return FEATURES.format(properties=properties, rows=sql), parameters


def features(
    collection: Collection,
    queryset: QuerySet[Any],
    language: str,
    names: Names[str] | None = None,
    geometry: type[Func] = GeometryText,
) -> list[str]:
    """The Features of `queryset` as texts. One query; for answers that fit into memory."""
    with connection.cursor() as cursor:
        cursor.execute(*features_sql(collection, queryset, language, names, geometry))
        return [row[0] for row in cursor.fetchall()]


def feature(collection: Collection, pk: int, language: str) -> str | None:
    """The public Feature of one row, or None where the public sees no such row."""
    found = features(collection, collection.queryset().filter(pk=pk), language)
    return found[0] if found else None


def key_of(feature: str) -> int:
    """The key of a Feature that `features` wrote."""
    found = KEY.match(feature)
    if found is None:
        raise ValueError(f"no Feature of ours: {feature[:40]!r}")
    return int(found[1])


def feature_collection(features: list[str], **members: str) -> str:
    """A FeatureCollection of Feature texts; `members` are foreign members whose values are JSON already."""
    more = "".join(f',"{name}":{text}' for name, text in members.items())
    return f'{{"type":"FeatureCollection"{more},"features":[{",".join(features)}]}}'
