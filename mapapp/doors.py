"""The ways by which the proposals of one filter leave a page: files and a feed."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

ATOM = "application/atom+xml"
EXCEL_HERE = {"delimiter": ";", "decimal": ","}  # what a spreadsheet in Finnish or Swedish reads as columns and numbers


@dataclass(frozen=True)
class Door:
    label: str
    note: str
    url: str
    icon: str
    media_type: str = ""

    @property
    def is_feed(self) -> bool:
        return self.media_type == ATOM


def doors(query: str, language: str) -> list[Door]:
    """Doors to what the filter `query` (a query string, may be "") holds, in `language` where a format has one."""
    return [
        Door(
            _("Table for Excel"),
            _("workbook, XLSX"),
            address("export_proposals", query, {"lang": language}, format="xlsx"),
            "figures",
        ),
        Door(
            _("Table (CSV)"),
            _("commas and decimal points"),
            address("export_proposals", query, {"lang": language}, format="csv"),
            "list",
        ),
        Door(
            _("Map data (GeoPackage)"),
            _("for QGIS and ArcGIS"),
            address("export_proposals", query, {"lang": language}, format="gpkg"),
            "layers",
        ),
        Door(
            _("Map data (GeoJSON)"),
            _("for web maps and programs"),
            address("export_proposals", query, {"lang": language}, format="geojson"),
            "map",
        ),
        Door(
            _("Feed (Atom)"),
            _("new ones in your reader"),
            address("proposals_feed", query, {"lang": language}),
            "feed",
            ATOM,
        ),
    ]


def address(name: str, query: str, more: dict[str, str], **arguments: str) -> str:
    """The address of the door `name` with the filter `query` and what the door takes beside it."""
    parts = [query, urlencode(more, safe=",:;")]
    return f"{reverse(name, kwargs=arguments or None)}?{'&'.join(filter(None, parts))}"
