"""`/map/...json`: what the map asks for with every move. These answer before session, locale and auth."""

import json
from functools import lru_cache
from typing import Any, TypedDict

from django import forms
from django.conf import settings
from django.contrib.gis.geos import Point
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import CharField, Count, Max
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.cells import marks
from geodata.collections import REFERENCE, areas, proposals, services
from geodata.filters import ProposalFilterForm
from geodata.geojson import feature_collection, features
from geodata.ogc.published import Published, find
from geodata.parameters import (
    AnySlugsField,
    BoxField,
    LanguageField,
    QueryForm,
    WordField,
    form_or_problem,
    in_language_asked,
    number,
    unknown_value,
    whole_number,
)
from geodata.views.answer import answer, too_many_searches
from layers import gazetteer
from layers.gazetteer.names import SEARCH_LENGTH_MAX
from layers.geometry import WGS84
from layers.models import Area, AreaLevel, ReferenceLayer
from layers.models.area import AreaQuerySet
from layers.models.service import ServiceLocationQuerySet

ZOOM_MAX = 22
AREAS_MAX_AGE_S = 300
REFERENCE_MAX = 2_000  # features in one view: more of them nobody can tell apart
GEOJSON = "application/geo+json"
JSON = "application/json"


class AreaInWords(TypedDict):
    slug: str
    name: str


class PlaceOption(TypedDict):
    """A place that a search offers; `language` is that of `name`, None for coordinates."""

    name: str
    language: str | None
    kind: str
    detail: str
    lon: float
    lat: float
    area: AreaInWords | None


class ClusterForm(ProposalFilterForm):
    """The filters, with a box and a zoom that must be there."""

    bbox = BoxField(required=True)
    zoom = whole_number(0, ZOOM_MAX)
    lang = LanguageField()


class AreasForm(QueryForm):
    level = WordField(choices=AreaLevel.choices)
    lang = LanguageField()

    def queryset(self) -> AreaQuerySet:
        """The areas asked for: all current ones, or those of one level."""
        queryset = areas().queryset()
        return queryset.of_level(self.cleaned_data["level"]) if self.cleaned_data["level"] else queryset


class ServicesForm(QueryForm):
    repeatable = frozenset({"category"})

    category = AnySlugsField()
    bbox = BoxField(required=False)
    lang = LanguageField()

    def queryset(self) -> ServiceLocationQuerySet:
        """The service locations asked for; a category that no service has holds none."""
        queryset = services().queryset()
        if self.cleaned_data["category"]:
            queryset = queryset.of_category(self.cleaned_data["category"])
        box = self.cleaned_data["bbox"]
        return queryset.in_box(box) if box else queryset


class ReferenceForm(QueryForm):
    layer = forms.CharField(max_length=50)
    bbox = BoxField(required=True)
    lang = LanguageField()

    def clean_layer(self) -> Published:
        slug = self.cleaned_data["layer"]
        layer = find(f"{REFERENCE}{slug}")
        if layer is None:
            raise unknown_value(slug, ", ".join(ReferenceLayer.objects.for_choice().values_list("slug", flat=True)))
        return layer


class PlacesForm(QueryForm):
    q = forms.CharField(max_length=SEARCH_LENGTH_MAX)
    lang = LanguageField()


class PointForm(QueryForm):
    lon = number(-180, 180)
    lat = number(-90, 90)
    lang = LanguageField()


@require_safe
@in_language_asked
def clusters(request: HttpRequest) -> HttpResponseBase:
    """All pins of the filter inside `bbox`, near ones as clusters. One query, two more with categories and areas."""
    form = form_or_problem(request, ClusterForm)
    if isinstance(form, HttpResponse):
        return form
    chosen = form.cleaned_data
    found = marks(form.apply(proposals().queryset()), chosen["bbox"], chosen["zoom"], chosen["lang"])
    document = {
        "type": "FeatureCollection",
        "numberMatched": sum(mark.n for mark in found),
        "numberReturned": len(found),
        "features": [mark.feature() for mark in found],
    }
    return answer(request, json.dumps(document, ensure_ascii=False, separators=(",", ":")), GEOJSON)


@require_safe
@in_language_asked
def area_outlines(request: HttpRequest) -> HttpResponseBase:
    """Outlines of all current areas, or of one level; the text is kept until an import changes them."""
    form = form_or_problem(request, AreasForm)
    if isinstance(form, HttpResponse):
        return form
    text = _areas_text(_areas_version(), form.cleaned_data["level"], form.cleaned_data["lang"])
    return answer(request, text, GEOJSON, max_age_s=AREAS_MAX_AGE_S)


def _areas_version() -> str:
    """What changes with every import of areas. One small query."""
    datasets = StringAgg(Cast("dataset__digest", CharField()), ",", distinct=True)
    facts = (
        areas().queryset().aggregate(Count("pk"), Max("valid_from"), Max("dataset__retrieved_at"), datasets=datasets)
    )
    return str(facts)


@lru_cache(maxsize=32)
def _areas_text(version: str, level: str, language: str) -> str:
    queryset = areas().queryset().for_choice()
    return feature_collection(features(areas(), queryset.of_level(level) if level else queryset, language))


@require_safe
@in_language_asked
def service_places(request: HttpRequest) -> HttpResponseBase:
    """Service locations, by category, and how many there are of each. Two queries."""
    form = form_or_problem(request, ServicesForm)
    if isinstance(form, HttpResponse):
        return form
    queryset = form.queryset().order_by("service__category", "pk")
    counts = queryset.order_by("service__category").values_list("service__category").annotate(n=Count("pk"))
    found = features(services(), queryset, form.cleaned_data["lang"])
    return answer(request, feature_collection(found, categories=json.dumps(dict(counts))), GEOJSON)


@require_safe
@in_language_asked
def reference_features(request: HttpRequest) -> HttpResponseBase:
    """Features of one reference layer that meet `bbox`; `isCut` where there are more than REFERENCE_MAX. Two queries."""
    form = form_or_problem(request, ReferenceForm)
    if isinstance(form, HttpResponse):
        return form
    layer = form.cleaned_data["layer"]
    queryset = layer.collection.queryset().in_box(form.cleaned_data["bbox"]).order_by("pk")
    found = features(layer.collection, queryset[: REFERENCE_MAX + 1], form.cleaned_data["lang"])
    is_cut = json.dumps(len(found) > REFERENCE_MAX)
    return answer(request, feature_collection(found[:REFERENCE_MAX], isCut=is_cut), GEOJSON, max_age_s=AREAS_MAX_AGE_S)


@require_safe
@in_language_asked
def places(request: HttpRequest) -> HttpResponseBase:
    """Places whose names begin with or resemble `q`, best first; a pair of coordinates is a place too."""
    form = form_or_problem(request, PlacesForm)
    if isinstance(form, HttpResponse):
        return form
    if refused := too_many_searches(request):
        return refused
    text, language = form.cleaned_data["q"], form.cleaned_data["lang"]
    found = gazetteer.search(text, language)
    names = _area_names({place.area_slug for place in found if place.area_slug}, language)
    options = _typed_place(text) + [_option(place, names) for place in found]
    return answer(request, json.dumps({"places": options}, ensure_ascii=False), JSON)


def _area_names(slugs: set[str], language: str) -> dict[str, str]:
    areas = Area.objects.current().of_slugs(slugs).for_choice() if slugs else ()
    return {area.slug: area.name_in(language) for area in areas}


def _option(place: gazetteer.Place, area_names: dict[str, str]) -> PlaceOption:
    return {
        "name": place.name,
        "language": place.language,
        "kind": place.kind,
        "detail": place.detail,
        "lon": place.longitude,
        "lat": place.latitude,
        "area": _area(place.area_slug, area_names[place.area_slug]) if place.area_slug in area_names else None,
    }


def _typed_place(text: str) -> list[PlaceOption]:
    point = gazetteer.parse_coordinates(text)
    if point is None:
        return []
    return [
        {
            "name": f"{point.y:.5f}, {point.x:.5f}",
            "language": None,
            "kind": "coordinates",
            "detail": _("Coordinates"),
            "lon": point.x,
            "lat": point.y,
            "area": None,
        }
    ]


def _area(slug: str, name: str) -> AreaInWords:
    return {"slug": slug, "name": name}


@require_safe
@in_language_asked
def place(request: HttpRequest) -> HttpResponseBase:
    """Where `lon`, `lat` is: in words, its area, or the municipality it is in. For the line that follows the pin."""
    form = form_or_problem(request, PointForm)
    if isinstance(form, HttpResponse):
        return form
    longitude, latitude, language = (form.cleaned_data[name] for name in ("lon", "lat", "lang"))
    point = Point(longitude, latitude, srid=WGS84)
    area = Area.objects.finest_at(point)
    inside = area is not None or not Area.objects.current().exists()
    document: dict[str, Any] = {
        "inside": inside,
        "area": _area(area.slug, area.name_in(language)) if area else None,
        "place": gazetteer.describe(gazetteer.nearest_landmark(point), language) or None if inside else None,
        "neighbour": None,
    }
    for neighbour in settings.CITY.neighbours_at(longitude, latitude)[: 0 if inside else 1]:
        document["neighbour"] = {"name": neighbour.name, "url": neighbour.url}
    return answer(request, json.dumps(document, ensure_ascii=False), JSON)
