"""The proposal: a wish or a trouble at a place, its two states, and the questions that lists and maps ask of it."""

import datetime
from collections.abc import Sequence

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import PointOnSurface, Transform
from django.contrib.gis.geos import Polygon
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import transaction
from django.db.models import F, Func, OuterRef, Q, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from layers import gazetteer
from layers.geometry import WEB_MERCATOR, WGS84, BoundingBox, to_mercator
from layers.models import Area
from proposals.models.category import Kind, PublicationRule
from proposals.models.history import Role, Verb, record
from proposals.spam import has_many_links

TITLE_MAX = 120  # characters
BODY_MAX = 5_000  # characters
HIDDEN_PART = "[…]"  # stands in the public text where a moderator has hidden a part
LANGUAGES_WRITTEN = ("fi", "sv", "en", "other")  # what a text may be written in; the page's languages are the city's


class Publication(models.TextChoices):
    UNCONFIRMED = "unconfirmed", _("Waiting for you to confirm")
    PENDING = "pending", _("Waiting for review")
    PUBLISHED = "published", _("Published")
    HIDDEN = "hidden", _("Hidden")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Status(models.TextChoices):
    """Label: Stage (Vaihe, Skede). `delivered` is only a claim."""

    OPEN = "open", pgettext_lazy("stage", "Open")
    TAKEN_UP = "taken_up", pgettext_lazy("stage", "Taken up")
    IN_PROGRESS = "in_progress", pgettext_lazy("stage", "In progress")
    DELIVERED = "delivered", pgettext_lazy("stage", "Reported as done")
    CONFIRMED = "confirmed", pgettext_lazy("stage", "Confirmed as done")
    CLOSED_UNFIXED = "closed_unfixed", pgettext_lazy("stage", "Closed, not done")
    NOT_PLANNED = "not_planned", pgettext_lazy("stage", "Will not be done")
    FORWARDED = "forwarded", pgettext_lazy("stage", "Passed on")
    MERGED = "merged", pgettext_lazy("stage", "Merged with another proposal")
    OUTDATED = "outdated", pgettext_lazy("stage", "No longer current")


PUBLICATION_MOVES: dict[Publication, frozenset[Publication]] = {
    Publication.UNCONFIRMED: frozenset(
        {Publication.PENDING, Publication.PUBLISHED, Publication.HIDDEN, Publication.WITHDRAWN}
    ),
    Publication.PENDING: frozenset({Publication.PUBLISHED, Publication.HIDDEN, Publication.WITHDRAWN}),
    Publication.PUBLISHED: frozenset({Publication.HIDDEN, Publication.WITHDRAWN}),
    Publication.HIDDEN: frozenset({Publication.PUBLISHED, Publication.WITHDRAWN}),
    Publication.WITHDRAWN: frozenset(),
}
ENDINGS_WITHOUT_DEED = frozenset(
    {Status.CLOSED_UNFIXED, Status.NOT_PLANNED, Status.FORWARDED, Status.MERGED, Status.OUTDATED}
)
# Who moves what to what is one table, for the verbs here and for those of the pledge.
MOVES: dict[Status, frozenset[Status]] = {
    Status.OPEN: frozenset({Status.TAKEN_UP}) | ENDINGS_WITHOUT_DEED,
    Status.TAKEN_UP: frozenset({Status.OPEN, Status.IN_PROGRESS, Status.DELIVERED}) | ENDINGS_WITHOUT_DEED,
    Status.IN_PROGRESS: frozenset({Status.OPEN, Status.DELIVERED}) | ENDINGS_WITHOUT_DEED,
    Status.DELIVERED: frozenset({Status.IN_PROGRESS, Status.CONFIRMED, Status.MERGED}),
    Status.CONFIRMED: frozenset(),
    Status.CLOSED_UNFIXED: frozenset({Status.OPEN}),
    Status.NOT_PLANNED: frozenset({Status.OPEN}),
    Status.FORWARDED: frozenset({Status.OPEN}),
    Status.MERGED: frozenset({Status.OPEN}),
    Status.OUTDATED: frozenset({Status.OPEN}),
}


class MoveRefused(Exception):
    """A change of state that the tables above do not allow."""


class StaleVersion(Exception):
    """Somebody changed the proposal since it was read: show it again (409), lose nothing."""


class PlacePrecision(models.TextChoices):
    EXACT = "exact", _("exact place")
    GENERALISED = "generalised", _("the middle of a 250 m square")
    AREA = "area", _("an area")
    CITY = "city", _("the whole city")


class Channel(models.TextChoices):
    WEB = "web", _("web")
    PHONE = "phone", _("phone")
    DESK = "desk", _("service desk")
    PAPER = "paper", _("paper")
    WORKSHOP = "workshop", _("workshop")
    WALK = "walk", _("walk")
    KIOSK = "kiosk", pgettext_lazy("channel", "public terminal")


class KnnDistance(Func):
    """`<->`: distance in the units of the geometries' CRS, by which a GiST index walks outwards. Orders, measures nothing."""

    template = "%(expressions)s"
    arg_joiner = " <-> "
    output_field = models.FloatField()


class QuadkeyOfPin(Func):
    """`cell`: the 22-level quadkey of `pin`'s expression (a generated column cannot use another generated column)."""

    template = (
        "quadkey22(ST_X(ST_PointOnSurface(ST_Transform(%(expressions)s, 3857))),"
        " ST_Y(ST_PointOnSurface(ST_Transform(%(expressions)s, 3857))))"
    )
    output_field = models.BigIntegerField()


class TextSearch(Func):
    """The tsvector of title and body by the row's own language."""

    function = "proposal_search"
    output_field = SearchVectorField()


# Geometry that would break every export or burn a minute of CPU never enters, whatever door it comes by. NaN is
# greater than every number in PostgreSQL, so the upper bounds refuse it; XMin of an empty geometry is NULL.
SOUND_GEOMETRY = """
    {column} IS NULL OR (
        ST_SRID({column}) = 4326
        AND GeometryType({column}) IN ('POINT', 'LINESTRING', 'POLYGON')
        AND NOT ST_IsEmpty({column})
        AND COALESCE(ST_XMin({column}) >= -180 AND ST_XMax({column}) <= 180, false)
        AND COALESCE(ST_YMin({column}) >= -90 AND ST_YMax({column}) <= 90, false)
        AND ST_NPoints({column}) <= 1001
        AND ST_IsValid({column})
    )
"""


def sound_geometry(column: str) -> RawSQL:
    """A CHECK: finite, in range, valid, not empty, EPSG:4326, a point, line or polygon of at most 1,000 vertices."""
    return RawSQL(SOUND_GEOMETRY.format(column=column), (), output_field=models.BooleanField())  # noqa: S611


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """The words that filters, lists, tiles and exports are written in; each chains."""

    def public(self) -> "ProposalQuerySet":
        return self.filter(publication=Publication.PUBLISHED)

    def of_kind(self, kinds: Sequence[str]) -> "ProposalQuerySet":
        return self.filter(kind__in=kinds)

    def of_category(self, slugs: Sequence[str]) -> "ProposalQuerySet":
        return self.filter(category__slug__in=slugs)

    def with_status(self, statuses: Sequence[str]) -> "ProposalQuerySet":
        return self.filter(status__in=statuses)

    def in_areas(self, area_ids: Sequence[int]) -> "ProposalQuerySet":
        """Proposals whose finest area is one of `area_ids` (a district's list holds what is below it)."""
        return self.filter(area__in=area_ids)

    def in_box(self, box: BoundingBox) -> "ProposalQuerySet":
        """Pins inside `box` (EPSG:4326): west and south edges in, east and north out, so that boxes tile the plane."""
        if box.crosses_antimeridian:
            east_part = BoundingBox(box.west, box.south, 180.0, box.north)
            west_part = BoundingBox(-180.0, box.south, box.east, box.north)
            return self.filter(_inside(east_part) | _inside(west_part))
        return self.filter(_inside(box))

    def published_since(self, day: datetime.date) -> "ProposalQuerySet":
        """Published on `day` of the city's calendar or later."""
        return self.filter(published_at__gte=_start_of(day))

    def published_until(self, day: datetime.date) -> "ProposalQuerySet":
        """Published on `day` of the city's calendar or earlier."""
        return self.filter(published_at__lt=_start_of(day + datetime.timedelta(days=1)))

    def taken_up(self, yes: bool = True) -> "ProposalQuerySet":
        """Proposals that somebody has promised to look after (or, with False, that nobody has)."""
        from proposals.models.pledge import is_taken_up  # here: that module imports this one

        return self.filter(is_taken_up()) if yes else self.filter(~is_taken_up())

    def matching(self, words: str) -> "ProposalQuerySet":
        """Title or body holds all `words`, in any of the three languages' inflections."""
        query = SearchQuery(words, config="simple", search_type="websearch")
        for config in ("finnish", "swedish", "english"):
            query = query | SearchQuery(words, config=config, search_type="websearch")
        return self.filter(search=query)

    def newest_first(self) -> "ProposalQuerySet":
        return self.order_by(F("published_at").desc(), F("pk").desc())

    def after(self, published_at: datetime.datetime, pk: int) -> "ProposalQuerySet":
        """The rest of `newest_first()` behind the row with this time and key (keyset paging)."""
        return self.filter(Q(published_at__lt=published_at) | Q(published_at=published_at, pk__lt=pk))

    def of_source(self, source: str) -> "ProposalQuerySet":
        return self.filter(source=source)

    def without_pledges(self) -> "ProposalQuerySet":
        return self.filter(pledges__isnull=True)

    def after_key(self, pk: int) -> "ProposalQuerySet":
        return self.filter(pk__gt=pk)

    def with_landmarks(self) -> "ProposalQuerySet":
        """Those whose place is more than the name of an area."""
        return self.filter(place_precision__in=(PlacePrecision.EXACT, PlacePrecision.GENERALISED))

    def for_lists(self) -> "ProposalQuerySet":
        """With what a list row, a card or a page shows of it, in the same query."""
        return self.select_related("category", "area").defer("location", "search", "answers")

    def nearest_to(self, proposal: "Proposal") -> "ProposalQuerySet":
        """The others, nearest pin first: a walk along the GiST index, so slice it."""
        return self.exclude(pk=proposal.pk).order_by(
            KnnDistance("pin", Value(proposal.pin, output_field=models.PointField(srid=WEB_MERCATOR)))
        )

    def find(self, pk: int) -> "Proposal | None":
        return self.filter(pk=pk).first()

    def assign_areas(self) -> int:
        """Gives each proposal the finest current area that holds its pin; returns how many rows changed. One UPDATE."""
        pin = OuterRef(OuterRef("pin_place"))
        finest = Subquery(Area.objects.holding_pin(pin).values("pk")[:1])
        return (
            self.alias(pin_place=Transform("pin", WGS84), finest=finest)
            .exclude(Q(area=F("finest")) | Q(area__isnull=True, finest__isnull=True))
            .update(area=finest)
        )


def _start_of(day: datetime.date) -> datetime.datetime:
    """Midnight at which `day` begins in the city (settings.TIME_ZONE)."""
    return datetime.datetime.combine(day, datetime.time.min, tzinfo=timezone.get_default_timezone())


def _inside(box: BoundingBox) -> Q:
    west, south = to_mercator(box.west, box.south)
    east, north = to_mercator(box.east, box.north)
    envelope = Polygon.from_bbox((west, south, east, north))
    envelope.srid = WEB_MERCATOR
    return (
        Q(pin__bboverlaps=envelope)
        & GreaterThanOrEqual(Func("pin", function="ST_X", output_field=models.FloatField()), west)
        & GreaterThanOrEqual(Func("pin", function="ST_Y", output_field=models.FloatField()), south)
        & LessThan(Func("pin", function="ST_X", output_field=models.FloatField()), east)
        & LessThan(Func("pin", function="ST_Y", output_field=models.FloatField()), north)
    )


class Proposal(models.Model):
    """A proposal. Only `public_location` is read: the pin, the cell, the area, filters, lists and exports come of it.

    `location` is the place as given; only its author and moderators see it where the category generalises.
    """

    category = models.ForeignKey("proposals.Category", models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = models.CharField(max_length=TITLE_MAX)
    body = models.TextField(blank=True, max_length=BODY_MAX)
    language = models.CharField(max_length=5)
    answers = models.JSONField(default=dict, blank=True)  # {"version": n, "values": {question id: value}}

    location = models.GeometryField(srid=WGS84, spatial_index=False, null=True)
    public_location = models.GeometryField(srid=WGS84, spatial_index=False)
    place_precision = models.CharField(max_length=12, choices=PlacePrecision.choices, default=PlacePrecision.EXACT)
    pin = models.GeneratedField(
        expression=PointOnSurface(Transform("public_location", WEB_MERCATOR)),
        output_field=models.PointField(srid=WEB_MERCATOR, spatial_index=False),
        db_persist=True,
    )
    cell = models.GeneratedField(
        expression=QuadkeyOfPin("public_location"), output_field=models.BigIntegerField(), db_persist=True
    )
    area = models.ForeignKey("layers.Area", models.SET_NULL, null=True, related_name="proposals")
    landmark = models.JSONField(null=True)  # facts of "120 m NE of ...", told in any language by layers.gazetteer

    publication = models.CharField(max_length=12, choices=Publication.choices)
    status = models.CharField(max_length=15, choices=Status.choices, default=Status.OPEN)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.WEB)
    version = models.PositiveIntegerField(default=1)  # optimistic lock: raised by each change of text, place or state
    terms_version = models.CharField(max_length=20)
    source = models.CharField(max_length=80, blank=True)
    source_id = models.CharField(max_length=80, blank=True)

    supports_verified = models.PositiveIntegerField(default=0)
    supports_unverified = models.PositiveIntegerField(default=0)
    comments = models.PositiveIntegerField(default=0)

    submitted_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    search = models.GeneratedField(
        expression=TextSearch("title", "body", "language"), output_field=SearchVectorField(), db_persist=True
    )

    STATUS_LABELS = Status.choices
    objects = ProposalQuerySet.as_manager()

    class Meta:
        indexes = (
            GistIndex(fields=["public_location"], name="proposal_public_location"),
            GistIndex(fields=["pin"], name="proposal_pin"),
            GinIndex(fields=["search"], name="proposal_search"),
            GinIndex(fields=["title"], name="proposal_title_trigram", opclasses=["gin_trgm_ops"]),
            models.Index(
                fields=["cell"],
                include=["id", "kind", "status", "pin"],
                condition=Q(publication="published"),
                name="proposal_cell",
            ),
            models.Index(
                F("published_at").desc(), F("id").desc(), condition=Q(publication="published"), name="proposal_newest"
            ),
            models.Index(fields=["area", "status", "kind"], name="proposal_area_status_kind"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["source", "source_id"], condition=~Q(source_id=""), name="proposal_source_once"
            ),
            models.CheckConstraint(condition=sound_geometry("location"), name="proposal_location_sound"),
            models.CheckConstraint(condition=sound_geometry("public_location"), name="proposal_public_location_sound"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="proposal_kind_known"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="proposal_status_known"),
            models.CheckConstraint(condition=Q(publication__in=Publication.values), name="proposal_publication_known"),
            models.CheckConstraint(
                condition=~Q(publication="published") | Q(published_at__isnull=False),
                name="proposal_published_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False) | ~Q(status="merged"),
                name="proposal_merged_has_a_target",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="proposal_has_a_title"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES_WRITTEN), name="proposal_language_known"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_public(self) -> bool:
        return self.publication == Publication.PUBLISHED

    @property
    def is_edited_under_review(self) -> bool:
        """Whether a moderator reads its author's next wording first: by the category's rule, or after hiding a part."""
        by_rule = self.category.publication_rule == PublicationRule.AFTER_MODERATION
        return by_rule or HIDDEN_PART in self.title + self.body

    def get_absolute_url(self) -> str:
        return reverse("proposal", args=[self.pk])

    def place_in(self, language: str) -> str:
        """The place in words: "120 m north-east of …", or the area where no landmark is near, or only an area is known."""
        if self.landmark:
            return gazetteer.describe(self.landmark, language)
        return self.area.name_in(language) if self.area else ""

    def first_publication(self, *, email: bool) -> Publication:
        """The state in which a new proposal begins, by its category's rule and whether an e-mail must be confirmed."""
        rule = self.category.publication_rule
        if rule == PublicationRule.AT_ONCE:
            return Publication.PUBLISHED
        return Publication.UNCONFIRMED if email else Publication.PENDING

    def confirm(self) -> None:
        """The author proved the address: publishes, or puts into the moderator's queue, by the category's rule.

        Pressed again it changes nothing. Raises MoveRefused when the proposal was withdrawn.
        """
        with transaction.atomic():
            locked = self.locked()
            if locked.publication == Publication.WITHDRAWN:
                raise MoveRefused("a withdrawn proposal is not confirmed")
            contact = locked.contact
            if contact.confirmed_at is None:
                contact.confirmed_at = timezone.now()
                contact.save(update_fields=["confirmed_at"])
                locked._write(Verb.CONFIRMED, Role.RESIDENT, "", "")
            if locked.publication == Publication.UNCONFIRMED:
                waits = locked.category.publication_rule == PublicationRule.AFTER_MODERATION
                locked._publish_as(
                    Publication.PENDING if waits else Publication.PUBLISHED, Verb.PUBLISHED, Role.RESIDENT
                )
        self.refresh_from_db()

    def publish(self, *, role: Role, actor_id: int | None = None, reason: str = "", version: int | None = None) -> None:
        """A moderator lets it be seen; the wording that waited becomes the public one."""
        with transaction.atomic():
            locked = self.locked(version)
            waiting = locked.texts.waiting().first()
            if waiting is not None:
                locked.title, locked.body = waiting.title, waiting.body
                locked.texts.waiting().update(waits=False)
                locked.save(update_fields=["title", "body"])
            if waiting is not None and locked.is_public:
                locked._write(Verb.EDITED, role, "", "", reason, actor_id)
            else:
                locked._publish_as(Publication.PUBLISHED, Verb.PUBLISHED, role, reason, actor_id)
        self.refresh_from_db()

    def hide(self, *, role: Role, reason: str, actor_id: int | None = None, version: int | None = None) -> None:
        """A moderator hides it, with a reason that its author and the history see."""
        if not reason.strip():
            raise MoveRefused("hiding needs a reason")
        with transaction.atomic():
            self.locked(version)._publish_as(Publication.HIDDEN, Verb.HIDDEN, role, reason, actor_id)
        self.refresh_from_db()

    def withdraw(self, *, role: Role = Role.RESIDENT, version: int | None = None) -> None:
        """Its author takes it back: gone from every list and output, for good. Pressed again it changes nothing."""
        with transaction.atomic():
            locked = self.locked(version)
            if locked.publication != Publication.WITHDRAWN:
                locked._publish_as(Publication.WITHDRAWN, Verb.WITHDRAWN, role)
        self.refresh_from_db()

    def edit(self, *, title: str, body: str, version: int) -> None:
        """Its author words it anew. Where a moderator publishes, or links abound, it waits and the published wording stays."""
        with transaction.atomic():
            locked = self.locked(version)
            if locked.publication in {Publication.WITHDRAWN, Publication.HIDDEN}:
                raise MoveRefused("a withdrawn or hidden proposal is not edited")
            waits = locked.is_public and (locked.is_edited_under_review or has_many_links(f"{title} {body}"))
            if not waits:
                locked.title, locked.body = title, body
                locked.save(update_fields=["title", "body"])
            locked._write(Verb.EDITED, Role.RESIDENT, "", "")
            locked.texts.waiting().update(waits=False)
            locked.texts.create(version=locked.version, title=title, body=body, at=locked.updated_at, waits=waits)
        self.refresh_from_db()

    def change_status(
        self, to: Status, *, role: Role, reason: str = "", actor_id: int | None = None, version: int | None = None
    ) -> None:
        """Moves the stage along MOVES with its event. Raises MoveRefused for any other move."""
        with transaction.atomic():
            self.locked(version).move_to(to, role=role, reason=reason, actor_id=actor_id)
        self.refresh_from_db()

    def move_to(self, to: Status, *, role: Role, reason: str = "", actor_id: int | None = None) -> None:
        """`change_status` of a row that the caller has locked."""
        before = Status(self.status)
        if to not in MOVES[before]:
            raise MoveRefused(f"{before} does not become {to}")
        self.status = to
        self.save(update_fields=["status"])
        self._write(Verb.STATUS_CHANGED, role, before, to, reason, actor_id)

    def note(self, verb: Verb, *, role: Role, after: str = "", reason: str = "", actor_id: int | None = None) -> None:
        """Records something that happened to a locked row and left its two states as they are."""
        self._write(verb, role, "", after, reason, actor_id)

    def locked(self, version: int | None = None) -> "Proposal":
        """This row, locked until the transaction ends. Raises StaleVersion where someone was faster."""
        locked = Proposal.objects.select_for_update(of=("self",)).select_related("category").get(pk=self.pk)
        if version is not None and locked.version != version:
            raise StaleVersion
        return locked

    def _publish_as(
        self, to: Publication, verb: Verb, role: Role, reason: str = "", actor_id: int | None = None
    ) -> None:
        before = Publication(self.publication)
        if to not in PUBLICATION_MOVES[before]:
            raise MoveRefused(f"{before} does not become {to}")
        self.publication = to
        if to == Publication.PUBLISHED and self.published_at is None:
            self.published_at = timezone.now()
        self.save(update_fields=["publication", "published_at"])
        self._write(verb, role, before, to, reason, actor_id)

    def _write(
        self, verb: Verb, role: Role, before: str, after: str, reason: str = "", actor_id: int | None = None
    ) -> None:
        """Raises the version and records the event of a change that was just made."""
        self.version += 1
        self.updated_at = timezone.now()
        self.save(update_fields=["version", "updated_at"])
        record(self, verb, role=role, before=before, after=after, reason=reason, actor_id=actor_id)
