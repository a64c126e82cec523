"""Working examples of every door for data: what the open data page shows and its test opens."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from geodata.vector_files import has_parquet
from mapapp.doors import EXCEL_HERE, address

EXAMPLE_ZOOM = "12"
IN_METRES = {"crs": f"EPSG:{settings.METRIC_SRID}"}


@dataclass(frozen=True)
class Example:
    """A door: what it is for and an address that works as it stands. `url` begins with a slash."""

    name: str
    use: str
    url: str


def file_examples(language: str) -> list[Example]:
    """Whole sets as files: tables, then maps, then the other sets and a part of one."""
    return [*table_examples(language), *map_file_examples(language), *other_file_examples(language)]


def table_examples(language: str) -> list[Example]:
    here = {"lang": language}
    return [
        Example(
            _("Excel"),
            _(
                "A workbook: numbers, times and coordinates in every system of the city, and a sheet that explains them."
            ),
            address("export_proposals", "", here, format="xlsx"),
        ),
        Example(
            _("CSV for Excel"),
            _("A table with semicolons and decimal commas, as Excel here expects them."),
            address("export_proposals", "", here | EXCEL_HERE, format="csv"),
        ),
        Example(
            _("CSV in metres"),
            _("A table with commas and coordinates in another system: %(systems)s.") % {"systems": _systems()},
            address("export_proposals", "", here | IN_METRES, format="csv"),
        ),
    ]


def map_file_examples(language: str) -> list[Example]:
    here = {"lang": language}
    examples = [
        Example(
            _("GeoJSON"),
            _("Every proposal with its place. Opens in QGIS and in every program for maps."),
            address("export_proposals", "", here, format="geojson"),
        ),
        Example(
            _("GeoPackage"),
            _("The best for QGIS and ArcGIS, with typed columns. In any of these systems: %(systems)s.")
            % {"systems": _systems()},
            address("export_proposals", "", here | IN_METRES, format="gpkg"),
        ),
        Example(
            _("Shapefile"),
            _(
                "For older programs: points, lines and areas apart, short column names, long texts cut. A table tells which is which."
            ),
            address("export_proposals", "", here | IN_METRES, format="shp.zip"),
        ),
        Example(
            _("FlatGeobuf"),
            _("For programs that read a part of a big file over the web."),
            address("export_proposals", "", here, format="fgb"),
        ),
    ]
    if has_parquet():
        use = _("For analysis in Python, R and DuckDB.")
        examples.append(Example(_("GeoParquet"), use, address("export_proposals", "", here, format="parquet")))
    return examples


def other_file_examples(language: str) -> list[Example]:
    here = {"lang": language}
    return [
        Example(
            _("Areas"),
            _("Areas of one level or of all, in each of these formats."),
            address("export", "level=neighbourhood", here, collection="areas", format="gpkg"),
        ),
        Example(
            _("Service points"),
            _("Those of a box or a category or all, in each of these formats."),
            address("export", "", here, collection="services", format="xlsx"),
        ),
        Example(
            _("A part of it"),
            _("The same with a filter: parking that waits for someone. Every file, feed and list takes it."),
            address("export_proposals", "kind=parking&taken_up=no", here, format="geojson"),
        ),
    ]


def _systems() -> str:
    return ", ".join(f"EPSG:{srid}" for srid in settings.CITY.export_srids)


def live_examples(language: str) -> list[Example]:
    """Doors for programs and readers that ask again and again."""
    here = {"lang": language}
    west, south, east, north = settings.CITY.bounds
    view = {"bbox": f"{west},{south},{east},{north}", "zoom": EXAMPLE_ZOOM}
    return [
        Example(_("Feed (Atom)"), _("New proposals in your reader."), address("proposals_feed", "", here)),
        Example(
            _("Clusters of the map"),
            _("What the map shows in a view: counts where pins are dense, single proposals elsewhere."),
            address("map_clusters", "", view | here),
        ),
        Example(
            _("Areas"),
            _("Districts and neighbourhoods with their outlines."),
            address("map_areas", "", {"level": "neighbourhood"} | here),
        ),
        Example(_("Service points"), _("Where services are provided."), address("map_services", "", here)),
        *standard_examples(language),
        Example(
            _("API, with a description to try out"),
            _("Read proposals and categories, and send a proposal from your own program."),
            reverse("api:openapi-view"),
        ),
        Example(
            _("The same for machines (OpenAPI)"), _("For programs that write programs."), reverse("api:openapi-json")
        ),
        Example(_("Map in one file"), _("The proposals of a filter on a map, with figures."), reverse("planning_map")),
    ]


def standard_examples(language: str) -> list[Example]:
    """Doors that every program for maps knows how to open."""
    here = {"lang": language}
    box = ",".join(map(str, settings.CITY.bounds))
    return [
        Example(
            _("OGC API Features"),
            _(
                "For QGIS, ArcGIS and GDAL: add it as a WFS / OGC API Features connection. Always up to date, page by page."
            ),
            reverse("ogc_landing"),
        ),
        Example(
            _("OGC API Features, a part in metres"),
            _("Proposals in a box, in EPSG:%(srid)s; bbox, datetime and every filter of the lists.")
            % {"srid": settings.METRIC_SRID},
            address(
                "ogc_items",
                "kind=parking",
                {
                    "bbox": box,
                    "crs": f"http://www.opengis.net/def/crs/EPSG/0/{settings.METRIC_SRID}",
                    "f": "json",
                    **here,
                },
                collection="proposals",
            ),
        ),
        Example(
            _("Vector tiles (TileJSON)"),
            _("For MapLibre, OpenLayers and QGIS: clusters from afar, single proposals near by, in any filter."),
            address("tileset", "", here, collection="proposals"),
        ),
    ]


def filter_examples() -> list[Example]:
    """The parameters that narrow every list, file and feed, each with a value."""
    return [
        Example("kind", _("Topic. May be repeated."), "kind=parking"),
        Example("category", _("Category within a topic. May be repeated."), "category=parking"),
        Example("status", _("Stage. May be repeated."), "status=open"),
        Example("taken_up", _("yes: somebody has promised to look after it; no: nobody has."), "taken_up=no"),
        Example(
            "area", _("An area by its name in the address of its page; a district holds what is below it."), "area=…"
        ),
        Example("bbox", _("A box: west, south, east, north in degrees."), "bbox=24.6,60.1,24.9,60.3"),
        Example("since, until", _("Days of publication, both included."), "since=2026-01-01&until=2026-06-30"),
        Example("q", _("Words in title or text, in Finnish, Swedish or English."), "q=bench"),
        Example(
            "crs", _("System of the coordinates in a file: %(systems)s.") % {"systems": _systems()}, "crs=EPSG:3067"
        ),
        Example("lang", _("Language of names and addresses in the answer."), "lang=sv"),
    ]
