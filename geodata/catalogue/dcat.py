"""The catalogue as DCAT-AP 3: one graph, texts in each of the city's languages. Every node has an address of its own.

DCAT-AP 3.0, https://semiceu.github.io/DCAT-AP/releases/3.0.0/; vocabularies of the Publications Office of the EU.
"""

from collections.abc import Callable

from django.conf import settings
from django.db.models import Min
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rdflib import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from geodata.catalogue.distributions import Distribution, files
from geodata.exports import LICENCE, attribution
from geodata.models import Snapshot
from geodata.ogc.documents import address
from geodata.ogc.published import Published, of_the_house
from geodata.ogc.reference_systems import EPSG
from geodata.snapshots import MEDIA_TYPES

AUTHORITY = "http://publications.europa.eu/resource/authority"
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
WKT = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")
GEOJSON_STANDARD = "https://www.rfc-editor.org/rfc/rfc7946"
OGC_FEATURES, TILEJSON = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0",
    "https://github.com/mapbox/tilejson-spec/tree/master/3.0.0",
)
LANGUAGES = {"fi": "FIN", "sv": "SWE", "en": "ENG"}
FILE_TYPES = {"geojson": "GEOJSON", "csv": "CSV", "xlsx": "XLSX", "gpkg": "GPKG", "shp.zip": "SHP"}
UNREGISTERED = frozenset({"application/flatgeobuf"})  # no media type of IANA's, so that it has no address there
THEMES = {"proposals": ("GOVE", "REGI"), "areas": ("REGI",), "services": ("GOVE", "SOCI"), "spaces": ("GOVE", "SOCI")}
AT_ONCE, NOW_AND_THEN, NEVER = "CONT", "IRREG", "NEVER"
PREFIXES = {
    "dcat": str(DCAT),
    "dct": str(DCTERMS),
    "foaf": str(FOAF),
    "vcard": str(VCARD),
    "xsd": str(XSD),
    "spdx": str(SPDX),
    "skos": str(SKOS),
    "geo": "http://www.opengis.net/ont/geosparql#",
}


def catalogue() -> Graph:
    """The whole record. One query for each set that has a time, one for the snapshots."""
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    whole = node("catalogue")
    graph.add((whole, RDF.type, DCAT.Catalog))
    say(graph, whole, DCTERMS.title, lambda: f"{_('Open data')}: {attribution()['attribution']}")
    say(graph, whole, DCTERMS.description, lambda: _(
        "What residents propose, with areas and services: open data for every program for maps."
    ))  # fmt: skip
    _known_of_all(graph, whole)
    graph.add((whole, FOAF.homepage, page()))
    graph.add((page(), RDF.type, FOAF.Document))
    _publisher(graph)
    _place(graph)
    for one in of_the_house().values():  # reference layers have their sources' licences, and records there
        graph.add((whole, DCAT.dataset, _dataset(graph, one)))
    for snapshot in Snapshot.objects.newest_first():
        graph.add((whole, DCAT.dataset, _snapshot(graph, snapshot)))
    for service in _services(graph):
        graph.add((whole, DCAT.service, service))
    return graph


def node(name: str) -> URIRef:
    """The address of a part of the record."""
    return URIRef(f"{settings.SITE_URL}/data/#{name}")


def page() -> URIRef:
    return URIRef(f"{settings.SITE_URL}/data/")


def authority(table: str, code: str) -> URIRef:
    return URIRef(f"{AUTHORITY}/{table}/{code}")


def say(graph: Graph, subject: Node, predicate: URIRef, text: Callable[[], object]) -> None:
    """Adds `text()` in each of the city's languages."""
    for language in settings.CITY.languages:
        with translation.override(language):
            graph.add((subject, predicate, Literal(str(text()), lang=language)))


def _known_of_all(graph: Graph, subject: URIRef) -> None:
    """What is the same of the catalogue and of every set."""
    graph.add((subject, DCTERMS.publisher, node("publisher")))
    graph.add((subject, DCTERMS.license, URIRef(LICENCE["licenseUrl"])))
    graph.add((subject, DCTERMS.spatial, node("place")))
    for language in settings.CITY.languages:
        if language in LANGUAGES:
            graph.add((subject, DCTERMS.language, authority("language", LANGUAGES[language])))


def _publisher(graph: Graph) -> None:
    """The city, and its page of contacts; no person."""
    publisher, contact = node("publisher"), node("contact")
    names = settings.CITY.texts.get("data_controller") or settings.CITY.names
    graph.add((publisher, RDF.type, FOAF.Agent))
    graph.add((contact, RDF.type, VCARD.Organization))
    for language, name in names.items():
        graph.add((publisher, FOAF.name, Literal(name, lang=language)))
        graph.add((contact, VCARD.fn, Literal(name, lang=language)))
    for link, subject, predicate in (
        ("municipality", publisher, FOAF.homepage),
        ("contact", contact, VCARD.hasURL),
    ):
        if page_of_city := settings.CITY.links.get(link):
            graph.add((subject, predicate, URIRef(page_of_city)))


def _place(graph: Graph) -> None:
    """The city's bounds."""
    west, south, east, north = settings.CITY.bounds
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    box = f"POLYGON(({','.join(f'{x} {y}' for x, y in corners)}))"
    place = node("place")
    graph.add((place, RDF.type, DCTERMS.Location))
    graph.add((place, DCAT.bbox, Literal(box, datatype=WKT)))
    for language, name in settings.CITY.names.items():
        graph.add((place, SKOS.prefLabel, Literal(name, lang=language)))


def describe(graph: Graph, subject: URIRef, frequency: str, themes: tuple[str, ...]) -> None:
    """What every set says of itself beside its words."""
    graph.add((subject, RDF.type, DCAT.Dataset))
    _known_of_all(graph, subject)
    graph.add((subject, DCTERMS.identifier, Literal(str(subject))))
    graph.add((subject, DCAT.landingPage, page()))
    graph.add((subject, DCAT.contactPoint, node("contact")))
    graph.add((subject, DCTERMS.accessRights, authority("access-right", "PUBLIC")))
    graph.add((subject, DCTERMS.accrualPeriodicity, authority("frequency", frequency)))
    for theme in themes:
        graph.add((subject, DCAT.theme, authority("data-theme", theme)))


def _dataset(graph: Graph, one: Published) -> URIRef:
    dataset, collection = node(one.id), one.collection
    describe(graph, dataset, AT_ONCE if one.time else NOW_AND_THEN, THEMES.get(one.id, ("REGI",)))
    say(graph, dataset, DCTERMS.title, lambda: f"{collection.title}, {settings.CITY.name}")
    say(graph, dataset, DCTERMS.description, lambda: collection.description)
    graph.add((dataset, DCTERMS.conformsTo, schema(graph, one.id)))
    for srid in settings.CITY.export_srids:
        graph.add((dataset, DCTERMS.conformsTo, URIRef(f"{EPSG}{srid}")))
    if one.time:
        begin = collection.queryset().aggregate(begin=Min(one.time))["begin"]
        if begin is not None:
            period(graph, dataset, begin.date().isoformat())
    for file in files(one, settings.LANGUAGE_CODE):
        graph.add((dataset, DCAT.distribution, _distribution(graph, one, file)))
    return dataset


def schema(graph: Graph, collection: str) -> URIRef:
    """The JSON Schema of a set, as the standard that it keeps."""
    standard = URIRef(address("collection_schema", collection))
    graph.add((standard, RDF.type, DCTERMS.Standard))
    say(graph, standard, DCTERMS.title, lambda: f"JSON Schema: {of_the_house()[collection].collection.title}")
    return standard


def period(graph: Graph, dataset: URIRef, begin: str, end: str | None = None) -> None:
    time = URIRef(f"{dataset}-time")
    graph.add((dataset, DCTERMS.temporal, time))
    graph.add((time, RDF.type, DCTERMS.PeriodOfTime))
    graph.add((time, DCAT.startDate, Literal(begin, datatype=XSD.date)))
    if end is not None:
        graph.add((time, DCAT.endDate, Literal(end, datatype=XSD.date)))


def _snapshot(graph: Graph, snapshot: Snapshot) -> URIRef:
    """A year: the same set, as it stood."""
    dataset, year = node(f"proposals-{snapshot.year}"), str(snapshot.year)
    describe(graph, dataset, NEVER, THEMES["proposals"])
    say(
        graph,
        dataset,
        DCTERMS.title,
        lambda: f"{of_the_house()['proposals'].collection.title} {year}, {settings.CITY.name}",
    )
    say(
        graph,
        dataset,
        DCTERMS.description,
        lambda: _("Proposals published up to the end of the year, as they stood then."),
    )
    graph.add((dataset, DCTERMS.isVersionOf, node("proposals")))
    graph.add((dataset, DCTERMS.issued, Literal(snapshot.made_at.date().isoformat(), datatype=XSD.date)))
    graph.add((dataset, DCTERMS.conformsTo, schema(graph, "proposals")))
    graph.add((dataset, FOAF.page, URIRef(address("snapshot_manifest", snapshot.year))))
    for format in MEDIA_TYPES:
        graph.add((dataset, DCAT.distribution, _snapshot_file(graph, snapshot, format)))
    return dataset


def _snapshot_file(graph: Graph, snapshot: Snapshot, format: str) -> URIRef:
    """One file of a year, with its size and digest."""
    at, media_type = address("snapshot_file", snapshot.year, format), MEDIA_TYPES[format].partition(";")[0]

    def title() -> str:
        return f"{of_the_house()['proposals'].collection.title} {snapshot.year}: {format}"

    made = distribution(graph, f"proposals-{snapshot.year}-{format}", at, format, media_type, title)
    graph.add((made, DCAT.byteSize, Literal(snapshot.files[format]["bytes"], datatype=XSD.nonNegativeInteger)))
    _checksum(graph, made, snapshot.files[format]["sha256"])
    return made


def _checksum(graph: Graph, file: URIRef, sha256: str) -> None:
    checksum = URIRef(f"{file}-sha256")
    graph.add((file, SPDX.checksum, checksum))
    graph.add((checksum, RDF.type, SPDX.Checksum))
    graph.add((checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256))
    graph.add((checksum, SPDX.checksumValue, Literal(sha256, datatype=XSD.hexBinary)))


def _distribution(graph: Graph, one: Published, file: Distribution) -> URIRef:
    return distribution(
        graph, f"{one.id}-{file.id}", settings.SITE_URL + file.path, file.id, file.media_type,
        lambda: f"{one.collection.title}: {file.title}",
    )  # fmt: skip


def distribution(
    graph: Graph, name: str, place: str, format: str, media_type: str, title: Callable[[], object]
) -> URIRef:
    """A file at `place`."""
    made = node(name)
    graph.add((made, RDF.type, DCAT.Distribution))
    say(graph, made, DCTERMS.title, title)
    graph.add((made, DCAT.accessURL, URIRef(place)))
    graph.add((made, DCAT.downloadURL, URIRef(place)))
    graph.add((made, DCTERMS.license, URIRef(LICENCE["licenseUrl"])))
    if media_type not in UNREGISTERED:
        graph.add((made, DCAT.mediaType, URIRef(f"https://www.iana.org/assignments/media-types/{media_type}")))
    if format in FILE_TYPES:
        graph.add((made, DCTERMS["format"], authority("file-type", FILE_TYPES[format])))
    if format == "geojson":
        graph.add((made, DCTERMS.conformsTo, URIRef(GEOJSON_STANDARD)))
    return made


def _services(graph: Graph) -> list[URIRef]:
    """The interfaces: what they conform to, where they are and what describes them."""
    at = settings.SITE_URL
    listed = (
        ("ogc-api", "OGC API Features", at + reverse("ogc_landing"), at + reverse("ogc_api"), OGC_FEATURES),
        ("tiles", gettext_noop("Vector tiles (TileJSON)"), at + reverse("tileset", args=["proposals"]), "", TILEJSON),
        ("api", "API", at + reverse("api:categories"), at + reverse("api:openapi-json"), "https://spec.openapis.org/oas/v3.1.0"),
        ("atom", gettext_noop("Feed (Atom)"), at + reverse("proposals_feed"), "", "https://www.rfc-editor.org/rfc/rfc4287"),
    )  # fmt: skip
    return [_service(graph, *one) for one in listed]


def _service(graph: Graph, name: str, title: str, place: str, description: str, standard: str) -> URIRef:
    service = node(name)
    graph.add((service, RDF.type, DCAT.DataService))
    say(graph, service, DCTERMS.title, lambda: f"{_(title)}: {attribution()['attribution']}")
    graph.add((service, DCAT.endpointURL, URIRef(place)))
    if description:
        graph.add((service, DCAT.endpointDescription, URIRef(description)))
    graph.add((service, DCTERMS.conformsTo, URIRef(standard)))
    graph.add((service, DCTERMS.publisher, node("publisher")))
    graph.add((service, DCAT.contactPoint, node("contact")))
    graph.add((service, DCTERMS.license, URIRef(LICENCE["licenseUrl"])))
    graph.add((service, DCTERMS.accessRights, authority("access-right", "PUBLIC")))
    for one in of_the_house() if name in ("ogc-api", "tiles") else ("proposals",):
        graph.add((service, DCAT.servesDataset, node(one)))
    return service
