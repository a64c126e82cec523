"""What belongs to the author and never leaves the house: address, device key, own wording, idempotency keys."""

import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from proposals.models.proposal import ENDINGS_WITHOUT_DEED, Publication, Status

if TYPE_CHECKING:
    from proposals.models.proposal import Proposal

ENDINGS = (Status.CONFIRMED, *ENDINGS_WITHOUT_DEED)
GONE = (Publication.WITHDRAWN, Publication.HIDDEN)


class ContactQuerySet(models.QuerySet["Contact"]):
    """How an author is found: each is what some proof of authorship opens, and nothing else does."""

    def with_proposals(self) -> "ContactQuerySet":
        return self.select_related("proposal__category", "proposal__area")

    def of(self, pk: int) -> "Contact | None":
        """The contact of the proposal with this key, if it is among these."""
        return self.filter(proposal=pk).first()

    def confirmed_of(self, proposal: "Proposal") -> "Contact | None":
        """The contact of `proposal` where its address is known and confirmed."""
        return self.filter(proposal=proposal, confirmed_at__isnull=False).exclude(email="").first()

    def of_device(self, key_hash: str) -> "ContactQuerySet":
        """Contacts of proposals that were sent from the device with this key; none for an empty digest."""
        return self.filter(device_key_hash=key_hash).exclude(device_key_hash="")

    def with_tracking_code(self, code: str) -> "ContactQuerySet":
        """The contact with `code` as it is stored: eight characters, no hyphen."""
        return self.filter(tracking_code=code)

    def waiting_at(self, email: str) -> "ContactQuerySet":
        """Contacts at this address that wait to be confirmed by it, oldest first."""
        waiting = self.filter(email=email, confirmed_at=None).exclude(email="")
        return waiting.exclude(proposal__publication__in=GONE).order_by("proposal__submitted_at", "pk")

    def unconfirmed_before(self, moment: datetime.datetime) -> "ContactQuerySet":
        """Contacts of proposals that were sent before `moment` and never confirmed."""
        return self.filter(proposal__publication=Publication.UNCONFIRMED, proposal__submitted_at__lt=moment).order_by(
            "pk"
        )

    def ended_before(self, moment: datetime.datetime) -> "ContactQuerySet":
        """Contacts of proposals that came to an end, or are no longer shown, and did not change since `moment`."""
        ended = models.Q(proposal__status__in=ENDINGS) | models.Q(proposal__publication__in=GONE)
        return self.filter(ended, proposal__updated_at__lt=moment).order_by("pk")


class Contact(models.Model):
    """How the author of one proposal is reached and known again. No list, collection or export joins it."""

    proposal = models.OneToOneField("proposals.Proposal", models.CASCADE, related_name="contact")
    email = models.EmailField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    language = models.CharField(max_length=10)  # in which the author is written to
    device_key_hash = models.CharField(max_length=64, blank=True)  # sha256 of the key in the author's browser
    tracking_code = models.CharField(max_length=8, unique=True)  # Crockford base32, without its hyphen
    link_version = models.PositiveSmallIntegerField(default=1)  # raising it ends all links sent so far
    code_hash = models.CharField(max_length=64, blank=True)  # sha256 of the six-digit code
    code_sent_at = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["email"], name="contact_email", condition=~models.Q(email="")),)

    def __str__(self) -> str:
        return f"contact of {self.proposal_id}"


class ProposalTextQuerySet(models.QuerySet["ProposalText"]):
    def waiting(self) -> "ProposalTextQuerySet":
        """Wordings that a moderator has not let through yet, newest first."""
        return self.filter(waits=True).order_by("-version")


class ProposalText(models.Model):
    """The author's own wording of one version; `title` and `body` of Proposal are the public text."""

    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, related_name="texts")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField(blank=True)
    at = models.DateTimeField()
    waits = models.BooleanField(default=False)  # an edit that a moderator has not let through yet

    objects = ProposalTextQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["proposal", "version"], name="proposaltext_version_once"),)

    def __str__(self) -> str:
        return f"{self.proposal_id} v{self.version}"


# The number of the proposal is taken with the key, so that the row need not be written twice.
CLAIM = """
INSERT INTO proposals_submission (key_hash, body_hash, proposal_id, at)
VALUES (%s, %s, nextval(pg_get_serial_sequence('proposals_proposal', 'id')), %s)
ON CONFLICT (key_hash) DO NOTHING
RETURNING proposal_id
"""


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def claim(self, *, key_hash: str, body_hash: str) -> int | None:
        """The primary key that the proposal of this new key is to have; None where the key is another call's.

        Waits for a transaction that has claimed it. Call inside the transaction that stores the proposal.
        """
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, [key_hash, body_hash, timezone.now()])
            row = cursor.fetchone()
        return row[0] if row else None

    def answered(self, *, key_hash: str) -> "SubmissionQuerySet":
        """The submission of a key that has its proposal, with what a receipt shows of it."""
        return self.filter(key_hash=key_hash, proposal__isnull=False).select_related(
            "proposal__contact", "proposal__category", "proposal__area"
        )

    def older_than(self, moment: datetime.datetime) -> "SubmissionQuerySet":
        return self.filter(at__lt=moment)


class Submission(models.Model):
    """One idempotency key: the same key and body get the same answer, another body is refused. Kept seven days."""

    key_hash = models.CharField(max_length=64, unique=True)
    body_hash = models.CharField(max_length=64)
    proposal = models.ForeignKey("proposals.Proposal", models.CASCADE, null=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = SubmissionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key_hash[:12]


class MailSentQuerySet(models.QuerySet["MailSent"]):
    def to_address(self, address_hash: str) -> "MailSentQuerySet":
        """Mails to this address, newest first."""
        return self.filter(address_hash=address_hash).order_by("-at")

    def since(self, moment: datetime.datetime) -> "MailSentQuerySet":
        return self.filter(at__gte=moment)

    def has(self, message_id: str) -> bool:
        return self.filter(message_id=message_id).exists()

    def older_than(self, moment: datetime.datetime) -> "MailSentQuerySet":
        return self.filter(at__lt=moment)


class MailSent(models.Model):
    """One mail to one address, by its digest: at most three an hour, and never the same one twice."""

    address_hash = models.CharField(max_length=64)
    message_id = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = MailSentQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["address_hash", "at"], name="mailsent_address_at"),)

    def __str__(self) -> str:
        return self.message_id
