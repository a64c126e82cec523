"""Areas of the demo city: Voronoi cells of neighbourhood centres within a hand-drawn outline.

The boundaries are approximate by design; a real city imports its official ones in their place. Neighbourhoods and
districts share their vertices exactly, so that the two levels nest and neither has a gap or an overlap.
"""

import csv
import json
from functools import cache
from pathlib import Path

import geopandas
import numpy
import pandas
import shapely

FOLDER = Path(__file__).parent / "data"
WGS84 = 4326
DEMO_METRIC_SRID = 3879  # ETRS-GK25, the demo city's own metric CRS: metres
GRID_M = 0.01  # corners are snapped to centimetres before the plane is cut, so that neighbours agree on them
DECIMALS = 7  # of a degree, about a centimetre: the precision that the house stores
COLUMNS = ["code", "level", "name_fi", "name_sv", "parent", "geometry"]


def centres() -> geopandas.GeoDataFrame:
    """Names, codes and centre points (EPSG:4326) of districts and neighbourhoods.

    `name_sv` is None where none is in use, `parent` where there is none.
    """
    with (FOLDER / "centres.csv").open(encoding="utf-8", newline="") as file:
        rows = [{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]
    points = [shapely.Point(float(row.pop("lon")), float(row.pop("lat"))) for row in rows]
    # As objects: pandas' own text columns would turn None into NaN, which is no JSON.
    return geopandas.GeoDataFrame(pandas.DataFrame(rows, dtype=object), geometry=points, crs=WGS84)


def outline() -> shapely.Polygon:
    """The city with its near sea as drawn by hand, EPSG:4326; its one hole is Kauniainen."""
    return _first_geometry("outline.geojson")


def land() -> shapely.MultiPolygon:
    """Land of the city and its neighbours as drawn by hand, EPSG:4326: the rest of the map is water."""
    return _first_geometry("land.geojson")


@cache
def _cut() -> geopandas.GeoDataFrame:
    everything = centres()
    neighbourhoods = everything[everything["level"] == "neighbourhood"].to_crs(DEMO_METRIC_SRID)
    city = geopandas.GeoSeries([outline()], crs=WGS84).to_crs(DEMO_METRIC_SRID).iloc[0]
    cells = neighbourhoods.set_geometry(_voronoi_within(city, neighbourhoods.geometry.to_numpy()))
    cells = cells.set_crs(DEMO_METRIC_SRID, allow_override=True).to_crs(WGS84)
    cells.geometry = shapely.transform(cells.geometry.to_numpy(), lambda corners: corners.round(DECIMALS))
    districts = everything[everything["level"] == "district"].copy()
    districts.geometry = [
        shapely.coverage_union_all(cells.geometry[cells["parent"] == code].to_numpy()) for code in districts["code"]
    ]
    areas = geopandas.GeoDataFrame(pandas.concat([districts, cells], ignore_index=True), crs=WGS84)
    areas.geometry = [_multipolygon(shape) for shape in areas.geometry]
    return areas[COLUMNS]


def areas() -> geopandas.GeoDataFrame:
    """Districts and neighbourhoods as valid multipolygons, EPSG:4326, counter-clockwise outside.

    Columns: code, level (district | neighbourhood), name_fi, name_sv (None where none is in use), parent, geometry.
    Each level fills the outline, to some decimetres: a straight edge in metres is not quite straight in degrees.
    About 50 ms the first time, then a copy of what was made.
    """
    return _cut().copy()


def write_level(level: str, path: Path) -> int:
    """Write one level to `path` as GeoJSON (EPSG:4326) for `import_areas`; returns the number of areas.

    Properties: code, name_fi, name_sv (null where none is in use), parent. Raises ValueError for an unknown level.
    """
    chosen = areas()
    chosen = chosen[chosen["level"] == level]
    if chosen.empty:
        raise ValueError(f"The demo city has no level {level!r}.")
    features = [
        {
            "type": "Feature",
            "properties": {key: row[key] for key in ("code", "name_fi", "name_sv", "parent")},
            "geometry": shapely.geometry.mapping(row["geometry"]),
        }
        for row in chosen.to_dict("records")
    ]
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    return len(features)


def _voronoi_within(city: shapely.Polygon, points: numpy.ndarray) -> list[shapely.Geometry]:
    """One cell for each of `points`, in their order, that together fill `city`; metres.

    Clipping cell by cell leaves slivers where two cells round the same crossing differently. So all lines are noded
    together once, and each face goes to its nearest point: two neighbours then share the very same corners.
    """
    edges = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=city.envelope, only_edges=True)
    lines = shapely.union(edges, city.boundary, grid_size=GRID_M)
    faces = [
        face for face in shapely.get_parts(shapely.polygonize([lines])) if city.covers(face.representative_point())
    ]
    nearest = shapely.STRtree(points).nearest([face.representative_point() for face in faces])
    return [
        shapely.coverage_union_all([f for f, n in zip(faces, nearest, strict=True) if n == i])
        for i in range(len(points))
    ]


def _multipolygon(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.geometry.polygon.orient(part) for part in shapely.get_parts(shape)])


def _first_geometry(name: str) -> shapely.Geometry:
    collection = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return shapely.geometry.shape(collection["features"][0]["geometry"])
