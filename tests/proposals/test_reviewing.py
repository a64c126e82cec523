"""What the author hears of the moderators' decisions, and the right to a new review."""

from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.urls import reverse

from proposals import deciding
from proposals.models import (
    Event,
    Verb,
)
from proposals.moderation import queue
from proposals.reviewing import ask_review
from proposals.tasks import empty_one_batch, send_mail
from tests.proposals import rows
from tests.proposals.desk_rows import AT_ONCE, DECISIONS, with_author

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media_root")]


# --- the author -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"), [("hide", "/review/"), ("part", "/review/"), ("ask", "/edit/"), ("publish", None)]
)
def test_author_is_told_with_a_link_that_works(client, moderator, name, words):
    proposal = with_author()
    if name == "publish":
        deciding.hide(proposal, by=moderator, reason="No.")
    DECISIONS[name](proposal, moderator)
    while empty_one_batch():
        pass
    event = Event.objects.filter(proposal=proposal, role="moderator").last()
    mail.outbox.clear()
    send_mail(event.pk)
    [letter] = mail.outbox
    assert letter.to == [rows.EMAIL]
    if words:
        link = next(line for line in letter.body.splitlines() if line.endswith(words))
        client.logout()
        assert client.get(urlsplit(link).path).status_code == 200


def test_taking_back_is_told_too(moderator):
    proposal = with_author()
    deciding.hide(proposal, by=moderator, reason="No.")
    deciding.undo(by=moderator)
    send_mail(Event.objects.filter(proposal=proposal).last().pk)
    assert len(mail.outbox) == 1


def test_author_asks_for_a_new_review_once(client, moderator):
    device = rows.on_device(client)
    proposal = rows.sent(rule=AT_ONCE, device=device)
    page = reverse("proposal_review", args=[proposal.pk])
    assert client.post(page, {"words": "Please."}).status_code == 409  # nothing is hidden
    deciding.hide(proposal, by=moderator, reason="No.")
    assert client.post(page, {"words": " "}).status_code == 422
    assert client.post(page, {"words": "It is true."}).status_code == 303
    assert client.post(page, {"words": "Again."}).status_code == 409
    [case] = queue(9)
    assert (case.why, case.request) == (["review"], "It is true.")
    deciding.hide(proposal, by=moderator, reason="Still no.")
    assert queue(9) == []
    assert client.post(page, {"words": "Again."}).status_code == 409


def test_review_of_a_hidden_part_may_bring_the_authors_wording_back(moderator):
    proposal = with_author()
    deciding.hide_part(proposal, "nowhere", by=moderator, reason="No.")
    ask_review(proposal, "It names nobody.")
    proposal.refresh_from_db()
    deciding.publish(proposal, by=moderator)
    proposal.refresh_from_db()
    assert proposal.body == "There is nowhere to sit." and queue(9) == []


def test_nobody_else_asks_for_a_review(client, moderator):
    proposal = rows.sent(rule=AT_ONCE, device="0" * 32)
    deciding.hide(proposal, by=moderator, reason="No.")
    rows.on_device(client)
    assert client.post(reverse("proposal_review", args=[proposal.pk]), {"words": "Me."}).status_code == 403
    assert client.post(reverse("author_review", args=["forged"]), {"words": "Me."}).status_code == 403
    assert not Event.objects.filter(verb=Verb.REVIEW_ASKED).exists()


def test_author_finds_the_way_to_a_new_review_on_their_own_pages(client, moderator):
    client.logout()
    proposal = rows.sent(rule=AT_ONCE, device=rows.on_device(client))
    edit, review = reverse("proposal_edit", args=[proposal.pk]), reverse("proposal_review", args=[proposal.pk])
    assert review not in client.get(edit).content.decode()
    deciding.hide_part(proposal, "nowhere", by=moderator, reason="No.")
    assert review in client.get(edit).content.decode()
    deciding.hide(proposal, by=moderator, reason="No.")
    for page in (edit, proposal.get_absolute_url()):
        assert review in client.get(page).content.decode()
