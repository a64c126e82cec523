"""JSON Schema (draft 2020-12) of one Feature of a set, made from the whitelist by which it leaves the house.

What may be null, and which words a property may be, is read from the columns themselves.
"""

from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from geodata.collections import Collection, Property
from geodata.expressions import AsText, Joined, LonLat, UtcTime
from geodata.ogc.documents import address

DRAFT = "https://json-schema.org/draft/2020-12/schema"
GEOMETRIES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")  # RFC 7946, 3.1
NULL_OF_ITS_PARTS = (AsText, Joined, LonLat, UtcTime)  # functions that give NULL for NULL and for nothing else


def schema_of(collection: Collection) -> dict[str, Any]:
    """The schema, its words in the active language.

    The key stands under `patternProperties`: GDAL makes two empty fields of an `id` that comes first in a Feature's properties and
    stands in the schema's `properties` too (OAPIF of 3.12).
    """
    described = {prop.name: _property(collection, prop) for prop in collection.properties}
    keys = {"^id$": described.pop("id")} if "id" in described else {}
    return {
        "$schema": DRAFT,
        "$id": address("collection_schema", collection.id),
        "title": str(collection.title),
        "description": str(collection.description),
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "integer", "description": _("Key, the same in every format")},
            "geometry": _geometry(),
            "properties": {
                "type": "object",
                "required": [prop.name for prop in collection.properties],
                "properties": described,
                "patternProperties": keys,
                "additionalProperties": False,
            },
        },
    }


def _geometry() -> dict[str, Any]:
    return {
        "description": _("Place"),
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"enum": list(GEOMETRIES)}, "coordinates": {"type": "array", "minItems": 1}},
    }


def _property(collection: Collection, prop: Property) -> dict[str, Any]:
    expression, model = prop.expression(settings.LANGUAGE_CODE), collection.queryset().model
    nullable = may_be_null(expression, model)
    made: dict[str, Any] = {"type": [prop.type, "null"] if nullable else prop.type}
    if prop.format:
        made["format"] = prop.format
    if prop.type == "array":
        made["items"] = {"type": prop.items}
    if words := _words(expression, model):
        made["enum"] = [*words, None] if nullable else words
    return made | {"description": str(prop.description)}


def may_be_null(expression: Any, model: type[models.Model]) -> bool:
    """Whether a row of `model` may have no value of `expression`; True where only the database could tell."""
    if isinstance(expression, F):
        return any(field.null for field in _fields(expression, model))
    if isinstance(expression, NULL_OF_ITS_PARTS):
        return any(may_be_null(part, model) for part in expression.get_source_expressions())
    return not isinstance(expression, Value | ArraySubquery | Coalesce)


def _words(expression: Any, model: type[models.Model]) -> list[str]:
    """The words that a column is one of; [] where it may say anything."""
    if not isinstance(expression, F):
        return []
    return [value for value, _label in _fields(expression, model)[-1].choices or ()]


def _fields(column: F, model: type[models.Model]) -> list[Any]:
    """The fields on the way to `column`, itself the last."""
    found = []
    for name in column.name.split("__"):
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        found.append(field)
        model = field.related_model or model
    return found
