"""The morning mail to the moderators: how much waits, and how long the oldest has."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from actors.mails import post
from actors.models import StaffRole, User
from actors.throttling import Limit, TooMany, take
from proposals.moderation import Waiting, waiting

DAY_S = 86_400


def write_morning_mails() -> int:
    """Writes to every active moderator once a day where something waits; returns to how many."""
    found = waiting()
    if not found.count:
        return 0
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        try:
            take([Limit("moderation:morning-mail", 1, seconds=DAY_S)])
        except TooMany:  # another worker has written this morning
            return 0
        subject, link = _subject(found), settings.SITE_URL + reverse("moderation")
        moderators = list(User.objects.active_with_role(StaffRole.MODERATOR))
        for moderator in moderators:
            post(moderator.email, "moderation_morning", subject, {"subject": subject, "link": link})
    return len(moderators)


def _subject(found: Waiting) -> str:
    count = ngettext("%(n)d waits", "%(n)d wait", found.count) % {"n": found.count}
    return _("%(count)s, the oldest %(age)s") % {"count": count, "age": found.age}
