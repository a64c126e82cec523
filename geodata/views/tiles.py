"""`/tiles/`: vector tiles of each published set, and the TileJSON by which a map finds them."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.exports import terms_of
from geodata.ogc.published import Published, find
from geodata.parameters import LanguageField, QueryForm, form_or_problem, in_language_asked
from geodata.tiles import FEATURES_FROM_ZOOM, SHAPES, ZOOM_MAX, Tile, tile_of
from geodata.views.answer import answer, for_every_origin, unknown_collection
from layers.geometry import strict_int
from proposals.problems import problem_response

TILE = "application/vnd.mapbox-vector-tile"
TILEJSON = "3.0.0"
CLUSTER_FIELDS = {"cluster": "Boolean", "count": "Number", "taken_up": "Number", "same_place": "Boolean"}


class TileForm(QueryForm):
    lang = LanguageField()


@cache
def form_of(one: Published) -> type[Any]:
    """The filters of one set, and the language."""
    return type(f"{one.id.title()}TileForm", (one.filters, TileForm), {})


@require_safe
@for_every_origin
@in_language_asked
def tile(request: HttpRequest, collection: str, z: str, x: str, y: str) -> HttpResponseBase:
    """The tile; 204 for an empty one, 400 for one that does not exist. One query, two more with categories and areas."""
    one = find(collection)
    if one is None:
        return unknown_collection()
    try:
        asked = Tile(strict_int(z), strict_int(x), strict_int(y))
    except ValueError:
        message = _("There is no such tile. Zooms are 0 to %(zoom)s, x and y 0 to 2 to the power of the zoom less one.")
        return problem_response(400, detail=message % {"zoom": ZOOM_MAX})
    form = form_or_problem(request, form_of(one))
    if isinstance(form, HttpResponse):
        return form
    facets = form.facets() if one.counted else None
    content = tile_of(one, form.queryset(), asked, form.cleaned_data["lang"], facets)
    if not content:
        return HttpResponse(status=204, headers={"Cache-Control": "public, no-cache"})
    return answer(request, content, TILE)


@require_safe
@for_every_origin
@in_language_asked
def tileset(request: HttpRequest, collection: str) -> HttpResponseBase:
    """TileJSON 3 of a set; the filter of its query string is that of its tiles."""
    one = find(collection)
    if one is None:
        return unknown_collection()
    form = form_or_problem(request, form_of(one))
    if isinstance(form, HttpResponse):
        return form
    query, terms = request.GET.urlencode(safe=":,"), terms_of(one.collection)
    made = {
        "tilejson": TILEJSON,
        "name": str(one.collection.title),
        "description": str(one.collection.description),
        "attribution": ", ".join(filter(None, (terms["attribution"], terms["license"]))),
        "scheme": "xyz",
        "tiles": [f"{settings.SITE_URL}/tiles/{one.id}/{{z}}/{{x}}/{{y}}.pbf{'?' if query else ''}{query}"],
        "minzoom": 0,
        "maxzoom": ZOOM_MAX,
        "bounds": list(settings.CITY.bounds),
        "vector_layers": _layers(one),
    }
    return answer(request, json.dumps(made, ensure_ascii=False), "application/json")


def _layers(one: Published) -> list[dict[str, Any]]:
    types = {"integer": "Number", "number": "Number", "boolean": "Boolean"}
    fields = {p.name: types.get(p.type, "String") for p in one.collection.chosen(one.on_tiles)}
    layer = {"id": one.id, "description": str(one.collection.description), "minzoom": 0, "maxzoom": ZOOM_MAX}
    if not one.counted:
        return [layer | {"fields": fields}]
    shapes = {"id": SHAPES, "description": _("Lines and areas of proposals"), "fields": fields}
    return [layer | {"fields": fields | CLUSTER_FIELDS}, shapes | {"minzoom": FEATURES_FROM_ZOOM, "maxzoom": ZOOM_MAX}]
