"""The child process that opens a file from elsewhere with GDAL; run by `source.py`, never imported by the product.

A hostile file may make GDAL read other files, call the network or burn CPU. So this runs with one driver, without
network where the kernel allows, with limits on CPU, memory and output, in a folder that holds the file alone.
It prints JSON lines: first what the file is, then one line a feature. Exit 2: the last line on stderr tells the person why.
Exit 3: the last line on stderr is JSON, and tells what has to be known besides, and what is known already.
"""

# ruff: noqa: E402 (what is not to be found is hidden before it is looked for)

import ctypes
import json
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy
import shapely

sys.modules.update(geopandas=None, pandas=None)  # else pyogrio takes them in: most of the time and memory of the start
import pyogrio
import pyogrio.raw
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

CPU_LIMIT_S = 60
MEMORY_LIMIT_BYTES = 2 * 1024**3
OUTPUT_LIMIT_BYTES = 1024**3
NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET, sched.h
REPAIR_VERTICES_MAX = 10_000  # make_valid grows with the square of a hostile ring's crossings
BATCH_ROWS = 100_000  # features read at once: what bounds the memory
DECIMALS = 7  # of a degree: about a centimetre
COLUMNS_MAX = 1_000  # GDAL's time grows with their square: 50,000 take 16 s, measured 2026-11-24
GEOJSON_CRS_NAME = re.compile(r"(urn:ogc:def:crs:OGC:(1\.3)?:CRS84|(urn:ogc:def:crs:)?EPSG::?\d{4,6})")
CURVE_DRIVERS = {"GPKG", "FlatGeobuf"}
CURVES = {"CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE", "CURVE", "SURFACE"}


def refuse(reason: str) -> None:
    sys.stderr.write(f"\n{reason}")
    sys.exit(2)


def ask(needed: str, reason: str, **known: object) -> None:
    sys.stderr.write("\n" + json.dumps({"reason": reason, "needed": {"what": needed} | known}))
    sys.exit(3)


def confine() -> None:
    """Limits first, then a network namespace with nothing in it; a kernel that forbids that is no reason to stop."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT_BYTES, OUTPUT_LIMIT_BYTES))
    ctypes.CDLL(None).unshare(NEW_USER_AND_NETWORK)


def check_geojson(path: str) -> None:
    """Refuses what is not a FeatureCollection or Feature, and a `crs` member that is not a plain EPSG name."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
        if "\x00" in text or "\\u0000" in text:
            refuse("the file holds NUL characters, at which GDAL would cut its texts")
        document = json.loads(text, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        refuse("the file is not UTF-8: save it as UTF-8")
    except (ValueError, RecursionError) as error:
        refuse(f"the file is not GeoJSON: {error}")
    if not isinstance(document, dict) or document.get("type") not in ("FeatureCollection", "Feature"):
        refuse("the file is not GeoJSON: it must be one FeatureCollection")
    check_columns(len(property_names(document)))
    crs = document.get("crs")
    if crs is None:
        return
    name = crs.get("properties", {}).get("name") if isinstance(crs, dict) and crs.get("type") == "name" else None
    if not isinstance(name, str) or not GEOJSON_CRS_NAME.fullmatch(name):
        refuse("the crs member is not a name such as EPSG:3879: remove it, or save the file in EPSG:4326")


def property_names(document: dict) -> set[str]:
    """What the properties of all its features are called, as far as they are features."""
    features = document.get("features", [document])
    found = (
        [feature.get("properties") for feature in features if isinstance(feature, dict)]
        if isinstance(features, list)
        else []
    )
    return {name for properties in found if isinstance(properties, dict) for name in properties}


def check_columns(number: int) -> None:
    if number > COLUMNS_MAX:
        refuse(f"the file has {number:,} columns, and at most {COLUMNS_MAX:,} are read")


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number in JSON")


def chosen_layer(path: str, wanted: str) -> str:
    layers = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    spatial = [name for name, kind in layers if kind is not None]
    if wanted:
        if wanted not in spatial:
            refuse(f"there is no layer {wanted!r} with geometry; there are: {', '.join(spatial) or 'none'}")
        return wanted
    if not spatial:
        refuse("the file has no layer with geometry")
    if len(spatial) > 1:
        ask("layer", f"choose one of its {len(spatial)} layers by --layer: {', '.join(spatial)}", layers=spatial)
    return spatial[0]


def epsg_of(crs_text: str | None) -> int | None:
    """The EPSG number of the file's own reference system; None where it has none or one that EPSG does not know."""
    if not crs_text:
        return None
    if match := re.fullmatch(r"EPSG:(\d+)", crs_text):
        return int(match[1])
    try:
        return CRS.from_wkt(crs_text).to_epsg()
    except CRSError:
        return None


def settled_crs(own: int | None, has_some: bool, given: int, path: str, layer: str) -> int:
    """The reference system to read by: the file's own, or the given one where the file has none; never a guess."""
    if own and given and own != given:
        refuse(
            f"the file says EPSG:{own}, --crs says EPSG:{given}: which one is right? Leave --crs out, or correct the file"
        )
    if not own and not given:
        what = "one that EPSG does not number" if has_some else "none"
        reason = (
            f"the reference system of the coordinates is needed, and the file has {what}: give it as --crs EPSG:3067"
        )
        info = pyogrio.read_info(path, layer=layer, force_feature_count=True, force_total_bounds=True)
        bounds = [float(number) for number in info["total_bounds"]] if info["total_bounds"] else None
        ask("crs", reason, fields=[str(name) for name in info["fields"]], rows=int(info["features"]), bounds=bounds)
    return own or given


def as_wgs84(geometries: numpy.ndarray, srid: int) -> numpy.ndarray:
    """`geometries` of EPSG:`srid` in EPSG:4326 without heights, rounded; what the projection cannot hold becomes infinite."""
    try:
        crs = CRS.from_epsg(srid)
    except CRSError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected):
        refuse(f"EPSG:{srid} is not a reference system of places")
    transformer = Transformer.from_crs(crs, 4326, always_xy=True)

    def moved(coordinates: numpy.ndarray) -> numpy.ndarray:
        x, y = transformer.transform(coordinates[:, 0], coordinates[:, 1])
        return numpy.round(numpy.column_stack([x, y]), DECIMALS)

    return shapely.transform(shapely.force_2d(geometries), moved)


def made_valid(geometry: shapely.Geometry | None) -> tuple[shapely.Geometry | None, str | None, str | None]:
    """(geometry, what was repaired, what could not be)."""
    if geometry is None or shapely.is_valid(geometry):
        return geometry, None, None
    reason = shapely.is_valid_reason(geometry)
    if not reason.startswith("Invalid Coordinate") and "Polygon" in geometry.geom_type:
        if shapely.get_num_coordinates(geometry) > REPAIR_VERTICES_MAX:
            return (
                geometry,
                None,
                f"{reason}, and it has too many vertices to be repaired here ({REPAIR_VERTICES_MAX:,})",
            )
        repaired = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
        if "Polygon" in repaired.geom_type and not repaired.is_empty:
            return repaired, reason, None
    return geometry, None, reason


def plain(column: numpy.ndarray, ogr_type: str) -> list[object]:
    """The column as JSON values; a whole number stays one where the column has gaps (numpy makes those floats)."""
    values: list[object] = []
    for value in column.tolist():
        if isinstance(value, float):
            if value != value:
                value = None
            elif ogr_type.startswith("OFTInteger"):
                value = int(value)
        elif not isinstance(value, str | int | bool | None):
            value = str(value)
        values.append(value)
    return values


def numbers_of_curves(path: str, layer: str, driver: str, kind: str) -> set[int]:
    """1-based numbers of features that GDAL has to make straight; `kind` is the layer's type of geometry."""
    if driver not in CURVE_DRIVERS or kind in ("Point", "MultiPoint"):
        return set()
    quoted = layer.replace('"', '\\"')
    _, _, _, columns = pyogrio.raw.read(
        path,
        sql=f'SELECT OGR_GEOMETRY AS kind FROM "{quoted}"',  # noqa: S608 (a layer of this file, quoted)
        sql_dialect="OGRSQL",
        read_geometry=False,
    )
    return {n for n, kind in enumerate(columns[0].tolist(), 1) if kind and kind.split(" ")[0] in CURVES}


def batches(path: str, layer: str, driver: str) -> Iterator[tuple[dict, numpy.ndarray, list[numpy.ndarray]]]:
    """(about, WKB, columns) of some features at a time; all at once where GDAL would parse the whole file each time."""
    size = None if driver == "GeoJSON" else BATCH_ROWS
    begin = 0
    while True:
        about, _, wkb, columns = pyogrio.raw.read(
            path,
            layer=layer,
            skip_features=begin,
            max_features=size,
            datetime_as_string=True,  # numpy's times have no zone, and 12:00Z would be read as noon of the city
        )
        if begin == 0 or len(wkb):
            yield about, wkb, columns
        if size is None or len(wkb) < size:
            return
        begin += size


def head_of(about: dict, layer: str, srid: int) -> dict[str, object]:
    """What the product learns of the file before its rows. A DBF may name two columns alike: which one is meant, nobody knows."""
    fields = [str(name) for name in about["fields"]]
    if len(set(fields)) < len(fields):
        refuse(
            f"two columns have the same name: {', '.join(sorted({name for name in fields if fields.count(name) > 1}))}"
        )
    return {"crs": srid, "fields": fields, "layer": layer, "encoding": about.get("encoding") or ""}


def write_rows(
    about: dict, wkb: numpy.ndarray, columns: list[numpy.ndarray], srid: int, curves: set[int], begin: int
) -> None:
    """One line for each feature; `begin` were written before."""
    names = [str(name) for name in about["fields"]]
    values = [plain(column, kind) for column, kind in zip(columns, about["ogr_types"], strict=True)]
    geometries = as_wgs84(shapely.from_wkb(wkb), srid)
    remarks: dict[int, tuple[str | None, str | None]] = {}
    for index in numpy.flatnonzero(~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)):
        geometries[index], *told = made_valid(geometries[index])
        remarks[index] = tuple(told)
    geometries = shapely.orient_polygons(geometries)  # counter-clockwise, as GeoJSON has it
    there = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    hexes = shapely.to_wkb(shapely.set_srid(geometries, 4326), hex=True, include_srid=True)
    for index, known in enumerate(there.tolist()):
        repaired, problem = remarks.get(index, (None, None))
        row = {
            "fields": {name: column[index] for name, column in zip(names, values, strict=True)},
            "wkb": hexes[index] if known else None,
            "repaired": repaired,
            "problem": problem,
            "straightened": begin + index + 1 in curves,
        }
        sys.stdout.write(json.dumps(row) + "\n")


def main(path: str, driver: str, layer: str, given_crs: str) -> None:
    confine()
    if driver == "GeoJSON":
        check_geojson(path)
    if set(pyogrio.list_drivers()) != {driver}:
        refuse(f"GDAL could not be held to its {driver} driver")
    try:
        layer = chosen_layer(path, layer)
        if driver != "GeoJSON":  # which GDAL would parse twice; its names are counted above
            check_columns(len(pyogrio.read_info(path, layer=layer)["fields"]))
        begin, srid, curves = 0, 0, set()
        for about, wkb, columns in batches(path, layer, driver):
            if begin == 0:
                srid = settled_crs(epsg_of(about["crs"]), bool(about["crs"]), int(given_crs), path, layer)
                sys.stdout.write(json.dumps(head_of(about, layer, srid)) + "\n")
                curves = numbers_of_curves(path, layer, driver, str(about["geometry_type"]))
            write_rows(about, wkb, columns, srid, curves, begin)
            begin += len(wkb)
    except (DataSourceError, DataLayerError, UnicodeDecodeError) as error:
        refuse(f"GDAL's {driver} driver cannot read it: {str(error).split(';')[0]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
