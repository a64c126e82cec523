"""What waits for the moderators, and which decisions are refused."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from proposals import deciding
from proposals.models import (
    Decision,
    Proposal,
    Publication,
)
from proposals.moderation import in_words, queue, waiting
from proposals.reviewing import ask_review
from tests.proposals import rows
from tests.proposals.desk_rows import (
    AFTER,
    AT_ONCE,
    comment_on,
    decide,
    pending,
    photo,
    reported,
    with_author,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


# --- what waits -----------------------------------------------------------------------------------------------------------


def test_published_hidden_and_withdrawn_do_not_wait(moderator):
    rows.sent(rule=AT_ONCE)
    rows.sent(rule=AT_ONCE).withdraw()
    deciding.hide(rows.sent(rule=AT_ONCE), by=moderator, reason="No.")
    assert queue(9) == []
    assert waiting().count == 0


def test_everything_that_waits_is_there_oldest_first_each_once(moderator):
    hours = iter(range(20, 0, -1))
    new = pending()
    edited = with_author(AFTER)
    deciding.publish(edited, by=moderator)
    edited.refresh_from_db()
    edited.edit(title="Two benches", body="", version=edited.version)
    pictured = rows.sent(kind="parking", rule=AT_ONCE, photos=(photo(),))
    crowd, once = rows.sent(rule=AT_ONCE), rows.sent(rule=AT_ONCE)
    reported(crowd, 3)
    reported(once, 1)
    review = rows.sent(rule=AT_ONCE)
    deciding.hide(review, by=moderator, reason="No.")
    ask_review(review, "It is true.")
    comment = comment_on(rows.sent(rule=AT_ONCE))
    Proposal.objects.filter(pk=new.pk).update(submitted_at=timezone.now() - datetime.timedelta(hours=next(hours)))
    cases = queue(20)
    assert {(case.key, *case.why) for case in cases} == {
        (f"p{new.pk}", "pending"),
        (f"p{edited.pk}", "wording"),
        (f"p{pictured.pk}", "photo"),
        (f"p{crowd.pk}", "system"),
        (f"p{once.pk}", "reported"),
        (f"p{review.pk}", "review"),
        (f"c{comment.pk}", "comment"),
    }
    assert cases[0].key == f"p{new.pk}" and cases[0].age == in_words(datetime.timedelta(hours=20))
    assert [case.since for case in cases] == sorted(case.since for case in cases)
    assert waiting().count == 7


def test_case_that_was_asked_for_comes_first_if_it_waits():
    first, second = pending(), pending()
    assert [case.proposal for case in queue(9, f"p{second.pk}")] == [second, first]
    assert [case.proposal for case in queue(9, "p999999")] == [first, second]


def test_number_of_queries_does_not_grow(moderator, django_assert_max_num_queries):
    for _number in range(6):
        pending()
        comment_on(rows.sent(rule=AT_ONCE))
    with django_assert_max_num_queries(8):
        assert len([case.flags for case in queue(20)]) == 12


# --- refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "typed"),
    [
        ("hide", {}),
        ("hide", {"words": "   "}),
        ("hide", {"reason": "because"}),
        ("ask", {}),
        ("ask", {"reason": "spam"}),
        ("part", {"part": "sit"}),
        ("part", {"reason": "private"}),
        ("erase", {"reason": "spam"}),
        ("part", {"reason": "private", "part": "not in the text"}),
        ("part", {"reason": "private", "part": "."}),
    ],
)
def test_decision_that_lacks_something_changes_nothing_and_keeps_what_was_typed(client, moderator, verb, typed):
    proposal = pending()
    answer = decide(client, proposal, verb, **typed)
    assert answer.status_code == 422
    kept = [value for value in typed.values() if value.strip() and value != "because"]
    assert all(value.encode() in answer.content for value in kept)
    proposal.refresh_from_db()
    assert (proposal.publication, proposal.version) == (Publication.PENDING, 1)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("verb", ["publish", "hide", "part", "ask"])
def test_decision_on_an_older_version_is_told_and_not_made(client, moderator, verb):
    proposal = pending()
    read = Proposal.objects.get(pk=proposal.pk)
    proposal.edit(title="Another title", body="Where to sit?", version=proposal.version)
    answer = decide(client, read, verb, reason="spam", words="Please.", part="sit")
    assert answer.status_code == 409
    assert b"Another title" in answer.content
    proposal.refresh_from_db()
    assert proposal.publication == Publication.PENDING
    assert not Decision.objects.exists()


@pytest.mark.parametrize("key", ["p999999", "c999999", "x1", "p", "p1e9", "p" + "9" * 19, "pü"])
def test_decision_on_what_is_not_there(client, moderator, key):
    answer = client.post(reverse("moderation_decide"), {"case": key, "version": 1, "verb": "publish"})
    assert answer.status_code in {404, 422}


@pytest.mark.parametrize("verb", ["publish", "hide", "part", "ask"])
def test_withdrawn_proposal_is_not_decided_on(client, moderator, verb):
    proposal = pending()
    proposal.withdraw()
    assert decide(client, proposal, verb, reason="spam", words="Please.", part="sit").status_code == 409
    proposal.refresh_from_db()
    assert proposal.publication == Publication.WITHDRAWN


def test_publishing_what_nothing_waits_of_is_refused(client, moderator):
    assert decide(client, rows.sent(rule=AT_ONCE), "publish").status_code == 409


def test_get_decides_nothing(client, moderator):
    pending()
    assert client.get(reverse("moderation_decide")).status_code == 405
    assert client.get(reverse("moderation_undo")).status_code == 405


def test_decision_without_the_token_of_the_form_is_refused(moderator):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(moderator)
    proposal = pending()
    assert decide(strict, proposal, "publish").status_code == 403
    proposal.refresh_from_db()
    assert not proposal.is_public
