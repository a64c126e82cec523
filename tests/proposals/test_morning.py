"""The morning mail of the moderators."""

import datetime

import pytest
from django.core import mail
from django.utils import timezone

from actors.mails import send_waiting
from proposals import tasks
from proposals.models import Proposal
from tests.actors.people import person
from tests.proposals.desk_rows import pending

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(settings):
    settings.LANGUAGE_CODE = "en"


def morning() -> list[mail.EmailMessage]:
    mail.outbox.clear()
    tasks.moderation_morning(timestamp=0)
    send_waiting()
    return list(mail.outbox)


def test_nothing_is_written_where_nothing_waits():
    person("moderator", "moderator")
    assert morning() == []


def test_each_active_moderator_is_told_once_a_day_and_nobody_else():
    for name, role in (("one", "moderator"), ("two", "moderator"), ("planner", "planner"), ("other", None)):
        person(name, role)
    gone = person("gone", "moderator")
    gone.is_active = False
    gone.save()
    old = pending()
    pending()
    Proposal.objects.filter(pk=old.pk).update(submitted_at=timezone.now() - datetime.timedelta(hours=26, minutes=5))
    letters = morning()
    assert sorted(letter.to[0] for letter in letters) == ["one@example.org", "two@example.org"]
    assert letters[0].subject == "2 wait, the oldest 26 h"
    assert "/moderation/" in letters[0].body and old.title not in letters[0].body
    assert morning() == []  # a second worker, or the same job again


def test_it_goes_on_workdays_at_five():
    periodic = {task.task.name: task.cron for task in tasks.app.periodic_registry.periodic_tasks.values()}
    assert periodic["moderation_morning"] == "0 5 * * 1-5"
