"""The yearly snapshots of the proposals: which there are, what their files hold, and what has left them since."""

import datetime
from typing import TypedDict

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

# What the public may not see any more: no longer published, gone, or with a part hidden since the file was written.
GONE = """
SELECT key FROM geodata_snapshot AS snapshot CROSS JOIN unnest(snapshot.keys) AS key
LEFT JOIN proposals_proposal AS proposal ON proposal.id = key
WHERE snapshot.year = %s AND (
    proposal.publication IS DISTINCT FROM 'published'
    OR EXISTS (
        SELECT 1 FROM proposals_event AS event
        WHERE event.proposal_id = key AND event.verb = 'part_hidden' AND event.at > snapshot.made_at
    )
)
"""


class SnapshotFile(TypedDict):
    """One file: its size in bytes and the digest by which a copy is checked."""

    bytes: int
    sha256: str


class Erratum(TypedDict):
    """When how many proposals left the files, and why."""

    at: str
    removed: int
    reason: str


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def of_year(self, year: int) -> "Snapshot | None":
        return self.filter(year=year).first()

    def newest_first(self) -> "SnapshotQuerySet":
        """Without their keys, which may be many."""
        return self.defer("keys").order_by("-year")


class Snapshot(models.Model):
    """One year: the proposals published up to its end, as they stood when it was made. Never made anew."""

    year = models.PositiveSmallIntegerField(unique=True)
    made_at = models.DateTimeField()
    keys = ArrayField(models.BigIntegerField(), default=list)
    files = models.JSONField()  # format -> SnapshotFile
    errata = models.JSONField(default=list)  # of Erratum, the oldest first

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(year__gte=2000, year__lte=2999), name="snapshot_of_a_year"),
        )

    def __str__(self) -> str:
        return str(self.year)

    @property
    def last_day(self) -> datetime.date:
        return datetime.date(self.year, 12, 31)

    def gone(self) -> list[int]:
        """Keys of proposals in its files that the public may not see any more. One query."""
        with connection.cursor() as cursor:
            cursor.execute(GONE, [self.year])
            return [key for (key,) in cursor.fetchall()]
