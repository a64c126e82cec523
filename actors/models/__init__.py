"""Who: people and organisations."""

from actors.models.api_key import ApiKey, ApiKeyState, Scope
from actors.models.application import Application, ContactPerson, Founder
from actors.models.mail import WaitingMail
from actors.models.membership import Invitation, Membership
from actors.models.organisation import Organisation, OrganisationState, OrganisationType
from actors.models.person import MemberRole, StaffRole, User
from actors.models.throttle import ThrottleCount

__all__ = [
    "ApiKey",
    "ApiKeyState",
    "Application",
    "ContactPerson",
    "Founder",
    "Invitation",
    "MemberRole",
    "Membership",
    "Organisation",
    "OrganisationState",
    "OrganisationType",
    "Scope",
    "StaffRole",
    "ThrottleCount",
    "User",
    "WaitingMail",
]
