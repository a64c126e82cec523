"""People and organisations for tests, made as the product makes them."""

from django.utils import timezone

from actors.models import Application, ContactPerson, Founder, MemberRole, Membership, Organisation, User


def person(name: str, role: str | None = None) -> User:
    return User.objects.create_user(f"{name}@example.org", role=role)


def organisation(slug: str = "huolto", *, verified: bool = True, **fields: object) -> Organisation:
    defaults = {"names": {"fi": slug.capitalize()}, "type": "company"}
    verified_at = timezone.now() if verified else None
    return Organisation.objects.create(slug=slug, verified_at=verified_at, **(defaults | fields))


def member_of(of: Organisation, name: str, role: str = MemberRole.MEMBER) -> User:
    user = person(name)
    Membership.objects.create(user=user, organisation=of, role=role)
    return user


def contact_of(of: Organisation, email: str = "planted.contact@example.org") -> ContactPerson:
    return ContactPerson.objects.create(organisation=of, name="Planted Contact", email=email, phone="040 5550123")


def application(slug: str = "puistoyhdistys", *, confirmed: bool = True, **fields: object) -> Application:
    of = organisation(slug, verified=False, **fields)
    contact_of(of, "applicant@example.org")
    needed = 3 if of.type == "residents_group" else 1
    made = Application.objects.create(organisation=of, language="fi", founders_needed=needed)
    Founder.objects.create(
        application=made, email="applicant@example.org", confirmed_at=timezone.now() if confirmed else None
    )
    return made
