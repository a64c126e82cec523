"""Benchmarks of the doors that read: the list, clusters by zoom, GeoJSON and CSV; the other files are in files.py."""

import hashlib
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import geopandas
import psycopg
from django.core.serializers import serialize
from django.db import connection

from benchmarks import files, floors
from benchmarks.clients import answer, conninfo, copy, door, queries
from benchmarks.rounds import Benchmark, Contender
from geodata.collections import proposals
from geodata.geojson import feature_collection, features
from layers.gazetteer import describe
from layers.geometry import CELL_BITS, BoundingBox, from_mercator, to_mercator
from proposals.models import Proposal

VIEWPORT = 5_000  # features
SCREEN_PX = (1200, 800)
TILE_PX = 256
ZOOMS = (8, 11, 13, 15, 17)
CELLS_A_TILE_BITS = 2  # as geodata.cells counts
DISTANCE = 987_654_321  # stands for a landmark's distance
GEOJSON_COPY = "COPY ({}) TO STDOUT WITH (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')"
CSV_COPY = "COPY ({}) TO STDOUT WITH (FORMAT csv, HEADER, DELIMITER ';')"


def benchmarks(only: str = "") -> Iterator[Benchmark]:
    """Those whose names hold `only`; each is made when its turn comes."""
    spoken = sentences()
    makers = (
        lists, clusters, lambda: [viewport(spoken)], lambda: [geojson(spoken)], lambda: [csv(spoken)],
        lambda: files.benchmarks(spoken),
    )  # fmt: skip
    for names, make in zip(("list page", "clusters", "G1", "E1", "E2 CSV", "E2"), makers, strict=True):
        if names in only or only in names:
            yield from (benchmark for benchmark in make() if only in benchmark.name)


def sentences() -> dict[str, str]:
    """The product's wordings of a place in Finnish: @d for the distance, @n for the name."""

    def worded(distance: int | None, bearing: int | None) -> str:
        facts = {"names": {"fi": "@n"}, "distance_m": distance, "bearing": bearing}
        return describe(facts, "fi").replace(str(DISTANCE), "@d")

    return {"in": worded(None, None), "beside": worded(0, 0)} | {str(n): worded(DISTANCE, n) for n in range(8)}


# --- the list ---


def lists() -> list[Benchmark]:
    """The page against its own queries, sent again as they are: what Django and the templates add to them."""
    made = []
    for name, query in (("all", ""), ("filtered", "kind=parking&area=suur-tapiola&q=valo")):
        address = f"/fi/?{query}"
        statements = recorded(address)
        alone = queries(f"its {len(statements)} queries alone", *statements)
        made.append(Benchmark(f"list page, {name}", door("page", address), alone))
        part = door("list only, as scripts ask", address, HTTP_X_PARTIAL="list")
        made.append(Benchmark(f"list page, {name}, part", part, alone))
    return made


def recorded(address: str) -> list[str]:
    """The statements that an answer asks of the database, their parameters filled in."""
    said: list[str] = []

    def listen(execute, sql, params, many, context):
        said.append(psycopg.ClientCursor(context["connection"].connection).mogrify(sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        for _chunk in answer(address):
            pass
    return said


# --- clusters ---


def clusters() -> list[Benchmark]:
    x, y = densest_place()
    made = []
    for zoom in ZOOMS:
        metres = 40_075_016.68 / (TILE_PX * 2**zoom)  # a pixel, of EPSG:3857
        half = [side * metres / 2 for side in SCREEN_PX]
        west, south = from_mercator(x - half[0], y - half[1])
        east, north = from_mercator(x + half[0], y + half[1])
        address = f"/map/clusters.json?bbox={west:.6f},{south:.6f},{east:.6f},{north:.6f}&zoom={zoom}"
        shift = 2 * (CELL_BITS - min(zoom + CELLS_A_TILE_BITS, CELL_BITS))
        counted = floors.cells(shift, (x - half[0], y - half[1], x + half[0], y + half[1]))
        made.append(Benchmark(f"clusters, zoom {zoom}", door("door", address), queries("GROUP BY cell", counted)))
    return made


def densest_place() -> tuple[float, float]:
    """The middle of the cell (about 150 m a side) that holds most pins, EPSG:3857 metres."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT avg(ST_X(pin)), avg(ST_Y(pin)) FROM proposals_proposal GROUP BY cell >> 10 ORDER BY count(*) DESC LIMIT 1"
        )
        return cursor.fetchone()


# --- GeoJSON ---


def viewport(spoken: dict[str, str]) -> Benchmark:
    """The features of a box in memory, as an answer for a map is made; the peers make theirs of the same rows."""
    box = box_of_viewport()
    chosen = Proposal.objects.public().in_box(box).order_by("pk")
    west, south = to_mercator(box.west, box.south)
    east, north = to_mercator(box.east, box.north)
    inside = (
        f"p.pin && ST_MakeEnvelope({west!r}, {south!r}, {east!r}, {north!r}, 3857) AND ST_X(p.pin) >= {west!r}"
        f" AND ST_Y(p.pin) >= {south!r} AND ST_X(p.pin) < {east!r} AND ST_Y(p.pin) < {north!r}"
    )
    session = psycopg.connect(conninfo(), autocommit=True)
    statement = floors.features(spoken, inside)

    def ours() -> bytes:
        return feature_collection(features(proposals(), chosen, "fi")).encode()

    def floor() -> bytes:
        return feature_collection([row[0] for row in session.execute(statement)]).encode()

    def serializer() -> int:
        return len(serialize("geojson", chosen.select_related("category", "area"), geometry_field="public_location"))

    same_bytes("viewport", ours(), floor())
    peers = (
        Contender("ST_AsGeoJSON(record)", lambda: record_features(session, inside)),
        Contender("Django's serializer", serializer),
        Contender("geopandas to_json", lambda: len(frame(inside).to_json())),
    )
    work, raw = Contender("geodata.geojson", lambda: len(ours())), Contender("SQL by hand", lambda: len(floor()))
    return Benchmark(f"G1 {chosen.count():,} features", work, raw, 1.05, peers)


def box_of_viewport() -> BoundingBox:
    """The box around the VIEWPORT pins next to the densest place; a few more lie in its corners."""
    x, y = densest_place()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Transform(ST_SetSRID(ST_Extent(pin), 3857), 4326)"
            " AS e FROM (SELECT pin FROM proposals_proposal WHERE publication = 'published'"
            " ORDER BY pin <-> ST_SetSRID(ST_MakePoint(%s, %s), 3857) LIMIT %s) AS near) AS extent",
            [x, y, VIEWPORT],
        )
        return BoundingBox(*cursor.fetchone())


def record_features(session: psycopg.Connection, where: str) -> int:
    """PostGIS's own Features, of the plain columns alone: not the same bytes, but what many serve."""
    listed = ", ".join(f"p.{name}" for name in ("id", "title", "body", "language", "kind", "status", "public_location"))
    rows = session.execute(
        f"SELECT ST_AsGeoJSON(r.*) FROM (SELECT {listed} {floors.PUBLISHED} WHERE p.publication = 'published' AND {where}) r"
    )
    return sum(len(row[0]) for row in rows)


def frame(where: str) -> geopandas.GeoDataFrame:
    names = (
        "id",
        "title",
        "body",
        "language",
        "kind",
        "status",
        "supports_verified",
        "published_at::text",
        "public_location",
    )
    listed = ", ".join(f"p.{name}" for name in names)
    with warnings.catch_warnings(), psycopg.connect(conninfo()) as session:
        warnings.simplefilter("ignore")  # pandas would rather have SQLAlchemy
        sql = f"SELECT {listed}, c.slug AS category, a.slug AS area {floors.PUBLISHED} WHERE p.publication = 'published' AND {where}"
        return geopandas.read_postgis(sql, session, geom_col="public_location")


def geojson(spoken: dict[str, str]) -> Benchmark:
    address = "/export/proposals.geojson?lang=fi"
    statement = GEOJSON_COPY.format(floors.features(spoken))
    ours, by_hand = b"".join(answer(address)), copied(statement)
    same_bytes(
        "GeoJSON", b"".join(line.strip(b",") for line in ours.splitlines()[1:-1]), b"".join(by_hand.splitlines())
    )

    def by_geopandas() -> int:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "proposals.geojson"
            frame("true").to_file(file, driver="GeoJSON")
            return file.stat().st_size

    return Benchmark(
        "E1 GeoJSON export", door("export door", address), copy("COPY by hand, psql", statement, len(by_hand)), 1.15,
        (Contender("geopandas to_file", by_geopandas),),
    )  # fmt: skip


# --- CSV ---


def csv(spoken: dict[str, str]) -> Benchmark:
    address = "/export/proposals.csv?lang=fi"
    statement = CSV_COPY.format(floors.table(spoken))
    ours, by_hand = b"".join(answer(address)), copied(statement)
    same_bytes("CSV", ours.removeprefix("\ufeff".encode()), by_hand)

    def by_geopandas() -> int:
        return len(frame("true").to_csv())

    return Benchmark(
        "E2 CSV export", door("export door", address), copy("COPY by hand, psql", statement, len(by_hand)), 1.1,
        (Contender("geopandas to_csv", by_geopandas),),
    )  # fmt: skip


def copied(statement: str) -> bytes:
    with psycopg.connect(conninfo()) as session, session.cursor() as cursor, cursor.copy(statement) as rows:
        return b"".join(bytes(row) for row in rows)


def same_bytes(what: str, ours: bytes, floor: bytes) -> None:
    """Raises ValueError, with the first difference, unless door and floor make the same."""
    if hashlib.sha256(ours).digest() != hashlib.sha256(floor).digest():
        at = next((n for n, (a, b) in enumerate(zip(ours, floor, strict=False)) if a != b), min(len(ours), len(floor)))
        raise ValueError(
            f"{what}: door and floor differ at byte {at}: {ours[at - 60 : at + 60]!r} {floor[at - 60 : at + 60]!r}"
        )
