"""Accounts by which the demo can be tried from the other side: staff, and two members of each organisation.

All at example.org, which nobody can receive mail at; they sign in by codes that the demo shows.
"""

from actors.models import ContactPerson, MemberRole, Membership, Organisation, User
from actors.models.person import StaffRole
from mapapp.demo.promises import ORGANISATIONS

DOMAIN = "example.org"
STAFF = (StaffRole.MODERATOR, StaffRole.FACILITATOR, StaffRole.PLANNER)
MEMBERS = {"": MemberRole.ADMINISTRATOR, "-editor": MemberRole.EDITOR}  # what stands behind the slug in the address


def load_people() -> int:
    """Makes the accounts that are lacking; returns how many. `load_promises` has made the organisations."""
    made = sum(_staff(role) for role in STAFF)
    for organisation in Organisation.objects.of_slugs(ORGANISATIONS):
        made += sum(_member(organisation, ending, role) for ending, role in MEMBERS.items())
        ContactPerson.objects.get_or_create(
            organisation=organisation,
            defaults={"name": str(organisation), "email": f"{organisation.slug}@{DOMAIN}"},
        )
    return made


def _staff(role: StaffRole) -> bool:
    return User.objects.get_or_create(email=f"{role}@{DOMAIN}", defaults={"role": role})[1]


def _member(organisation: Organisation, ending: str, role: MemberRole) -> bool:
    user, made = User.objects.get_or_create(email=f"{organisation.slug}{ending}@{DOMAIN}")
    Membership.objects.get_or_create(user=user, organisation=organisation, defaults={"role": role})
    return made
