"""OWSLib against the served city: conformance, every set page by page, in a box and in a stretch of time.

owslib/bin/python -m scripts.interop_checks.owslib_reads http://127.0.0.1:8011 truth.json
"""

import sys
from collections.abc import Iterator

import shapely
from owslib.ogcapi.features import Features

from scripts.interop_checks.comparing import Comparison

PAGE = 17  # features: no number of them is a multiple
NEEDED = ("ogcapi-features-1/1.0/conf/core", "ogcapi-features-1/1.0/conf/geojson", "ogcapi-features-2/1.0/conf/crs")
SINCE, BEFORE = "2000-01-01T00:00:00Z/..", "../2000-01-01T00:00:00Z"


def features(api: Features, name: str, **query: object) -> Iterator[dict]:
    """Along the links to the next page, whose parameters are asked for again by OWSLib."""
    after: dict[str, object] = {}
    while True:
        page = api.collection_items(name, limit=PAGE, **query, **after)
        yield from page["features"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return
        after = {"after": following[0].partition("after=")[2].partition("&")[0]}


def main(site: str, truth: str) -> None:
    held = Comparison.read(truth)
    api = Features(f"{site}/ogc/")
    classes = api.conformance()["conformsTo"]
    held.count(
        "OWSLib, conformance classes", "ogc", sum(any(c.endswith(n) for c in classes) for n in NEEDED), len(NEEDED)
    )
    held.count("OWSLib, collections", "ogc", len(set(api.feature_collections()) & set(held.sets)), len(held.sets))
    for name in held.sets:
        wanted = held.wanted(name)
        found = {feature_key(held, name, f): shapely.geometry.shape(f["geometry"]) for f in features(api, name)}
        held.hold("OWSLib, page by page", name, found)
        box = shapely.box(*_half(wanted))
        inside = {key for key, place in wanted.items() if place.intersects(box)}
        keys = {feature_key(held, name, f) for f in features(api, name, bbox=list(box.bounds))}
        held.say("OWSLib, bbox", name, len(keys & inside), len(inside), keys != inside)
        if api.collection(name)["extent"].get("temporal"):
            every = sum(1 for _ in features(api, name, datetime_=SINCE))
            none = sum(1 for _ in features(api, name, datetime_=BEFORE))
            held.count("OWSLib, datetime, all", name, every, len(wanted))
            held.count("OWSLib, datetime, before it began", name, none, 0)
    held.end()


def feature_key(held: Comparison, name: str, feature: dict) -> str:
    key = held.key_of(name)
    return str(feature["id"] if key == "id" else feature["properties"][key])


def _half(places: dict[str, shapely.Geometry]) -> tuple[float, float, float, float]:
    """The western half of what there is."""
    west, south, east, north = shapely.total_bounds(list(places.values()))
    return west, south, (west + east) / 2, north


if __name__ == "__main__":
    main(*sys.argv[1:])
