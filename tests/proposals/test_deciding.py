"""Each decision of a moderator: what everyone sees after it, and that taking it back leaves it as it was."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from proposals import deciding
from proposals.models import (
    Comment,
    Contact,
    Decision,
    Event,
    Flag,
    PhotoState,
    Proposal,
    Publication,
    Verb,
)
from proposals.models.proposal import HIDDEN_PART, MoveRefused, StaleVersion
from proposals.moderation import queue
from tests.actors.people import person
from tests.proposals import rows
from tests.proposals.desk_rows import (
    AFTER,
    AT_ONCE,
    DECISIONS,
    comment_on,
    decide,
    pending,
    photo,
    reported,
    with_author,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


# --- decisions ------------------------------------------------------------------------------------------------------------


def test_desk_shows_words_with_marks_age_and_photos_and_is_kept_by_nobody(client, moderator):
    proposal = pending(body="Ring 040 123 4567 <b>now</b>.", photos=(photo(),), kind="parking")
    answer = client.get(reverse("moderation"))
    page = answer.content.decode()
    assert "<mark>040 123 4567</mark>" in page and "&lt;b&gt;now" in page
    assert reverse("moderation_photo", args=[proposal.photos.get().pk]) in page
    assert "private, no-store" in answer["Cache-Control"]
    assert client.get(reverse("moderation_photo", args=[proposal.photos.get().pk]))["Content-Type"] == "image/jpeg"


def test_empty_desk_says_so(client, moderator):
    assert "Mikään" in (page := client.get(reverse("moderation")).content.decode()) or "Nothing waits" in page


def test_publish_lets_text_wording_and_photos_be_seen(client, moderator):
    proposal = pending(photos=(photo(),), kind="parking")
    answer = decide(client, proposal, "publish")
    assert answer.status_code == 303
    proposal.refresh_from_db()
    assert proposal.is_public and proposal.photos.get().state == PhotoState.PUBLISHED
    event = Event.objects.get(proposal=proposal, verb=Verb.PUBLISHED)
    assert (event.role, event.note.actor) == ("moderator", moderator)
    assert queue(9) == []


def test_publish_settles_reports_and_lets_be_seen_what_they_hid(client, moderator):
    proposal = rows.sent(rule=AT_ONCE)
    reported(proposal, 3)
    proposal.refresh_from_db()
    assert proposal.publication == Publication.HIDDEN
    assert decide(client, proposal, "publish").status_code == 303
    assert not Flag.objects.unsettled().exists()
    proposal.refresh_from_db()
    assert proposal.is_public and queue(9) == []


def test_hiding_what_reports_hid_keeps_it_hidden_with_a_reason(client, moderator):
    proposal = rows.sent(rule=AT_ONCE)
    reported(proposal, 3)
    proposal.refresh_from_db()
    assert decide(client, proposal, "hide", reason="spam").status_code == 303
    assert queue(9) == []
    assert Event.objects.of(proposal).hiding().first().role == "moderator"


def test_reason_is_told_in_the_language_of_the_author(client, moderator):
    proposal = with_author()
    Contact.objects.filter(proposal=proposal).update(language="en")
    decide(client, proposal, "hide", reason="spam", words="See the terms.")
    assert Event.objects.of(proposal).hiding().first().note.text == "It is advertising or nonsense. See the terms."


def test_hidden_part_is_a_mark_for_everyone_and_stays_in_the_authors_wording(client, moderator):
    proposal = with_author(body="Ring 040 123 4567.\nThank you.")
    answer = decide(client, proposal, "part", reason="private", part="040 123 4567")
    assert answer.status_code == 303
    proposal.refresh_from_db()
    assert proposal.body == f"Ring {HIDDEN_PART}.\nThank you." and proposal.is_public
    assert "040" in proposal.texts.get().body
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert HIDDEN_PART in page and "040 123" not in page


def test_next_wording_waits_after_a_part_was_hidden(client, moderator):
    proposal = with_author(body="Ring 040 123 4567.")
    deciding.hide_part(proposal, "040 123 4567", by=moderator, reason="Private.")
    proposal.refresh_from_db()
    proposal.edit(title="The same again", body="Ring 040 123 4567!", version=proposal.version)
    assert proposal.is_public and "040" not in proposal.body
    assert [case.why for case in queue(9)] == [["wording"]]


def test_part_of_a_wording_that_waits_is_hidden_in_what_becomes_public(moderator):
    proposal = with_author(AFTER)
    deciding.publish(proposal, by=moderator)
    proposal.refresh_from_db()
    proposal.edit(title="Ask Matti", body="He lives at 3 B 7.", version=proposal.version)
    deciding.hide_part(proposal, "3 B 7", by=moderator, reason="Private.")
    proposal.refresh_from_db()
    assert (proposal.title, proposal.body) == ("Ask Matti", f"He lives at {HIDDEN_PART}.")
    assert not proposal.texts.waiting().exists()


def test_what_its_author_was_asked_waits_aside_until_the_edit_or_a_week_later(moderator):
    proposal = pending()
    deciding.ask_detail(proposal, "Which pond?", by=moderator)
    assert queue(9) == []
    proposal.refresh_from_db()
    proposal.edit(title="A bench by the north pond", body="", version=proposal.version)
    assert [case.proposal for case in queue(9)] == [proposal]


def test_comment_is_published_or_hidden(client, moderator):
    proposal = rows.sent(rule=AT_ONCE)
    good, bad = comment_on(proposal), comment_on(proposal)
    assert "<mark>040 1234567</mark>" in client.get(reverse("moderation")).content.decode()
    assert decide(client, good, "publish").status_code == 303
    assert decide(client, bad, "hide").status_code == 422
    assert decide(client, bad, "ask", words="What?").status_code == 409
    assert decide(client, bad, "hide", reason="private").status_code == 303
    assert list(Comment.objects.public()) == [good]


def test_photo_is_hidden_with_a_reason_or_covered(client, moderator):
    picture_row = rows.sent(kind="parking", rule=AT_ONCE, photos=(photo(),)).photos.get()
    page, name = reverse("moderation_photo", args=[picture_row.pk]), picture_row.name
    assert client.post(page, {"verb": "hide"}).status_code == 422
    assert client.post(page, {"cover": "[[2,2,3,3]]"}).status_code == 422
    assert client.post(page, {"cover": "[[0.1,0.1,0.5,0.5]]"}).status_code == 303
    picture_row.refresh_from_db()
    assert picture_row.state == PhotoState.PUBLISHED and picture_row.name != name
    assert client.post(page, {"verb": "hide", "words": "A face."}).status_code == 303
    picture_row.refresh_from_db()
    assert picture_row.state == PhotoState.HIDDEN


# --- taking back ----------------------------------------------------------------------------------------------------------


def state(proposal: Proposal) -> tuple:
    proposal.refresh_from_db()
    photos = list(proposal.photos.values_list("state", flat=True))
    waits = list(proposal.texts.waiting().values_list("pk", flat=True))
    reports = Flag.objects.of(proposal).unsettled().count()
    words = (proposal.title, proposal.body, proposal.publication, proposal.published_at is None)
    return (*words, photos, waits, reports, [case.why for case in queue(9)])


@pytest.mark.parametrize("name", DECISIONS)
@pytest.mark.parametrize("rule", [AFTER, AT_ONCE])
def test_taking_back_leaves_it_as_it_was(client, moderator, rule, name):
    proposal = rows.sent(kind="parking", rule=rule, email="", photos=(photo(),))
    if proposal.is_public:
        reported(proposal, 1)
    before = state(proposal)
    DECISIONS[name](proposal, moderator)
    assert client.post(reverse("moderation_undo")).status_code == 303
    assert state(proposal) == before
    assert Event.objects.filter(proposal=proposal, verb=Verb.DECISION_UNDONE).count() == 1
    assert client.post(reverse("moderation_undo")).status_code == 409


def test_nobody_takes_back_what_another_decided_or_what_is_old(moderator):
    proposal = pending()
    deciding.publish(proposal, by=moderator)
    with pytest.raises(MoveRefused):
        deciding.undo(by=person("second", "moderator"))
    Decision.objects.update(at=timezone.now() - datetime.timedelta(minutes=16))
    with pytest.raises(MoveRefused):
        deciding.undo(by=moderator)
    proposal.refresh_from_db()
    assert proposal.is_public


def test_what_was_changed_meanwhile_is_not_taken_back(moderator):
    proposal = pending()
    deciding.publish(proposal, by=moderator)
    deciding.hide(proposal, by=person("second", "moderator"), reason="No.")
    with pytest.raises(StaleVersion):
        deciding.undo(by=moderator)
    proposal.refresh_from_db()
    assert proposal.publication == Publication.HIDDEN


@pytest.mark.parametrize("before", ["pending", "published"])
def test_decision_on_a_comment_is_taken_back(moderator, before):
    comment = comment_on(rows.sent(rule=AT_ONCE))
    if before == "published":
        comment.publish(role="moderator")
    deciding.hide_comment(comment, by=moderator, reason="No.")
    deciding.undo(by=moderator)
    comment.refresh_from_db()
    assert comment.state == before
