"""The definition of `/ogc/` as OpenAPI 3.0, made from the forms that read its parameters; no reference leaves the document."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from geodata.exports import LICENCE
from geodata.ogc.documents import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, address, schema_of
from geodata.ogc.published import Published, published
from geodata.ogc.query import LIMIT_DEFAULT, LIMIT_MAX, MEDIA, filters_of, items_form
from geodata.ogc.reference_systems import CRS84_ADDRESS, reference_systems

VERSION = "1.0.0"
PROBLEM = "application/problem+json"
BBOX = {
    "type": "array",
    "items": {"type": "number"},
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
}
LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
SCHEMAS = {
    "link": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
    },
    "landingPage": {
        "type": "object",
        "required": ["links"],
        "properties": {"title": {"type": "string"}, "description": {"type": "string"}, "links": LINKS},
    },
    "confClasses": {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": {"type": "string"}}},
    },
    "collection": {
        "type": "object",
        "required": ["id", "links"],
        "properties": {
            "id": {"type": "string"},
            "title": {"type": "string"},
            "description": {"type": "string"},
            "extent": {"type": "object"},
            "itemType": {"type": "string", "default": "feature"},
            "crs": {"type": "array", "items": {"type": "string"}, "default": [CRS84_ADDRESS]},
            "storageCrs": {"type": "string", "format": "uri"},
            "links": LINKS,
        },
    },
    "collections": {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {
            "links": LINKS,
            "crs": {"type": "array", "items": {"type": "string"}},
            "collections": {"type": "array", "items": {"$ref": "#/components/schemas/collection"}},
        },
    },
    "schema": {"type": "object"},
    "feature": {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "integer"},
            "geometry": {"type": "object", "nullable": True},
            "properties": {"type": "object", "nullable": True},
            "links": LINKS,
        },
    },
    "featureCollection": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/feature"}},
            "links": LINKS,
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
        },
    },
    "exception": {
        "type": "object",
        "required": ["code"],
        "properties": {"code": {"type": "string"}, "description": {"type": "string"}, "errors": {"type": "array", "items": {"type": "object"}}},
    },
}  # fmt: skip


def definition() -> dict[str, Any]:
    paths: dict[str, Any] = {
        "/": _get("getLandingPage", _("Landing page"), "landingPage"),
        "/conformance": _get("getConformance", _("What this API conforms to"), "confClasses"),
        "/api": _get("getDefinition", _("This definition"), "schema", OPENAPI),
        "/collections": _get("getCollections", _("Collections"), "collections"),
    }
    for one in published().values():
        paths |= _collection_paths(one)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"{settings.CITY.product_name}: OGC API Features",
            "version": VERSION,
            "license": {"name": LICENCE["license"], "url": LICENCE["licenseUrl"]},
        },
        "servers": [{"url": address("ogc_landing").removesuffix("/")}],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "parameters": _shared_parameters()},
    }


def _collection_paths(one: Published) -> dict[str, Any]:
    at, name, title = f"/collections/{one.id}", one.id.title(), str(one.collection.title)
    key = _parameter("featureId", {"type": "integer", "minimum": 1}, _("Key"), place="path", required=True)
    shared = [_reference(p) for p in ("bbox", "bbox-crs", "datetime", "limit", "after", "crs")]
    filters = [
        _parameter(
            filter_name,
            {"type": "array", "items": schema_of(field)} if _is_repeatable(one, filter_name) else schema_of(field),
            str(field.label),
        )
        for filter_name, field in filters_of(one)
    ]
    return {
        at: _get(f"describe{name}", title, "collection", missing=True),
        f"{at}/queryables": _get(f"queryablesOf{name}", _("What can be asked for"), "schema", SCHEMA, missing=True),
        f"{at}/items": _get(f"get{name}", title, "featureCollection", GEOJSON, [*shared, *filters], missing=True),
        f"{at}/items/{{featureId}}": _get(
            f"getOneOf{name}", title, "feature", GEOJSON, [key, _reference("crs")], missing=True
        ),
    }


def _is_repeatable(one: Published, name: str) -> bool:
    return name in items_form(one).repeatable


def _get(
    operation: str, summary: str, schema: str, media: str = JSON, parameters: list[Any] | None = None, *, missing: bool = False
) -> dict[str, Any]:  # fmt: skip
    content = {media: {"schema": {"$ref": f"#/components/schemas/{schema}"}}, HTML: {"schema": {"type": "string"}}}
    responses: dict[str, Any] = {"200": {"description": summary, "content": content}}
    for status, words in (("400", _("A parameter is wrong")), ("404", _("There is no such thing"))):
        if status == "400" or missing:
            exception = {"schema": {"$ref": "#/components/schemas/exception"}}
            responses[status] = {"description": words, "content": {PROBLEM: exception}}
    asked = [*(parameters or []), _reference("f"), _reference("lang")]
    return {"get": {"operationId": operation, "summary": summary, "parameters": asked, "responses": responses}}


def _shared_parameters() -> dict[str, Any]:
    systems = {"type": "string", "format": "uri", "enum": list(reference_systems()), "default": CRS84_ADDRESS}
    limit = {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT}
    listed = (
        _parameter("bbox", BBOX, _("Only what touches this box"), explode=False),
        _parameter("bbox-crs", systems, _("Reference system of the box, whose order of axes it has")),
        _parameter("crs", systems, _("Reference system of the answer, whose order of axes it has")),
        _parameter("datetime", {"type": "string"}, _("An instant or an interval; .. is an open end"), explode=False),
        _parameter("limit", limit, _("Items a page"), explode=False),
        _parameter("after", {"type": "integer", "minimum": 0}, _("Key behind which the page begins")),
        _parameter("f", {"type": "string", "enum": [name for name, _label in MEDIA]}, _("Format")),
        _parameter("lang", {"type": "string", "enum": list(settings.CITY.languages)}, _("Language")),
    )
    return {parameter["name"]: parameter for parameter in listed}


def _parameter(
    name: str, schema: dict[str, Any], words: str, *, place: str = "query", required: bool = False, explode: bool = True
) -> dict[str, Any]:  # fmt: skip
    # An empty one is as one that is not given: forms of browsers send what nobody filled in.
    style = {"style": "form", "explode": explode, "allowEmptyValue": True} if place == "query" else {}
    return {"name": name, "in": place, "required": required, "schema": schema, "description": words} | style


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}
