"""Erasing a person: no table leads to them, the city keeps what it was told, and the sealed history verifies."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from actors.models import ContactPerson, Founder, Membership, User
from proposals.erasing import OnlyAdministrator, StaffAccount, erase
from proposals.models import Comment, Contact, Decision, Event, EventNote, Proposal, Support, Verb, Verdict
from proposals.my_data import Person
from proposals.my_data_links import token_for
from proposals.submit import hashed
from proposals.tasks import empty_one_batch
from tests.actors.people import application
from tests.proposals.rows import sent
from tests.proposals.traces import DIGESTS, ERASE, ME, MY_DATA, NAME, grep, leave_traces, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(db: None) -> User:
    return leave_traces()


def verify_history() -> bool:
    try:
        call_command("verify_history", stdout=StringIO())
    except CommandError:
        return False
    return True


def test_erase_page_asks_before_it_acts(me):
    client = signed_in(me)
    for fields in ({}, {"proposals": "keep"}, {"sure": "on"}, {"proposals": "burn", "sure": "on"}):
        assert client.post(MY_DATA, fields).status_code == 422
    assert Contact.objects.filter(email=ME).exists()


@pytest.mark.parametrize("withdraw", [False, True])
def test_no_table_leads_to_who_was_erased(me, withdraw):
    assert len(grep(ME, NAME, *DIGESTS)) >= 12  # the search finds what is there
    digests = (hashed("1" * 32),)
    assert grep(*digests) != []
    erase(Person.of(ME), withdraw=withdraw)
    assert grep(ME, NAME, "5559876", *DIGESTS, *digests) == []
    assert not User.objects.filter(pk=me.pk).exists()


def test_erased_person_keeps_no_session(me):
    client = signed_in(me)
    elsewhere = signed_in(me)
    response = client.post(MY_DATA, ERASE)
    assert (response.status_code, response["Location"]) == (303, f"{MY_DATA}?erased=1")
    assert "Erased" in client.get(f"{MY_DATA}?erased=1").content.decode()
    assert elsewhere.get("/accounts/").status_code == 302


def test_by_link_and_then_the_link_is_dead(client, me):
    link = f"{MY_DATA}{token_for(Person.of(ME))}/"
    assert Client(enforce_csrf_checks=True).post(link, ERASE).status_code == 303
    assert client.get(link).status_code == 410


def test_kept_proposal_stays_public_without_its_author(me):
    proposal = Contact.objects.get(email=ME).proposal
    before = proposal.public_location
    erase(Person.of(ME), withdraw=False)
    proposal.refresh_from_db()
    assert (proposal.is_public, proposal.title, proposal.location) == (True, "A bench", None)
    assert proposal.public_location == before and proposal.texts.count() == 0
    assert Event.objects.of(proposal).latest("pk").verb == Verb.AUTHOR_ERASED
    assert Client().get(f"/en/proposals/{proposal.pk}/").status_code == 200
    assert Comment.objects.get().body == "A lamp would help me."


def test_withdrawn_proposal_loses_its_words(me):
    proposal = Contact.objects.get(email=ME).proposal
    erase(Person.of(ME), withdraw=True)
    proposal.refresh_from_db()
    assert (proposal.publication, proposal.title, proposal.body) == ("withdrawn", "–", "")
    assert Client().get(f"/en/proposals/{proposal.pk}/").status_code == 410
    assert Proposal.objects.get(title="A lamp").comments == 0
    assert grep("would help me", "To sit on") == []


def test_unconfirmed_proposal_is_never_left_waiting_without_an_author(db):
    proposal = sent(email=ME)
    erase(Person.of(ME), withdraw=False)
    proposal.refresh_from_db()
    assert (proposal.publication, proposal.title) == ("withdrawn", "–")


def test_counts_stay(me):
    lamp = Proposal.objects.get(title="A lamp")
    erase(Person.of(ME), withdraw=True)
    lamp.refresh_from_db()
    assert (lamp.supports_verified, Support.objects.of(lamp).verified().count(), Verdict.objects.count()) == (1, 1, 1)


def test_nothing_of_others_is_erased(me):
    erase(Person.of(ME), withdraw=True)
    assert Contact.objects.filter(email="other@example.org").exists()
    assert User.objects.filter(email="boss@example.org").exists()
    assert Proposal.objects.get(title="A lamp").is_public


def test_last_administrator_is_told_why_not(me):
    Membership.objects.filter(user=me).update(role="administrator")
    Membership.objects.exclude(user=me).delete()
    response = signed_in(me).post(MY_DATA, ERASE)
    assert response.status_code == 409 and "Huolto" in response.content.decode()
    assert Contact.objects.filter(email=ME).exists() and Membership.objects.filter(user=me).exists()
    with pytest.raises(OnlyAdministrator):
        erase(Person.of(ME), withdraw=True)


def test_staff_account_is_an_administrators_to_end(me):
    User.objects.filter(pk=me.pk).update(role="moderator")
    with pytest.raises(StaffAccount):
        erase(Person.of(ME), withdraw=False)
    assert EventNote.objects.filter(actor=me).exists()


def test_application_that_nobody_decided_on_goes_with_its_applicant(db):
    made = application("applied")
    Founder.objects.update(email=ME)
    ContactPerson.objects.update(email=ME)
    erase(Person.of(ME), withdraw=False)
    assert grep(ME) == [] and not type(made).objects.exists()


def test_history_holds_before_and_after_and_not_with_one_byte_altered(me):
    assert verify_history()
    erase(Person.of(ME), withdraw=True)
    assert verify_history()
    while empty_one_batch():
        pass
    assert verify_history()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE proposals_event DISABLE TRIGGER event_append_only")
        cursor.execute("UPDATE proposals_event SET note_digest = 'g' || substr(note_digest, 2) WHERE verb = 'hidden'")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE proposals_event ENABLE TRIGGER event_append_only")
    assert not verify_history()


def test_decision_that_could_be_taken_back_does_not_bring_the_words_back(me):
    proposal = Contact.objects.get(email=ME).proposal
    moderator = User.objects.create_user("moderator@example.org")
    words = {"title": f"{NAME} writes"}
    Decision.objects.create(
        actor=moderator, proposal=proposal, before=words, version=proposal.version, at=timezone.now()
    )
    erase(Person.of(ME), withdraw=True)
    assert grep(NAME) == [] and not Decision.objects.exists()
