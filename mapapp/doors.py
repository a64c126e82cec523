"""The ways by which the proposals of one filter leave a page: files, feeds, and a frame on another site."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from geodata.catalogue.distributions import ATOM, CALENDAR, address


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
    return [*_files(query, language), *_live(query, language)]


def _files(query: str, language: str) -> list[Door]:
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
    ]


def _live(query: str, language: str) -> list[Door]:
    """What stays up to date by itself."""
    return [
        Door(
            _("Feed (Atom)"),
            _("new ones in your reader"),
            address("proposals_feed", query, {"lang": language}),
            "feed",
            ATOM,
        ),
        Door(
            _("Calendar (iCalendar)"),
            _("days by which something is promised"),
            address("pledges_calendar", query, {"lang": language}),
            "calendar",
            CALENDAR,
        ),
        Door(_("On your own website"), _("map or list in a frame"), address("embed_this", query, {}), "code"),
    ]
