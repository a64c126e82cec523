"""What residents say, what becomes of it, and the history of both."""

from proposals.models.category import Category, Kind, PrivacyRule, PublicationRule
from proposals.models.decision import Decision
from proposals.models.forwarded import ForwardedRequest
from proposals.models.history import Event, EventNote, EventSeal, Outbox, Role, Verb
from proposals.models.photo import Photo, PhotoState
from proposals.models.pledge import Consent, Part, Pledge, PledgeKind, PledgeState, Postponement, Verdict
from proposals.models.proposal import Channel, PlacePrecision, Proposal, Publication, Status
from proposals.models.response import Comment, CommentState, Doubt, Flag, FlagReason, OfficialAnswer, Support
from proposals.models.submission import Contact, MailSent, ProposalText, Submission
from proposals.models.watch import Delivery, DeliveryState, Follow, Frequency, Subscriber, Watch, WatchedChange

__all__ = [
    "Category",
    "Channel",
    "Comment",
    "CommentState",
    "Consent",
    "Contact",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Doubt",
    "Event",
    "EventNote",
    "EventSeal",
    "Flag",
    "FlagReason",
    "Follow",
    "ForwardedRequest",
    "Frequency",
    "Kind",
    "MailSent",
    "OfficialAnswer",
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
    "Subscriber",
    "Support",
    "Verb",
    "Verdict",
    "Watch",
    "WatchedChange",
]
