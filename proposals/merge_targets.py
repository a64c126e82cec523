"""With which proposal another could be merged: by its number or by words, the nearest first."""

from django.contrib.gis.db.models import PointField
from django.contrib.gis.db.models.functions import Transform
from django.db.models import Value

from layers.geometry import WGS84
from proposals.models import Proposal, Status
from proposals.similar import MetresBetween, Similar

SHOWN = 8


def merge_targets(proposal: Proposal, words: str = "") -> list[Similar]:
    """At most eight public ones that are not merged themselves, nearest pin first; of a number that one before all.

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
    found = list(others.matching(words)[:SHOWN] if words else others[:SHOWN])
    rows = dict.fromkeys(row for row in (*numbered, *found) if row is not None)
    return [Similar(row, round(row.metres)) for row in list(rows)[:SHOWN]]


def number_in(words: str) -> int | None:
    """The number of a proposal, alone, behind a # or at the end of its address; None for words."""
    last = words.strip().rstrip("/").rpartition("/")[2].removeprefix("#")
    return int(last) if last.isascii() and last.isdigit() and len(last) < 18 else None
