"""QGIS, without a screen, against the served city: its OGC API provider, and the files that planners open in it.

    QT_QPA_PLATFORM=offscreen python3 qgis_reads.py http://127.0.0.1:8011 truth.json FOLDER > found.json

Run by the system's Python, in which QGIS is and little else; comparing.py holds what it prints against SQL.
"""

import json
import sys
import urllib.request
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProject,
    QgsVectorLayer,
)

FORMATS = ("gpkg", "geojson", "fgb", "shp.zip")
WGS84, METRIC = 4326, 3067
Places = dict[str, str]


def places(layer: QgsVectorLayer, key: str, srid: int) -> Places:
    """Key -> place of every feature that QGIS reads, by its own transformation where the layer is in another system."""
    found: Places = {}
    wanted = QgsCoordinateReferenceSystem(f"EPSG:{srid}")
    move = QgsCoordinateTransform(layer.crs(), wanted, QgsProject.instance())
    for feature in layer.getFeatures():
        geometry = feature.geometry()
        if layer.crs() != wanted:
            geometry.transform(move)
        found[str(feature[key])] = bytes(geometry.asWkb()).hex()
    return found


def layers_of(path: Path) -> list[QgsVectorLayer]:
    """Each layer of a file; those of a mixed form once for each form, as QGIS shows them."""
    source = f"/vsizip/{path}" if path.suffix == ".zip" else str(path)
    whole = QgsVectorLayer(source, path.name, "ogr")  # named: its provider goes when it does
    named = [part.split("!!::!!") for part in whole.dataProvider().subLayers()]
    return [
        QgsVectorLayer(f"{source}|layername={name}|geometrytype={form}", name, "ogr")
        for _number, name, _count, form, *_rest in named
    ]


def by_oapif(site: str, name: str, key: str) -> Places:
    """The provider of QGIS asks in degrees; 20 a page, so that it has to go through several."""
    layer = QgsVectorLayer(f"url='{site}/ogc/' typename='{name}' pageSize='20' pagingEnabled='true'", name, "OAPIF")
    return places(layer, key, WGS84) if layer.isValid() else {}


def by_file(site: str, folder: Path, name: str, format: str, key: str) -> tuple[int, Places]:
    """Metric coordinates where the format has any but degrees."""
    srid = WGS84 if format == "geojson" else METRIC
    path = folder / f"qgis-{name}.{format}"
    query = "" if srid == WGS84 else f"?crs=EPSG:{srid}"
    with urllib.request.urlopen(f"{site}/export/{name}.{format}{query}", timeout=60) as answer:
        path.write_bytes(answer.read())
    found: Places = {}
    for layer in layers_of(path):
        found |= places(layer, key, srid)
    return srid, found


def main(site: str, truth: str, folder: str) -> None:
    application = QgsApplication([], False)
    application.initQgis()
    found: list[tuple[str, str, int, Places]] = []
    for name, of_set in json.loads(Path(truth).read_text()).items():
        found.append(("QGIS, OAPIF", name, WGS84, by_oapif(site, name, of_set["key"])))
        for format in FORMATS:
            srid, read = by_file(site, Path(folder), name, format, of_set["key"])
            found.append((f"QGIS, {format}", name, srid, read))
    json.dump(found, sys.stdout)
    application.exitQgis()


if __name__ == "__main__":
    main(*sys.argv[1:])
