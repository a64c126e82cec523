"""What authors do with their own proposal, and what nobody else can."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from proposals.codes import written_tracking_code
from proposals.device import DEVICE_COOKIE, is_author, new_device_key
from proposals.links import Purpose, token_for
from proposals.models import Contact, Event, Publication, PublicationRule, Role, Status, Verb
from proposals.submit import hashed
from tests.proposals import rows

WORDS = {"title": "A bench and a bin", "body": "There is nowhere to sit."}


@pytest.fixture
def own_proposal(client, db):
    return rows.sent(email="", rule=PublicationRule.AT_ONCE, device=rows.on_device(client))


def edit_page(proposal) -> str:
    return reverse("proposal_edit", args=[proposal.pk])


def withdraw_page(proposal) -> str:
    return reverse("proposal_withdraw", args=[proposal.pk])


def edited(client, proposal, **changes):
    return client.post(edit_page(proposal), WORDS | {"version": proposal.version} | changes)


# --- whose it is --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [edit_page, withdraw_page])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("key", [None, "", "x", "0" * 32, "A" * 32, "0" * 10_000])
def test_other_browser_is_refused(own_proposal, page, method, key):
    stranger = Client()
    if key is not None:
        stranger.cookies[DEVICE_COOKIE] = key
    before = (own_proposal.title, own_proposal.publication, Event.objects.count())
    assert getattr(stranger, method)(page(own_proposal), WORDS | {"version": 1}).status_code == 403
    own_proposal.refresh_from_db()
    assert (own_proposal.title, own_proposal.publication, Event.objects.count()) == before


@pytest.mark.parametrize("page", [edit_page, withdraw_page])
def test_browser_of_one_proposal_cannot_touch_another(client, own_proposal, page):
    other = rows.sent(device=new_device_key())
    assert client.get(page(other)).status_code == 403
    assert client.post(page(other), WORDS | {"version": 1}).status_code == 403


def test_proposal_without_a_device_belongs_to_no_browser(client, own_proposal):
    nobodys = rows.sent(device="")
    assert client.get(edit_page(nobodys)).status_code == 403


def test_empty_digest_finds_nobody(db):
    rows.sent(device="")
    assert not Contact.objects.of_device("").exists()


def test_digest_of_the_key_is_not_the_key(client, own_proposal):
    thief = Client()
    thief.cookies[DEVICE_COOKIE] = own_proposal.contact.device_key_hash[:32]
    assert thief.get(edit_page(own_proposal)).status_code == 403


def test_author_whose_contact_was_erased_is_a_stranger(client, rf, own_proposal):
    own_proposal.contact.delete()
    own_proposal.refresh_from_db()
    request = rf.get("/")
    request.COOKIES[DEVICE_COOKIE] = client.cookies[DEVICE_COOKIE].value
    assert not is_author(request, own_proposal)
    assert client.get(edit_page(own_proposal)).status_code == 403


def test_proposal_that_is_not_there_is_answered_like_a_stranger_s(client, own_proposal):
    for pk in (10**20, own_proposal.pk + 10_000):
        assert client.get(reverse("proposal_edit", args=[pk])).status_code == 403


def test_form_of_another_site_cannot_withdraw(db):
    client = Client(enforce_csrf_checks=True)
    proposal = rows.sent(device=rows.on_device(client))
    assert client.post(withdraw_page(proposal)).status_code == 403


@pytest.mark.parametrize("page", [edit_page, withdraw_page])
def test_page_of_an_author_is_kept_by_nobody(client, own_proposal, page):
    answer = client.get(page(own_proposal))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"


# --- editing ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "\u200b\u2060"},
        {"title": "x" * 121},
        {"body": "x" * 5_001},
        {"body": "nul \0"},
        {"version": ""},
        {"version": "x"},
        {"version": "0"},
        {"version": str(10**20)},
    ],
)
def test_bad_wording_is_refused_and_shown_again(client, own_proposal, changes):
    answer = edited(client, own_proposal, **changes)
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.content.decode()
    own_proposal.refresh_from_db()
    assert own_proposal.title == "A bench by the pond"


def test_stale_edit_loses_nothing_and_shows_both(client, own_proposal):
    own_proposal.edit(title="Changed elsewhere", body="Elsewhere.", version=1)
    answer = client.post(edit_page(own_proposal), WORDS | {"version": 1})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Changed elsewhere" in page and "A bench and a bin" in page
    own_proposal.refresh_from_db()
    assert own_proposal.title == "Changed elsewhere"
    again = client.post(edit_page(own_proposal), WORDS | {"version": answer.context["form"].data["version"]})
    assert again.status_code == 303
    own_proposal.refresh_from_db()
    assert own_proposal.title == "A bench and a bin"


def test_support_meanwhile_does_not_make_an_edit_stale(client, own_proposal):
    type(own_proposal).objects.filter(pk=own_proposal.pk).update(supports_verified=3)
    assert edited(client, own_proposal).status_code == 303


def test_edit_is_stored_with_its_event_and_wording(client, own_proposal):
    events = Event.objects.count()
    assert edited(client, own_proposal).status_code == 303
    own_proposal.refresh_from_db()
    assert (own_proposal.title, own_proposal.version) == ("A bench and a bin", 2)
    assert Event.objects.count() == events + 1
    assert list(own_proposal.texts.order_by("version").values_list("title", flat=True)) == [
        "A bench by the pond",
        "A bench and a bin",
    ]


def test_same_words_again_are_no_event(client, own_proposal):
    events = Event.objects.count()
    assert edited(client, own_proposal, title="A bench by the pond").status_code == 303
    assert Event.objects.count() == events


def test_markup_is_shown_as_it_was_typed(client, own_proposal):
    edited(client, own_proposal, title="<script>alert(1)</script>", body="{{ settings }}")
    page = client.get(edit_page(own_proposal)).content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;" in page and "{{ settings }}" in page


def test_edit_of_what_a_moderator_publishes_waits_and_is_shown_to_its_author(client, db):
    proposal = rows.sent(rule=PublicationRule.AFTER_MODERATION, device=rows.on_device(client))
    proposal.confirm()
    proposal.publish(role=Role.MODERATOR)
    assert edited(client, proposal).status_code == 303
    proposal.refresh_from_db()
    assert proposal.title == "A bench by the pond"
    answer = client.get(edit_page(proposal))
    assert answer.context["waits"] and answer.context["form"].initial["title"] == "A bench and a bin"


def test_withdrawn_proposal_is_not_edited(client, own_proposal):
    own_proposal.withdraw()
    assert client.get(edit_page(own_proposal)).status_code == 410
    assert edited(client, own_proposal).status_code == 410


def test_hidden_proposal_is_not_edited_and_its_author_reads_the_reason(client, own_proposal):
    own_proposal.hide(role=Role.MODERATOR, reason="It names a neighbour.")
    answer = edited(client, own_proposal)
    assert answer.status_code == 409
    assert "It names a neighbour." in answer.content.decode()


def test_mailed_link_edits_without_any_cookie(client, db):
    proposal = rows.sent()
    address = reverse("author_edit", args=[token_for(proposal.contact, Purpose.EDIT)])
    assert client.post(address, WORDS | {"version": 1}).status_code == 303
    proposal.refresh_from_db()
    assert proposal.title == "A bench and a bin" and proposal.publication == Publication.UNCONFIRMED
    assert client.get(address + "?saved=1").status_code == 200
    assert not client.cookies


# --- withdrawing --------------------------------------------------------------------------------------------------------


def test_withdrawing_asks_first_and_is_done_once(client, own_proposal):
    assert client.get(withdraw_page(own_proposal)).status_code == 200
    own_proposal.refresh_from_db()
    assert own_proposal.publication == Publication.PUBLISHED
    first, again = client.post(withdraw_page(own_proposal)), client.post(withdraw_page(own_proposal))
    assert first["Location"].endswith("?done=1") and not again["Location"].endswith("?done=1")
    own_proposal.refresh_from_db()
    assert own_proposal.publication == Publication.WITHDRAWN
    assert Event.objects.filter(verb=Verb.WITHDRAWN).count() == 1
    assert client.get(withdraw_page(own_proposal)).context["is_withdrawn"]


def test_hidden_proposal_may_be_withdrawn(client, own_proposal):
    own_proposal.hide(role=Role.MODERATOR, reason="It names a neighbour.")
    assert client.post(withdraw_page(own_proposal)).status_code == 303
    own_proposal.refresh_from_db()
    assert own_proposal.publication == Publication.WITHDRAWN


# --- tracking -----------------------------------------------------------------------------------------------------------


def track(client, code: str):
    return client.post(reverse("proposal_track"), {"code": code})


@pytest.mark.parametrize(("code", "status"), [("", 422), ("7KD2", 422), ("7KD2-M9QU", 422), ("7KD2-M9QX", 404)])
def test_wrong_tracking_code_is_answered_in_words(client, db, code, status):
    answer = track(client, code)
    assert answer.status_code == status
    assert 'id="error-summary"' in answer.content.decode()


def test_tracking_codes_cannot_be_tried_out(client, db):
    with time_machine.travel("2026-11-24 12:00:05Z", tick=False) as clock:
        answers = [track(client, "7KD2-M9QX") for _ in range(12)]
        assert [answer.status_code for answer in answers] == [404] * 10 + [429] * 2
        assert answers[-1]["Retry-After"] == "55"
        clock.move_to("2026-11-24 12:01:00Z")
        assert track(client, "7KD2-M9QX").status_code == 404


def test_tracking_code_shows_how_far_it_is_and_not_what_it_says(client, db):
    proposal = rows.sent()
    answer = track(client, written_tracking_code(proposal.contact.tracking_code).lower())
    page = answer.content.decode()
    assert answer.status_code == 200 and answer["Cache-Control"] == "private, no-store"
    assert str(Publication.UNCONFIRMED.label) in page
    for private in (proposal.title, proposal.body, rows.EMAIL, edit_page(proposal), proposal.get_absolute_url()):
        assert private not in page


def test_tracking_code_shows_the_stage_of_a_published_proposal(client, db):
    proposal = rows.sent(rule=PublicationRule.AT_ONCE)
    proposal.change_status(Status.TAKEN_UP, role=Role.ORGANISATION)
    page = track(client, proposal.contact.tracking_code).content.decode()
    assert str(Status.TAKEN_UP.label) in page and proposal.get_absolute_url() in page


def test_own_browser_is_offered_to_edit(client, own_proposal):
    assert edit_page(own_proposal) in track(client, own_proposal.contact.tracking_code).content.decode()


def test_key_is_kept_as_a_digest(client, own_proposal):
    key = client.cookies[DEVICE_COOKIE].value
    assert own_proposal.contact.device_key_hash == hashed(key) != key
