"""Search of places by name: of areas and service locations, in every language, with or without dots and capitals."""

import json
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from django.db import connection
from django.utils.translation import override

from layers.languages import localised
from layers.models import Area, AreaLevel, PlaceName, ServiceLocation
from layers.models.area import FINEST_FIRST

SEARCH_LENGTH_MAX = 100  # characters; a place name is shorter
WORDS_MAX = 6
ROWS_PER_PLACE = 4  # a place has a name in each language, and areas of several levels share one
SIMILARITY_MIN = 0.5  # of pg_trgm's word similarity: "tapola" finds Tapiola (0.5), "kilo" not Kivenlahti (0.4)
LETTERS_FOR_SIMILARITY = 4  # shorter words resemble everything


@dataclass(frozen=True)
class Place:
    """A place found by name. EPSG:4326; `language` is that of `name`; `detail` says in words what it is."""

    name: str
    language: str
    longitude: float
    latitude: float
    kind: Literal["area", "service"]
    area_slug: str | None
    detail: str


def fold(text: str) -> str:
    """What a search compares: small letters without dots and accents, words parted by single spaces.

    >>> fold("Pohjois-Leppävaara")
    'pohjois leppavaara'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = (c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def index_areas(area_ids: Collection[int]) -> None:
    """Writes the place names of these areas anew; those of ended areas go."""
    PlaceName.objects.of_areas(area_ids).delete()
    areas = Area.objects.current().filter(pk__in=area_ids)
    PlaceName.objects.bulk_create(
        PlaceName(name=name, folded=fold(name), language=language, location=area.centre, area=area)
        for area in areas
        for language, name in area.names.items()
    )


def index_service_locations(location_ids: Collection[int]) -> None:
    """Writes the place names of these service locations anew."""
    PlaceName.objects.of_service_locations(location_ids).delete()
    PlaceName.objects.bulk_create(
        PlaceName(name=name, folded=fold(name), language=language, location=place.location, service_location=place)
        for place in ServiceLocation.objects.filter(pk__in=location_ids)
        for language, name in place.names.items()
    )


# Each word of the search must begin a word of the name ("iso om" finds Ison Omenan kirjasto), or the whole resembles it.
# The same name comes first, then beginnings of words, then what only resembles; in each of them areas before services.
SEARCH = """
SELECT found.name, found.language, ST_X(found.location), ST_Y(found.location), found.area_id, found.service_location_id,
       area.slug, area.level, service.names, found.folded
FROM (
    SELECT place.*, CASE
        WHEN folded = %(text)s THEN 0
        WHEN (' ' || folded) LIKE ALL (%(words)s) THEN 1
        ELSE 2 END AS rank
    FROM layers_placename AS place
    WHERE (' ' || folded) LIKE ALL (%(words)s)
       OR (length(%(text)s) >= %(letters)s AND folded %% %(text)s AND word_similarity(%(text)s, folded) >= %(similar)s)
) AS found
LEFT JOIN layers_servicelocation AS location ON location.id = found.service_location_id
LEFT JOIN layers_service AS service ON service.id = location.service_id
LEFT JOIN layers_area AS area ON area.id = COALESCE(found.area_id, location.area_id)
ORDER BY found.rank, (CASE WHEN found.rank = 2 THEN word_similarity(%(text)s, found.folded) END) DESC,
         found.area_id IS NULL, found.language <> %(language)s,
         found.folded NOT LIKE %(beginning)s, array_position(%(levels)s::text[], area.level::text), found.name, found.id
LIMIT %(rows)s
"""


def search(text: str, language: str, limit: int = 8) -> list[Place]:
    """At most `limit` places whose names begin with or resemble `text`, best first, each place once; one query.

    Names in `language` come first where several fit equally; of areas with the same name the finest is told.
    """
    words = fold(text[:SEARCH_LENGTH_MAX]).split()[:WORDS_MAX]
    if not words:
        return []
    folded = " ".join(words)
    with connection.cursor() as cursor:
        cursor.execute(
            SEARCH,
            {
                "text": folded,
                "beginning": f"{folded}%",
                "words": [f"% {word}%" for word in words],
                "letters": LETTERS_FOR_SIMILARITY,
                "similar": SIMILARITY_MIN,
                "levels": [str(level) for level in FINEST_FIRST],
                "language": language,
                "rows": limit * ROWS_PER_PLACE,
            },
        )
        rows = cursor.fetchall()
    with override(language):
        return _each_place_once(rows, language)[:limit]


def _each_place_once(rows: list[tuple], language: str) -> list[Place]:
    places: list[Place] = []
    seen: set[object] = set()
    for name, tongue, longitude, latitude, area_id, location_id, slug, level, service_names, folded in rows:
        # A district and a neighbourhood of the same name are one place to people.
        marks = {("service", location_id)} if location_id else {("area", area_id), ("name", folded)}
        if seen.isdisjoint(marks):
            kind = "service" if location_id else "area"
            detail = localised(json.loads(service_names), language)[0] if location_id else str(AreaLevel(level).label)
            places.append(Place(name, tongue, longitude, latitude, kind, slug, detail))
        seen |= marks
    return places
