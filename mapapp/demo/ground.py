"""What the demo city stands on: its areas, services and spaces, by the imports of the product."""

import tempfile
from pathlib import Path

from django.utils.translation import gettext_noop

from geodata.imports import ImportReport, import_areas, import_service_locations
from geodata.imports.dataset import Into, Order, import_dataset
from layers.models import Area, AreaLevel
from layers.models.dataset import Origin
from mapapp.demo.areas import FOLDER, write_level

# The page of open data says these titles in its own language.
AREAS = {
    AreaLevel.DISTRICT: Origin(
        "demo-districts",
        gettext_noop("Approximate districts of the demo city"),
        licence="CC BY 4.0",
        is_approximate=True,
    ),
    AreaLevel.NEIGHBOURHOOD: Origin(
        "demo-neighbourhoods",
        gettext_noop("Approximate neighbourhoods of the demo city"),
        licence="CC BY 4.0",
        is_approximate=True,
    ),
}
SERVICES = Origin("demo-services", gettext_noop("Services of the demo city"), licence="CC BY 4.0")
SPACES = Origin("demo-spaces", gettext_noop("Spaces of the demo city, invented"), licence="CC BY 4.0")


def has_other_areas() -> bool:
    """Whether the city's areas came from somebody else, who would not like to find the demo's in their place."""
    return Area.objects.current().exclude(dataset__slug__in=[origin.slug for origin in AREAS.values()]).exists()


def load_areas() -> int:
    """How many areas are new or changed."""
    added = 0
    with tempfile.TemporaryDirectory() as folder:
        for level, origin in AREAS.items():
            path = Path(folder) / f"{level}.geojson"
            write_level(level, path)
            added += _all_in(import_areas(path, level, dataset=origin))
    return added


def load_services() -> int:
    """How many service locations are new or changed."""
    return _all_in(import_service_locations(FOLDER / "services.csv", dataset=SERVICES))


def load_spaces() -> int:
    """How many spaces are new or changed."""
    return _all_in(import_dataset(FOLDER / "spaces.csv", Order(Into.SPACES, SPACES)))


def _all_in(report: ImportReport) -> int:
    """How many rows are new or changed. Raises ValueError where one was refused."""
    if not report.all_went_in:
        raise ValueError("\n".join(report.lines()))
    return report.added + report.updated
