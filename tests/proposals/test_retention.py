"""What is forgotten, and when: not a day too early, and nothing that the history or the public needs."""

import datetime
import io
import os
from io import StringIO

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.management import call_command
from PIL import Image

from actors.models.throttle import ThrottleCount
from proposals import retention
from proposals.models import (
    Contact,
    Event,
    MailSent,
    Proposal,
    Publication,
    PublicationRule,
    Role,
    Status,
    Submission,
    Subscriber,
    Verb,
)
from proposals.photos import photo_exists, photo_path, store_photo
from proposals.retention import forget
from proposals.sealing import verify
from proposals.tasks import empty_one_batch
from tests.proposals import rows

NOON = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
SECOND = datetime.timedelta(seconds=1)


@pytest.fixture
def clock(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def taken() -> dict[str, int]:
    """What each rule took, by the first word of its name; rules that took nothing are left out."""
    return {forgotten.what.split()[0]: forgotten.count for forgotten in forget() if forgotten.count}


def photo():
    file = io.BytesIO()
    Image.new("RGB", (64, 48)).save(file, "JPEG")
    return store_photo(ContentFile(file.getvalue()))


def test_unconfirmed_proposal_is_blanked_after_fourteen_days(clock, django_capture_on_commit_callbacks):
    stored = photo()
    proposal = rows.sent(photos=(stored,))
    clock.shift(14 * DAY)
    assert "unconfirmed" not in taken()
    clock.shift(SECOND)
    with django_capture_on_commit_callbacks(execute=True):
        assert taken()["unconfirmed"] == 1
    proposal.refresh_from_db()
    assert proposal.publication == Publication.WITHDRAWN
    assert (proposal.title, proposal.body, proposal.location, proposal.landmark) == (retention.BLANK, "", None, None)
    assert not Contact.objects.filter(proposal=proposal).exists()
    assert not proposal.texts.exists() and not proposal.photos.exists() and not photo_exists(stored.name)
    event = Event.objects.get(proposal=proposal, verb=Verb.WITHDRAWN)
    assert event.role == Role.SYSTEM
    assert "unconfirmed" not in taken()


@pytest.mark.parametrize("rule", [PublicationRule.AT_ONCE, PublicationRule.AFTER_CONFIRMATION])
def test_proposal_that_is_public_is_never_blanked(clock, rule):
    proposal = rows.sent(rule=rule)
    proposal.confirm()
    clock.shift(3_000 * DAY)
    forget()
    proposal.refresh_from_db()
    assert proposal.title == "A bench by the pond" and Contact.objects.filter(proposal=proposal).exists()


def test_proposal_that_waits_for_a_moderator_is_not_blanked(clock):
    rows.sent(email="", rule=PublicationRule.AFTER_CONFIRMATION)
    clock.shift(400 * DAY)
    assert "unconfirmed" not in taken()


def ended(how: str) -> Proposal:
    proposal = rows.sent(rule=PublicationRule.AT_ONCE)
    if how == "withdrawn":
        proposal.withdraw()
    elif how == "hidden":
        proposal.hide(role=Role.MODERATOR, reason="A reason.")
    else:
        proposal.change_status(Status(how), role=Role.PLANNER)
    return proposal


@pytest.mark.parametrize("how", ["withdrawn", "hidden", "not_planned", "outdated", "closed_unfixed"])
def test_contact_and_exact_place_go_two_years_after_the_end(clock, how):
    proposal = ended(how)
    public = proposal.public_location
    clock.shift(730 * DAY)
    assert "contacts" not in taken()
    clock.shift(SECOND)
    assert taken()["contacts"] == 1
    proposal = Proposal.objects.get(pk=proposal.pk)
    assert proposal.location is None and proposal.public_location == public
    assert proposal.title == "A bench by the pond"
    assert not Contact.objects.exists()


def test_contact_of_a_proposal_that_was_opened_again_stays(clock):
    proposal = ended("not_planned")
    clock.shift(700 * DAY)
    proposal.change_status(Status.OPEN, role=Role.PLANNER)
    clock.shift(2_000 * DAY)
    assert "contacts" not in taken()


def test_keys_counters_and_digests_go_in_their_time(clock):
    rows.sent()
    ThrottleCount.objects.create(key="k", period_start=int(NOON.timestamp()), count=1)
    MailSent.objects.create(address_hash="a" * 64, message_id="<1@testserver>")
    clock.shift(DAY + SECOND)
    assert taken() == {"throttling": 1}
    clock.shift(6 * DAY - SECOND)
    assert taken() == {}
    clock.shift(SECOND)
    assert taken() == {"idempotency": 1} and not Submission.objects.exists()
    clock.shift(23 * DAY)
    assert taken()["digests"] == 1


def test_forgetting_leaves_the_history_whole(clock):
    rows.sent()
    ended("not_planned")
    empty_one_batch()
    clock.shift(1_000 * DAY)
    forget()
    empty_one_batch()
    assert verify().fault_count == 0


def test_many_are_forgotten_in_batches(clock, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        rows.sent()
    clock.shift(15 * DAY)
    assert taken() == {"unconfirmed": 5, "idempotency": 5}


def test_dry_run_says_what_would_go_and_changes_nothing(clock):
    rows.sent()
    orphan = photo()
    past = NOON.timestamp() - 100
    os.utime(photo_path(orphan.name), (past, past))
    clock.shift(15 * DAY)
    out = StringIO()
    call_command("retention", "--dry-run", stdout=out)
    assert "1  unconfirmed proposals" in out.getvalue() and "1  photos" in out.getvalue()
    assert out.getvalue().endswith("Nothing was changed.\n")
    assert Proposal.objects.get().title == "A bench by the pond"
    assert Submission.objects.count() == 1 and photo_exists(orphan.name)


def test_command_forgets_what_the_dry_run_named(clock):
    rows.sent()
    clock.shift(15 * DAY)
    call_command("retention", stdout=StringIO())
    assert Proposal.objects.get().publication == Publication.WITHDRAWN


def test_subscriber_who_never_confirmed_is_gone_after_fourteen_days_with_what_they_follow(clock):
    followed = rows.sent(email="", rule=PublicationRule.AT_ONCE)
    for email, confirmed_at in (("waits@example.org", None), ("confirmed@example.org", NOON)):
        subscriber = Subscriber.objects.create(email=email, language="en", made_at=NOON, confirmed_at=confirmed_at)
        subscriber.follows.create(proposal=followed, made_at=NOON)
    clock.shift(14 * DAY)
    assert Subscriber.objects.count() == 2 and "subscribers" not in taken()
    clock.shift(SECOND)
    assert [rule.count for rule in forget(dry_run=True) if rule.what.startswith("subscribers")] == [1]
    assert taken()["subscribers"] == 1
    assert list(Subscriber.objects.values_list("email", flat=True)) == ["confirmed@example.org"]


def test_session_goes_when_it_has_ended(clock):
    for key, end in (("a", NOON), ("b", NOON + 2 * DAY)):
        Session.objects.create(session_key=key, session_data="", expire_date=end)
    clock.shift(DAY)
    assert taken()["sessions"] == 1
    assert Session.objects.get().session_key == "b"
