"""The toy city: four squares of 0.02 x 0.01 degrees whose answers can be worked out on paper.

    24.80      24.82      24.84
      +----------+----------+  60.19
      |  north-  |  north-  |
      |   west   |   east   |
      +----------+----------+  60.18   a side is about 1,110 m
      |  south-  |  south-  |
      |   west   |   east   |
      +----------+----------+  60.17

Districts: west and east. City: all of it. Service locations stand in the middles of three squares; south-east has none,
and its middle is more than 1,000 m from each of them. A room is where the library is, a bicycle near the dolls.
"""

import csv
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.contrib.gis.geos import Point

from geodata.imports import import_areas, import_service_locations
from geodata.imports.dataset import Into, Order, import_dataset
from layers.models import Area
from layers.models.dataset import Origin

WEST, MIDDLE, EAST = 24.80, 24.82, 24.84
SOUTH, CENTRE, NORTH = 60.17, 60.18, 60.19

# slug: (west, south, east, north), name in Finnish, in Swedish
DISTRICTS = {
    "west": ((WEST, SOUTH, MIDDLE, NORTH), "West", "Väst"),
    "east": ((MIDDLE, SOUTH, EAST, NORTH), "East", "Öst"),
}
NEIGHBOURHOODS = {
    "north-west": ((WEST, CENTRE, MIDDLE, NORTH), "North-West", "Nordväst"),
    "north-east": ((MIDDLE, CENTRE, EAST, NORTH), "North-East", "Nordöst"),
    "south-west": ((WEST, SOUTH, MIDDLE, CENTRE), "South-West", "Sydväst"),
    "south-east": ((MIDDLE, SOUTH, EAST, CENTRE), "South-East", "Sydöst"),
}
SERVICES = (
    # id, name_fi, name_sv, name_en, category, provider, its type, lon, lat
    ("t1", "Lelulan kirjasto", "Leksaksbiblioteket", "Toy Library", "library", "Toytown", "municipal", 24.81, 60.185),
    ("t2", "Lelulan terveysasema", "Leksakens hälsostation", "Toy Health Station", "health_station", "Toy County",
     "wellbeing_county", 24.83, 60.185),
    ("t3", "Nukkekoti", "Dockskåpet", "Dolls' House", "culture", "Dolls", "association", 24.81, 60.175),
)  # fmt: skip
SPACES = (
    # id, name_fi, name_sv, name_en, kind, capacity, step_free, accessible_toilet, price_fi, price_en, booking_url, provider, its type, lon, lat
    ("r1", "Lelusali", "Leksakssalen", "Toy Hall", "room", 40, "yes", "no", "Maksuton", "Free of charge",
     "https://book.example.org/hall?a=1&b=2", "Toytown", "municipal", 24.81, 60.185),
    ("r2", "Lainapyörä", "Lånecykel", "Toy Bicycle", "equipment", 2, "", "", "", "", "", "Dolls", "association", 24.811,
     60.175),
)  # fmt: skip


def middle_of(slug: str) -> Point:
    """The middle of a square (EPSG:4326)."""
    west, south, east, north = (NEIGHBOURHOODS | DISTRICTS)[slug][0]
    return Point(round((west + east) / 2, 7), round((south + north) / 2, 7), srid=4326)


CROSSING = Point(MIDDLE, CENTRE, srid=4326)  # where the four squares meet
OUTSIDE = Point(24.79, 60.175, srid=4326)  # about 555 m west of the city, in Nextdoor


@dataclass(frozen=True)
class Toytown:
    """The areas of the toy city."""

    city: Area
    west: Area
    east: Area
    north_west: Area
    north_east: Area
    south_west: Area
    south_east: Area


def build_toytown() -> Toytown:
    """The toy city in the database, by the imports of the product; changes nothing where it is there already."""
    with tempfile.TemporaryDirectory() as folder:
        for level, areas in (("district", DISTRICTS), ("neighbourhood", NEIGHBOURHOODS)):
            import_areas(write_areas(Path(folder) / f"{level}.geojson", areas), level)
        import_service_locations(write_services(Path(folder) / "toytown.csv"))
        spaces = Origin("toytown-spaces", "Lelulan tilat")
        import_dataset(write_spaces(Path(folder) / "spaces.csv"), Order(Into.SPACES, spaces))
    return find_toytown()


def find_toytown() -> Toytown:
    areas = {area.slug.replace("-", "_"): area for area in Area.objects.current()}
    areas["city"] = areas.pop("toytown")
    return Toytown(**areas)


def write_areas(path: Path, areas: dict[str, tuple[tuple[float, float, float, float], str, str]]) -> Path:
    """A GeoJSON file of squares."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": slug, "name_fi": name_fi, "name_sv": name_sv, "name_en": name_fi},
            "geometry": {"type": "Polygon", "coordinates": [square(*box)]},
        }
        for slug, (box, name_fi, name_sv) in areas.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def square(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """A ring, counter-clockwise."""
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def write_services(path: Path) -> Path:
    """A CSV file of the service locations."""
    header = ["id", "name_fi", "name_sv", "name_en", "category", "provider_name", "provider_type", "lon", "lat"]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *SERVICES])
    return path


def write_spaces(path: Path) -> Path:
    """A CSV file of the spaces."""
    header = (
        "id,name_fi,name_sv,name_en,kind,capacity,step_free,accessible_toilet,price_fi,price_en,booking_url,"
        "provider_name,provider_type,lon,lat"
    )
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header.split(","), *SPACES])
    return path
