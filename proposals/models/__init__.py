"""What residents say, what becomes of it, and the history of both."""

from proposals.models.category import Category, Kind, PrivacyRule, PublicationRule
from proposals.models.history import Event, EventNote, EventSeal, Outbox, Role, Verb
from proposals.models.photo import Photo, PhotoState
from proposals.models.pledge import Consent, Part, Pledge, PledgeKind, PledgeState, Postponement, Verdict
from proposals.models.proposal import Channel, PlacePrecision, Proposal, Publication, Status
from proposals.models.submission import Contact, MailSent, ProposalText, Submission

__all__ = [
    "Category",
    "Channel",
    "Consent",
    "Contact",
    "Event",
    "EventNote",
    "EventSeal",
    "Kind",
    "MailSent",
    "Outbox",
    "Part",
    "Photo",
    "PhotoState",
    "PlacePrecision",
    "Pledge",
    "PledgeKind",
    "PledgeState",
    "Postponement",
    "PrivacyRule",
    "Proposal",
    "ProposalText",
    "Publication",
    "PublicationRule",
    "Role",
    "Status",
    "Submission",
    "Verb",
    "Verdict",
]
