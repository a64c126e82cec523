"""Areas of the city in levels, and the pieces of their boundaries by which a point finds its area."""

import datetime
from collections.abc import Collection

from django.contrib.gis.db import models
from django.contrib.gis.geos import GEOSGeometry, Point
from django.contrib.postgres.indexes import GistIndex
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from layers.geometry import WGS84, metric_srid
from layers.languages import has_a_name, localised


class AreaLevel(models.TextChoices):
    CITY = "city", _("city")
    DISTRICT = "district", _("district")
    STATISTICAL = "statistical", _("statistical area")
    NEIGHBOURHOOD = "neighbourhood", _("neighbourhood")


# From the finest to the coarsest: a proposal's area is the finest that covers its pin.
FINEST_FIRST = (
    AreaLevel.NEIGHBOURHOOD,
    AreaLevel.STATISTICAL,
    AreaLevel.DISTRICT,
    AreaLevel.CITY,
)


LEVEL_RANK = models.Case(
    *(models.When(level=level, then=rank) for rank, level in enumerate(FINEST_FIRST)),
    output_field=models.IntegerField(),
)
LINE_TOLERANCE_M = 200  # a path may leave the city by this much: it has to lead somewhere

CITY_PARTS = """
    layers_areapart AS part JOIN layers_area AS area ON area.id = part.area_id AND area.level = 'city' AND area.valid_to IS NULL
"""
# Every vertex must be covered by the city, border included; those of a line may lie outside by a tolerance. The box keeps
# the index in use; the distance is that of the ellipsoid, in metres.
COVERED = "ST_Covers(part.boundary, vertex.geom)"
NEARLY_COVERED = """
    part.boundary && ST_Envelope(ST_Buffer(vertex.geom::geography, %(metres)s)::geometry)
    AND ST_Distance(part.boundary::geography, vertex.geom::geography) <= %(metres)s
"""
ALL_VERTICES_IN_CITY = """
SELECT COALESCE(bool_and(EXISTS (SELECT 1 FROM {city_parts} WHERE {condition})), false)
FROM ST_DumpPoints(ST_Force2D(ST_GeomFromWKB(%(geometry)s, 4326))) AS vertex
"""
# A point on a slanted border is rounded to either side, and an edge that is straight in degrees is not quite so in metres:
# so the nearest point is sought a little inside, by the least of these metres that leads to a covered place.
INSETS_M = (0.5, 2.0, 10.0)
NEAREST_INSIDE = f"""
WITH given AS (SELECT ST_GeomFromWKB(%(point)s, 4326) AS point),
near AS (
    SELECT part.boundary FROM given, {CITY_PARTS}
    WHERE part.boundary && ST_Envelope(ST_Buffer(given.point::geography, %(metres)s)::geometry)
      AND ST_Distance(part.boundary::geography, given.point::geography) <= %(metres)s
),
candidate AS (
    SELECT point FROM given
    UNION ALL
    SELECT ST_SnapToGrid(ST_Transform(ST_ClosestPoint(
        ST_Buffer(ST_Transform(near.boundary, %(srid)s), -inset), ST_Transform(given.point, %(srid)s)), 4326), 1e-7)
    FROM given, near, unnest(%(insets)s::float8[]) AS inset
)
SELECT ST_X(candidate.point), ST_Y(candidate.point) FROM candidate, given
WHERE EXISTS (SELECT 1 FROM near WHERE ST_Covers(near.boundary, candidate.point))
ORDER BY ST_Distance(candidate.point::geography, given.point::geography) LIMIT 1
"""  # noqa: S608 (a constant of ours)

PIN_TOLERANCE_DEG = 1e-8  # about a millimetre
# `current().holding_pin(pin).finest_first()`, which takes longer to put into words than to run: each new proposal asks it.
FINEST_HOLDING = """
SELECT area.id, area.slug, area.names, area.level FROM layers_area AS area
WHERE area.valid_to IS NULL AND EXISTS (
    SELECT 1 FROM layers_areapart AS part
    WHERE part.area_id = area.id AND ST_DWithin(part.boundary, ST_GeomFromWKB(%(pin)s, 4326), %(tolerance)s)
)
ORDER BY array_position(%(levels)s::text[], area.level::text), area.size_m2, area.code LIMIT 1
"""


class AreaQuerySet(models.QuerySet["Area"]):
    def current(self) -> "AreaQuerySet":
        """Areas in force: not superseded by a later import of their level."""
        return self.filter(valid_to__isnull=True)

    def of_level(self, level: str) -> "AreaQuerySet":
        return self.filter(level=level)

    def of_slugs(self, slugs: Collection[str]) -> "AreaQuerySet":
        return self.filter(slug__in=slugs)

    def of_codes(self, codes: Collection[str]) -> "AreaQuerySet":
        return self.filter(code__in=codes)

    def by_slug(self, slug: str) -> "Area | None":
        return self.filter(slug=slug).first()

    def finest_first(self) -> "AreaQuerySet":
        """By level from the neighbourhood to the city, in a level by size: the first one is a proposal's area."""
        return self.order_by(LEVEL_RANK, "size_m2", "code")

    def for_choice(self) -> "AreaQuerySet":
        """Slug, names, level and parent's key alone, the city first: what a list to choose from needs."""
        return self.only("slug", "names", "level", "parent").order_by(LEVEL_RANK.desc(), "slug")

    def with_parents(self) -> "AreaQuerySet":
        """With the parent and the dataset's words in the same query, without the heavy boundaries."""
        return self.select_related("parent", "dataset").defer(
            "boundary", "outline", "parent__boundary", "parent__outline"
        )

    def children_of(self, area: "Area") -> "AreaQuerySet":
        return self.filter(parent=area).only("slug", "level", "names").order_by("slug")

    def for_map(self) -> "AreaQuerySet":
        """With the outline that pages draw, without the boundary, which is many times its size."""
        return self.defer("boundary")

    def covering(self, point: Point) -> "AreaQuerySet":
        """Current areas whose boundary covers `point` (EPSG:4326), finest first; a border point is in both.

        One index scan over the parts. Raises ValueError for another SRID.
        """
        if point.srid != WGS84:
            raise ValueError(f"covering() takes EPSG:{WGS84}, not {point.srid}")
        parts = AreaPart.objects.filter(area=models.OuterRef("pk"), boundary__covers=point)
        return self.current().filter(models.Exists(parts)).finest_first()

    def holding_pin(self, pin: Point | models.OuterRef) -> "AreaQuerySet":
        """Current areas that hold `pin` (EPSG:4326, a point or a reference to one), finest first.

        A pin has been to Web Mercator and back: one on the city's border may come back outside by less than a millimetre.
        """
        place = (
            pin if isinstance(pin, models.OuterRef) else models.Value(pin, output_field=models.PointField(srid=WGS84))
        )
        near = models.Func(
            "boundary", place, PIN_TOLERANCE_DEG, function="ST_DWithin", output_field=models.BooleanField()
        )
        parts = AreaPart.objects.filter(near, area=models.OuterRef("pk"))
        return self.current().filter(models.Exists(parts)).finest_first()

    def finest_holding(self, pin: Point) -> "Area | None":
        """The first of `holding_pin`, with what telling an area takes: slug, names and level."""
        values = {
            "pin": bytes(pin.wkb),
            "tolerance": PIN_TOLERANCE_DEG,
            "levels": [str(level) for level in FINEST_FIRST],
        }
        return next(iter(self.raw(FINEST_HOLDING, values)), None)

    def finest_at(self, point: Point) -> "Area | None":
        """The finest current area that covers `point` (EPSG:4326), without its boundary; None outside the city."""
        return self.for_map().covering(point).first()

    def with_descendants(self) -> "AreaQuerySet":
        """These areas and the current ones below them, in one query with whatever selects these: as `area=` means it."""
        chosen = self.order_by().values("pk")
        above, below = "parent", models.Q(pk__in=chosen)
        for _level in FINEST_FIRST[1:]:
            below |= models.Q(**{f"{above}__in": chosen}, valid_to__isnull=True)
            above += "__parent"
        return Area.objects.filter(below)

    def city(self) -> "Area | None":
        """The area of level city; None before the first import of areas."""
        return self.current().of_level(AreaLevel.CITY).first()

    def finest_level(self) -> str | None:
        """The finest level that has current areas, the city not counted; None where there are none."""
        areas = self.current().exclude(level=AreaLevel.CITY)
        return areas.order_by(LEVEL_RANK).values_list("level", flat=True).first()

    def covers_geometry(self, geometry: GEOSGeometry) -> bool:
        """Whether every vertex of `geometry` (EPSG:4326) lies in the city, border included; a line's may lie outside by
        LINE_TOLERANCE_M. False before the first import of areas. One query.
        """
        is_line = geometry.geom_type in ("LineString", "MultiLineString")
        sql = ALL_VERTICES_IN_CITY.format(city_parts=CITY_PARTS, condition=NEARLY_COVERED if is_line else COVERED)
        with connection.cursor() as cursor:
            cursor.execute(sql, {"geometry": bytes(geometry.wkb), "metres": LINE_TOLERANCE_M})
            return cursor.fetchone()[0]

    def city_meets(self, geometry: GEOSGeometry) -> bool:
        """Whether `geometry` (EPSG:4326) has a point in common with the city; True before the first import of areas."""
        city = self.current().of_level(AreaLevel.CITY)
        parts = AreaPart.objects.filter(area__in=city.values("pk"), boundary__intersects=geometry)
        return parts.exists() or not city.exists()

    def nearest_point_inside(self, point: Point, within_m: float = 50) -> Point | None:
        """The point of the city nearest to `point` (both EPSG:4326), `point` itself where it is inside; None where the
        city is farther than `within_m` metres. One query.
        """
        parameters = {
            "point": bytes(point.wkb),
            "metres": within_m,
            "srid": metric_srid(),
            "insets": list(INSETS_M),
        }
        with connection.cursor() as cursor:
            cursor.execute(NEAREST_INSIDE, parameters)
            row = cursor.fetchone()
        return Point(*row, srid=WGS84) if row else None

    def coarser_than(self, level: str) -> "AreaQuerySet":
        return self.filter(level__in=FINEST_FIRST[FINEST_FIRST.index(level) + 1 :])

    def above_which_there_is_nothing_up_to(self, level: str) -> "AreaQuerySet":
        """Areas finer than `level` whose parent is neither of that level nor between: a new level may be their parent."""
        rank = FINEST_FIRST.index(level)
        near = Area.objects.current().filter(level__in=FINEST_FIRST[: rank + 1])
        return self.filter(level__in=FINEST_FIRST[:rank]).exclude(parent__in=near)

    def end_except(self, codes: Collection[str], when: datetime.datetime) -> list[int]:
        """Ends these areas but those of `codes`, whose parts then find nothing any more; returns the ids of the ended."""
        ended = list(self.exclude(code__in=codes).values_list("pk", flat=True))
        AreaPart.objects.of_areas(ended).delete()
        self.model.objects.filter(pk__in=ended).update(valid_to=when)
        return ended


class AreaPartQuerySet(models.QuerySet["AreaPart"]):
    def of_areas(self, area_ids: Collection[int]) -> "AreaPartQuerySet":
        return self.filter(area__in=area_ids)


class Area(models.Model):
    """A named part of the city. Key (level, code); the slug is unique in the city and is what URLs and filters use."""

    level = models.CharField(max_length=20, choices=AreaLevel.choices)
    code = models.CharField(max_length=40)
    slug = models.SlugField(max_length=80, unique=True)
    names = models.JSONField()
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    dataset = models.ForeignKey("layers.Dataset", models.PROTECT, related_name="areas")
    boundary = models.MultiPolygonField(srid=WGS84, spatial_index=False)
    outline = models.MultiPolygonField(
        srid=WGS84, spatial_index=False, null=True
    )  # simplified together; what pages draw
    centre = models.PointField(srid=WGS84, spatial_index=False)  # a point on its surface
    size_m2 = models.FloatField()  # in METRIC_SRID
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["level", "code"], name="area_code_once_a_level"),
            models.CheckConstraint(condition=Q(level__in=AreaLevel.values), name="area_level_known"),
            models.CheckConstraint(condition=has_a_name("names"), name="area_named"),
            models.CheckConstraint(condition=Q(size_m2__gt=0), name="area_has_a_size"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language, else in the city's first language that has one."""
        return localised(self.names)[0]

    def name_in(self, language: str) -> str:
        return localised(self.names, language)[0]


class AreaPart(models.Model):
    """A piece of an area's boundary (`ST_Subdivide`, 64 vertices at most): point in polygon in one index scan."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="parts")
    boundary = models.GeometryField(srid=WGS84, spatial_index=False)

    objects = AreaPartQuerySet.as_manager()

    class Meta:
        indexes = (GistIndex(fields=["boundary"], name="areapart_boundary"),)

    def __str__(self) -> str:
        return f"{self.area_id}/{self.pk}"
