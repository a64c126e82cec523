"""What follows from the boundaries of areas: their parts, parents and outlines, and the city that they make up.

Called by the imports, inside their transaction. Boundaries are EPSG:4326; metres are computed in METRIC_SRID.
"""

import datetime
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, count

import numpy
import shapely
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.db import connection
from django.utils.text import slugify
from pyproj import Transformer

from layers.geometry import WGS84, metric_srid
from layers.models import Area, AreaLevel, AreaPart, Dataset
from layers.models.area import FINEST_FIRST

PART_VERTICES = 64  # measured: 18 us for the area of a point (ST_Subdivide + GiST)
GAP_WIDTH_M = 1.0  # narrower gaps between areas are errors of rounding, not land that belongs to nobody
SNAPPING_M = 0.1  # corners nearer to each other than this are one corner, rounded differently
OUTLINE_TOLERANCE_M = 10.0
OUTLINE_DECIMALS = 5  # of a degree: about a metre
BOUNDARY_DECIMALS = 7  # of a degree: about a centimetre, as the imports store
CITY_CODE = "city"
SLUG_LENGTH_MAX = 60  # characters; the column holds 80, with what makes it unique


@dataclass(frozen=True)
class AreaFacts:
    """What a source says of one area; `boundary` is a valid MultiPolygon in EPSG:4326."""

    code: str
    slug: str
    names: dict[str, str]
    boundary: MultiPolygon


# One statement for a whole level. An area that comes back after having ended begins anew.
PUT_AREAS = """
INSERT INTO layers_area (level, code, slug, names, dataset_id, boundary, centre, size_m2, valid_from)
SELECT %(level)s, source.code, source.slug, source.names::jsonb, %(dataset)s, place.boundary,
       ST_PointOnSurface(place.boundary), ST_Area(ST_Transform(place.boundary, %(srid)s)), %(when)s
FROM unnest(%(codes)s::text[], %(slugs)s::text[], %(names)s::text[], %(boundaries)s::bytea[])
     AS source(code, slug, names, boundary),
     LATERAL (SELECT ST_GeomFromWKB(source.boundary, 4326) AS boundary) AS place
ON CONFLICT (level, code) DO UPDATE SET
    names = excluded.names, dataset_id = excluded.dataset_id, boundary = excluded.boundary, centre = excluded.centre,
    size_m2 = excluded.size_m2, valid_to = NULL,
    valid_from = CASE WHEN layers_area.valid_to IS NULL THEN layers_area.valid_from ELSE excluded.valid_from END
RETURNING id
"""

SUBDIVIDE = """
INSERT INTO layers_areapart (area_id, boundary)
SELECT id, ST_Subdivide(boundary, %s) FROM layers_area WHERE id = ANY(%s)
"""

# The parent is the one that the source names, else the finest of the coarser areas that covers the child's point on its
# surface.
FIND_PARENTS = """
UPDATE layers_area AS child SET parent_id = found.parent_id
FROM (
    SELECT below.id, COALESCE(
        (SELECT named.parent FROM unnest(%(children)s::bigint[], %(parents)s::bigint[]) AS named(child, parent)
         WHERE named.child = below.id),
        (SELECT above.id FROM layers_area AS above
         WHERE above.valid_to IS NULL AND ST_Covers(above.boundary, below.centre)
           AND array_position(%(levels)s::text[], above.level::text) > array_position(%(levels)s::text[], below.level::text)
         ORDER BY array_position(%(levels)s::text[], above.level::text), above.size_m2 LIMIT 1)
    ) AS parent_id
    FROM layers_area AS below WHERE below.id = ANY(%(ids)s)
) AS found
WHERE child.id = found.id AND child.parent_id IS DISTINCT FROM found.parent_id
RETURNING child.level, child.code
"""


def put_areas(level: str, dataset: Dataset, areas: Sequence[AreaFacts], when: datetime.datetime) -> list[int]:
    """Adds or updates areas by (level, code) with their parts; returns their ids. An area that is there keeps its slug."""
    if not areas:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            PUT_AREAS,
            {
                "level": level,
                "dataset": dataset.pk,
                "srid": metric_srid(),
                "when": when,
                "codes": [area.code for area in areas],
                "slugs": [area.slug for area in areas],
                "names": [json.dumps(area.names) for area in areas],
                "boundaries": [bytes(area.boundary.wkb) for area in areas],
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
        AreaPart.objects.of_areas(ids).delete()
        cursor.execute(SUBDIVIDE, [PART_VERTICES, ids])
    return ids


def find_parents(level: str, texts: dict[str, str]) -> set[str]:
    """Gives the areas of `level` their parents: the coarser area whose code or name `texts` has for the area's code, else
    the finest coarser one that they lie in. Finer areas that belong to nothing below `level` are placed anew.

    Returns the codes of those of `level` that got another parent.
    """
    areas = dict(Area.objects.current().of_level(level).values_list("code", "pk"))
    coarser = _coarser_by_text(level)
    named = {areas[code]: coarser[text.casefold()] for code, text in texts.items() if text.casefold() in coarser}
    finer = Area.objects.current().above_which_there_is_nothing_up_to(level).values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(
            FIND_PARENTS,
            {
                "levels": [str(level) for level in FINEST_FIRST],
                "ids": [*areas.values(), *finer],
                "children": list(named),
                "parents": list(named.values()),
            },
        )
        return {code for found_level, code in cursor.fetchall() if found_level == level}


def _coarser_by_text(level: str) -> dict[str, int]:
    """Code or name in small letters -> id, of the areas coarser than `level`; nearer levels and codes win."""
    found: dict[str, int] = {}
    names: dict[str, int] = {}
    for area in Area.objects.current().coarser_than(level).only("code", "names", "level").finest_first().reverse():
        found[area.code.casefold()] = area.pk
        names |= {name.casefold(): area.pk for name in area.names.values()}
    return names | found


def draw_outlines(level: str) -> None:
    """Simplifies all current areas of `level` together, so that neighbours still meet; writes the outlines that changed."""
    areas = list(Area.objects.current().of_level(level).order_by("code"))
    simple = shapely.coverage_simplify(_coverage(areas), OUTLINE_TOLERANCE_M)
    for area, shape in zip(areas, _to_wgs84(simple, OUTLINE_DECIMALS), strict=True):
        _write_outline(area, shape)


def unite_city(dataset: Dataset, when: datetime.datetime) -> list[int]:
    """Makes the city the union of the finest level, holes kept; returns its id if its boundary or name changed, else [].

    Gaps narrower than a metre are closed first: they come from rounding. The outline is the union of the outlines.
    """
    finest = Area.objects.finest_level()
    areas = list(Area.objects.current().of_level(finest))
    united = shapely.coverage_union_all(_coverage(areas))
    boundary = _multipolygon(_to_wgs84(numpy.array([united]), BOUNDARY_DECIMALS)[0])
    city = Area.objects.city()
    names = city.names if city else settings.CITY.names
    ids = []
    if city is None or not city.boundary.equals_exact(boundary) or city.dataset_id != dataset.pk:
        taken = set(Area.objects.values_list("slug", flat=True))
        slug = city.slug if city else free_slug(names, AreaLevel.CITY, taken)
        code = city.code if city else CITY_CODE
        ids = put_areas(AreaLevel.CITY, dataset, [AreaFacts(code, slug, names, boundary)], when)
    outlines = [shapely.from_wkb(bytes(area.outline.wkb)) for area in areas if area.outline]
    _write_outline(Area.objects.current().of_level(AreaLevel.CITY).get(), shapely.union_all(outlines))
    return ids


def _write_outline(area: Area, shape: shapely.Geometry) -> None:
    outline = None if shape.is_empty else _multipolygon(shape)
    if area.outline != outline:
        area.outline = outline
        area.save(update_fields=["outline"])


def _coverage(areas: Sequence[Area]) -> numpy.ndarray:
    """Boundaries in METRIC_SRID that meet edge to edge without overlaps or cracks."""
    boundaries = shapely.from_wkb([bytes(area.boundary.wkb) for area in areas])
    metric = shapely.transform(boundaries, _transform(WGS84, metric_srid()))
    if shapely.coverage_is_valid(metric, gap_width=GAP_WIDTH_M):
        return metric
    return shapely.coverage_clean(metric, gap_width=GAP_WIDTH_M, snapping_distance=SNAPPING_M)


def _to_wgs84(shapes: numpy.ndarray, decimals: int) -> numpy.ndarray:
    """The shapes of METRIC_SRID in EPSG:4326, rounded; what rounding made invalid is mended."""
    move = _transform(metric_srid(), WGS84)
    rounded = shapely.transform(shapes, lambda coordinates: numpy.round(move(coordinates), decimals))
    invalid = ~shapely.is_valid(rounded)
    rounded[invalid] = shapely.make_valid(rounded[invalid], method="structure", keep_collapsed=False)
    return shapely.orient_polygons(rounded)  # counter-clockwise, as GeoJSON has it


def _transform(from_srid: int, to_srid: int):  # noqa: ANN202
    transformer = Transformer.from_crs(from_srid, to_srid, always_xy=True)

    def moved(coordinates: numpy.ndarray) -> numpy.ndarray:
        return numpy.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))

    return moved


def _multipolygon(shape: shapely.Geometry) -> MultiPolygon:
    geometry = GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=WGS84)
    return MultiPolygon(geometry, srid=WGS84) if isinstance(geometry, Polygon) else geometry


def free_slug(names: dict[str, str], level: str, taken: Collection[str]) -> str:
    """The plain slug of a new area; where another has it, with the level behind (`otaniemi-district`), else a number."""
    plain = slug_of(names) or level
    candidates = chain((plain, f"{plain}-{level}"), (f"{plain}-{n}" for n in count(2)))
    return next(slug for slug in candidates if slug not in taken)


def free_slugs_of_ended(level: str, newcomers: Iterable[dict[str, str]], gone: Collection[str]) -> None:
    """Lets areas with the codes `gone` give up their slugs to newcomers of the same name and level: the address of a
    neighbourhood stays although its source numbers it anew. The ended area's slug gets its code behind.
    """
    taken = set(Area.objects.values_list("slug", flat=True))
    wanted = {slug_of(names) for names in newcomers}
    for area in Area.objects.of_level(level).of_slugs(wanted).of_codes(gone).only("slug", "code", "level"):
        numbered = f"{area.slug}-{slugify(area.code)}"[: SLUG_LENGTH_MAX + 10]
        area.slug = next(slug for slug in chain([numbered], (f"{numbered}-{n}" for n in count(2))) if slug not in taken)
        area.save(update_fields=["slug"])
        taken.add(area.slug)


def slug_of(names: dict[str, str]) -> str:
    """The plain slug of a place: its name in the city's first language that gives one; "" where none does."""
    for code in settings.CITY.languages:
        if slug := slugify(names.get(code, ""))[:SLUG_LENGTH_MAX]:
            return slug
    return ""
