"""How many mails a watch would bring, told while it is set up: counted over the past twelve weeks.

Only public pins and named areas are asked, so that no forecast tells more of a place than the map does.
"""

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.gis.db.models.functions import Transform
from django.db.models import Count, Exists, FilteredRelation, OuterRef, Q
from django.utils import timezone

from layers.geometry import WEB_MERCATOR, WGS84
from layers.models import Area
from proposals.matching import UPDATES
from proposals.models import Frequency, Proposal
from proposals.models.proposal import ProposalQuerySet
from proposals.models.watch import WatchedChange
from proposals.wish import Wish

WEEKS = 12
MAILS_A_WEEK = {Frequency.DAILY: 7, Frequency.WEEKLY: 1}  # at most


@dataclass(frozen=True)
class Forecast:
    """A week's new proposals, what becomes of those that are there, and the mails that tell of both; all rounded up."""

    proposals: int
    updates: int
    mails: int


def forecast(wish: Wish) -> Forecast:
    """What `wish` would have brought. One query."""
    since = timezone.now() - datetime.timedelta(weeks=WEEKS)
    asked = {"proposals": Count("pk", filter=Q(published_at__gte=since), distinct=True)}
    fitting = _fitting(wish)
    if wish.changes == WatchedChange.ALL:
        recent = Q(events__at__gte=since, events__verb__in=UPDATES)
        fitting = fitting.alias(update=FilteredRelation("events", condition=recent))
        asked["updates"] = Count("update", distinct=True)
    else:
        fitting = fitting.filter(published_at__gte=since)
    a_week = {what: math.ceil(count / WEEKS) for what, count in fitting.aggregate(**asked).items()}
    told = sum(a_week.values())
    mails = min(told, MAILS_A_WEEK.get(Frequency(wish.frequency), told))
    return Forecast(a_week["proposals"], a_week.get("updates", 0), mails)


def _fitting(wish: Wish) -> ProposalQuerySet:
    """The public proposals that `wish` asks for, whenever they were made."""
    fitting = Proposal.objects.public()
    drawn = wish.drawn()
    if drawn is not None:
        # The drawing is transformed, not the column: the index on `pin` stays in use.
        fitting = fitting.filter(pin__coveredby=drawn.transform(WEB_MERCATOR, clone=True))
    elif wish.areas:
        chosen = Area.objects.current().of_slugs(wish.areas)
        fitting = fitting.alias(place=Transform("pin", WGS84)).filter(
            Exists(chosen.filter(boundary__intersects=OuterRef("place")))
        )
    if wish.kinds or wish.categories:
        fitting = fitting.filter(Q(kind__in=wish.kinds) | Q(category__slug__in=wish.categories))
    if wish.with_words:
        fitting = fitting.filter(_any_word(wish.with_words))
    if wish.without_words:
        fitting = fitting.exclude(_any_word(wish.without_words))
    return fitting


def _any_word(words: Sequence[str]) -> Q:
    found = Q()
    for word in words:
        found |= Q(title__icontains=word) | Q(body__icontains=word)
    return found
