"""GDAL against the served city: OGC API by its OAPIF driver, tiles by MVT, and every file that can be taken home.

python -m scripts.interop_checks.gdal_reads http://127.0.0.1:8011 truth.json FOLDER
"""

import csv
import math
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pyogrio
import shapely

from scripts.interop_checks.comparing import Comparison

SYSTEMS = (4326, 3067, 3879)
BY_GDAL = ("gpkg", "fgb", "shp.zip", "parquet")  # files that have a reference system of their own
TILE_ZOOMS = (12, 15)  # counted by cells, and each by itself


def download(url: str, path: Path) -> int:
    """The status; the body is in `path` where it is 200."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            path.write_bytes(answer.read())
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def read(source: str, key: str, **options: object) -> tuple[dict[str, shapely.Geometry], str]:
    """Key -> place of every feature GDAL finds, and the reference system that it tells."""
    meta, fids, places, columns = pyogrio.raw.read(source, return_fids=True, **options)
    fields = dict(zip(meta["fields"], columns, strict=True))
    keys = fids if source.startswith("OAPIF") and key == "id" else fields[key]  # OAPIF takes the id for its own
    found: dict[str, shapely.Geometry] = {}
    for one, place in zip(keys, shapely.from_wkb(places), strict=True):
        if str(one) in found:
            raise SystemExit(f"{source}: {key} {one} is there twice")
        found[str(one)] = place
    return found, str(meta["crs"])


def by_oapif(held: Comparison, site: str) -> None:
    for name in held.sets:
        for srid in SYSTEMS:
            system = {"CRS": f"EPSG:{srid}"} if srid != 4326 else {}
            found, crs = read(f"OAPIF:{site}/ogc/", held.key_of(name), layer=name, PAGE_SIZE="20", **system)
            told = crs == f"EPSG:{srid}" or "CRS84" in crs
            held.hold("OAPIF" if told else f"OAPIF (as {crs[:30]})", name, found if told else {}, srid)
        held.count("ogrinfo of the system, OAPIF", name, counted_by_ogrinfo(site, name), len(held.wanted(name)))


def counted_by_ogrinfo(site: str, name: str) -> int:
    """What Debian's own GDAL counts, page by page; 0 where it fails."""
    command = ["ogrinfo", "-ro", "-so", "-oo", "PAGE_SIZE=20", f"OAPIF:{site}/ogc/", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    counts = [line.partition(": ")[2] for line in done.stdout.splitlines() if line.startswith("Feature Count")]
    return int(counts[0]) if counts else 0


def files(held: Comparison, site: str, folder: Path) -> None:
    for name in held.sets:
        for format in BY_GDAL:
            for srid in SYSTEMS:
                path = folder / f"{name}-{srid}.{format}"
                status = download(f"{site}/export/{name}.{format}?crs=EPSG:{srid}", path)
                if status == 404 and format == "parquet":
                    print(f"{format}: {name}: left out, this installation has no pyarrow")
                    break
                found, crs = from_parts(path, held.key_of(name)) if status == 200 else ({}, "")
                held.hold(format, name, found if f"EPSG:{srid}" in crs else {}, srid)
        path = folder / f"{name}.geojson"
        download(f"{site}/export/{name}.geojson", path)
        held.hold("geojson", name, read(str(path), held.key_of(name))[0])
        from_csv(held, site, folder, name)
        from_workbook(held, site, folder, name)


def from_parts(path: Path, key: str) -> tuple[dict[str, shapely.Geometry], str]:
    """All layers of a file: a Shapefile has one for each form, a GeoPackage of mixed forms has one."""
    source = f"/vsizip/{path}" if path.suffix == ".zip" else str(path)
    found: dict[str, shapely.Geometry] = {}
    crs = ""
    for layer, kind in pyogrio.list_layers(source):
        if kind is not None:
            part, crs = read(source, key, layer=layer)
            found |= part
    return found, crs


def from_csv(held: Comparison, site: str, folder: Path, name: str) -> None:
    """The geometry in degrees as WKT; `x` and `y` are of the pin, so they are held for points."""
    csv.field_size_limit(sys.maxsize)
    for srid in SYSTEMS:
        path = folder / f"{name}-{srid}.csv"
        download(f"{site}/export/{name}.csv?crs=EPSG:{srid}", path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        key = held.key_of(name)
        if srid == SYSTEMS[0]:
            held.hold("csv, WKT", name, {row[key]: shapely.from_wkt(row["geometry_wkt"]) for row in rows})
        places = {row[key]: shapely.Point(float(row["x"]), float(row["y"])) for row in rows if "x" in row}
        held.hold("csv, x and y", name, points_alone(held, name, places), srid)


def points_alone(held: Comparison, name: str, found: dict[str, shapely.Geometry]) -> dict[str, object]:
    wanted = held.wanted(name)
    return {key: place if wanted.get(key, place).geom_type == "Point" else None for key, place in found.items()}


def from_workbook(held: Comparison, site: str, folder: Path, name: str) -> None:
    path = folder / f"{name}.xlsx"
    download(f"{site}/export/{name}.xlsx", path)
    heading, *lines = openpyxl.load_workbook(path, read_only=True).worksheets[0].values
    rows = [dict(zip(heading, line, strict=True)) for line in lines]
    for srid in SYSTEMS:
        x, y = ("lon", "lat") if srid == 4326 else (f"x_{srid}", f"y_{srid}")
        places = {str(row[held.key_of(name)]): shapely.Point(row[x], row[y]) for row in rows}
        held.hold("xlsx", name, points_alone(held, name, places), srid)
    held.count("xlsx by GDAL", name, pyogrio.read_info(path, layer=0)["features"], len(held.wanted(name)))


def tiles_over(places: dict[str, shapely.Geometry], zoom: int) -> Iterator[tuple[int, int]]:
    """Column and row of each tile of the box around `places`."""
    west, south, east, north = shapely.total_bounds(list(places.values()))

    def column_and_row(lon: float, lat: float) -> tuple[int, int]:
        up = math.asinh(math.tan(math.radians(lat)))
        return int((lon + 180) / 360 * 2**zoom), int((1 - up / math.pi) / 2 * 2**zoom)

    (left, bottom), (right, top) = column_and_row(west, south), column_and_row(east, north)
    yield from ((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))


def by_tiles(held: Comparison, site: str, folder: Path) -> None:
    """Every tile that is there, by GDAL's MVT: keys seen once, or clusters that add up to as many."""
    for name in held.sets:
        wanted = held.wanted(name)
        for zoom in TILE_ZOOMS:
            keys: set[str] = set()
            counted = 0
            for x, y in tiles_over(wanted, zoom):
                address = f"{site}/tiles/{name}/{zoom}/{x}/{y}.pbf"
                if download(address, folder / "tile.pbf") != 200:
                    continue
                for layer, _kind in pyogrio.list_layers(f"MVT:{address}"):
                    meta, _fids, _places, columns = pyogrio.raw.read(f"MVT:{address}", layer=layer, read_geometry=False)
                    fields = dict(zip(meta["fields"], columns, strict=True))
                    counts = fields.get("count", [None] * len(columns[0]))
                    for number, key in zip(counts, fields[held.key_of(name)], strict=True):
                        if number == number and number is not None and number > 1:
                            counted += int(number)
                        elif layer != "shapes":
                            keys.add(str(key).removesuffix(".0"))
            held.count(f"MVT, zoom {zoom}", name, counted + len(keys & wanted.keys()), len(wanted))


def main(site: str, truth: str, folder: str) -> None:
    held = Comparison.read(truth)
    by_oapif(held, site)
    by_tiles(held, site, Path(folder))
    files(held, site, Path(folder))
    held.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
