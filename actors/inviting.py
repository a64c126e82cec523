"""Members by invitation: a mailed link that makes the invited address a member, once, when its holder presses the button."""

import datetime

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from actors import mails
from actors.models import Invitation, MemberRole, Membership, Organisation, User
from actors.throttling import Limit, address_key, take

LINK_AGE = datetime.timedelta(days=14)
PER_DAY = 50  # of one organisation
PER_ADDRESS_AND_HOUR = 3
DAY_S = 86_400


class InvitationRefused(Exception):
    """The link was not made here, or is another person's: 403."""


class InvitationOver(InvitationRefused):
    """Too old, withdrawn, or used: 410."""


def invite(organisation: Organisation, *, email: str, role: MemberRole, by: User) -> Invitation:
    """Mails a link; one that waits for the same address is replaced. Raises TooMany.

    Whether the address has an account already is told to nobody.
    """
    address = email.strip().lower()
    take(
        [
            Limit(f"invitations:{organisation.pk}", PER_DAY, DAY_S),
            Limit(address_key("invitation", address), PER_ADDRESS_AND_HOUR),
        ]
    )
    with transaction.atomic():
        Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        for before in Invitation.objects.of_organisation(organisation).waiting().to_address(address):
            withdraw(before)
        invitation = Invitation.objects.create(organisation=organisation, email=address, role=role, invited_by=by)
        link = settings.SITE_URL + reverse("invitation", args=[token_for(invitation)])
        words = {"organisation": str(organisation), "link": link, "days": LINK_AGE.days}
        mails.post(address, "invitation", _("An invitation to the participation map"), words, of_use_for=LINK_AGE)
    return invitation


def withdraw(invitation: Invitation) -> None:
    """Its link stops working."""
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])


def token_for(invitation: Invitation) -> str:
    return _signer().sign(str(invitation.pk))


def invitation_of(token: str) -> Invitation:
    """The invitation whose link this is. Raises InvitationRefused or InvitationOver."""
    try:
        key = int(_signer().unsign(token, max_age=LINK_AGE))
    except SignatureExpired as error:
        raise InvitationOver from error
    except (BadSignature, ValueError) as error:
        raise InvitationRefused from error
    invitation = Invitation.objects.waiting().select_related("organisation").filter(pk=key).first()
    if invitation is None:
        raise InvitationOver
    return invitation


def accept(invitation: Invitation, *, signed_in: User | None) -> Membership:
    """The invited address is a member from now on, with an account of its own; a role it has already stays.

    Nobody is signed in by it. Raises InvitationRefused where somebody else is signed in, InvitationOver for a second time.
    """
    if signed_in is not None and signed_in.email != invitation.email:
        raise InvitationRefused
    with transaction.atomic():
        locked = Invitation.objects.select_for_update().waiting().filter(pk=invitation.pk).first()
        if locked is None:
            raise InvitationOver
        locked.accepted_at = timezone.now()
        locked.save(update_fields=["accepted_at"])
        membership, _made = Membership.objects.get_or_create(
            user=User.objects.with_address(locked.email),
            organisation=locked.organisation,
            defaults={"role": locked.role},
        )
    return membership


def _signer() -> TimestampSigner:
    # A dot parts the token: a colon ends an address for some mail programs.
    return TimestampSigner(salt="actors.inviting", sep=".")
