"""Every way by which a published set leaves the house, each with an address that works as it stands.

The sets are those of `geodata.ogc.published`, the formats those of `geodata.views.export`: one more of either is offered
here by itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from geodata.export_formats import FORMATS
from geodata.models import Snapshot
from geodata.ogc.documents import GEOJSON, HTML, JSON, LAYERS, SCHEMA
from geodata.ogc.published import Published
from geodata.ogc.reference_systems import EPSG
from geodata.snapshots import MEDIA_TYPES
from layers.geometry import WGS84

ATOM = "application/atom+xml"
CALENDAR = "text/calendar"
OPENAPI = "application/json"
EXAMPLE_ZOOM = "12"
EXCEL_HERE = {"delimiter": ";", "decimal": ","}  # what a spreadsheet in Finnish or Swedish reads as columns and numbers
IN_ANY_SYSTEM = ("csv", "gpkg", "shp.zip", "fgb", "parquet")  # formats that take `crs`
# Format -> what people call it, and what it is good for; in the order of the page.
WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "xlsx": ("Excel", gettext_lazy("A workbook with a sheet that explains every column.")),
    "csv": ("CSV", gettext_lazy("A table for every program.")),
    "gpkg": ("GeoPackage", gettext_lazy("The best for QGIS and ArcGIS, with typed columns.")),
    "geojson": ("GeoJSON", gettext_lazy("For web maps and programs.")),
    "shp.zip": ("Shapefile", gettext_lazy("For older programs; short column names, long texts cut.")),
    "fgb": ("FlatGeobuf", gettext_lazy("For programs that read a part of a big file over the web.")),
    "parquet": ("GeoParquet", gettext_lazy("For analysis in Python, R and DuckDB.")),
}


@dataclass(frozen=True)
class Variant:
    """The same file written in another way, such as in another coordinate system."""

    label: str
    path: str


@dataclass(frozen=True)
class Distribution:
    """One way to get a set. `path` begins with a slash and answers with `media_type` as it stands.

    `id` is unique in the set: the name of a format or of an interface.
    """

    id: str
    title: str
    use: str
    path: str
    media_type: str
    variants: tuple[Variant, ...] = ()

    @property
    def extension(self) -> str:
        return f".{self.id}"


def address(name: str, query: str, more: dict[str, str], **arguments: str) -> str:
    """The address of the door `name` with the filter `query` and what the door takes beside it."""
    parts = "&".join(filter(None, [query, urlencode(more, safe=",:;/")]))
    return reverse(name, kwargs=arguments or None) + (f"?{parts}" if parts else "")


def files(one: Published, language: str, query: str = "") -> list[Distribution]:
    """The set, narrowed by `query`, as a file in each format that is installed."""
    known = [format for format in WORDS if format in FORMATS] + [format for format in FORMATS if format not in WORDS]
    return [_file(one, format, language, query) for format in known if FORMATS[format].is_installed()]


def _file(one: Published, format: str, language: str, query: str) -> Distribution:
    title, use = WORDS.get(format, (format, ""))

    def path(**more: str) -> str:
        return address("export", query, {"lang": language} | more, collection=one.id, format=format)

    variants = []
    if format == "csv":
        variants.append(Variant(_("with decimal commas, for Excel here"), path(**EXCEL_HERE)))
    if format in IN_ANY_SYSTEM:
        others = [srid for srid in settings.CITY.export_srids if srid != WGS84]
        variants += [Variant(f"EPSG:{srid}", path(crs=f"EPSG:{srid}")) for srid in others]
    media_type = FORMATS[format].media_type.partition(";")[0]
    return Distribution(format, str(title), str(use), path(), media_type, tuple(variants))


def interfaces(one: Published, language: str, query: str = "") -> list[Distribution]:
    """Where programs ask for the set again and again; `query` narrows those that take the set's filters."""
    return [*_standard(one, language, query), *MORE.get(one.id, lambda language, query: iter(()))(language, query)]


def _standard(one: Published, language: str, query: str) -> Iterator[Distribution]:
    """Those that every set has."""
    here, box = {"lang": language}, ",".join(map(str, settings.CITY.bounds))
    metres = {"bbox": box, "crs": f"{EPSG}{settings.METRIC_SRID}", "f": "json"}
    yield Distribution(
        "ogc",
        _("OGC API Features"),
        _("Page by page, always up to date; bbox, datetime, crs and filters."),
        address("ogc_items", query, here | {"f": "json", "limit": "100"}, collection=one.id),
        GEOJSON,
    )
    yield Distribution(
        "ogc-metres",
        _("OGC API Features, a box in metres"),
        _("The coordinates in EPSG:%(srid)s.") % {"srid": settings.METRIC_SRID},
        address("ogc_items", _without_box(query), here | metres, collection=one.id),
        GEOJSON,
    )
    yield Distribution(
        "tiles",
        _("Vector tiles (TileJSON)"),
        _("For MapLibre, OpenLayers and QGIS."),
        address("tileset", query, here, collection=one.id),
        JSON,
    )
    use = _("What each property may be, to check the data against.")
    yield Distribution("schema", "JSON Schema", use, address("collection_schema", "", here, collection=one.id), SCHEMA)


def _without_box(query: str) -> str:
    return "&".join(part for part in query.split("&") if not part.startswith("bbox="))


def _of_proposals(language: str, query: str) -> Iterator[Distribution]:
    here = {"lang": language}
    view = {"bbox": ",".join(map(str, settings.CITY.bounds)), "zoom": EXAMPLE_ZOOM}
    yield Distribution(
        "atom", _("Feed (Atom)"), _("New proposals in your reader."), address("proposals_feed", query, here), ATOM
    )
    yield Distribution(
        "clusters",
        _("Clusters of the map"),
        _("What the map shows in a view: counts where pins are dense, single proposals elsewhere."),
        address("map_clusters", _without_box(query), view | here),
        GEOJSON,
    )
    yield Distribution(
        "report",
        _("Map in one file"),
        _("The proposals of a filter on a map, with figures."),
        address("planning_map", query, here),
        HTML,
    )


def _of_areas(language: str, query: str) -> Iterator[Distribution]:
    more = {"level": "neighbourhood", "lang": language}
    use = _("Districts and neighbourhoods with their outlines.")
    yield Distribution("map", _("As the map draws them"), use, address("map_areas", "", more), GEOJSON)


def _of_services(language: str, query: str) -> Iterator[Distribution]:
    path = address("map_services", "", {"lang": language})
    yield Distribution("map", _("As the map draws them"), _("Where services are provided."), path, GEOJSON)


def _of_pledges(language: str, query: str) -> Iterator[Distribution]:
    use = _("Days by which something is promised, in your calendar.")
    path = address("pledges_calendar", query, {"lang": language})
    yield Distribution("calendar", _("Calendar (iCalendar)"), use, path, CALENDAR)


# Doors that only one set has.
MORE: dict[str, Callable[[str, str], Iterator[Distribution]]] = {
    "proposals": _of_proposals,
    "areas": _of_areas,
    "services": _of_services,
    "pledges": _of_pledges,
}


def whole_interfaces() -> list[Distribution]:
    """The interfaces as a whole, with their descriptions."""
    return [
        Distribution(
            "ogc-landing",
            _("OGC API Features"),
            _("For QGIS, ArcGIS and GDAL: add it as a WFS / OGC API Features connection."),
            f"{reverse('ogc_landing')}?f=json",
            JSON,
        ),
        Distribution(
            "qgis",
            _("Layers for QGIS (.qlr)"),
            _("Drag the file into QGIS: every set as a layer that stays up to date, in the colours of the map."),
            address("ogc_layers", "", {"lang": get_language() or settings.LANGUAGE_CODE}),
            LAYERS,
        ),
        Distribution(
            "api",
            _("API, with a description to try out"),
            _("Read proposals and categories, and send a proposal from your own program."),
            reverse("api:openapi-view"),
            HTML,
        ),
        Distribution(
            "openapi",
            _("The same for machines (OpenAPI)"),
            _("For programs that write programs."),
            reverse("api:openapi-json"),
            OPENAPI,
        ),
        Distribution(
            "categories",
            _("Categories"),
            _("Topics, categories and their questions, in every language."),
            reverse("api:categories"),
            JSON,
        ),
    ]


def records() -> list[Distribution]:
    """The catalogue itself, for machines."""
    return [
        Distribution(
            "dcat",
            _("Catalogue (DCAT-AP)"),
            _("For data portals: every set and interface with its licence, as Turtle."),
            reverse("catalogue", args=["ttl"]),
            "text/turtle",
        ),
        Distribution(
            "dcat-json",
            _("The same as JSON-LD"),
            _("For search engines and programs."),
            reverse("catalogue", args=["jsonld"]),
            "application/ld+json",
        ),
    ]


def snapshot_files(snapshot: Snapshot) -> list[Distribution]:
    """The files of one year, and its manifest."""
    of_year = {"year": snapshot.year}
    listed = [
        Distribution(
            format, str(WORDS[format][0]), "", reverse("snapshot_file", kwargs=of_year | {"format": format}),
            media_type.partition(";")[0],
        )
        for format, media_type in MEDIA_TYPES.items()
    ]  # fmt: skip
    path = reverse("snapshot_manifest", kwargs=of_year)
    return [*listed, Distribution("manifest", _("Manifest"), "", path, JSON)]
