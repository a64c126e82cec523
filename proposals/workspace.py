"""An organisation's desk: the ground that it watches, what is new there, what it has promised, what it owes an answer to."""

import datetime
import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, When
from django.utils import timezone

from actors.models import Organisation
from layers.geometry import WEB_MERCATOR
from layers.models import Area
from proposals.models import Event, OfficialAnswer, Pledge, Proposal, Publication, Status, Verb, Watch
from proposals.models.history import EventQuerySet
from proposals.models.pledge import AT_WORK, PledgeQuerySet, PledgeState
from proposals.models.proposal import ProposalQuerySet

ANSWERS_COUNTED = datetime.timedelta(days=365)
ANSWER_OWED_AFTER = datetime.timedelta(days=30)
OUTLINE_TOLERANCE_DEG = 0.0002  # about 20 m: what a small map shows
PLEDGE_VERBS = (
    Verb.PLEDGED,
    Verb.PLEDGE_DELIVERED,
    Verb.PLEDGE_POSTPONED,
    Verb.PLEDGE_RELEASED,
    Verb.PLEDGE_LAPSED,
    Verb.STATUS_CHANGED,
)
SEARCH_CONFIGS = ("simple", "finnish", "swedish", "english")


@dataclass(frozen=True)
class Ground:
    """Where an organisation looks: its service areas, the area drawn for it, and what it watches besides."""

    areas: tuple[Area, ...]  # without boundaries, with outlines
    area_ids: tuple[int, ...]  # those and all below them
    drawn: MultiPolygon | None
    watches: tuple[Watch, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.areas or self.drawn or self.watches)

    def holds(self) -> Q:
        """Of proposals: in a service area, or what one of the watches asks for."""
        parts = [_watched(watch) for watch in self.watches]
        if self.area_ids:
            parts.append(Q(area__in=self.area_ids))
        if self.drawn:
            parts.append(_pin_in(self.drawn))
        return reduce(or_, parts, Q(pk__in=[]))

    def outline(self) -> dict[str, object] | None:
        """All of it as one GeoJSON MultiPolygon (EPSG:4326, simplified) for a map; None where it is the whole city."""
        shapes: list[GEOSGeometry] = [area.outline for area in self.areas if area.outline]
        drawn = [self.drawn, *(watch.zone for watch in self.watches)]
        shapes += [zone.simplify(OUTLINE_TOLERANCE_DEG, preserve_topology=True) for zone in drawn if zone]
        rings = [part for shape in shapes for part in json.loads(_as_multi(shape).geojson)["coordinates"]]
        return {"type": "MultiPolygon", "coordinates": rings} if rings else None


def ground_of(organisation: Organisation) -> Ground:
    """What `organisation` looks at. Four queries, whatever it watches; one less where it watches nothing."""
    own = Area.objects.current().for_map()
    areas = tuple(own.filter(organisations=organisation).order_by("slug"))
    below = Area.objects.of_slugs([area.slug for area in areas]).with_descendants()
    watches = Watch.objects.filter(organisation=organisation).prefetch_related("categories").order_by("pk")
    return Ground(
        areas=areas,
        area_ids=tuple(sorted(below.values_list("pk", flat=True))) if areas else (),
        drawn=organisation.service_area,
        watches=tuple(watches),
    )


def _watched(watch: Watch) -> Q:
    """A watch without a zone is of the whole city."""
    found = _pin_in(watch.zone) if watch.zone else Q()
    categories = [category.pk for category in watch.categories.all()]
    if watch.kinds or categories:
        found &= Q(kind__in=watch.kinds) | Q(category__in=categories)
    if watch.with_words:
        found &= reduce(or_, [_says(word) for word in watch.with_words])
    for word in watch.without_words:
        found &= ~_says(word)
    return found or Q(pk__isnull=False)


def _pin_in(zone: MultiPolygon) -> Q:
    """The literal is transformed, not the column: the index on `pin` stays in use."""
    return Q(pin__coveredby=zone.transform(WEB_MERCATOR, clone=True))


def _says(word: str) -> Q:
    queries = [SearchQuery(word, config=config, search_type="plain") for config in SEARCH_CONFIGS]
    return Q(search=reduce(or_, queries))


def _as_multi(shape: GEOSGeometry) -> MultiPolygon:
    return shape if shape.geom_type == "MultiPolygon" else MultiPolygon(shape, srid=shape.srid)


def open_proposals(ground: Ground, since: datetime.datetime | None = None) -> ProposalQuerySet:
    """Public ones that nobody has taken up, newest first; only those that were published after `since`, if given."""
    rows = Proposal.objects.public().with_status([Status.OPEN]).filter(ground.holds())
    if since is not None:
        rows = rows.filter(published_at__gt=since)
    return rows.for_lists().newest_first()


def owed_answers(ground: Ground, organisation: Organisation, now: datetime.datetime) -> ProposalQuerySet:
    """Open ones of more than thirty days without an official answer, oldest first; none for who answers to nobody."""
    if not organisation.is_authority:
        return Proposal.objects.none()
    answered = OfficialAnswer.objects.filter(proposal=OuterRef("pk"))
    waiting = open_proposals(ground).filter(~Exists(answered), published_at__lte=now - ANSWER_OWED_AFTER)
    return waiting.order_by("published_at", "pk")


def after_owed(rows: ProposalQuerySet, published_at: datetime.datetime, pk: int) -> ProposalQuerySet:
    """The rest of `owed_answers()` behind the row with this time and key."""
    return rows.filter(Q(published_at__gt=published_at) | Q(published_at=published_at, pk__gt=pk))


def promises(organisation: Organisation, after: tuple[int, datetime.date, int] | None = None) -> PledgeQuerySet:
    """Open promises: disputed ones first, then in force, then reported as done, each by date; with those who join in.

    `after` is rank, date and key of the last row that was shown.
    """
    rank = Case(When(state=PledgeState.DISPUTED, then=0), When(state=PledgeState.ACTIVE, then=1), default=2)
    others = Pledge.objects.open().exclude(organisation=organisation).select_related("organisation").order_by("pk")
    rows = Pledge.objects.of_organisation(organisation).open().public().annotate(rank=rank)
    if after is not None:
        last_rank, last_due, last_pk = after
        later = Q(due__gt=last_due) | Q(due=last_due, pk__gt=last_pk)
        rows = rows.filter(Q(rank__gt=last_rank) | Q(later, rank=last_rank))
    joint = Prefetch("proposal__pledges", others, to_attr="joint_pledges")
    return rows.select_related("proposal").prefetch_related(joint).order_by("rank", "due", "pk")


def promise_counts(organisation: Organisation) -> dict[str, int]:
    """How many are `disputed`, `late`, `active` (late ones included) and `delivered`. One query, nothing left out."""
    rows = Pledge.objects.of_organisation(organisation).open().public()
    counts = {"disputed": 0, "late": 0, "active": 0, "delivered": 0}
    today = timezone.localdate()
    for state, due in rows.values_list("state", "due"):
        counts[state] += 1
        counts["late"] += state in AT_WORK and due < today
    return counts


def history(organisation: Organisation, before: int | None = None) -> EventQuerySet:
    """What happened to the proposals that it promised to look after, from its promise on, newest first."""
    own = Pledge.objects.of_organisation(organisation).public().filter(proposal=OuterRef("proposal"))
    since_promise = own.filter(made_at__lte=OuterRef("at"))
    rows = Event.objects.filter(Exists(since_promise), verb__in=PLEDGE_VERBS)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return rows.select_related("proposal").order_by("-pk")


def answers_given(organisation_ids: Collection[int]) -> dict[int, int]:
    """By organisation how often it answered officially in the last twelve months, on public proposals; one query."""
    since = timezone.now() - ANSWERS_COUNTED
    rows = OfficialAnswer.objects.filter(organisation__in=organisation_ids, at__gte=since)
    public = rows.filter(proposal__publication=Publication.PUBLISHED).order_by().values("organisation")
    found = dict(public.annotate(n=Count("pk")).values_list("organisation", "n"))
    return {key: found.get(key, 0) for key in organisation_ids}
