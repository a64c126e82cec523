"""Items of a set as GeoJSON text in any reference system, a page at a time."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Func, QuerySet, TextField

from geodata import geojson
from geodata.collections import Collection
from geodata.expressions import COUNTER_CLOCKWISE, DEGREE_DECIMALS, METRE_DECIMALS
from geodata.ogc.published import Published
from geodata.ogc.query import ItemsBase
from geodata.ogc.reference_systems import ReferenceSystem
from layers.geometry import WGS84


@dataclass(frozen=True)
class Page:
    """Features as texts, how many the whole query matches, and the key to go on behind, None on the last page."""

    features: list[str]
    matched: int
    last: int | None


def page(published: Published, form: ItemsBase) -> Page:
    """The page that `form` asks for. Two queries, of which one counts.

    By rising keys: what is added meanwhile comes at the end, and nothing is shown twice or left out for it.
    """
    chosen = form.cleaned_data
    matching = _matching(published, form)
    rows = matching.order_by("pk")
    if chosen["after"] is not None:
        rows = rows.filter(pk__gt=chosen["after"])
    limit = chosen["limit"]
    found = features(published.collection, rows[: limit + 1], chosen["crs"], chosen["lang"])
    is_last = len(found) <= limit
    shown = found[:limit]
    matched = len(shown) if is_last and chosen["after"] is None else matching.count()
    return Page(shown, matched, None if is_last else geojson.key_of(shown[-1]))


def _matching(published: Published, form: ItemsBase) -> QuerySet[Any]:
    queryset = form.queryset()
    if form.box is not None:
        queryset = queryset.filter(**{f"{published.collection.geometry}__intersects": form.box})
    stretch = form.cleaned_data["datetime"]
    return published.during(queryset, stretch) if stretch else queryset


def item(published: Published, pk: int, system: ReferenceSystem, language: str) -> str | None:
    """One Feature, or None where the public sees no such row."""
    found = features(published.collection, published.collection.queryset().filter(pk=pk), system, language)
    return found[0] if found else None


def features(collection: Collection, rows: QuerySet[Any], system: ReferenceSystem, language: str) -> list[str]:
    return geojson.features(collection, rows, language, geometry=geometry_text(system))


@cache
def geometry_text(system: ReferenceSystem) -> type[Func]:
    """The expression that writes a geometry in the axes of `system`, centimetres at the least."""
    if system.srid == WGS84 and not system.north_first:
        return geojson.GeometryText
    moved = COUNTER_CLOCKWISE if system.srid == WGS84 else f"ST_Transform({COUNTER_CLOCKWISE}, {system.srid:d})"
    ordered = f"ST_FlipCoordinates({moved})" if system.north_first else moved
    decimals = DEGREE_DECIMALS if system.srid == WGS84 else METRE_DECIMALS
    template = f"ST_AsGeoJSON({ordered}, {decimals}, 0)"
    return type("GeometryTextIn", (Func,), {"template": template, "output_field": TextField()})
