"""The mailed link to what is known of an address: signed, for this purpose alone, an hour long, and nothing of it stored.

The link names a row that holds the address, never the address itself: addresses of pages end up in logs.
"""

import datetime
import re

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db.models import Model
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from actors import mails
from actors.models import ContactPerson, Founder, Invitation, User
from actors.throttling import TooMany, address_limits, take
from proposals.links import LinkExpired, LinkRefused
from proposals.models import Contact, Subscriber
from proposals.my_data import Person

LINK_AGE = datetime.timedelta(hours=1)
ROWS: dict[str, type[Model]] = {
    "u": User,
    "s": Subscriber,
    "c": Contact,
    "f": Founder,
    "p": ContactPerson,
    "i": Invitation,
}
_VALUE = re.compile(r"([uscfpi])([0-9]{1,18})-([0-9a-f]{32})", re.ASCII)
_SIGNER = TimestampSigner(salt="proposals.my_data_links", sep=".")  # a colon ends an address for some mail programs


def ask(email: str) -> None:
    """Mails the link to `email` if the house knows it; one an hour to one address, whoever asks. Tells nobody which."""
    try:
        take(address_limits("my-data-mail", email))
    except TooMany:
        return
    token = token_for(Person.of(email))
    if token is None:
        return
    link = settings.SITE_URL + reverse("my_data_link", args=[token])
    mails.post(email, "my_data", _("What we know of you"), {"link": link}, of_use_for=LINK_AGE)


def token_for(person: Person) -> str | None:
    """A token that opens what is known of `person`; None where no row holds the address."""
    row = _row_of(person)
    if row is None:
        return None
    letter = next(letter for letter, model in ROWS.items() if isinstance(row, model))
    return _SIGNER.sign(f"{letter}{row.pk}-{_proof(person.email)}")


def opened(token: str) -> Person:
    """Whose token it is. Raises LinkRefused, or LinkExpired where it is too old or the address is no longer kept there."""
    try:
        value = _SIGNER.unsign(token, max_age=LINK_AGE)
    except SignatureExpired as error:
        raise LinkExpired from error
    except BadSignature as error:
        raise LinkRefused from error
    match = _VALUE.fullmatch(value)
    if match is None:
        raise LinkRefused
    row = ROWS[match[1]]._default_manager.filter(pk=int(match[2])).first()
    # The row may be another person's by now: an organisation changes its contact person.
    if row is None or not constant_time_compare(_proof(row.email), match[3]):
        raise LinkExpired
    return Person.of(row.email)


def _row_of(person: Person) -> Model | None:
    contact = person.contacts.filter(email__iexact=person.email)
    others = (contact, person.founders, person.contact_persons, person.invitations)
    return person.user or person.subscriber or next((row for rows in others if (row := rows.first())), None)


def _proof(email: str) -> str:
    """Half of a keyed digest: tells the address to nobody, and whether it is still the same to us."""
    return salted_hmac("proposals.my_data_links", email.lower(), algorithm="sha256").hexdigest()[:32]
