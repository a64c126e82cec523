"""Holding promises to their dates: reminders 14 and 3 days before, and the end by itself seven days after.

Run late, twice or after a pause it does the same: what was done is written beside the promise in the same transaction.
"""

import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from actors import mails
from actors.models import ContactPerson
from proposals.models import Pledge
from proposals.models.pledge import reminders_past
from proposals.models.proposal import MoveRefused
from proposals.pledging import lapse


def remind(today: datetime.date) -> int:
    """Writes to the organisations whose promises are due in 14 or 3 days; returns how many promises. Each time once."""
    return sum(_remind(pk, today) for pk in list(Pledge.objects.to_remind_of(today).values_list("pk", flat=True)))


def _remind(pk: int, today: datetime.date) -> bool:
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        pledge = Pledge.objects.to_remind_of(today).select_for_update(skip_locked=True).by_key(pk)
        if pledge is None:  # reminded, moved or ended a moment ago
            return False
        pledge.reminded_days = reminders_past(pledge.due, today)
        pledge.save(update_fields=["reminded_days"])
        contact = ContactPerson.objects.of_organisation(pledge.organisation)
        if contact is not None:
            subject = _("Your promise is due on %(date)s") % {"date": date_format(pledge.due, "SHORT_DATE_FORMAT")}
            mails.post(contact.email, "promise_due", subject, _words(pledge))
    return True


def _words(pledge: Pledge) -> dict[str, str]:
    return {
        "organisation": str(pledge.organisation),
        "title": pledge.proposal.title,
        "promise": pledge.promise,
        "date": date_format(pledge.due, "SHORT_DATE_FORMAT"),
        "link": settings.SITE_URL + reverse("pledge_change", args=[pledge.pk]),
    }


def end_what_is_out_of_time(today: datetime.date) -> int:
    """Lapses the promises that nobody delivered within seven days of their date; returns how many."""
    ended = 0
    for pledge in Pledge.objects.out_of_time(today).select_related("proposal").order_by("pk"):
        try:
            lapse(pledge)
            ended += 1
        except MoveRefused:  # delivered, moved or handed back a moment ago
            continue
    return ended
