"""How many mails a watch would bring, told while it is set up: counted over the past twelve weeks.

Only public pins and named areas are asked, so that no forecast tells more of a place than the map does.
"""

import datetime
import math
from dataclasses import dataclass

from django.contrib.gis.db.models.functions import Transform
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from layers.geometry import WGS84
from layers.models import Area
from proposals.models import Frequency, Proposal
from proposals.subscribing import Wish

WEEKS = 12
MAILS_A_WEEK = {Frequency.DAILY: 7, Frequency.WEEKLY: 1}  # at most


@dataclass(frozen=True)
class Forecast:
    """A week's new proposals and the mails that tell of them, both rounded up; 0 where there were none at all."""

    proposals: int
    mails: int


def forecast(wish: Wish) -> Forecast:
    """What `wish` would have brought. One count."""
    fitting = Proposal.objects.public().filter(published_at__gte=timezone.now() - datetime.timedelta(weeks=WEEKS))
    if wish.areas:
        chosen = Area.objects.current().of_slugs(wish.areas)
        fitting = fitting.alias(place=Transform("pin", WGS84)).filter(
            Exists(chosen.filter(boundary__intersects=OuterRef("place")))
        )
    if wish.kinds:
        fitting = fitting.of_kind(wish.kinds)
    if wish.with_words:
        fitting = fitting.filter(_any_word(wish.with_words))
    if wish.without_words:
        fitting = fitting.exclude(_any_word(wish.without_words))
    a_week = math.ceil(fitting.count() / WEEKS)
    return Forecast(a_week, min(a_week, MAILS_A_WEEK.get(Frequency(wish.frequency), a_week)))


def _any_word(words: tuple[str, ...] | list[str]) -> Q:
    found = Q()
    for word in words:
        found |= Q(title__icontains=word) | Q(body__icontains=word)
    return found
