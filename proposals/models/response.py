"""What others say of a proposal: supports, comments, official answers and reports of what is out of place."""

import datetime
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from proposals.models.history import Role, Verb
from proposals.models.proposal import LANGUAGES_WRITTEN, MoveRefused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from actors.models import User
    from proposals.models.proposal import Proposal

COMMENT_MAX = 2_000  # characters
ANSWER_MAX = 5_000
FLAG_NOTE_MAX = 500


class SupportQuerySet(models.QuerySet["Support"]):
    def of(self, proposal: "Proposal") -> "SupportQuerySet":
        return self.filter(proposal=proposal)

    def proposals_of(self, address_hash: str, among: Collection[int]) -> set[int]:
        """Keys of those proposals of `among` that this confirmed address supports."""
        return set(self.filter(address_hash=address_hash, proposal__in=among).values_list("proposal", flat=True))

    def verified(self) -> "SupportQuerySet":
        """By people who confirmed an address."""
        return self.exclude(address_hash="")

    def by(self, *, device_hash: str = "", address_hash: str = "") -> "SupportQuerySet":
        """Those of one person: of this device or of this confirmed address; none where both are empty."""
        mine = Q(pk__in=[])
        if device_hash:
            mine |= Q(device_hash=device_hash)
        if address_hash:
            mine |= Q(address_hash=address_hash)
        return self.filter(mine)

    def by_key(self, pk: int) -> "Support | None":
        return self.filter(pk=pk).first()

    def made_before(self, moment: datetime.datetime) -> "SupportQuerySet":
        return self.filter(at__lt=moment)


class Support(models.Model):
    """One person's support of one proposal: verified by a confirmed address, or known by a device's key alone.

    A device that confirms an address keeps its row, which then counts as verified: one person is never two.
    """

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="supports")
    device_hash = models.CharField(max_length=64, blank=True)  # sha256 of the device's key
    address_hash = models.CharField(max_length=64, blank=True)  # keyed digest of a confirmed address, as a verdict's
    at = models.DateTimeField()

    objects = SupportQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["proposal", "device_hash"], condition=~Q(device_hash=""), name="support_once_a_device"
            ),
            models.UniqueConstraint(
                fields=["proposal", "address_hash"], condition=~Q(address_hash=""), name="support_once_an_address"
            ),
            models.CheckConstraint(condition=~Q(device_hash="", address_hash=""), name="support_is_somebodys"),
        )

    def __str__(self) -> str:
        return f"support of {self.proposal_id}"


class Doubt(models.Model):
    """A supporter's word that an open proposal is no longer current; once a person, until somebody says that it is."""

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="doubts")
    voter_hash = models.CharField(max_length=64)  # keyed digest of a confirmed address, as a verdict's
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["proposal", "voter_hash"], name="doubt_once_a_person"),)

    def __str__(self) -> str:
        return f"doubt of {self.proposal_id}"


class CommentState(models.TextChoices):
    PENDING = "pending", pgettext_lazy("comment", "Waiting for review")
    PUBLISHED = "published", pgettext_lazy("comment", "Published")
    HIDDEN = "hidden", pgettext_lazy("comment", "Hidden")


class CommentQuerySet(models.QuerySet["Comment"]):
    def of(self, proposal: "Proposal") -> "CommentQuerySet":
        return self.filter(proposal=proposal)

    def by_key(self, pk: int) -> "Comment | None":
        return self.filter(pk=pk).first()

    def after_key(self, pk: int) -> "CommentQuerySet":
        """What stands behind this comment (keyset paging)."""
        return self.filter(pk__gt=pk)

    def published(self) -> "CommentQuerySet":
        return self.filter(state=CommentState.PUBLISHED)

    def public(self) -> "CommentQuerySet":
        """Published comments of published proposals, oldest first, with the organisations whose badge they carry."""
        published = self.published().filter(proposal__publication="published")
        return published.select_related("organisation").order_by("pk")

    def waiting(self) -> "CommentQuerySet":
        """Those that a moderator has to look at, oldest first."""
        return self.filter(state=CommentState.PENDING).select_related("proposal", "organisation").order_by("pk")

    def of_device(self, device_hash: str) -> "CommentQuerySet":
        return self.filter(device_hash=device_hash).exclude(device_hash="")

    def visible_to(self, user: "User | AnonymousUser", device_hash: str = "") -> "CommentQuerySet":
        """The public ones, and one's own in whatever state."""
        own = Q(device_hash=device_hash) & ~Q(device_hash="")
        if user.is_authenticated:
            own |= Q(user=user)
        seen = self.filter(own | Q(pk__in=self.public().order_by().values("pk")))
        return seen.select_related("organisation").order_by("pk")


class Comment(models.Model):
    """Plain text under a proposal, by a resident who is not named, or with an organisation's badge."""

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="comment_rows")
    organisation = models.ForeignKey(
        "actors.Organisation", models.PROTECT, null=True, blank=True, related_name="comments"
    )
    body = models.TextField(max_length=COMMENT_MAX)
    language = models.CharField(max_length=5)
    state = models.CharField(max_length=10, choices=CommentState.choices)
    device_hash = models.CharField(max_length=64, blank=True)  # sha256 of the device's key
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=1_000, blank=True)  # of hiding
    at = models.DateTimeField()

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=CommentState.values), name="comment_state_known"),
            models.CheckConstraint(condition=~Q(body=""), name="comment_says_something"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES_WRITTEN), name="comment_language_known"),
        )
        indexes = (
            models.Index(fields=["proposal", "id"], name="comment_of_proposal"),
            models.Index(fields=["id"], condition=Q(state="pending"), name="comment_waiting"),
        )

    def __str__(self) -> str:
        return self.body[:60]

    @property
    def is_public(self) -> bool:
        return self.state == CommentState.PUBLISHED

    def publish(self, *, role: Role, actor_id: int | None = None) -> None:
        """Lets it be seen and counted; one that is seen already stays as it is."""
        self._move(CommentState.PUBLISHED, Verb.COMMENTED, role, actor_id=actor_id)

    def hide(self, *, reason: str, role: Role, actor_id: int | None = None) -> None:
        """A moderator hides it, with a reason that the one who wrote it sees."""
        if not reason.strip():
            raise MoveRefused("hiding needs a reason")
        self._move(CommentState.HIDDEN, Verb.COMMENT_HIDDEN, role, reason, actor_id)

    def hold(self, *, reason: str) -> None:
        """The service takes it out of sight until a moderator has looked at it."""
        self._move(CommentState.PENDING, Verb.COMMENT_HIDDEN, Role.SYSTEM, reason)

    def _move(self, to: CommentState, verb: Verb, role: Role, reason: str = "", actor_id: int | None = None) -> None:
        """Moves it with its event and the proposal's count of published comments, under the proposal's lock."""
        with transaction.atomic():
            proposal = self.proposal.locked()
            self.refresh_from_db(fields=["state"])
            if self.state == to:
                return
            proposal.comments += (to == CommentState.PUBLISHED) - (self.state == CommentState.PUBLISHED)
            proposal.save(update_fields=["comments"])
            self.state, self.reason = to, reason
            self.save(update_fields=["state", "reason"])
            proposal.note(verb, role=role, after=to, reason=reason, actor_id=actor_id)


class OfficialAnswerQuerySet(models.QuerySet["OfficialAnswer"]):
    def shown(self) -> "OfficialAnswerQuerySet":
        """With the authorities that answered, oldest first."""
        return self.select_related("organisation").order_by("pk")


class OfficialAnswer(models.Model):
    """What an authority answers, in its name and with its badge; written once, added to by another answer."""

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="official_answers")
    organisation = models.ForeignKey("actors.Organisation", models.PROTECT, related_name="official_answers")
    body = models.TextField(max_length=ANSWER_MAX)
    language = models.CharField(max_length=5)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    objects = OfficialAnswerQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(body=""), name="officialanswer_says_something"),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES_WRITTEN), name="officialanswer_language_known"),
        )

    def __str__(self) -> str:
        return self.body[:60]


class FlagReason(models.TextChoices):
    PERSONAL = "personal", _("Tells something private of a person")
    ABUSIVE = "abusive", _("Insults or threatens somebody")
    SPAM = "spam", _("Advertising or nonsense")
    WRONG_PLACE = "wrong_place", _("In the wrong place, or not about a place")
    OTHER = "other", _("Something else")


class FlagQuerySet(models.QuerySet["Flag"]):
    def of(self, thing: "Proposal | Comment") -> "FlagQuerySet":
        return self.filter(comment=thing) if isinstance(thing, Comment) else self.filter(proposal=thing)

    def unsettled(self) -> "FlagQuerySet":
        """Those that no moderator has looked at."""
        return self.filter(settled_at__isnull=True)

    def proven(self) -> "FlagQuerySet":
        """Those that came with a proof of work: they alone hide, the others are read."""
        return self.filter(proven=True)

    def settled_since(self, moment: datetime.datetime) -> "FlagQuerySet":
        return self.filter(settled_at__gte=moment)

    def settled_before(self, moment: datetime.datetime) -> "FlagQuerySet":
        return self.filter(settled_at__lt=moment)


class Flag(models.Model):
    """One report of a proposal or a comment; one a device and one a network address, however often it is sent."""

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, null=True, blank=True, related_name="flags")
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, blank=True, related_name="flags")
    reason = models.CharField(max_length=12, choices=FlagReason.choices)
    note = models.CharField(max_length=FLAG_NOTE_MAX, blank=True)
    device_hash = models.CharField(max_length=64, blank=True)
    network_hash = models.CharField(max_length=64)  # keyed digest of the client's address (of an IPv6 /64)
    proven = models.BooleanField(default=True, db_default=True)  # came with a proof of work
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)  # a moderator has looked at it

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(proposal__isnull=False, comment__isnull=True)
                | Q(proposal__isnull=True, comment__isnull=False),
                name="flag_of_one_thing",
            ),
            models.CheckConstraint(condition=Q(reason__in=FlagReason.values), name="flag_reason_known"),
            *(
                models.UniqueConstraint(
                    fields=[thing, who],
                    condition=Q(settled_at__isnull=True, **{f"{thing}__isnull": False}) & ~Q(**{who: ""}),
                    name=f"flag_{thing}_once_a_{who.removesuffix('_hash')}",
                )
                for thing in ("proposal", "comment")
                for who in ("device_hash", "network_hash")
            ),
        )

    def __str__(self) -> str:
        return f"{self.reason}: {self.proposal_id or self.comment_id}"
