"""The catalogue for machines: `/data/catalog.ttl`, `/data/catalog.jsonld` and `/data/schemas/<collection>.json`."""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from rdflib import Graph

from geodata.catalogue.dcat import catalogue
from geodata.catalogue.schemas import schema_of
from geodata.catalogue.writing import json_ld, turtle
from geodata.ogc.documents import SCHEMA
from geodata.ogc.published import find
from geodata.parameters import LanguageField, QueryForm, form_or_problem, in_language_asked
from geodata.views.answer import answer, for_every_origin, unknown_collection
from proposals.problems import problem_response

MAX_AGE_S = 600
# Ending of the address -> media type and writer.
WRITERS: dict[str, tuple[str, Callable[[Graph], str]]] = {
    "ttl": ("text/turtle", turtle),
    "jsonld": ("application/ld+json", json_ld),
}


class SchemaForm(QueryForm):
    lang = LanguageField()


@require_safe
@for_every_origin
@in_language_asked
def catalogue_record(request: HttpRequest, format: str) -> HttpResponseBase:
    """The record in every language at once, so that it takes no parameter."""
    if format not in WRITERS:
        known = ", ".join(f"/data/catalog.{name}" for name in WRITERS)
        return problem_response(404, detail=_("There is no such format. Offered: %(formats)s.") % {"formats": known})
    form = form_or_problem(request, QueryForm)
    if isinstance(form, HttpResponse):
        return form
    media_type, write = WRITERS[format]
    return answer(request, write(catalogue()), f"{media_type}; charset=utf-8", max_age_s=MAX_AGE_S)


@require_safe
@for_every_origin
@in_language_asked
def collection_schema(request: HttpRequest, collection: str) -> HttpResponseBase:
    """The JSON Schema of one Feature of a set."""
    one = find(collection)
    if one is None:
        return unknown_collection()
    form = form_or_problem(request, SchemaForm)
    if isinstance(form, HttpResponse):
        return form
    made = schema_of(one.collection)
    return answer(request, json.dumps(made, ensure_ascii=False, indent=1), SCHEMA, max_age_s=MAX_AGE_S)
