"""What is taken back waits again for the reason for which it waited, and a photo is what it was, file included."""

import datetime
import os

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from actors.models import User
from proposals import deciding, deciding_photos
from proposals.models import Decision, Event, Photo, PhotoState, Verb
from proposals.models.proposal import MoveRefused
from proposals.moderation import queue
from proposals.photos import Rectangle, photo_exists, photo_path, sweep_orphan_photos
from proposals.retention import forget
from proposals.reviewing import ask_review, may_ask
from tests.actors.people import person
from tests.proposals import rows
from tests.proposals.desk_rows import AFTER, AT_ONCE, DECISIONS, comment_on, pending, photo, reported, with_author

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]
HALF = [Rectangle(0, 0, 0.5, 1)]


@pytest.fixture
def car(moderator: User) -> Photo:
    """A photo that waits on a published proposal."""
    return rows.sent(kind="parking", rule=AT_ONCE, photos=(photo(),)).photos.get()


PHOTO_DECISIONS = {
    "publish": lambda of, by: deciding_photos.publish_photo(of, by=by),
    "hide": lambda of, by: deciding_photos.hide_photo(of, by=by, reason="A face."),
    "cover": lambda of, by: deciding_photos.cover_parts(of, HALF, by=by),
}


def why() -> list[list[str]]:
    return sorted(case.why for case in queue(9))


def facts(of: Photo) -> tuple[object, ...]:
    of.refresh_from_db()
    return of.name, of.state, of.width, of.height, photo_path(of.name).read_bytes()


# --- words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["publish", "hide"])
def test_what_reports_hid_waits_again(client: Client, moderator: User, name: str) -> None:
    proposal = rows.sent(rule=AT_ONCE)
    reported(proposal, 3)
    proposal.refresh_from_db()
    for _times in range(2):
        DECISIONS[name](proposal, moderator)
        assert queue(9) == []
        client.post(reverse("moderation_undo"))
        assert why() == [["system"]]
        proposal.refresh_from_db()
        assert proposal.publication == "hidden"


@pytest.mark.parametrize("name", ["publish", "hide"])
def test_request_for_a_new_review_waits_again(client: Client, moderator: User, name: str) -> None:
    proposal = with_author()
    deciding.hide(proposal, by=moderator, reason="No.")
    ask_review(proposal, "It is about a bench.")
    DECISIONS[name](proposal, moderator)
    client.post(reverse("moderation_undo"))
    [case] = queue(9)
    assert (case.why, case.request) == (["review"], "It is about a bench.")
    proposal.refresh_from_db()
    assert not may_ask(proposal)


def test_review_of_a_hidden_part_is_decided_anew_after_taking_back(client: Client, moderator: User) -> None:
    proposal = with_author()
    deciding.hide_part(proposal, "nowhere", by=moderator, reason="No.")
    ask_review(proposal, "Why?")
    for _times in range(2):
        deciding.publish(proposal, by=moderator)
        proposal.refresh_from_db()
        assert "nowhere" in proposal.body
        client.post(reverse("moderation_undo"))
        assert why() == [["review"]]


def test_undoing_on_a_comment_or_photo_leaves_the_proposal_waiting(client: Client, car: Photo) -> None:
    moderator, proposal = User.objects.get(), car.proposal
    comment = comment_on(proposal)
    reported(proposal, 3)
    before = why()
    deciding.hide_comment(comment, by=moderator, reason="No.")
    client.post(reverse("moderation_undo"))
    deciding_photos.hide_photo(car, by=moderator, reason="No.")
    client.post(reverse("moderation_undo"))
    assert why() == before == [["comment"], ["system"]]


def test_what_an_author_was_asked_waits_aside_though_a_photo_was_undone(client: Client, moderator: User) -> None:
    proposal = pending(photos=(photo(),))
    deciding.ask_detail(proposal, "Which pond?", by=moderator)
    deciding_photos.hide_photo(proposal.photos.get(), by=moderator, reason="A face.")
    client.post(reverse("moderation_undo"))
    assert queue(9) == []


# --- photos ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PHOTO_DECISIONS)
def test_decision_on_a_photo_is_taken_back(client: Client, car: Photo, name: str) -> None:
    before, waits = facts(car), why()
    PHOTO_DECISIONS[name](car, User.objects.get())
    assert facts(car) != before
    assert "(on a photo)" in client.get("/en/moderation/").content.decode()
    decided = car.name
    assert client.post(reverse("moderation_undo")).status_code == 303
    assert facts(car) == before and why() == waits
    assert Event.objects.filter(verb=Verb.DECISION_UNDONE, proposal=car.proposal).count() == 1
    assert client.post(reverse("moderation_undo")).status_code == 409
    assert decided == car.name or name == "cover"


@pytest.mark.django_db(transaction=True)
def test_covered_file_goes_when_it_is_taken_back(toytown, car: Photo) -> None:
    moderator = User.objects.get()
    deciding_photos.cover_parts(car, HALF, by=moderator)
    covered = car.name
    deciding.undo(by=moderator)
    assert not photo_exists(covered)


def test_uncovered_file_stays_for_as_long_as_it_can_be_taken_back(car: Photo, time_machine) -> None:
    uncovered = car.name
    deciding_photos.cover_parts(car, HALF, by=User.objects.get())
    forget()
    assert photo_exists(uncovered)
    assert Client().get(reverse("photo", args=[uncovered])).status_code == 404
    time_machine.move_to(timezone.now() + datetime.timedelta(minutes=16))
    forget(dry_run=True)
    assert photo_exists(uncovered)
    forget()
    car.refresh_from_db()
    assert not photo_exists(uncovered) and photo_exists(car.name)


def test_sweeper_of_orphans_leaves_an_old_photo_that_was_just_covered(car: Photo) -> None:
    uncovered = car.name
    long_ago = timezone.now().timestamp() - 30 * 86_400
    os.utime(photo_path(uncovered), (long_ago, long_ago))
    deciding_photos.cover_parts(car, HALF, by=User.objects.get())
    sweep_orphan_photos()
    deciding.undo(by=User.objects.get())
    car.refresh_from_db()
    assert car.name == uncovered and photo_exists(uncovered)


def test_photo_that_another_decided_on_since_is_not_taken_back(client: Client, car: Photo) -> None:
    deciding_photos.publish_photo(car, by=User.objects.get())
    deciding_photos.hide_photo(car, by=person("second", "moderator"), reason="A face.")
    answer = client.post(reverse("moderation_undo"))
    assert answer.status_code == 409
    car.refresh_from_db()
    assert car.state == PhotoState.HIDDEN


def test_photo_decided_on_long_ago_is_not_taken_back(client: Client, car: Photo) -> None:
    deciding_photos.hide_photo(car, by=User.objects.get(), reason="A face.")
    Decision.objects.update(at=timezone.now() - datetime.timedelta(minutes=16))
    assert client.post(reverse("moderation_undo")).status_code == 409
    car.refresh_from_db()
    assert car.state == PhotoState.HIDDEN


def test_lost_file_is_told_and_nothing_is_written(client: Client, car: Photo) -> None:
    uncovered = car.name
    deciding_photos.cover_parts(car, HALF, by=User.objects.get())
    photo_path(uncovered).unlink()
    with pytest.raises(MoveRefused):
        deciding.undo(by=User.objects.get())
    assert client.post(reverse("moderation_undo")).status_code == 409
    assert not Event.objects.filter(verb=Verb.DECISION_UNDONE).exists()


def test_last_decision_is_the_first_to_be_taken_back(client: Client, moderator: User) -> None:
    proposal = rows.sent(kind="parking", rule=AFTER, email="", photos=(photo(),))
    deciding.publish(proposal, by=moderator)
    shown = proposal.photos.get()
    deciding_photos.hide_photo(shown, by=moderator, reason="A face.")
    client.post(reverse("moderation_undo"))
    shown.refresh_from_db()
    assert shown.state == PhotoState.PUBLISHED
    assert client.post(reverse("moderation_undo")).status_code == 303
    proposal.refresh_from_db()
    assert proposal.publication == "pending"


def test_hiding_a_photo_without_a_reason_is_no_decision(car: Photo) -> None:
    with pytest.raises(MoveRefused):
        deciding_photos.hide_photo(car, by=User.objects.get(), reason=" ")
    assert not Decision.objects.exists()
    with pytest.raises(MoveRefused):
        deciding.undo(by=User.objects.get())
