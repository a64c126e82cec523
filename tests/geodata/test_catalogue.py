"""The catalogue for machines: one graph in two writings, DCAT-AP's demands, and schemas that the data itself keeps."""

import json

import jsonschema
import pytest
from django.contrib.gis.geos import LineString, Point, Polygon
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, URIRef
from rdflib.compare import isomorphic

from geodata.catalogue.dcat import catalogue
from geodata.export_formats import FORMATS
from geodata.ogc.published import of_the_house
from tests.geodata.rows import NOON, make_crowd, make_pledge, make_proposal

pytestmark = pytest.mark.django_db

PREFIXES = """
PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/> PREFIX vcard: <http://www.w3.org/2006/vcard/ns#>
"""
# DCAT-AP 3.0: class -> the properties that it must have.
MANDATORY = {
    "dcat:Catalog": ("dct:title", "dct:description", "dct:publisher", "dcat:dataset"),
    "dcat:Dataset": ("dct:title", "dct:description"),
    "dcat:Distribution": ("dcat:accessURL",),
    "dcat:DataService": ("dct:title", "dcat:endpointURL"),
    "foaf:Agent": ("foaf:name",),
    "vcard:Organization": ("vcard:fn",),
}
# And what a portal shows: recommended there, demanded here.
SHOWN = {
    "dcat:Dataset": (
        "dct:publisher", "dct:license", "dct:spatial", "dct:accrualPeriodicity", "dcat:theme", "dct:conformsTo",
        "dcat:contactPoint", "dcat:distribution", "dct:accessRights", "dct:language",
    ),
    "dcat:Distribution": ("dct:license", "dcat:downloadURL", "dct:title"),
    "dcat:DataService": ("dcat:servesDataset", "dct:conformsTo"),
}  # fmt: skip


def record(client, format: str = "ttl") -> Graph:
    response = client.get(f"/data/catalog.{format}")
    assert response.status_code == 200
    return Graph().parse(data=response.content, format={"ttl": "turtle", "jsonld": "json-ld"}[format])


def without(graph: Graph, kind: str, property: str) -> list[str]:
    """Things of a class that lack a property."""
    found = graph.query(f"{PREFIXES} SELECT ?s WHERE {{ ?s a {kind} FILTER NOT EXISTS {{ ?s {property} ?o }} }}")
    return [str(row.s) for row in found]


@pytest.mark.parametrize(("address", "status"), [("catalog.rdf", 404), ("catalog.ttl?lang=fi", 400)])
def test_record_refuses_what_it_does_not_know(toytown, client, address, status):
    response = client.get(f"/data/{address}")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["nonsense.json", "proposals.json?x=1", "proposals.json?lang=de"])
def test_schema_refuses_what_it_does_not_know(toytown, client, address):
    response = client.get(f"/data/schemas/{address}")
    assert response.status_code == (404 if address.startswith("nonsense") else 400)


def test_place_is_a_box_and_own_pages_are_documents(toytown):
    """DCAT-AP 3.0.0: `locn:geometry` would have to be a node, a page a foaf:Document (its SHACL, scripts/interop validate)."""
    graph = catalogue()
    assert not [p for p in graph.predicates() if str(p).startswith("http://www.w3.org/ns/locn#")]
    pages = {
        *graph.objects(None, DCAT.landingPage),
        graph.value(URIRef("http://testserver/data/#catalogue"), FOAF.homepage),
    }
    assert {graph.value(page, RDF.type) for page in pages} == {FOAF.Document}


def test_both_writings_hold_the_same_graph(toytown, client):
    make_proposal()
    turtle = record(client)
    assert len(turtle) > 200
    assert isomorphic(turtle, record(client, "jsonld"))


@pytest.mark.parametrize("wanted", [MANDATORY, SHOWN])
def test_everything_has_what_dcat_ap_asks_for(toytown, wanted):
    make_proposal()
    graph = catalogue()
    for kind, properties in wanted.items():
        assert list(graph.query(f"{PREFIXES} SELECT ?s WHERE {{ ?s a {kind} }}")), kind
        assert {(p, tuple(without(graph, kind, p))) for p in properties if without(graph, kind, p)} == set()


def test_texts_come_in_every_language_of_the_city(toytown):
    graph = catalogue()
    for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.Distribution, DCAT.DataService):
        for thing in graph.subjects(predicate=None, object=kind):
            assert {title.language for title in graph.objects(thing, DCTERMS.title)} == {"fi", "sv", "en"}, thing
    feed = {str(title) for title in graph.objects(URIRef("http://testserver/data/#atom"), DCTERMS.title)}
    assert "Feed (Atom): Participation map, Toytown" in feed
    assert len(feed) == 3


def test_every_set_is_listed_with_every_format(toytown):
    graph = catalogue()
    installed = [name for name, format in FORMATS.items() if format.is_installed()]
    for name in of_the_house():
        assert len(list(graph.objects(URIRef(f"http://testserver/data/#{name}"), DCAT.distribution))) == len(installed)


def test_addresses_of_the_record_answer_with_its_media_types(toytown, client):
    graph = catalogue()
    for one, address in graph.subject_objects(DCAT.downloadURL):
        response = client.head(str(address).removeprefix("http://testserver"))
        assert response.status_code == 200, address
        for media_type in graph.objects(one, DCAT.mediaType):
            assert str(media_type).endswith("/media-types/" + response["Content-Type"].partition(";")[0])
    for address in {*graph.objects(None, DCAT.endpointURL), *graph.objects(None, DCAT.endpointDescription)}:
        path = str(address).removeprefix("http://testserver")
        assert client.get(path).status_code == 200, path


def test_time_begins_with_the_first_publication(toytown):
    make_proposal()
    graph = catalogue()
    begin = graph.value(URIRef("http://testserver/data/#proposals-time"), DCAT.startDate)
    assert str(begin) == NOON.date().isoformat()


def test_record_names_no_person(toytown, client):
    text = client.get("/data/catalog.ttl").content.decode()
    assert "vcard:Individual" not in text
    assert "@example" not in text
    assert "mailto:" not in text


@pytest.mark.parametrize("format", ["ttl", "jsonld"])
def test_who_has_the_record_already_gets_304(toytown, client, format):
    first = client.get(f"/data/catalog.{format}")
    again = client.get(f"/data/catalog.{format}", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, first["Access-Control-Allow-Origin"]) == (304, "*")


def test_record_costs_one_query_for_each_time_and_one_for_the_snapshots(toytown, django_assert_num_queries):
    with django_assert_num_queries(3):
        catalogue()


# --- schemas ----------------------------------------------------------------------------------------------------------


def schema(client, name: str, language: str = "en") -> dict:
    response = client.get(f"/data/schemas/{name}.json?lang={language}")
    assert (response.status_code, response["Content-Type"]) == (200, "application/schema+json")
    return response.json()


@pytest.fixture
def varied(toytown):
    """Proposals of every state, with points, lines and areas, some in no area."""
    make_crowd(80)
    make_pledge(make_proposal(landmark={"names": {"fi": "Lelula"}, "distance_m": 120, "bearing": 1}))
    make_proposal(LineString((24.81, 60.181), (24.82, 60.182), srid=4326), category="pathway")
    make_proposal(Polygon(((24.81, 60.18), (24.811, 60.18), (24.811, 60.181), (24.81, 60.18)), srid=4326))
    make_proposal(Point(25.5, 60.9, srid=4326))


@pytest.mark.parametrize("name", list(of_the_house()))
def test_every_feature_keeps_the_schema_of_its_set(varied, client, name):
    validator = jsonschema.Draft202012Validator(schema(client, name))
    validator.check_schema(validator.schema)
    features = client.get(f"/ogc/collections/{name}/items?f=json&limit=10000").json()["features"]
    assert features
    assert [error.message for feature in features for error in validator.iter_errors(feature)] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("kind", "nonsense"), ("title", None), ("comments", "1"), ("photos", [1]), ("email", "a@example.org")],
)
def test_feature_that_is_wrong_breaks_the_schema(toytown, client, name, value):
    make_proposal()
    feature = client.get("/ogc/collections/proposals/items?f=json").json()["features"][0]
    feature["properties"][name] = value
    assert not jsonschema.Draft202012Validator(schema(client, "proposals")).is_valid(feature)


def test_schema_speaks_the_language_asked(toytown, client):
    titles = {schema(client, "areas", language)["title"] for language in ("fi", "sv", "en")}
    assert len(titles) == 3


def test_schema_is_named_where_the_set_is_described(toytown, client):
    links = client.get("/ogc/collections/areas?f=json").json()["links"]
    (found,) = [link for link in links if link["rel"] == "describedby"]
    assert client.get(found["href"].removeprefix("http://testserver")).status_code == 200
    assert json.dumps(found["type"]) == '"application/schema+json"'
