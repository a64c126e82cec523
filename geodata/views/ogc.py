"""`/ogc/`: OGC API Features, each resource as JSON and as a page."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geodata.geojson import feature_collection
from geodata.ogc import documents, openapi, pages, qgis
from geodata.ogc import items as item_pages
from geodata.ogc.documents import GEOJSON, HTML, JSON, LAYERS, OPENAPI, SCHEMA
from geodata.ogc.published import Published, find
from geodata.ogc.query import ItemForm, ItemsBase, ResourceForm, items_form
from geodata.parameters import LanguageField, QueryForm, form_or_problem, in_language_asked
from geodata.views.answer import answer, for_every_origin, unknown_collection
from layers.geometry import strict_int
from proposals.problems import problem_response

View = Callable[..., HttpResponseBase]


def resource(view: View) -> View:
    """A resource of the whole API: the view gets its parameters, read and found good."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponseBase:
        form = form_or_problem(request, ResourceForm)
        return form if isinstance(form, HttpResponse) else view(request, form)

    return _door(wrapped)


def resource_of(form_of: Callable[[Published], type[ResourceForm]]) -> Callable[[View], View]:
    """A resource of one set, whose parameters are those of `form_of(set)`: the view gets the set and them; else 404."""

    def decorator(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, collection: str, **more: str) -> HttpResponseBase:
            one = find(collection)
            if one is None:
                return unknown_collection()
            form = form_or_problem(request, form_of(one))
            return form if isinstance(form, HttpResponse) else view(request, one, form, **more)

        return _door(wrapped)

    return decorator


def _door(view: View) -> View:
    """Read only, in the language asked for, open to every origin, by `f` or by what the client accepts."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code >= 400:
            response = _in_words_of_the_standard(response)
        patch_vary_headers(response, ["Accept"])
        return response

    return require_safe(for_every_origin(in_language_asked(wrapped)))


def _in_words_of_the_standard(response: Any) -> HttpResponseBase:
    """The problem document with `code` and `description` (17-069r4, schema exception.yaml) beside its own members."""
    document = json.loads(response.content)
    errors = document.get("errors", [])
    document["code"] = errors[0]["code"] if errors else document["title"]
    told = [f"{error['pointer']}: {error['message']}" if error["pointer"] else error["message"] for error in errors]
    document["description"] = " ".join(told) or document.get("detail", document["title"])
    response.content = json.dumps(document, ensure_ascii=False)
    return response


def _wants_page(request: HttpRequest, form: ResourceForm) -> bool:
    """By `f`, else by Accept: a browser names text/html, programs name JSON or nothing."""
    asked = form.cleaned_data["f"]
    if asked:
        return asked == "html"
    return request.get_preferred_type([GEOJSON, JSON, HTML]) == HTML


def _document(
    request: HttpRequest, made: dict[str, Any], form: ResourceForm, page: pages.Page, media_type: str = JSON
) -> HttpResponseBase:  # fmt: skip
    if _wants_page(request, form):
        return _page(request, page)
    return answer(request, json.dumps(made, ensure_ascii=False), media_type)


def _page(request: HttpRequest, page: pages.Page) -> HttpResponse:
    return render(request, "ogc/page.html", {"page": page})


@resource
def landing(request: HttpRequest, form: ResourceForm) -> HttpResponseBase:
    made = documents.landing(form.cleaned_data["lang"])
    return _document(request, made, form, pages.of_landing(made))


@resource
def conformance(request: HttpRequest, form: ResourceForm) -> HttpResponseBase:
    made = documents.conformance()
    return _document(request, made, form, pages.of_conformance(made))


@resource
def definition(request: HttpRequest, form: ResourceForm) -> HttpResponseBase:
    made = openapi.definition()
    return _document(request, made, form, pages.of_definition(made), OPENAPI)


@resource
def collections(request: HttpRequest, form: ResourceForm) -> HttpResponseBase:
    made = documents.collections(form.cleaned_data["lang"])
    return _document(request, made, form, pages.of_collections(made))


class LayersForm(QueryForm):
    lang = LanguageField()


@_door
def layers(request: HttpRequest) -> HttpResponseBase:
    """Every set as layers of QGIS, in one file to be dragged into it."""
    form = form_or_problem(request, LayersForm)
    if isinstance(form, HttpResponse):
        return form
    response = answer(request, qgis.layer_definition(), LAYERS)
    name = slugify(settings.CITY.product_name) or "layers"
    response["Content-Disposition"] = f'attachment; filename="{name}.qlr"'
    return response


@resource_of(lambda one: ResourceForm)
def collection(request: HttpRequest, one: Published, form: ResourceForm) -> HttpResponseBase:
    made = documents.collection(one, form.cleaned_data["lang"])
    return _document(request, made, form, pages.of_collection(made))


@resource_of(lambda one: ResourceForm)
def queryables(request: HttpRequest, one: Published, form: ResourceForm) -> HttpResponseBase:
    made = documents.queryables(one)
    return _document(request, made, form, pages.of_queryables(made), SCHEMA)


@resource_of(items_form)
def items(request: HttpRequest, one: Published, form: ItemsBase) -> HttpResponseBase:
    """A page of features. One query for them, one for how many there are in all where that is more than the page."""
    page = item_pages.page(one, form)
    links = _links_of_items(one, form, page)
    if _wants_page(request, form):
        return _page(request, pages.of_items(one, page, links))
    text = feature_collection(
        page.features,
        numberMatched=str(page.matched),
        numberReturned=str(len(page.features)),
        links=json.dumps(links, ensure_ascii=False),
    )
    return _in_its_system(answer(request, text, GEOJSON), form)


def _links_of_items(one: Published, form: ItemsBase, page: item_pages.Page) -> list[documents.Link]:
    links = documents.own_links(reverse("ogc_items", args=[one.id]), GEOJSON, form.querystring(f=None))
    if page.last is not None:
        following = documents.address("ogc_items", one.id, query=form.querystring(after=str(page.last)))
        links.append(documents.link(following, "next", GEOJSON, _("Next page")))
    at = documents.address("ogc_collection", one.id)
    return [*links, documents.link(at, "collection", JSON, one.collection.title), *documents.licence_of(one)]


@resource_of(lambda one: ItemForm)
def item(request: HttpRequest, one: Published, form: ItemForm, key: str) -> HttpResponseBase:
    try:
        feature = item_pages.item(one, strict_int(key), form.cleaned_data["crs"], form.cleaned_data["lang"])
    except ValueError:
        feature = None
    if feature is None:
        return problem_response(404, detail=_("There is no such item."))
    query = f"lang={form.cleaned_data['lang']}&crs={form.cleaned_data['crs'].address}"
    links = documents.own_links(reverse("ogc_item", args=[one.id, key]), GEOJSON, query)
    at = documents.address("ogc_collection", one.id)
    links += [documents.link(at, "collection", JSON, one.collection.title), *documents.licence_of(one)]
    if _wants_page(request, form):
        return _page(request, pages.of_item(one, feature, links))
    text = f'{feature.removesuffix("}")},"links":{json.dumps(links, ensure_ascii=False)}}}'
    return _in_its_system(answer(request, text, GEOJSON), form)


def _in_its_system(response: HttpResponseBase, form: ItemForm) -> HttpResponseBase:
    """With the system of its coordinates (18-058, requirement /req/crs/ogc-crs-header)."""
    response["Content-Crs"] = f"<{form.cleaned_data['crs'].address}>"
    return response
