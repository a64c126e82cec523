"""The set-based half of an import of proposals: a staging table, areas for all at once, then INSERT ... SELECT.

The order of the joins is laid down: parts of areas outside, the index over the pins inside, which is 17 times faster than what
the planner picks (measured 2026-11-24). Events are sealed in the same transaction and never enter the outbox: what
happened years ago is news to nobody (docs/decisions/2026-11-24-old-proposals-are-no-news.md).
"""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection

from geodata.imports.reasons import OUTSIDE, in_use_in_row
from geodata.imports.report import RefusedRow
from layers import gazetteer
from layers.models import Area
from layers.models.area import FINEST_FIRST, PIN_TOLERANCE_DEG
from proposals import sealing
from proposals.models import Category, PrivacyRule
from proposals.placing import BORDER_INSET_M, GENERALISED_CELL_M

PIN = "ST_Transform(ST_PointOnSurface(ST_Transform({}, 3857)), 4326)"
# A transaction may hold a second import; the tables of the first are of no more use.
STAGE = """
DROP TABLE IF EXISTS staged, placed, ranks, homes, rest, entered;
CREATE TEMP TABLE staged (
    number integer, source_id text, title text, body text, language text, category_id bigint, kind text,
    is_generalised boolean, status text, channel text, submitted timestamptz, published timestamptz, landmark jsonb,
    location geometry
) ON COMMIT DROP
"""
COPY = "COPY staged FROM STDIN"
REPEATED = """
SELECT number, title, source_id, first FROM (
    SELECT number, title, source_id, first_value(number) OVER (PARTITION BY source_id ORDER BY number) AS first FROM staged
) AS ranked WHERE number <> first ORDER BY number
"""
KNOWN = """
DELETE FROM staged USING proposals_proposal AS known
WHERE known.source = %s AND known.source_id = staged.source_id AND known.source_id <> ''
"""
PLACE = f"""
CREATE TEMP TABLE placed ON COMMIT DROP AS
SELECT staged.*, location AS public_location, {PIN.format("location")} AS pin, NULL::bigint AS area_id FROM staged
"""  # noqa: S608 (constants of ours)
# The rank of every current area, the finest first, and of a level the smallest: the least of those that hold a pin is its area.
RANKS = """
CREATE TEMP TABLE ranks ON COMMIT DROP AS
SELECT id, level, row_number() OVER (ORDER BY array_position(%s::text[], level::text), size_m2, code) AS rank
FROM layers_area WHERE valid_to IS NULL
"""
HOMES = """
CREATE TEMP TABLE homes ON COMMIT DROP AS
SELECT found.number, min(ranks.rank) AS rank
FROM ranks JOIN layers_areapart AS part ON part.area_id = ranks.id
CROSS JOIN LATERAL (
    SELECT number FROM {pins} AS pins
    WHERE pins.pin && ST_Expand(part.boundary, {tolerance}) AND ST_DWithin(part.boundary, pins.pin, {tolerance})
    OFFSET 0
) AS found
WHERE ranks.level {levels}
GROUP BY found.number
"""
REST = """
CREATE TEMP TABLE rest ON COMMIT DROP AS
SELECT number, pin FROM placed WHERE NOT EXISTS (SELECT 1 FROM homes WHERE homes.number = placed.number)
"""
MORE_HOMES = "INSERT INTO homes " + HOMES.partition("AS\n")[2]
HOMELESS = """
SELECT number, title FROM placed WHERE NOT EXISTS (SELECT 1 FROM homes WHERE homes.number = placed.number)
AND EXISTS (SELECT 1 FROM ranks WHERE level = 'city') ORDER BY number
"""
DRAWN = "SELECT number, title, ST_AsBinary(location) FROM placed WHERE GeometryType(location) <> 'POINT'"
# As proposals.placing generalises one place: the middle of its square, or the nearest place inside its area.
GENERALISE = f"""
UPDATE placed SET public_location = ST_SnapToGrid(ST_Transform(
    CASE WHEN home.boundary IS NULL OR ST_Covers(home.boundary, cell.centre) THEN cell.centre
    ELSE COALESCE(
        ST_ClosestPoint(
            NULLIF(ST_Buffer(home.boundary, -{BORDER_INSET_M}), ST_GeomFromText('POLYGON EMPTY', %(metric)s)), cell.centre),
        ST_PointOnSurface(home.boundary)
    ) END, 4326), 1e-7), location = NULL, landmark = NULL
FROM (
    SELECT number, ST_SetSRID(ST_MakePoint(
        (floor(ST_X(p) / {GENERALISED_CELL_M}) + 0.5) * {GENERALISED_CELL_M},
        (floor(ST_Y(p) / {GENERALISED_CELL_M}) + 0.5) * {GENERALISED_CELL_M}), %(metric)s) AS centre
    FROM (SELECT number, ST_Transform(pin, %(metric)s) AS p FROM placed WHERE is_generalised) AS pinned
) AS cell
LEFT JOIN homes ON homes.number = cell.number
LEFT JOIN ranks ON ranks.rank = homes.rank
LEFT JOIN LATERAL (
    SELECT ST_Transform(area.boundary, %(metric)s) AS boundary FROM layers_area AS area WHERE area.id = ranks.id
) AS home ON true
WHERE placed.number = cell.number
"""  # noqa: S608 (constants of ours)
UNTOLD = f"""
SELECT number, ST_AsBinary({PIN.format("public_location")}) FROM placed
WHERE is_generalised OR GeometryType(location) <> 'POINT' ORDER BY number
"""  # noqa: S608 (constants of ours)
TOLD = """
UPDATE placed SET landmark = told.landmark::jsonb
FROM unnest(%s::integer[], %s::text[]) AS told(number, landmark) WHERE told.number = placed.number
"""
NUMBER = """
CREATE TEMP TABLE entered ON COMMIT DROP AS
SELECT nextval(pg_get_serial_sequence('proposals_proposal', 'id')) AS id, ready.* FROM (
    SELECT placed.*, ranks.id AS home FROM placed LEFT JOIN homes USING (number) LEFT JOIN ranks USING (rank)
    ORDER BY placed.number
) AS ready
"""
ENTER = """
INSERT INTO proposals_proposal (
    id, category_id, kind, title, body, language, answers, location, public_location, place_precision, area_id, landmark,
    publication, status, channel, version, terms_version, source, source_id, supports_verified, supports_unverified,
    comments, submitted_at, published_at, updated_at)
SELECT entered.id, category_id, kind, title, body, language, '{}', location, public_location,
    CASE WHEN is_generalised THEN 'generalised' ELSE 'exact' END, home,
    CASE WHEN landmark IS NULL AND home IS NOT NULL
        THEN jsonb_build_object('names', area.names, 'distance_m', NULL, 'bearing', NULL) ELSE landmark END,
    'published', status, channel, 1, %s, %s, source_id, 0, 0, 0, submitted, published, published
FROM entered LEFT JOIN (SELECT id, names FROM layers_area) AS area ON area.id = home
ORDER BY entered.number
"""
WORDINGS = """
INSERT INTO proposals_proposaltext (proposal_id, version, title, body, at, waits)
SELECT id, 1, title, body, submitted, false FROM entered
"""
HAPPENED = """
INSERT INTO proposals_event (proposal_id, verb, role, before, after, note_digest, at)
SELECT entered.id, happened.verb, happened.role, happened.before, happened.after, '', happened.at
FROM entered CROSS JOIN LATERAL (VALUES
    (1, 'submitted', 'resident', '', 'published', submitted),
    (2, 'published', 'system', '', 'published', published),
    (3, 'status_changed', 'system', 'open', status, published)
) AS happened(turn, verb, role, before, after, at)
WHERE happened.turn < 3 OR status <> 'open'
ORDER BY entered.number, happened.turn
"""
SEALING = """
SELECT id, proposal_id, verb, role, before, after, note_digest, at FROM proposals_event
WHERE proposal_id IN (SELECT id FROM entered) ORDER BY id
"""


@dataclass(slots=True)
class Staged:
    """A row that passed the checks of its own fields; `wkb` is EWKB in hexadecimal, "" where the row has no place."""

    number: int
    source_id: str
    title: str
    body: str
    language: str
    category: Category
    status: str
    channel: str
    submitted: datetime.datetime
    published: datetime.datetime
    wkb: str
    landmark: str | None = None

    def columns(self) -> tuple[object, ...]:
        generalised = self.category.privacy_rule == PrivacyRule.GENERALISED
        return (
            self.number, self.source_id, self.title, self.body, self.language, self.category.pk, self.category.kind,
            generalised, self.status, self.channel, self.submitted, self.published, self.landmark, self.wkb,
        )  # fmt: skip


class Staging:
    """The rows of one import on their way in. Lives as long as its transaction; the calls come in the order in which they stand."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.known = 0
        with connection.cursor() as cursor:
            cursor.execute(STAGE)

    def copy(self, batch: Sequence[Staged]) -> None:
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for row in batch:
                copy.write_row(row.columns())

    def place(self) -> list[RefusedRow]:
        """Sets aside what is known already, and gives the others their areas; returns those that cannot go in."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE staged")
            cursor.execute(REPEATED)
            refused = [
                RefusedRow(number, "id", in_use_in_row(source_id, first), title[:60])
                for number, title, source_id, first in cursor.fetchall()
            ]
            self._drop("staged", refused)
            cursor.execute(KNOWN, [self.source])
            self.known = cursor.rowcount
            cursor.execute(PLACE)
            cursor.execute("CREATE INDEX ON placed USING gist (pin)")
            cursor.execute("ANALYZE placed")
            self._find_homes()
            cursor.execute(HOMELESS)
            outside = [RefusedRow(n, "geometry", OUTSIDE, t[:60]) for n, t in cursor.fetchall()]
            outside += self._drawn_outside({row.number for row in outside})
            self._drop("placed", outside)
        return refused + outside

    def new(self) -> int:
        """How many rows would go in."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM placed")
            return cursor.fetchone()[0]

    def enter(self, terms_version: str) -> None:
        """Writes the proposals with their wordings and sealed events."""
        with connection.cursor() as cursor:
            cursor.execute(GENERALISE, {"metric": settings.METRIC_SRID})
            self._tell_places()
            cursor.execute(NUMBER)
            cursor.execute("ANALYZE entered")
            cursor.execute(ENTER, [terms_version, self.source])
            cursor.execute(WORDINGS)
            cursor.execute(HAPPENED)
            sealing.seal_rows(SEALING)

    def _drop(self, table: str, refused: Sequence[RefusedRow]) -> None:
        if refused:
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table} WHERE number = ANY(%s)", [[row.number for row in refused]])  # noqa: S608

    def _find_homes(self) -> None:
        """The finest areas first, which hold nearly all; then the others for the rest."""
        finest = Area.objects.finest_level() or ""
        shape = {"tolerance": PIN_TOLERANCE_DEG}
        with connection.cursor() as cursor:
            cursor.execute(RANKS, [[str(level) for level in FINEST_FIRST]])
            cursor.execute(HOMES.format(pins="placed", levels="= %s", **shape), [finest])
            cursor.execute(REST)
            cursor.execute("CREATE INDEX ON rest USING gist (pin)")
            cursor.execute("ANALYZE rest")
            cursor.execute(MORE_HOMES.format(pins="rest", levels="<> %s", **shape), [finest])
            cursor.execute("ANALYZE homes")

    def _drawn_outside(self, named: set[int]) -> list[RefusedRow]:
        """Lines and areas of which a vertex lies outside, by the rule of every other door."""
        if not Area.objects.city():
            return []
        with connection.cursor() as cursor:
            cursor.execute(DRAWN)
            drawn = [(n, title, GEOSGeometry(memoryview(wkb), srid=4326)) for n, title, wkb in cursor.fetchall()]
        return [
            RefusedRow(number, "geometry", OUTSIDE, title[:60])
            for number, title, shape in drawn
            if number not in named and not Area.objects.covers_geometry(shape)
        ]

    def _tell_places(self) -> None:
        """The landmark of what is not a plain point, from the place that the public sees."""
        with connection.cursor() as cursor:
            cursor.execute(UNTOLD)
            untold = [(number, GEOSGeometry(memoryview(pin), srid=4326)) for number, pin in cursor.fetchall()]
            found = gazetteer.landmarks_for([pin for _number, pin in untold]) if untold else []
            told = [(n, landmark.as_json()) for (n, _pin), landmark in zip(untold, found, strict=True) if landmark]
            cursor.execute(
                TOLD, [[n for n, _facts in told], [json.dumps(facts, ensure_ascii=False) for _n, facts in told]]
            )
