"""Photos of a proposal: re-encoded files with a random name and a publication state of their own."""

from collections.abc import Sequence

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from proposals.models.history import Role, Verb, record
from proposals.models.proposal import MoveRefused, Proposal


class PhotoState(models.TextChoices):
    PENDING = "pending", _("Waiting for review")
    PUBLISHED = "published", _("Published")
    HIDDEN = "hidden", _("Hidden")


class PhotoQuerySet(models.QuerySet["Photo"]):
    def public(self) -> "PhotoQuerySet":
        """Published photos of published proposals, oldest first."""
        return self.filter(state=PhotoState.PUBLISHED, proposal__publication="published").order_by("pk")

    def waiting(self) -> "PhotoQuerySet":
        """Those that a moderator has to look at, oldest first."""
        return self.filter(state=PhotoState.PENDING).order_by("pk")

    def by_key(self, pk: int) -> "Photo | None":
        return self.filter(pk=pk).first()

    def names_among(self, names: Sequence[str]) -> set[str]:
        """Those of `names` that belong to a photo."""
        return set(self.filter(name__in=names).values_list("name", flat=True))


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

    def publish(self, *, role: Role, actor_id: int | None = None, reason: str = "") -> None:
        """A moderator lets it be seen where its proposal is."""
        self._become(PhotoState.PUBLISHED, Verb.PHOTO_PUBLISHED, role, reason, actor_id)

    def hide(self, *, role: Role, reason: str, actor_id: int | None = None) -> None:
        """A moderator hides it, with a reason. Raises MoveRefused without one."""
        if not reason.strip():
            raise MoveRefused("hiding needs a reason")
        self._become(PhotoState.HIDDEN, Verb.PHOTO_HIDDEN, role, reason, actor_id)

    def _become(self, to: PhotoState, verb: Verb, role: Role, reason: str, actor_id: int | None) -> None:
        """Writes the state and the event. A text being edited stays as it is, and so does a cover made meanwhile."""
        with transaction.atomic():
            proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=self.proposal_id)
            before = Photo.objects.get(pk=self.pk).state
            proposal.updated_at = timezone.now()
            proposal.save(update_fields=["updated_at"])
            self.state = to
            self.save(update_fields=["state"])
            record(proposal, verb, role=role, before=before, after=to, reason=reason, actor_id=actor_id)
