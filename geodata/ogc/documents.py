"""The documents of `/ogc/` beside the items: landing page, conformance, collections and queryables."""

from typing import Any, TypedDict

from django.conf import settings
from django.contrib.gis.db.models import Extent
from django.db.models import Min
from django.urls import reverse
from django.utils.translation import gettext as _

from geodata.exports import LICENCE, terms_of
from geodata.ogc.published import Published, published
from geodata.ogc.query import filters_of
from geodata.ogc.reference_systems import CRS84_ADDRESS, reference_systems

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"
LAYERS = "application/x-qgis-layer-definition"
PART_1, PART_2, PART_3 = (f"http://www.opengis.net/spec/ogcapi-features-{part}/1.0/conf/" for part in (1, 2, 3))
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
CONFORMANCE = (
    *(PART_1 + name for name in ("core", "oas30", "html", "geojson")),
    PART_2 + "crs",
    *(PART_3 + name for name in ("queryables", "queryables-query-parameters")),
)


class Link(TypedDict):
    """A link of RFC 8288 as the standard writes it."""

    href: str
    rel: str
    type: str
    title: str


def address(name: str, *arguments: object, query: str = "") -> str:
    return f"{settings.SITE_URL}{reverse(name, args=arguments)}{'?' if query else ''}{query}"


def link(href: str, rel: str, type: str, title: str) -> Link:
    return {"href": href, "rel": rel, "type": type, "title": str(title)}


def own_links(path: str, media_type: str, query: str = "") -> list[Link]:
    """`self` as JSON and `alternate` as a page, of the resource at `path`; `query` is the rest of its query string."""

    def at(format: str) -> str:
        return f"{settings.SITE_URL}{path}?{'&'.join(filter(None, (query, f'f={format}')))}"

    return [
        link(at("json"), "self", media_type, _("This document")),
        link(at("html"), "alternate", HTML, _("This document as a page")),
    ]


def licence_link() -> Link:
    return link(LICENCE["licenseUrl"], "license", HTML, LICENCE["license"])


def licence_of(one: Published) -> list[Link]:
    """The licence of one set; what comes from elsewhere names its own in words, as its description does."""
    return [] if one.collection.licence or one.collection.attribution else [licence_link()]


def described(one: Published) -> str:
    licence = one.collection.licence
    return f"{one.collection.description} ({licence})" if licence else str(one.collection.description)


def landing(language: str) -> dict[str, Any]:
    links = own_links(reverse("ogc_landing"), JSON, f"lang={language}")
    links += [
        link(address("ogc_api"), "service-desc", OPENAPI, _("Definition of this API (OpenAPI 3.0)")),
        link(address("ogc_api", query="f=html"), "service-doc", HTML, _("Description of this API")),
        link(address("ogc_conformance"), "conformance", JSON, _("What this API conforms to")),
        link(address("ogc_collections"), "data", JSON, _("Collections")),
        link(
            address("ogc_layers", query=f"lang={language}"),
            "related",
            LAYERS,
            _("These collections as layers for QGIS"),
        ),
        link(settings.SITE_URL + reverse("open_data"), "describedby", HTML, _("Open data")),
        link(address("catalogue", "jsonld"), "describedby", "application/ld+json", _("Catalogue (DCAT-AP)")),
        licence_link(),
    ]
    return {
        "title": f"{settings.CITY.product_name}, {settings.CITY.name}",
        "description": _("What residents propose, with areas and services: open data for every program for maps."),
        "links": links,
    }


def conformance() -> dict[str, Any]:
    return {"conformsTo": list(CONFORMANCE), "links": own_links(reverse("ogc_conformance"), JSON)}


def collections(language: str) -> dict[str, Any]:
    links = own_links(reverse("ogc_collections"), JSON, f"lang={language}")
    return {
        "links": [*links, licence_link()],
        "crs": list(reference_systems()),
        "collections": [collection(one, language) for one in published().values()],
    }


def collection(one: Published, language: str) -> dict[str, Any]:
    """The description of one set. Two small queries."""
    at, query = one.id, f"lang={language}"
    return {
        "id": at,
        "title": str(one.collection.title),
        "description": described(one),
        "attribution": terms_of(one.collection)["attribution"],
        "extent": _extent(one),
        "itemType": "feature",
        "crs": list(reference_systems()),
        "storageCrs": CRS84_ADDRESS,
        "links": [
            *own_links(reverse("ogc_collection", args=[at]), JSON, query),
            link(address("ogc_items", at, query=f"{query}&f=json"), "items", GEOJSON, _("Items")),
            link(address("ogc_items", at, query=f"{query}&f=html"), "items", HTML, _("Items as a page")),
            link(address("ogc_queryables", at, query="f=json"), QUERYABLES, SCHEMA, _("What can be asked for")),
            link(address("collection_schema", at, query=query), "describedby", SCHEMA, _("Schema of an item")),
            *licence_of(one),
        ],
    }  # fmt: skip


def _extent(one: Published) -> dict[str, Any]:
    facts = {"box": Extent(one.collection.geometry)}
    if one.time:
        facts["begin"] = Min(one.time)
    found = one.collection.queryset().aggregate(**facts)
    box = found["box"] or settings.CITY.bounds
    extent: dict[str, Any] = {"spatial": {"bbox": [[round(c, 7) for c in box]], "crs": CRS84_ADDRESS}}
    if one.time:
        begin = found["begin"] and found["begin"].strftime("%Y-%m-%dT%H:%M:%SZ")
        extent["temporal"] = {"interval": [[begin, None]], "trs": GREGORIAN}
    return extent


def queryables(one: Published) -> dict[str, Any]:
    """A JSON Schema of the parameters by which items can be asked for, and of the geometry that `bbox` tests."""
    described = {p.name: str(p.description) for p in one.collection.properties}
    properties: dict[str, Any] = {
        name: schema_of(field) | {"title": str(field.label), "description": described.get(name, str(field.label))}
        for name, field in filters_of(one)
    }
    geometry = {"title": _("Place"), "x-ogc-role": "primary-geometry", "format": "geometry-any"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address("ogc_queryables", one.id),
        "type": "object",
        "title": str(one.collection.title),
        "description": str(one.collection.description),
        "properties": properties | {"geometry": geometry},
        "additionalProperties": False,
    }


def schema_of(field: Any) -> dict[str, Any]:
    """The JSON Schema of one value of a field."""
    words = [str(value) for value, _label in getattr(field, "choices", ()) if value != ""]
    schema: dict[str, Any] = {"type": "string"}
    return schema | {"enum": words} if words else schema
