"""From an application to a verified organisation: apply, confirm the addresses, verify or refuse."""

import datetime
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.text import slugify
from django.utils.translation import gettext as _

from actors import mails
from actors.models import (
    Application,
    ContactPerson,
    Founder,
    MemberRole,
    Membership,
    Organisation,
    OrganisationType,
    User,
)
from actors.models.application import GROUP_FOUNDERS
from actors.throttling import Limit, address_key, take

CODE_AGE = datetime.timedelta(minutes=15)
CODE_TRIES_MAX = 5
MAILS_PER_HOUR = 3  # codes and links to one address
RESERVED = frozenset({"apply", "applications", "invitation", "founder"})  # what stands where a slug would
SLUG_MAX = 40


class CodeRefused(Exception):
    """Wrong, too old, or tried too often."""


class DecisionRefused(Exception):
    """There is nothing to decide here any more, or the person may not."""


@dataclass(frozen=True)
class Wish:
    """What an applicant filled in, checked by its form."""

    organisation: Organisation  # not stored yet
    areas: tuple[int, ...]
    contact: ContactPerson  # not stored yet
    founders: tuple[str, ...]  # further addresses, of a residents' group
    language: str


def apply(wish: Wish) -> Founder:
    """Stores the application and mails the applicant a code, the other founders their links; returns the applicant."""
    is_group = wish.organisation.type == OrganisationType.RESIDENTS_GROUP
    with transaction.atomic():
        organisation, contact = wish.organisation, wish.contact
        organisation.slug = free_slug(str(organisation))
        organisation.save()
        organisation.areas.set(wish.areas)
        contact.organisation = organisation
        contact.save()
        application = Application.objects.create(
            organisation=organisation, language=wish.language, founders_needed=GROUP_FOUNDERS if is_group else 1
        )
        applicant = Founder.objects.create(application=application, email=contact.email.lower())
        for email in wish.founders if is_group else ():
            founder = Founder.objects.create(application=application, email=email.lower())
            words = {"link": _link("founder_confirm", "founder", founder)}
            mails.post(founder.email, "founder_link", _("Confirm that you belong to the group"), words)
        send_code(applicant)
    return applicant


def free_slug(name: str) -> str:
    """A slug of `name` that no organisation has."""
    stem = slugify(name)[:SLUG_MAX] or "organisation"
    taken = set(Organisation.objects.with_slug_like(stem).values_list("slug", flat=True)) | RESERVED
    if stem not in taken:
        return stem
    return next(slug for number in range(2, len(taken) + 3) if (slug := f"{stem}-{number}") not in taken)


def send_code(applicant: Founder) -> None:
    """Mails six new digits; those before stop working. Raises TooMany after three an hour and address."""
    take([Limit(address_key("application-code", applicant.email), MAILS_PER_HOUR)])
    code = "".join(secrets.choice("0123456789") for _digit in range(6))
    applicant.code_hash, applicant.code_sent_at, applicant.code_tries = _digest(applicant, code), timezone.now(), 0
    applicant.save(update_fields=["code_hash", "code_sent_at", "code_tries"])
    words = {"code": code, "minutes": int(CODE_AGE.total_seconds() // 60)}
    mails.post(applicant.email, "application_code", _("Confirm your address"), words, of_use_for=CODE_AGE)


def confirm_by_code(applicant: Founder, code: str) -> None:
    """The applicant's address is confirmed. Raises CodeRefused."""
    with transaction.atomic():
        locked = Founder.objects.select_for_update().get(pk=applicant.pk)
        if locked.code_sent_at is None or timezone.now() - locked.code_sent_at > CODE_AGE:
            raise CodeRefused
        if not locked.code_hash or locked.code_tries >= CODE_TRIES_MAX:
            raise CodeRefused
        right = constant_time_compare(locked.code_hash, _digest(locked, code))
        locked.code_tries += 1
        if right:
            locked.code_hash, locked.confirmed_at = "", timezone.now()
        locked.save(update_fields=["code_tries", "code_hash", "confirmed_at"])
    if not right:  # after the commit: a try that is rolled back would be free
        raise CodeRefused


def confirm_founder(founder: Founder) -> None:
    """A founder pressed the button behind their link; pressed again it changes nothing."""
    if founder.confirmed_at is None:
        founder.confirmed_at = timezone.now()
        founder.save(update_fields=["confirmed_at"])


def token_for(founder: Founder, purpose: str) -> str:
    return _signer(purpose).sign(str(founder.pk))


def founder_of(token: str, purpose: str) -> Founder | None:
    """Whom `token` was made for; None where it was not made here, for something else, or is of an erased application."""
    try:
        key = int(_signer(purpose).unsign(token))
    except (BadSignature, ValueError):
        return None
    return Founder.objects.select_related("application__organisation").filter(pk=key).first()


def verify(application: Application, *, by: User) -> Organisation:
    """The organisation is public from now on; its confirmed founders are its members, the applicant its administrator.

    Raises DecisionRefused where `by` may not decide, it was decided, or addresses are not confirmed.
    """
    with transaction.atomic():
        locked = _decide(application, by)
        organisation = locked.organisation
        organisation.verified_at = timezone.now()
        organisation.save(update_fields=["verified_at"])
        applicant = locked.applicant
        for founder in locked.founders.all():
            if founder.confirmed_at is not None:
                role = MemberRole.ADMINISTRATOR if founder == applicant else MemberRole.MEMBER
                user = User.objects.with_address(founder.email)
                Membership.objects.get_or_create(user=user, organisation=organisation, defaults={"role": role})
        with translation.override(locked.language):
            words = {"organisation": str(organisation), "link": settings.SITE_URL + reverse("account_login")}
            mails.post(applicant.email, "application_verified", _("Your organisation was verified"), words)
    return organisation


def refuse(application: Application, *, by: User, reason: str) -> None:
    """The applicant is told why. Raises DecisionRefused, also without a reason."""
    if not reason.strip():
        raise DecisionRefused("a refusal says why")
    with transaction.atomic():
        locked = _decide(application, by, reason)
        locked.organisation.refused_at = timezone.now()
        locked.organisation.save(update_fields=["refused_at"])
        with translation.override(locked.language):
            words = {"organisation": str(locked.organisation), "reason": reason}
            mails.post(locked.applicant.email, "application_refused", _("Your application"), words)


def _decide(application: Application, by: User, reason: str = "") -> Application:
    Application.objects.select_for_update().get(pk=application.pk)
    waiting = Application.objects.waiting().decidable_by(by).with_organisations().filter(pk=application.pk).first()
    if waiting is None:
        raise DecisionRefused("there is nothing to decide")
    waiting.decided_at, waiting.decided_by, waiting.reason = timezone.now(), by, reason
    waiting.save(update_fields=["decided_at", "decided_by", "reason"])
    return waiting


def _link(page: str, purpose: str, founder: Founder) -> str:
    return settings.SITE_URL + reverse(page, args=[token_for(founder, purpose)])


def _signer(purpose: str) -> Signer:
    # A dot parts the token: a colon ends an address for some mail programs.
    return Signer(salt=f"actors.applying.{purpose}", sep=".")


def _digest(founder: Founder, code: str) -> str:
    return salted_hmac("actors.application-code", f"{founder.pk}:{code}", algorithm="sha256").hexdigest()
