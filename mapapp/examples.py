"""Working examples of every door for data: what the open data page shows and its test opens."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from mapapp.doors import EXCEL_HERE, address

EXAMPLE_ZOOM = "12"


@dataclass(frozen=True)
class Example:
    """A door: what it is for and an address that works as it stands. `url` begins with a slash."""

    name: str
    use: str
    url: str


def file_examples(language: str) -> list[Example]:
    """Whole sets as files."""
    here = {"lang": language}
    return [
        Example(
            _("GeoJSON"),
            _("Every proposal with its place. Opens in QGIS and in every program for maps."),
            address("export_proposals", "", here, format="geojson"),
        ),
        Example(
            _("CSV for Excel"),
            _("A table with semicolons and decimal commas, as Excel here expects them."),
            address("export_proposals", "", here | EXCEL_HERE, format="csv"),
        ),
        Example(
            _("CSV in metres"),
            _("A table with commas and coordinates in another system: %(systems)s.")
            % {"systems": ", ".join(f"EPSG:{srid}" for srid in settings.CITY.export_srids)},
            address("export_proposals", "", here | {"crs": f"EPSG:{settings.METRIC_SRID}"}, format="csv"),
        ),
        Example(
            _("A part of it"),
            _("The same with a filter: parking that waits for someone. Every file, feed and list takes it."),
            address("export_proposals", "kind=parking&taken_up=no", here, format="geojson"),
        ),
    ]


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
        Example("lang", _("Language of names and addresses in the answer."), "lang=sv"),
    ]
