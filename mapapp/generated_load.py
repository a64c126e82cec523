"""Many plausible proposals for load tests: gathered around places in the city's own areas, written by COPY.

They carry `source` "load" and can be told from what people wrote, and removed, at any time. No event, contact or mail comes
with them; what is taken up has a promise, all by one invented organisation.
"""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy
import shapely
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from actors.models import Organisation
from layers.gazetteer.landmarks import Landmark
from layers.gazetteer.neighbourhood import Neighbourhood
from layers.geometry import WGS84
from layers.models import Area
from proposals.models import Category, PrivacyRule, Proposal, Publication, Status

SOURCE = "load"
SPOTS_PER_AREA = 6  # a school, a crossing, a shore: where an area's proposals gather
SPOT_RADIUS_DEGREES = 0.002  # of a spot's crowd: about 150 m
EVEN_SHARE = 0.3  # of an area's proposals that lie anywhere in it
LINE_SHARE, POLYGON_SHARE = 0.5, 0.2  # where the category allows such
PERIOD_DAYS = 730
DECIMALS = 7
CORNERS = numpy.array([(-1, -0.5), (1, -0.5), (1, 0.5), (-1, 0.5)])  # of an area; a degree of latitude is twice as long
STATUSES = {
    Status.OPEN: 0.52, Status.TAKEN_UP: 0.12, Status.IN_PROGRESS: 0.08, Status.DELIVERED: 0.06, Status.CONFIRMED: 0.10,
    Status.CLOSED_UNFIXED: 0.03, Status.NOT_PLANNED: 0.05, Status.FORWARDED: 0.03, Status.OUTDATED: 0.01,
}  # fmt: skip
LANGUAGES = {"fi": 0.7, "sv": 0.15, "en": 0.15}
THINGS = {
    "fi": ("Penkki puuttuu", "Valo on rikki", "Suojatie on vaarallinen", "Pysäköinti tukkii pihan", "Talvikunnossapito",
           "Polku on liukas", "Leikkipaikka kaipaa kunnostusta", "Tila harrastukselle"),
    "sv": ("Bänk saknas", "Lampan är trasig", "Övergångsstället är farligt", "Parkering blockerar gården",
           "Stigen är hal", "Lekparken behöver rustas upp"),
    "en": ("A bench is missing", "The light is broken", "The crossing is dangerous", "Parked cars block the yard",
           "The path is slippery", "A room for a club"),
}  # fmt: skip
SENTENCES = {
    "fi": ("Paikka on ollut näin jo kaksi talvea.", "Lapset kulkevat tästä kouluun.", "Iltaisin on hyvin pimeää.",
           "Naapurit ovat samaa mieltä.", "Autot ajavat liian kovaa.", "Tässä kulkee paljon vanhuksia.",
           "Ehdotan, että asia tutkitaan ennen kevättä.", "Voin auttaa talkoissa."),
    "sv": ("Så här har det varit i två vintrar.", "Barnen går här till skolan.", "Det är mycket mörkt på kvällarna.",
           "Grannarna tycker likadant.", "Bilarna kör för fort."),
    "en": ("It has been like this for two winters.", "Children walk to school here.", "It is very dark at night.",
           "The neighbours agree.", "Cars drive too fast.", "I can help with the work."),
}  # fmt: skip
COLUMNS = (
    "category_id", "kind", "title", "body", "language", "answers", "location", "public_location", "place_precision",
    "area_id", "landmark", "publication", "status", "channel", "version", "terms_version", "source", "source_id",
    "supports_verified", "supports_unverified", "comments", "submitted_at", "published_at", "updated_at",
)  # fmt: skip
PLEDGING = "load"  # slug of the organisation that promises
PROMISES = """
INSERT INTO proposals_pledge
    (proposal_id, organisation_id, kind, part, promise, language, due, consent, state, reason, made_at, ended_at)
SELECT id, %s, 'do', 'lead', 'We do it.', 'en', published_at::date + 90, 'not_needed',
    CASE status WHEN 'delivered' THEN 'delivered' WHEN 'confirmed' THEN 'confirmed' ELSE 'active' END, '', published_at,
    CASE status WHEN 'confirmed' THEN updated_at END
FROM proposals_proposal
WHERE source = %s AND source_id::bigint >= %s AND status IN ('taken_up', 'in_progress', 'delivered', 'confirmed')
"""
COPY = f"COPY proposals_proposal ({', '.join(COLUMNS)}) FROM STDIN"


class NothingToStandOn(Exception):
    """There are no areas or no categories: proposals would have no place or no topic."""


@dataclass(frozen=True)
class Ground:
    """An area's key, its name by language, and places in it (EPSG:4326, n x 2) with what they are near."""

    area_id: int
    names: dict[str, str]
    places: numpy.ndarray
    landmarks: list[Landmark]


def has_other_proposals() -> bool:
    """Whether the database holds proposals that were not generated here."""
    return Proposal.objects.exclude(source=SOURCE).exists()


def generate(count: int, *, seed: int) -> int:
    """Adds `count` published proposals in one transaction; returns how many generated ones there are now.

    About 0.2 ms each. Raises NothingToStandOn.
    """
    chance = numpy.random.default_rng(seed)
    grounds = _grounds(count, chance)
    categories = list(Category.objects.offered().exclude(privacy_rule=PrivacyRule.GENERALISED))
    if not grounds or not categories:
        raise NothingToStandOn
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT COALESCE(max(source_id::bigint), 0) FROM proposals_proposal WHERE source = %s", [SOURCE])
        first = cursor.fetchone()[0] + 1
        with cursor.copy(COPY) as copy:
            for row in _rows(first, grounds, categories, chance):
                copy.write_row(row)
        known = {"names": {"en": "Generated organisation"}, "type": "city_unit", "verified_at": timezone.now()}
        by = Organisation.objects.get_or_create(slug=PLEDGING, defaults=known)[0]
        cursor.execute(PROMISES, [by.pk, SOURCE, first])
    _tidy()
    return first - 1 + count


def _tidy() -> None:
    """Tells the planner of the new rows, and marks their pages as visible to all, which index-only scans need."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM (ANALYZE) proposals_proposal, proposals_pledge")


def remove() -> int:
    """Takes out every generated proposal; returns how many. Raises IntegrityError where people have acted on one since."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(
            "DELETE FROM proposals_pledge USING actors_organisation organisation"
            " WHERE organisation.id = organisation_id AND organisation.slug = %s",
            [PLEDGING],
        )
        cursor.execute("DELETE FROM proposals_proposal WHERE source = %s", [SOURCE])
        removed = cursor.rowcount
        cursor.execute("DELETE FROM actors_organisation WHERE slug = %s", [PLEDGING])
        return removed


def _grounds(count: int, chance: numpy.random.Generator) -> list[Ground]:
    """`count` places, shared out unevenly among the city's finest areas, as real ones are."""
    level = Area.objects.finest_level()
    areas = list(Area.objects.current().of_level(level)) if level else []
    if not areas:
        return []
    shares = chance.multinomial(count, chance.dirichlet(numpy.full(len(areas), 1.5)))
    near = Neighbourhood()
    grounds = []
    for area, share in zip(areas, shares, strict=True):
        if share:
            places = _places(shapely.from_wkb(bytes(area.boundary.wkb)), int(share), chance)
            found = [landmark or Landmark(area.names) for landmark in near.landmarks(places)]
            grounds.append(Ground(area.pk, area.names, places, found))
    return grounds


def _places(boundary: shapely.Geometry, count: int, chance: numpy.random.Generator) -> numpy.ndarray:
    """`count` places inside `boundary`, most of them around a few spots."""
    west, south, east, north = boundary.bounds
    shapely.prepare(boundary)

    def inside(points: numpy.ndarray) -> numpy.ndarray:
        return points[shapely.contains_xy(boundary, points)]

    def anywhere(wanted: int) -> numpy.ndarray:
        return inside(chance.uniform((west, south), (east, north), (wanted, 2)))

    spots, found = numpy.empty((0, 2)), numpy.empty((0, 2))
    while len(spots) < SPOTS_PER_AREA:
        spots = numpy.vstack([spots, anywhere(64)])
    spots = spots[:SPOTS_PER_AREA]
    while len(found) < count:
        wanted = count - len(found) + 16
        radius = numpy.array(
            [SPOT_RADIUS_DEGREES, SPOT_RADIUS_DEGREES / 2]
        )  # a degree of longitude is half as long here
        around = chance.choice(spots, wanted) + chance.normal(0, 1, (wanted, 2)) * radius
        scattered = chance.random(wanted) < EVEN_SHARE
        around[scattered] = chance.uniform((west, south), (east, north), (int(scattered.sum()), 2))
        found = numpy.vstack([found, inside(around.round(DECIMALS))])
    return found[:count]


def _rows(
    first: int, grounds: list[Ground], categories: list[Category], chance: numpy.random.Generator
) -> Iterator[tuple[object, ...]]:
    now = timezone.now()
    number = first
    for ground in grounds:
        size = len(ground.places)
        kinds = chance.integers(len(categories), size=size)
        languages = chance.choice(list(LANGUAGES), size, p=list(LANGUAGES.values()))
        statuses = chance.choice([str(status) for status in STATUSES], size, p=list(STATUSES.values()))
        ages = chance.beta(1, 1.4, size) * PERIOD_DAYS  # more of late
        supports = chance.geometric(0.15, (size, 3)) - 1
        for index, place in enumerate(ground.places):
            category, language = categories[kinds[index]], str(languages[index])
            shape = _shape(place, category, chance)
            near = json.dumps(ground.landmarks[index].as_json(), ensure_ascii=False)
            at = now - datetime.timedelta(days=float(ages[index]))
            yield (
                category.pk, category.kind, _title(ground, language, number), _body(language, number), language, "{}",
                shape, shape, "exact", ground.area_id, near, Publication.PUBLISHED, statuses[index], "web", 1,
                settings.TERMS_VERSION, SOURCE, str(number), *map(int, supports[index]), at, at, at,
            )  # fmt: skip
            number += 1


def _title(ground: Ground, language: str, number: int) -> str:
    things = THINGS[language]
    name = ground.names.get(language) or next(iter(ground.names.values()))
    return f"{things[number % len(things)]}, {name}"[:120]


def _body(language: str, number: int) -> str:
    sentences = SENTENCES[language]
    return " ".join(sentences[(number * step) % len(sentences)] for step in range(1, 2 + number % 5))


def _shape(place: numpy.ndarray, category: Category, chance: numpy.random.Generator) -> str:
    """The place as WKB in hexadecimal: a point, or now and then a line or an area of some tens of metres around it."""
    types, dice = category.geometry_types, chance.random()
    if "LineString" in types and (dice < LINE_SHARE or "Point" not in types):
        steps = chance.normal(0, 0.0004, (4, 2)).cumsum(axis=0)
        shape = shapely.LineString((place + steps).round(DECIMALS))
    elif "Polygon" in types and (dice < POLYGON_SHARE or "Point" not in types):
        shape = shapely.Polygon((place + chance.uniform(0.0001, 0.0004) * CORNERS).round(DECIMALS))
    else:
        shape = shapely.Point(place)
    return shapely.to_wkb(shapely.set_srid(shape, WGS84), hex=True, include_srid=True)
