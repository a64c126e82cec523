"""Files for the tests of imports, written by hand so that each says what is odd about it."""

import json
import sqlite3
import struct
import zipfile
from pathlib import Path

import numpy
import pyogrio
import shapely

from tests.toytown import square

SQUARE = [square(24.801, 60.171, 24.809, 60.179)]
METRIC_SQUARE = shapely.box(378_000, 6_673_000, 378_500, 6_673_500)  # EPSG:3067, in the toy city


def feature(geometry: dict | None = None, **properties: object) -> dict:
    """A feature with a square in the toy city, unless told otherwise."""
    facts = {"code": "A", "name_fi": "Aukio"} | properties
    return {
        "type": "Feature",
        "properties": {key: value for key, value in facts.items() if value is not ...},
        "geometry": geometry if geometry is not None else {"type": "Polygon", "coordinates": SQUARE},
    }


def empty_feature(**properties: object) -> dict:
    return feature(**properties) | {"geometry": None}


def polygon(*ring) -> dict:
    """A geometry of one ring."""
    return {"type": "Polygon", "coordinates": [list(ring)]}


def geojson(path: Path, *features: dict, **members: object) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)} | members), encoding="utf-8")
    return path


def dataset(
    path: Path, driver: str, geometry: object = METRIC_SQUARE, crs: str | None = "EPSG:3067", **options
) -> Path:
    """A file of one area by GDAL itself; `geometry` is a shape or bytes of WKB."""
    wkb = geometry if isinstance(geometry, bytes) else shapely.to_wkb(geometry)
    options = {"geometry_type": "Polygon"} | options
    pyogrio.raw.write(
        path,
        numpy.array([wkb], dtype=object),
        [numpy.array(["A"], dtype=object), numpy.array(["Aukio"], dtype=object)],
        ["code", "name_fi"],
        crs=crs,
        driver=driver,
        **options,
    )
    return path


def shapefile_zip(path: Path, folder: Path, without: str = "", crs: str | None = "EPSG:3067") -> Path:
    """A zipped Shapefile, lacking the part `without`."""
    dataset(folder / "parts.shp", "ESRI Shapefile", crs=crs)
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.glob("parts.*")):
            if part.suffix != without:
                archive.write(part, f"folder/{part.name}")
    return path


def circle_wkb(x: float, y: float, radius: float) -> bytes:
    """A CURVEPOLYGON: a circle of two arcs (ISO WKB types 10 and 8)."""
    points = [(x - radius, y), (x, y + radius), (x + radius, y), (x, y - radius), (x - radius, y)]
    arcs = struct.pack("<BII", 1, 8, len(points)) + b"".join(struct.pack("<dd", *point) for point in points)
    return struct.pack("<BII", 1, 10, 1) + arcs


def execute(path: Path, *statements: str) -> Path:
    """SQL on a GeoPackage behind GDAL's back."""
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return path
