"""The verb that spans nouns: a checked proposal becomes rows, exactly once for each idempotency key."""

import hashlib
import secrets
from dataclasses import dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from proposals.models import (
    Category,
    Channel,
    Contact,
    Photo,
    Proposal,
    ProposalText,
    Publication,
    Role,
    Submission,
    Verb,
)
from proposals.models.history import Happening, record_all
from proposals.models.photo import PhotoState
from proposals.photos import StoredPhoto
from proposals.placing import Placed

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U
TRACKING_CODE_LENGTH = 8


class KeyReused(Exception):
    """The idempotency key was used for another body: 409."""

    def __init__(self, proposal: Proposal | None) -> None:
        super().__init__("idempotency key reused")
        self.proposal = proposal


@dataclass(frozen=True)
class Draft:
    """A proposal that passed every check, not yet stored. `email` and `device_key` are the author's own.

    `role` and `actor_id` tell who typed it in: staff do for people who call or write on paper.
    """

    category: Category
    title: str
    body: str
    language: str
    placed: Placed
    page_language: str
    answers: dict[str, object] = field(default_factory=dict)
    email: str = ""
    device_key: str = ""
    photos: tuple[StoredPhoto, ...] = ()
    channel: Channel = Channel.WEB
    terms_version: str = ""
    role: Role = Role.RESIDENT
    actor_id: int | None = None
    held: bool = False  # shows signs of a machine: a moderator looks first


@dataclass(frozen=True)
class Receipt:
    """What the author gets: the proposal, and whether this very call made it (a repeated key did not)."""

    proposal: Proposal
    created: bool


def hashed(text: str) -> str:
    """sha256, hexadecimal: how keys are kept at rest."""
    return hashlib.sha256(text.encode()).hexdigest()


def address_hash(email: str) -> str:
    """A digest with the installation's secret: addresses can be guessed, so a bare digest would tell them."""
    return salted_hmac("proposals.mail", email.strip().lower(), algorithm="sha256").hexdigest()


def earlier_receipt(key: str, body_hash: str) -> Receipt | None:
    """The receipt of a key that was answered before, None for a new key. Raises KeyReused for another body."""
    answered = Submission.objects.answered(key_hash=hashed(key))
    # Nearly every key is new. To ask for the whole receipt at once would cost a third of a submission's CPU time.
    found = answered.first() if answered.exists() else None
    if found is None:
        return None
    if found.body_hash != body_hash:
        raise KeyReused(found.proposal)
    return Receipt(found.proposal, created=False)


def submit(draft: Draft, *, key: str, body_hash: str) -> Receipt:
    """Stores `draft` in one transaction with its contact, wording, photos and first events; the outbox tells the rest.

    The key's row comes first: fifty posts of one key at once wait for the first and get its answer. Raises KeyReused.
    """
    while True:
        try:
            receipt = _submit(draft, key, body_hash)
        except IntegrityError as error:
            if "tracking_code" not in str(error):
                raise  # 40 random bits meet an earlier code about never; the unique index knows
        else:
            if receipt is not None:
                return receipt


def _submit(draft: Draft, key: str, body_hash: str) -> Receipt | None:
    """None where the key's row was another call's and is gone again: there is nothing to answer with."""
    with transaction.atomic():
        pk = Submission.objects.claim(key_hash=hashed(key), body_hash=body_hash)
        if pk is not None:
            return Receipt(_store(draft, pk), created=True)
        return earlier_receipt(key, body_hash)  # another call's, committed while the claim waited for it


def _store(draft: Draft, pk: int) -> Proposal:
    now = timezone.now()
    proposal = Proposal(
        pk=pk,
        category=draft.category,
        kind=draft.category.kind,
        title=draft.title,
        body=draft.body,
        language=draft.language,
        answers=draft.answers,
        location=draft.placed.location,
        public_location=draft.placed.public_location,
        place_precision=draft.placed.precision,
        area=draft.placed.area,
        landmark=draft.placed.landmark,
        channel=draft.channel,
        terms_version=draft.terms_version or settings.TERMS_VERSION,
        submitted_at=now,
        updated_at=now,
    )
    first = proposal.first_publication(email=bool(draft.email))
    proposal.publication = Publication.PENDING if draft.held else first
    if proposal.is_public:
        proposal.published_at = now
    proposal.save(force_insert=True)
    _store_contact(proposal, draft)
    ProposalText.objects.create(proposal=proposal, version=1, title=draft.title, body=draft.body, at=now)
    state = PhotoState.PENDING if draft.category.kind == "parking" else PhotoState.PUBLISHED
    Photo.objects.bulk_create(
        Photo(proposal=proposal, name=p.name, width=p.width, height=p.height, state=state, created_at=now)
        for p in draft.photos
    )
    happened = [Happening(Verb.SUBMITTED, draft.role, after=proposal.publication, actor_id=draft.actor_id)]
    if proposal.is_public:
        happened.append(Happening(Verb.PUBLISHED, Role.SYSTEM, after=Publication.PUBLISHED))
    record_all(proposal, happened)
    return proposal


def _store_contact(proposal: Proposal, draft: Draft) -> None:
    Contact.objects.create(
        proposal=proposal,
        email=draft.email,
        language=draft.page_language,
        device_key_hash=hashed(draft.device_key) if draft.device_key else "",
        tracking_code="".join(secrets.choice(CROCKFORD) for _ in range(TRACKING_CODE_LENGTH)),
    )
