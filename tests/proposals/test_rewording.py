"""A new wording of what is published: the old one is seen until a moderator decides, who sees both."""

from time import perf_counter

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from actors.models import User
from proposals import deciding
from proposals.models import Event, Proposal, Verb
from proposals.models.proposal import MoveRefused, StaleVersion
from proposals.moderation import queue
from proposals.rewording import Fate, compared
from proposals.submit import hashed
from proposals.tasks import empty_one_batch, send_mail
from tests.proposals import rows
from tests.proposals.desk_rows import AFTER, AT_ONCE, comment_on, decide, pending, reported, with_author

pytestmark = pytest.mark.django_db
WORDS = {"title": "Two benches by the pond", "body": "There is nowhere to sit or lie."}


@pytest.fixture
def reworded(moderator: User) -> Proposal:
    """A published proposal whose author has worded it anew; the new words wait."""
    proposal = with_author(AFTER)
    deciding.publish(proposal, by=moderator)
    proposal.refresh_from_db()
    proposal.edit(**WORDS, version=proposal.version)
    return proposal


def seen(proposal: Proposal) -> str:
    return Client().get(f"/en/proposals/{proposal.pk}/").content.decode()


# --- the comparison -------------------------------------------------------------------------------------------------------


@given(st.text(max_size=200), st.text(max_size=200))
def test_pieces_make_up_both_texts(before: str, after: str) -> None:
    pieces = compared(before, after)
    assert "".join(piece.text for piece in pieces if piece.fate != Fate.ADDED) == before
    assert "".join(piece.text for piece in pieces if piece.fate != Fate.REMOVED) == after


def test_only_what_differs_is_marked() -> None:
    pieces = compared("A bench by the pond.", "A bench at the pond!")
    assert [(piece.text, piece.fate) for piece in pieces if piece.fate != Fate.SAME] == [
        ("by", Fate.REMOVED), ("at", Fate.ADDED), (".", Fate.REMOVED), ("!", Fate.ADDED),
    ]  # fmt: skip
    assert compared("Same.", "Same.")[0].fate == Fate.SAME


def test_text_made_to_be_slow_is_compared_in_no_time() -> None:
    start = perf_counter()
    compared("a b " * 1_250, "b a " * 1_250)
    compared("x" + " a" * 2_499, "y" + " a" * 1_000 + " b a" * 700)
    assert perf_counter() - start < 2


# --- refusals -------------------------------------------------------------------------------------------------------------


def test_without_a_reason_nothing_is_refused(client, reworded: Proposal) -> None:
    answer = decide(client, reworded, "keep")
    assert answer.status_code == 422
    assert reworded.texts.waiting().exists()
    with pytest.raises(MoveRefused):
        deciding.keep_published(reworded, by=User.objects.get(), reason=" ")


def test_only_what_waits_over_something_published_is_refused(client, moderator: User) -> None:
    for proposal in (pending(), rows.sent(rule=AT_ONCE)):
        assert decide(client, proposal, "keep", reason="spam").status_code == 409
    assert decide(client, comment_on(proposal), "keep", reason="spam").status_code == 409
    assert not Event.objects.filter(verb=Verb.WORDING_REFUSED).exists()


def test_wording_that_came_while_the_moderator_read_is_not_decided_on(client, reworded: Proposal) -> None:
    version = reworded.version
    reworded.edit(title="Three benches", body="", version=version)
    for verb in ("publish", "keep"):
        answer = decide(client, reworded, verb, reason="spam", version=version)
        assert answer.status_code == 409
        assert "Three" in answer.content.decode()
    with pytest.raises(StaleVersion):
        deciding.keep_published(reworded, by=User.objects.get(), reason="No.", version=version)
    assert "Three" not in seen(reworded)


# --- both wordings --------------------------------------------------------------------------------------------------------


def test_old_wording_is_seen_and_the_moderator_sees_both(client, reworded: Proposal) -> None:
    assert "A bench by the pond" in seen(reworded) and "Two benches" not in seen(reworded)
    page = client.get("/en/moderation/").content.decode()
    assert "</span>bench</del>" in page
    assert "</span>benches</ins>" in page
    assert "Keep the published text" in page
    assert "What everyone sees now" in page


def test_new_proposal_has_nothing_to_be_kept(client, moderator: User) -> None:
    pending()
    page = client.get("/en/moderation/").content.decode()
    assert "Keep the published text" not in page and "<ins>" not in page


def test_markup_in_a_wording_is_shown_as_it_was_typed(client, reworded: Proposal) -> None:
    reworded.edit(title="<b>x</b>", body="<script>alert(1)</script>", version=reworded.version)
    page = client.get("/en/moderation/").content.decode()
    assert "<script>alert" not in page and "<b>x" not in page


def test_publishing_takes_the_new_wording_over(client, reworded: Proposal) -> None:
    assert decide(client, reworded, "publish").status_code == 303
    assert "Two benches" in seen(reworded)
    assert queue(9) == []


def test_refusing_keeps_what_is_published_and_tells_the_author_why(client, reworded: Proposal) -> None:
    assert decide(client, reworded, "keep", words="Lying is another matter.").status_code == 303
    assert "A bench by the pond" in seen(reworded) and "Two benches" not in seen(reworded)
    assert queue(9) == []
    event = Event.objects.get(verb=Verb.WORDING_REFUSED)
    assert (event.role, event.before, event.after) == ("moderator", "", "")
    assert "Lying" not in seen(reworded)
    while empty_one_batch():
        pass
    mail.outbox.clear()
    send_mail(event.pk)
    [letter] = mail.outbox
    assert "Lying is another matter." in letter.body and "/edit/" in letter.body


def test_author_finds_the_refused_words_and_may_word_it_anew(client, reworded: Proposal) -> None:
    deciding.keep_published(reworded, by=User.objects.get(), reason="Lying is another matter.")
    key = rows.on_device(client)
    reworded.contact.device_key_hash = hashed(key)
    reworded.contact.save()
    address = f"/en/proposals/{reworded.pk}/edit/"
    page = client.get(address).content.decode()
    assert "Lying is another matter." in page and WORDS["body"] in page
    reworded.refresh_from_db()
    client.post(address, {"title": "A bench", "body": "", "version": reworded.version})
    assert "Lying is another matter." not in client.get(address).content.decode()
    assert [case.why for case in queue(9)] == [["wording"]]


def test_refusal_is_taken_back(client, reworded: Proposal) -> None:
    deciding.keep_published(reworded, by=User.objects.get(), reason="No.")
    assert client.post(reverse("moderation_undo")).status_code == 303
    assert [case.why for case in queue(9)] == [["wording"]]
    assert queue(9)[0].wording.title == WORDS["title"]
    reworded.refresh_from_db()
    assert Event.objects.of(reworded).refusing_wording() is None


def test_reports_of_what_is_published_wait_on(client, reworded: Proposal) -> None:
    reported(reworded, 1)
    deciding.keep_published(reworded, by=User.objects.get(), reason="No.")
    assert [case.why for case in queue(9)] == [["reported"]]
