"""Who: people and organisations."""

from actors.models.application import Application, ContactPerson, Founder
from actors.models.mail import WaitingMail
from actors.models.membership import Invitation, Membership
from actors.models.organisation import Organisation, OrganisationState, OrganisationType
from actors.models.person import MemberRole, StaffRole, User
from actors.models.throttle import ThrottleCount

__all__ = [
    "Application",
    "ContactPerson",
    "Founder",
    "Invitation",
    "MemberRole",
    "Membership",
    "Organisation",
    "OrganisationState",
    "OrganisationType",
    "StaffRole",
    "ThrottleCount",
    "User",
    "WaitingMail",
]
