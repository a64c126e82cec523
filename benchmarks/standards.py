"""Benchmarks of the doors by standards: vector tiles of the densest place, and pages of OGC API Features."""

from collections.abc import Iterator

from benchmarks.clients import door, queries
from benchmarks.reading import densest_place, recorded
from benchmarks.rounds import Benchmark
from layers.geometry import MERCATOR_HALF_M

ZOOMS = (6, 10, 13, 14, 15, 17)
PAGES = {"1,000 items": "", "1,000 items in metres": "crs=http://www.opengis.net/def/crs/EPSG/0/3067"}


def benchmarks(only: str = "") -> Iterator[Benchmark]:
    """Each door against its own statements, sent again as they are: what Python adds to PostGIS (T1, T4)."""
    if only in "T4 tiles":
        x, y = densest_place()
        for zoom in ZOOMS:
            side = 2 * MERCATOR_HALF_M / 2**zoom
            column, row = int((x + MERCATOR_HALF_M) // side), int((MERCATOR_HALF_M - y) // side)
            yield _against_its_queries(f"T4 tiles, zoom {zoom}", f"/tiles/proposals/{zoom}/{column}/{row}.pbf")
    if only in "OGC items":
        for name, query in PAGES.items():
            yield _against_its_queries(f"OGC items, {name}", f"/ogc/collections/proposals/items?{query}")


def _against_its_queries(name: str, address: str) -> Benchmark:
    statements = recorded(address)
    return Benchmark(name, door("door", address), queries(f"its {len(statements)} queries alone", *statements))
