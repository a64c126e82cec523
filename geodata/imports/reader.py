"""The child process that opens a file from elsewhere with GDAL; run by `source.py`, never imported by the product.

A hostile file may make GDAL read other files, call the network or burn CPU. So this runs with one driver, without
network where the kernel allows, with limits on CPU, memory and output, in a folder that holds the file alone.
It prints JSON lines: first what the file is, then one line a feature. Exit 2: the last line on stderr is
JSON: the reason (layers/reasons.py), and under `needed` what has to be known besides and what is known already, or null.
"""

# ruff: noqa: E402 (what is not to be found is hidden before it is looked for)

import ctypes
import json
import re
import resource
import sys
from collections.abc import Iterable, Iterator
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
DETAIL_MAX = 200  # characters of what GDAL and the like tell
COLUMNS_MAX = 1_000  # GDAL's time grows with their square: 50,000 take 16 s, measured 2026-11-24
GEOJSON_CRS_NAME = re.compile(r"(urn:ogc:def:crs:OGC:(1\.3)?:CRS84|(urn:ogc:def:crs:)?EPSG::?\d{4,6})")
CURVE_DRIVERS = {"GPKG", "FlatGeobuf"}
CURVES = {"CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE", "CURVE", "SURFACE"}


def _(words: str) -> str:
    """Marks words for makemessages, as Django's gettext_noop does, which would take its time to load here."""
    return words


def refuse(words: str, **values: str | int) -> None:
    end({"words": words, "values": values, "needed": None})


def ask(needed: str, words: str, option: str, values: dict[str, str | int], **known: object) -> None:
    end({"words": words, "values": values, "option": option, "needed": {"what": needed} | known})


def end(refusal: dict[str, object]) -> None:
    sys.stderr.write("\n" + json.dumps(refusal))
    sys.exit(2)


def listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "–"


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
            refuse(_("It holds NUL characters, at which its texts would be cut."))
        document = json.loads(text, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        refuse(_("It is not in UTF-8. Save it as UTF-8."))
    except (ValueError, RecursionError) as error:
        refuse(_("The file is not GeoJSON: %(detail)s"), detail=str(error)[:DETAIL_MAX])
    if not isinstance(document, dict) or document.get("type") not in ("FeatureCollection", "Feature"):
        refuse(_("The file is not GeoJSON: it must be one FeatureCollection."))
    check_columns(len(property_names(document)))
    crs = document.get("crs")
    if crs is None:
        return
    name = crs.get("properties", {}).get("name") if isinstance(crs, dict) and crs.get("type") == "name" else None
    if not isinstance(name, str) or not GEOJSON_CRS_NAME.fullmatch(name):
        refuse(_("Its crs member is not a name such as EPSG:3879. Remove it, or save the file in EPSG:4326."))


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
        refuse(_("It has %(number)s columns. At most %(most)s are read."), number=number, most=COLUMNS_MAX)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number in JSON")


def chosen_layer(path: str, wanted: str) -> str:
    layers = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    spatial = [name for name, kind in layers if kind is not None]
    if wanted:
        if wanted not in spatial:
            words = _("There is no layer “%(layer)s” with places. There are: %(layers)s.")
            refuse(words, layer=wanted, layers=listed(spatial))
        return wanted
    if not spatial:
        refuse(_("The file has no layer with places."))
    if len(spatial) > 1:
        ask("layer", _("Choose one of its layers: %(layers)s."), "--layer", {"layers": listed(spatial)}, layers=spatial)
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
        words = _("The file says EPSG:%(own)s, you say EPSG:%(given)s. Leave that out, or correct the file.")
        refuse(words, own=str(own), given=str(given))
    if not own and not given:
        untold = _("In which coordinate system are its places? The file does not tell.")
        words = _("In which coordinate system are its places? That of the file has no number of EPSG.")
        info = pyogrio.read_info(path, layer=layer, force_feature_count=True, force_total_bounds=True)
        bounds = [float(number) for number in info["total_bounds"]] if info["total_bounds"] else None
        known = {"fields": [str(name) for name in info["fields"]], "rows": int(info["features"]), "bounds": bounds}
        ask("crs", words if has_some else untold, "--crs EPSG:3067", {}, **known)
    return own or given


def as_wgs84(geometries: numpy.ndarray, srid: int) -> numpy.ndarray:
    """`geometries` of EPSG:`srid` in EPSG:4326 without heights, rounded; what the projection cannot hold becomes infinite."""
    try:
        crs = CRS.from_epsg(srid)
    except CRSError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected):
        refuse(_("EPSG:%(number)s is not a coordinate system of places."), number=str(srid))
    transformer = Transformer.from_crs(crs, 4326, always_xy=True)

    def moved(coordinates: numpy.ndarray) -> numpy.ndarray:
        x, y = transformer.transform(coordinates[:, 0], coordinates[:, 1])
        return numpy.round(numpy.column_stack([x, y]), DECIMALS)

    return shapely.transform(shapely.force_2d(geometries), moved)


def made_valid(geometry: shapely.Geometry | None) -> tuple[shapely.Geometry | None, str | None, str | dict | None]:
    """(geometry, what was repaired, what could not be): in GEOS's words, the latter perhaps inside a reason."""
    if geometry is None or shapely.is_valid(geometry):
        return geometry, None, None
    reason = shapely.is_valid_reason(geometry)
    if not reason.startswith("Invalid Coordinate") and "Polygon" in geometry.geom_type:
        if shapely.get_num_coordinates(geometry) > REPAIR_VERTICES_MAX:
            words = _("%(fault)s It has more than %(number)s corners, too many to be repaired here.")
            return geometry, None, {"words": words, "values": {"fault": reason, "number": REPAIR_VERTICES_MAX}}
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
        twice = sorted({name for name in fields if fields.count(name) > 1})
        refuse(_("Two columns have the same name: %(columns)s."), columns=listed(twice))
    return {"crs": srid, "fields": fields, "layer": layer, "encoding": about.get("encoding") or ""}


def write_rows(
    about: dict, wkb: numpy.ndarray, columns: list[numpy.ndarray], srid: int, curves: set[int], begin: int
) -> None:
    """One line for each feature; `begin` were written before."""
    names = [str(name) for name in about["fields"]]
    values = [plain(column, kind) for column, kind in zip(columns, about["ogr_types"], strict=True)]
    geometries = as_wgs84(shapely.from_wkb(wkb), srid)
    remarks: dict[int, tuple[str | None, str | dict | None]] = {}
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
        refuse(_("GDAL could not be held to its %(driver)s driver."), driver=driver)
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
        refuse(
            _("GDAL cannot read it as %(driver)s: %(detail)s"),
            driver=driver,
            detail=str(error).split(";")[0][:DETAIL_MAX],
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
