"""Layers of neighbours: what may not be asked, what is not taken and leaves the old, and what the map then shows."""

import datetime
import json
from collections.abc import Iterator

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from actors.models import User
from geodata.imports.neighbours import fetch_layer
from geodata.tasks import fetch_neighbour_layers
from layers.models import Dataset, NeighbourLayer, ReferenceFeature, ReferenceLayer
from layers.ogc_features import Limits, items_address
from tests.listening import Listener, listening

COLLECTION = "/ogc/collections/paths"
GEOJSON = {"Content-Type": "application/geo+json"}
POINT = {"type": "Point", "coordinates": [24.81, 60.185]}
FACTS = {
    "slug": "their-paths",
    "style": "path",
    "columns": "surface",
    "licence": "CC BY 4.0",
    "attribution": "Nextdoor",
}


@pytest.fixture
def neighbour(settings, toytown) -> Iterator[Listener]:
    """The neighbour's server, which may be asked."""
    with listening() as listener:
        settings.NEIGHBOUR_HOSTS = settings.FETCH_INNER_HOSTS = [listener.host]
        yield listener


@pytest.fixture
def layer(neighbour) -> NeighbourLayer:
    return NeighbourLayer.objects.create(url=neighbour.url(COLLECTION), names={"fi": "Polut", "en": "Paths"}, **FACTS)


def feature(key: object, geometry: object = POINT, **properties: object) -> dict:
    return {"type": "Feature", "id": key, "geometry": geometry, "properties": properties}


def first_page(settings) -> str:
    return f"{COLLECTION}/items?limit=1000&bbox={','.join(str(float(edge)) for edge in settings.CITY.bounds)}"


def answers(neighbour, settings, *features: dict, path: str | None = None, following: str = "", **more: object) -> None:
    links = [{"rel": "next", "href": following}] if following else []
    body = {"type": "FeatureCollection", "features": list(features), "links": links} | more
    neighbour.answers[path or first_page(settings)] = (200, GEOJSON, json.dumps(body).encode())


def fetched(layer: NeighbourLayer, limits: Limits | None = None) -> str:
    fetch_layer(layer, *([limits] if limits else []))
    layer.refresh_from_db()
    return str(layer.happened)


def stored() -> list[tuple]:
    return sorted(ReferenceFeature.objects.values_list("source_id", "properties"))


# --- what may not be asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/ogc/collections/paths",
        "http://named.example/ogc/collections/paths",
        "https://named.example/ogc/",
        "https://named.example/ogc/collections/paths/items/1",
        "https://named.example/ogc/collections/paths/items?crs=EPSG:3067",
        "https://user@named.example/ogc/collections/paths",
        "https://named.example:8443/ogc/collections/paths",
    ],
)
def test_address_is_refused_where_it_is_typed(settings, toytown, url):
    settings.NEIGHBOUR_HOSTS = ["named.example"]
    layer = NeighbourLayer(url=url, names={"en": "Paths"}, **FACTS)
    with pytest.raises(ValidationError) as refusal:
        layer.full_clean()
    assert list(refusal.value.message_dict) == ["url"]


def test_layer_without_credit_name_or_a_slug_of_its_own_is_refused(settings, toytown):
    settings.NEIGHBOUR_HOSTS = ["named.example"]
    facts = FACTS | {"url": "https://named.example/ogc/collections/paths", "names": {"en": "Paths"}}
    for change in ({"licence": ""}, {"attribution": ""}, {"names": {}}, {"slug": "toytown-spaces"}):
        with pytest.raises(ValidationError) as refusal:
            NeighbourLayer(**facts | change).full_clean()
        assert list(refusal.value.message_dict) == list(change)
    for change in ({"licence": ""}, {"names": {}}, {"style": "red"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            NeighbourLayer.objects.create(**facts | change)


def test_host_that_is_not_named_any_more_and_a_private_one_are_not_asked(neighbour, settings, layer):
    answers(neighbour, settings, feature("1"))
    settings.FETCH_INNER_HOSTS = []
    assert "must begin with https://" in fetched(layer)
    settings.NEIGHBOUR_HOSTS, settings.FETCH_INNER_HOSTS = [], [neighbour.host]
    assert "must begin with https://" in fetched(layer)
    assert neighbour.asked == []


# --- what is not taken ------------------------------------------------------------------------------------------------


def test_fetch_that_fails_leaves_the_old_and_the_administrator_sees_why(neighbour, settings, layer):
    answers(neighbour, settings, feature("old", surface="gravel"))
    assert fetched(layer) == "Features that were taken: 1."
    before, first = stored(), layer.fetched_at
    page, here = first_page(settings), neighbour.answers
    refused: list[tuple[str, object]] = [
        ("It answers 503", (503, {}, b"")),
        ("It answers 404", (404, {}, b"")),
        ("holds no features in GeoJSON", (200, GEOJSON, b"[" * 100_000)),
        ("holds no features in GeoJSON", (200, {"Content-Type": "text/html"}, b"<h1>Paths</h1>")),
        ("elsewhere.example is not one of the hosts", (302, {"Location": "https://elsewhere.example/"}, b"")),
    ]
    for told, answer in refused:
        here[page] = answer
        assert told in fetched(layer)
    changes: list[tuple[str, tuple, dict]] = [
        ("no features here", (), {}),
        ("another system", (feature("1"),), {"crs": {"type": "name", "properties": {"name": "EPSG:3067"}}}),
        ("at another host, elsewhere.example", (feature("1"),), {"following": "https://elsewhere.example/p"}),
        ("the same page again", (feature("1"),), {"following": page}),
        (
            "None of its features can be taken. The first one: row 1: geometry: It lies far",
            (feature("1", {"type": "Point", "coordinates": [1, 2]}, surface="x"),),
            {},
        ),
        ("There is no column “surface”", (feature("1", colour="red"),), {}),
    ]
    for told, features, more in changes:
        answers(neighbour, settings, *features, **more)
        assert told in fetched(layer)
    answers(neighbour, settings, *(feature(str(n), surface="x" * 50) for n in range(40)), following="/more")
    answers(neighbour, settings, *(feature(str(n), surface="x" * 50) for n in range(40)), path="/more")
    for told, limits in (
        ("more than 60 features", Limits(features=60)),
        ("more than 1 pages", Limits(pages=1)),
        ("larger than", Limits(size=9_000)),
        ("takes longer", Limits(seconds=0)),
    ):
        assert told in fetched(layer, limits)
    assert (stored(), layer.fetched_at) == (before, first)


# --- what is taken ----------------------------------------------------------------------------------------------------


def test_pages_become_one_layer_with_its_credit_and_the_named_properties_alone(neighbour, settings, layer, client):
    away = feature("far", {"type": "Point", "coordinates": [1, 2]}, surface="sand")
    answers(
        neighbour, settings, feature(1, surface="gravel", secret="anna@example.org", name="Polku"), following="/2?a=b"
    )
    answers(neighbour, settings, feature(2, surface="<b>"), away, path="/2?a=b")
    assert fetched(layer).startswith("Features that were taken: 2, left out: 1. The first of these: row 3")
    assert stored() == [("1", {"surface": "gravel"}), ("2", {"surface": "<b>"})]
    dataset = Dataset.objects.by_slug("their-paths")
    assert (dataset.source, dataset.licence, dataset.attribution) == (layer.url, "CC BY 4.0", "Nextdoor")
    page = client.get("/en/").content.decode()
    assert 'data-reference="their-paths"' in page and "Nextdoor, CC BY 4.0" in page
    assert client.get("/ogc/collections/reference-their-paths/items?f=json").json()["numberMatched"] == 2

    answers(neighbour, settings, feature(2, surface="asphalt"))
    assert fetched(layer) == "Features that were taken: 1."
    assert stored() == [("2", {"surface": "asphalt"})]
    layer.remove()
    assert not ReferenceLayer.objects.exists() and not Dataset.objects.by_slug("their-paths")


def test_items_are_asked_for_with_the_filters_of_the_address():
    assert (
        items_address("https://a.example/collections/x?kind=b&q=c")
        == "https://a.example/collections/x/items?kind=b&q=c"
    )
    assert items_address("https://a.example/collections/x/items/") == "https://a.example/collections/x/items"


def test_worker_fetches_once_a_day_and_when_it_is_asked_to(neighbour, settings, layer, client):
    answers(neighbour, settings, feature("1", surface="gravel"))
    fetch_neighbour_layers(0)
    fetch_neighbour_layers(0)
    assert len(neighbour.asked) == 1
    client.force_login(User.objects.create_superuser(email="admin@example.org", password="not a real one"))
    chosen = {"action": "fetch_soon", "_selected_action": [layer.pk]}
    client.post(reverse("admin:layers_neighbourlayer_changelist"), chosen)
    fetch_neighbour_layers(0)
    assert len(neighbour.asked) == 2
    with time_machine.travel(timezone.now() + datetime.timedelta(days=1, minutes=1)):
        fetch_neighbour_layers(0)
        NeighbourLayer.objects.update(is_active=False)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=3)):
        fetch_neighbour_layers(0)
    assert len(neighbour.asked) == 3


def test_administrator_names_a_collection_and_sees_what_came_of_it(neighbour, settings, client):
    client.force_login(User.objects.create_superuser(email="admin@example.org", password="not a real one"))
    facts = FACTS | {"url": neighbour.url(COLLECTION), "names": '{"en": "Paths"}', "is_active": "on"}
    add = reverse("admin:layers_neighbourlayer_add")
    assert (
        "NEIGHBOUR_HOSTS"
        in client.post(add, facts | {"url": "https://elsewhere.example/collections/x"}).content.decode()
    )
    assert client.post(add, facts).status_code == 302
    fetch_neighbour_layers(0)
    layer = NeighbourLayer.objects.get()
    assert "Se vastaa 404" in client.get(reverse("admin:layers_neighbourlayer_changelist")).content.decode()
    assert (
        client.post(reverse("admin:layers_neighbourlayer_delete", args=[layer.pk]), {"post": "yes"}).status_code == 302
    )
    assert not NeighbourLayer.objects.exists()
