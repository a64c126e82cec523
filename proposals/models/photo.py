"""Photos of a proposal: re-encoded files with a random name and a publication state of their own."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PhotoState(models.TextChoices):
    PENDING = "pending", _("Waiting for review")
    PUBLISHED = "published", _("Published")
    HIDDEN = "hidden", _("Hidden")


class PhotoQuerySet(models.QuerySet["Photo"]):
    def public(self) -> "PhotoQuerySet":
        """Published photos of published proposals, oldest first."""
        return self.filter(state=PhotoState.PUBLISHED, proposal__publication="published").order_by("pk")


class Photo(models.Model):
    """One JPEG in MEDIA_ROOT, `<name>.jpg`; nothing of what the camera wrote into it is left."""

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="photos")
    name = models.CharField(max_length=32, unique=True)  # 128 random bits, hexadecimal
    state = models.CharField(max_length=10, choices=PhotoState.choices)
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    objects = PhotoQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(state__in=PhotoState.values), name="photo_state_known"),
        )

    def __str__(self) -> str:
        return self.name
