"""Benchmarks of the doors by standards: vector tiles of the densest place and what they cost to keep, pages of OGC API
Features.
"""

from collections.abc import Iterator

import psycopg
from django.test import Client

from benchmarks.clients import answer, conninfo, door, queries
from benchmarks.reading import densest_place, recorded
from benchmarks.rounds import Benchmark, Contender
from layers.geometry import MERCATOR_HALF_M

ZOOMS = (6, 10, 13, 14, 15, 17)
# What a tile server makes of the table: every pin, with what the map says of it.
EVERY_PIN = """
SELECT ST_AsMVT(pins, 'proposals') FROM (
    SELECT ST_AsMVTGeom(pin, {envelope}) AS geom, id, title, kind, status FROM proposals_proposal
    WHERE publication = 'published' AND pin && {envelope}
) AS pins
"""
INSERTS = 200
COLUMNS = (
    "category_id, kind, title, body, language, answers, location, public_location, place_precision, area_id, landmark,"
    " publication, status, channel, version, terms_version, source, source_id, supports_verified, supports_unverified,"
    " comments, submitted_at, published_at, updated_at"
)
AGAIN = f"""
INSERT INTO proposals_proposal ({COLUMNS})
SELECT {COLUMNS.replace("source, source_id", "'', ''")} FROM proposals_proposal WHERE id = %s
"""
PAGES = {"1,000 items": "", "1,000 items in metres": "crs=http://www.opengis.net/def/crs/EPSG/0/3067"}


def benchmarks(only: str = "") -> Iterator[Benchmark]:
    """Each door against its own statements, sent again as they are: what Python adds to PostGIS (T1, T4)."""
    if only in "T4 tiles":
        x, y = densest_place()
        for zoom in ZOOMS:
            side = 2 * MERCATOR_HALF_M / 2**zoom
            column, row = int((x + MERCATOR_HALF_M) // side), int((MERCATOR_HALF_M - y) // side)
            envelope = f"ST_TileEnvelope({zoom}, {column}, {row})"
            every_pin = _bytes("ST_AsMVT of every pin", EVERY_PIN.format(envelope=envelope))
            address = f"/tiles/proposals/{zoom}/{column}/{row}.pbf"
            yield _against_its_queries(f"T4 tiles, zoom {zoom}", address, every_pin)
    if only in "T6 upkeep":
        yield _upkeep()
    if only in "T7 unchanged":
        yield _unchanged()
    if only in "OGC items":
        for name, query in PAGES.items():
            yield _against_its_queries(f"OGC items, {name}", f"/ogc/collections/proposals/items?{query}")


def _against_its_queries(name: str, address: str, *peers: Contender) -> Benchmark:
    statements = recorded(address)
    alone = queries(f"its {len(statements)} queries alone", *statements)
    return Benchmark(name, door("door", address), alone, peers=peers)


def _bytes(name: str, statement: str) -> Contender:
    """The one value of a statement, on a connection that stays open; makes bytes."""
    session = psycopg.connect(conninfo(), autocommit=True)
    return Contender(name, lambda: len(session.execute(statement).fetchone()[0]))


def _upkeep() -> Benchmark:
    """Proposals written one by one with the change of their counts beside them, and without."""
    with psycopg.connect(conninfo()) as session:
        ids = [
            pk for (pk,) in session.execute(f"SELECT id FROM proposals_proposal WHERE status = 'open' LIMIT {INSERTS}")
        ]

    def written(*before: str) -> int:
        with psycopg.connect(conninfo()) as session, session.transaction(force_rollback=True):
            for statement in before:
                session.execute(statement)
            for pk in ids:
                session.execute(AGAIN, [pk])
        return len(ids)

    without = "ALTER TABLE proposals_proposal DISABLE TRIGGER geodata_pins_came"
    return Benchmark(
        "T6 upkeep of the pyramid",
        Contender("INSERT", written),
        Contender("INSERT, no trigger", lambda: written(without)),
        1.15,
    )


def _unchanged() -> Benchmark:
    """A tile that the client has already, against the smallest answer of the application."""
    x, y = densest_place()
    side = 2 * MERCATOR_HALF_M / 2**10
    address = f"/tiles/proposals/10/{int((x + MERCATOR_HALF_M) // side)}/{int((MERCATOR_HALF_M - y) // side)}.pbf"
    etag = Client().get(address)["ETag"]
    return Benchmark(
        "T7 unchanged tile",
        Contender("304", lambda: sum(map(len, answer(address, HTTP_IF_NONE_MATCH=etag)))),
        door("empty tile, 204", "/tiles/proposals/10/0/0.pbf"),
        1.5,
    )
