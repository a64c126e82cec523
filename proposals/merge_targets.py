"""With which proposal another could be merged: by its number or by words, the nearest first."""

from django.contrib.gis.db.models import PointField
from django.contrib.gis.db.models.functions import Transform
from django.db.models import Value

from layers.geometry import WGS84
from proposals.models import Proposal, Status
from proposals.models.proposal import ENDINGS_WITHOUT_DEED
from proposals.similar import MetresBetween, Similar

SHOWN = 8


def merge_targets(proposal: Proposal, words: str = "") -> list[Similar]:
    """At most eight public ones that have not ended without a deed, nearest pin first; of a number that one before all.

    Without words the nearest. One query, of a number two.
    """
    here = Value(proposal.pin.transform(WGS84, clone=True), output_field=PointField(srid=WGS84))
    others = (
        Proposal.objects.public()
        .exclude(status=Status.MERGED)
        .for_lists()
        .nearest_to(proposal)
        .annotate(metres=MetresBetween(Transform("pin", WGS84), here))
    )
    number = number_in(words)
    numbered = [others.find(number)] if number is not None else []
    going_on = others.exclude(status__in=ENDINGS_WITHOUT_DEED)
    found = list(going_on.matching(words)[:SHOWN] if words else going_on[:SHOWN])
    rows = dict.fromkeys(row for row in (*numbered, *found) if row is not None)
    return [Similar(row, round(row.metres)) for row in list(rows)[:SHOWN]]


def number_in(words: str) -> int | None:
    """The number of a proposal, alone, behind a # or at the end of its address; None for words."""
    last = words.strip().rstrip("/").rpartition("/")[2].removeprefix("#")
    return int(last) if last.isascii() and last.isdigit() and len(last) < 18 else None
