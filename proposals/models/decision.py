"""What a moderator decided a moment ago, and what it was before, so that they can take it back."""

import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from actors.models import User

UNDO_FOR = datetime.timedelta(minutes=15)


class DecisionQuerySet(models.QuerySet["Decision"]):
    def to_undo(self, user: "User") -> "DecisionQuerySet":
        """The decisions that `user` may still take back, the latest first."""
        recent = self.filter(actor=user, undone_at=None, at__gte=timezone.now() - UNDO_FOR)
        return recent.select_related("proposal", "comment", "photo").order_by("-pk")

    def of_photos(self) -> "DecisionQuerySet":
        return self.filter(photo__isnull=False)

    def older_than(self, moment: datetime.datetime) -> "DecisionQuerySet":
        return self.filter(at__lt=moment)


class Decision(models.Model):
    """One decision of one moderator; kept for a day, for `before` holds words that others must not read."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="decisions")
    comment = models.ForeignKey("proposals.Comment", models.CASCADE, null=True, related_name="decisions")
    photo = models.ForeignKey("proposals.Photo", models.CASCADE, null=True, related_name="decisions")
    before = models.JSONField()  # what `deciding.state_of` read, or of a photo both what it was and what it became
    version = models.PositiveIntegerField()  # of the proposal once it was decided
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["actor", "-id"], name="decision_of_actor"),)

    def __str__(self) -> str:
        return f"decision on {self.proposal_id}"
