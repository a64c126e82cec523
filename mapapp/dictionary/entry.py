"""What an entry says, and the words for who gives it and how long it is kept; times are those of the retention rules."""

from dataclasses import dataclass, field

from django.db import models
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from actors.models.organisation import UNCONFIRMED_KEPT as APPLICATION_KEPT
from proposals import retention
from proposals.flagging import SETTLED_FOR

DAYS_OF_A_MONTH = 365 / 12


class Source(models.TextChoices):
    RESIDENT = "resident", _("the resident who writes, supports or follows")
    PERSON = "person", _("the person with the account")
    ORGANISATION = "organisation", _("the organisation")
    STAFF = "staff", _("the city's staff")
    IMPORT = "import", _("an imported dataset")
    SERVICE = "service", _("the service itself")


class Kept:
    """How long things are kept."""

    GOOD = _("as long as the service")
    USED = _("as long as it is in use")
    REPLACED = _("until a later import replaces it")
    PROPOSAL = _("as long as the proposal; an erasure takes the person out of it")
    ACCOUNT = _("until it ends or is erased")
    TOLD = _("seconds, until it is told")
    SENT = _("until it is sent or of no use any more")
    CONTACT = format_lazy(
        _("{months} months after the proposal ended; {days} days where the address was never confirmed"),
        months=round(retention.CONTACT_KEPT.days / DAYS_OF_A_MONTH),
        days=retention.UNCONFIRMED_KEPT.days,
    )
    SUBSCRIBER = format_lazy(
        _("until the person ends it; {days} days where the address was never confirmed"),
        days=retention.UNCONFIRMED_KEPT.days,
    )
    APPLICATION = format_lazy(
        _("as long as the application; {days} days where addresses were never confirmed"), days=APPLICATION_KEPT.days
    )
    SUBMISSION = format_lazy(_("{days} days"), days=retention.SUBMISSION_KEPT.days)
    MAIL_SENT = format_lazy(_("{days} days"), days=retention.MAIL_SENT_KEPT.days)
    THROTTLE = format_lazy(_("{hours} hours"), hours=int(retention.THROTTLE_KEPT.total_seconds() // 3_600))
    DECISION = format_lazy(_("{hours} hours"), hours=int(retention.DECISION_KEPT.total_seconds() // 3_600))
    FLAG = format_lazy(_("{days} days after it was settled"), days=SETTLED_FOR.days)


@dataclass(frozen=True)
class Given:
    """A field that another source gives, or that is kept for another time, than the rest of its table."""

    meaning: str | Promise
    source: Source
    kept: str | Promise = ""


@dataclass(frozen=True)
class Table:
    """A table: `fields` are those that no rule of `rules.py` explains, or explains too little."""

    meaning: str | Promise
    source: Source
    kept: str | Promise
    fields: dict[str, str | Promise | Given] = field(default_factory=dict)
