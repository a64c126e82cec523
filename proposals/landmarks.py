"""Tells every proposal's place anew after the areas or the service locations have changed."""

from django.contrib.gis.db.models.functions import Transform

from layers import gazetteer
from layers.geometry import WGS84
from proposals.models import Proposal

BATCH = 2_000  # places asked of the gazetteer at once: 0.1 s (measured 2026-11-24)


def renew_landmarks() -> int:
    """Stores the landmark facts of each exact place as they are now; returns how many changed. A query or two a batch.

    What is told by an area alone has none. The version of a proposal stays: nobody changed it.
    """
    changed, last = 0, 0
    places = Proposal.objects.with_landmarks().annotate(place=Transform("pin", WGS84)).order_by("pk")
    while batch := list(places.only("pk", "landmark").after_key(last)[:BATCH]):
        last = batch[-1].pk
        stale = []
        for proposal, found in zip(batch, gazetteer.landmarks_for([p.place for p in batch]), strict=True):
            facts = found.as_json() if found else None
            if proposal.landmark != facts:
                proposal.landmark = facts
                stale.append(proposal)
        Proposal.objects.bulk_update(stale, ["landmark"], batch_size=BATCH)
        changed += len(stale)
    return changed
