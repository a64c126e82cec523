"""Supporting a proposal and taking it back: one a person, however often and from however many pages it is pressed.

Each verb holds the proposal's row first and raises its counts in the statement that writes, by what was really written.
A support leaves the proposal's version alone: nobody's edit is stale because somebody agrees.
"""

from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from actors.models import User
from proposals.models import Proposal, Publication, Support
from proposals.submit import address_hash, hashed

HOLD = "SELECT publication FROM proposals_proposal WHERE id = %(proposal)s FOR NO KEY UPDATE"

# What the device said before its person was known becomes the person's; where the person has spoken already, it goes.
JOIN = """
WITH theirs AS (
    SELECT id FROM proposals_support WHERE proposal_id = %(proposal)s AND address_hash = %(address)s
), joined AS (
    UPDATE proposals_support SET address_hash = %(address)s, at = %(at)s
    WHERE proposal_id = %(proposal)s AND device_hash = %(device)s AND device_hash <> '' AND address_hash = ''
        AND NOT EXISTS (SELECT FROM theirs)
    RETURNING id
), dropped AS (
    DELETE FROM proposals_support
    WHERE proposal_id = %(proposal)s AND device_hash = %(device)s AND device_hash <> '' AND address_hash = ''
        AND EXISTS (SELECT FROM theirs)
    RETURNING id
)
UPDATE proposals_proposal SET
    supports_verified = supports_verified + (SELECT count(*) FROM joined),
    supports_unverified = supports_unverified - (SELECT count(*) FROM joined) - (SELECT count(*) FROM dropped)
WHERE id = %(proposal)s
"""

# A device whose row is somebody else's (two people at one computer) is left out of a confirmed person's row.
INSERT = """
WITH inserted AS (
    INSERT INTO proposals_support (proposal_id, device_hash, address_hash, at)
    SELECT %(proposal)s, CASE WHEN %(address)s <> '' AND EXISTS (
        SELECT FROM proposals_support WHERE proposal_id = %(proposal)s AND device_hash = %(device)s
    ) THEN '' ELSE %(device)s END, %(address)s, %(at)s
    ON CONFLICT DO NOTHING
    RETURNING address_hash
), counted AS (
    SELECT count(*) FILTER (WHERE address_hash <> '') AS verified, count(*) FILTER (WHERE address_hash = '') AS unverified
    FROM inserted
)
UPDATE proposals_proposal SET
    supports_verified = supports_verified + counted.verified,
    supports_unverified = supports_unverified + counted.unverified
FROM counted WHERE id = %(proposal)s
"""

DELETE = """
WITH deleted AS (
    DELETE FROM proposals_support
    WHERE proposal_id = %(proposal)s AND (
        (address_hash = %(address)s AND address_hash <> '')
        OR (device_hash = %(device)s AND device_hash <> '' AND (address_hash = '' OR %(address)s = ''))
    )
    RETURNING address_hash
), counted AS (
    SELECT count(*) FILTER (WHERE address_hash <> '') AS verified, count(*) FILTER (WHERE address_hash = '') AS unverified
    FROM deleted
)
UPDATE proposals_proposal SET
    supports_verified = supports_verified - counted.verified,
    supports_unverified = supports_unverified - counted.unverified
FROM counted WHERE id = %(proposal)s
"""


class NotPublic(Exception):
    """The proposal is seen by nobody now: there is nothing to say about it."""


@dataclass(frozen=True)
class Supporter:
    """Who presses: the device's digest, and the address's where it is confirmed. One of them at least."""

    device_hash: str = ""
    address_hash: str = ""

    @classmethod
    def known_by(cls, device_key: str | None, email: str = "") -> "Supporter":
        """By the browser's key and a confirmed address, as a verdict knows its voter."""
        return cls(hashed(device_key) if device_key else "", address_hash(email) if email else "")


def support(proposal: Proposal, by: Supporter) -> None:
    """`by` supports `proposal`; said again it changes nothing. Raises NotPublic."""
    with transaction.atomic():
        _hold(proposal)
        if by.address_hash:
            _write(JOIN, proposal, by)
        _write(INSERT, proposal, by)
    proposal.refresh_from_db(fields=["supports_verified", "supports_unverified"])


def take_back(proposal: Proposal, by: Supporter) -> None:
    """`by` supports `proposal` no longer; said again it changes nothing. Raises NotPublic."""
    with transaction.atomic():
        _hold(proposal)
        _write(DELETE, proposal, by)
    proposal.refresh_from_db(fields=["supports_verified", "supports_unverified"])


def support_of(proposal: Proposal, by: Supporter) -> Support | None:
    """The support that `by` would take back, a confirmed one first."""
    mine = Support.objects.of(proposal).by(device_hash=by.device_hash, address_hash=by.address_hash)
    rows = [row for row in mine if not by.address_hash or row.address_hash in ("", by.address_hash)]
    return max(rows, key=lambda row: row.address_hash != "", default=None)


def address_of(user: object) -> str:
    """The confirmed address of a signed-in person, "" of a stranger: people sign in by a code that is mailed to it."""
    return user.email if isinstance(user, User) and user.is_active else ""


def _hold(proposal: Proposal) -> None:
    with connection.cursor() as cursor:
        cursor.execute(HOLD, {"proposal": proposal.pk})
        row = cursor.fetchone()
    if row is None or row[0] != Publication.PUBLISHED:
        raise NotPublic


def _write(statement: str, proposal: Proposal, by: Supporter) -> None:
    values = {"proposal": proposal.pk, "device": by.device_hash, "address": by.address_hash, "at": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
