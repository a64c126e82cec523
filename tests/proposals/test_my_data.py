"""One's own data: shown to its owner alone, taken along whole, and erased so that no table leads to the person."""

import json
import re
from io import StringIO

import pytest
import time_machine
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from actors import mails
from actors.models import ContactPerson, Founder, Invitation, Membership, User
from proposals.erasing import OnlyAdministrator, StaffAccount, erase
from proposals.models import (
    Comment,
    Contact,
    Delivery,
    Event,
    EventNote,
    Follow,
    MailSent,
    Proposal,
    PublicationRule,
    Role,
    Subscriber,
    Support,
    Verb,
    Verdict,
    Watch,
)
from proposals.my_data import Person
from proposals.my_data_links import token_for
from proposals.notifications import address_hash
from proposals.submit import hashed
from proposals.supporting import Supporter, support
from proposals.tasks import empty_one_batch
from tests.actors.people import application, organisation
from tests.proposals.rows import sent

ME, NAME = "planted.person@example.org", "Plantedname"
MY_DATA = "/en/my-data/"
HOME = Point(24.8123456, 60.1754321, srid=4326)
AROUND = MultiPolygon(Polygon.from_bbox((24.8, 60.17, 24.81, 60.18)), srid=4326)
DIGESTS = (hashed(ME), address_hash(ME))

pytestmark = pytest.mark.django_db


@pytest.fixture
def me() -> User:
    """A person who has left a trace in every table that can hold one."""
    now = timezone.now()
    user = User.objects.create_user(ME, first_name=NAME, last_name=NAME)
    company = organisation("huolto")
    Membership.objects.create(user=user, organisation=company, role="editor")
    Membership.objects.create(
        user=User.objects.create_user("boss@example.org"), organisation=company, role="administrator"
    )
    ContactPerson.objects.create(organisation=company, name=NAME, email=ME, phone="040 5559876")
    Founder.objects.create(application=application("decided"), email=ME, confirmed_at=now)
    Invitation.objects.create(organisation=company, email=ME, role="member", made_at=now)
    proposal = mine()
    proposal.edit(title="A better bench", body=f"I am {NAME}.", version=proposal.version)
    proposal.edit(title="A bench", body="To sit on.", version=proposal.version)
    others = sent(email="other@example.org", rule=PublicationRule.AT_ONCE, title="A lamp")
    support(others, Supporter(hashed("1" * 32), hashed(ME)))
    Verdict.objects.create(proposal=others, round=1, voter_hash=hashed(ME), is_proposer=False, done=True, at=now)
    Comment.objects.create(
        proposal=others, body="A lamp would help me.", language="en", state="published", user=user, at=now
    )
    Proposal.objects.filter(pk=others.pk).update(comments=1)
    others.hide(role=Role.MODERATOR, reason=f"{NAME} says so.", actor_id=user.pk)
    others.publish(role=Role.MODERATOR)
    subscriber = Subscriber.objects.create(email=ME, language="en", made_at=now, confirmed_at=now)
    watch = Watch.objects.create(
        subscriber=subscriber, name=f"{NAME}'s home", zone=AROUND, centre=HOME, radius_m=500, made_at=now
    )
    Follow.objects.create(subscriber=subscriber, proposal=others, made_at=now)
    Delivery.objects.create(event=Event.objects.first(), subscriber=subscriber, watch=watch, due_at=now)
    MailSent.objects.create(address_hash=address_hash(ME), message_id="<1@x>")
    mails.post(ME, "my_data", "Hello", {"link": "x"})
    mails.post("boss@example.org", "my_data", "Hello", {"link": "x"}, reply_to=ME)
    LogEntry.objects.create(
        user=User.objects.get(email="boss@example.org"), content_type=ContentType.objects.get_for_model(User),
        object_id=user.pk, object_repr=ME, action_flag=CHANGE, change_message="",
    )  # fmt: skip
    while empty_one_batch():
        pass
    return user


def mine(**fields: object) -> Proposal:
    proposal = sent(email=ME, rule=PublicationRule.AT_ONCE, **fields)
    Proposal.objects.filter(pk=proposal.pk).update(location=HOME)
    proposal.refresh_from_db()
    return proposal


def grep(*words: str) -> list[str]:
    """The tables and columns that hold one of `words`, in whatever type, capitals or not."""
    columns = """SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped"""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(columns)
        for table, column in cursor.fetchall():
            pattern = "|".join(re.escape(word) for word in words)
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ~* %s', [pattern])
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return sorted(found)


def verify_history() -> bool:
    try:
        call_command("verify_history", stdout=StringIO())
    except CommandError:
        return False
    return True


def ask(client: Client, email: str = ME, **fields: str) -> int:
    return client.post(MY_DATA, {"email": email, **fields}).status_code


def mailed_link() -> str:
    mails.send_waiting()
    letters = [letter for letter in mail.outbox if "what it knows of this e-mail address" in letter.body]
    return re.search(r"http\S+(/\w\w/my-data/\S+)", letters[-1].body)[1]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


ERASE = {"proposals": "keep", "sure": "on"}


# --- whose it is --------------------------------------------------------------------------------------------------------


def test_answer_is_the_same_for_a_known_and_an_unknown_address(client, me):
    waiting_before = mails.WaitingMail.objects.count()
    known = client.post(MY_DATA, {"email": ME})
    unknown = client.post(MY_DATA, {"email": "stranger@example.org"})
    assert (
        (known.status_code, known["Location"])
        == (unknown.status_code, unknown["Location"])
        == (303, f"{MY_DATA}?sent=1")
    )
    assert mails.WaitingMail.objects.count() == waiting_before + 1
    assert client.get(f"{MY_DATA}?sent=1").status_code == 200


@pytest.mark.parametrize("email", ["", "no address", "a@b", "x" * 300 + "@example.org"])
def test_odd_address_is_refused_and_kept(client, email):
    response = client.post(MY_DATA, {"email": email})
    assert response.status_code == 422
    assert mails.WaitingMail.objects.count() == 0


def test_machine_that_fills_the_hidden_field_is_refused(client, me):
    assert ask(client, reference="x") == 422


def test_one_mail_an_hour(client, me):
    before = mails.WaitingMail.objects.count()
    for _ in range(3):
        assert ask(client) == 303
    assert mails.WaitingMail.objects.count() == before + 1


def test_many_askings_are_too_many(client, me):
    answers = [ask(client, f"nobody{n}@example.org") for n in range(21)]
    assert answers == [303] * 20 + [429]


def test_link_opens_for_an_hour_and_for_this_alone(client, me):
    with time_machine.travel("2026-11-24 12:00:00Z", tick=False) as clock:
        ask(client)
        link = mailed_link()
        page = client.get(link)
        assert page.status_code == 200 and ME in page.content.decode() and "A bench" in page.content.decode()
        assert page["Cache-Control"] == "private, no-store" and page["Referrer-Policy"] == "no-referrer"
        assert client.get(link.replace("my-data", "s") + "verdict/").status_code == 403
        clock.shift(3601)
        assert client.get(link).status_code == 410
        assert client.post(link, ERASE).status_code == 410
    assert Contact.objects.filter(email=ME).exists()


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: "s" + t[1:], lambda t: "x", lambda t: t.replace(".", "")]
)
def test_tampered_link_is_refused(client, me, change):
    token = change(token_for(Person.of(ME)))
    for address in (f"{MY_DATA}{token}/", f"{MY_DATA}{token}/my-data.json", f"{MY_DATA}{token}/my-data.geojson"):
        assert client.get(address).status_code == 403


def test_link_of_a_row_that_is_another_persons_by_now_opens_nothing(client, db):
    company = organisation("huolto")
    person = ContactPerson.objects.create(organisation=company, name="A", email=ME)
    token = token_for(Person.of(ME))
    ContactPerson.objects.filter(pk=person.pk).update(email="successor@example.org")
    assert client.get(f"{MY_DATA}{token}/").status_code == 410


def test_files_of_the_account_ask_a_stranger_to_sign_in(client):
    for name in ("my-data.json", "my-data.geojson"):
        assert client.get(MY_DATA + name)["Location"].startswith("/accounts/login/")


def test_get_erases_nothing(me):
    signed_in(me).get(MY_DATA, ERASE)
    assert Contact.objects.filter(email=ME).exists()


# --- what is told -------------------------------------------------------------------------------------------------------


def test_file_tells_everything(me):
    client = signed_in(me)
    response = client.get(f"{MY_DATA}my-data.json")
    assert response["Cache-Control"] == "private, no-store" and "attachment" in response["Content-Disposition"]
    told = json.loads(response.content)
    (proposal,) = told["proposals"]
    assert proposal["place_as_you_gave_it"]["coordinates"] == [24.8123456, 60.1754321]
    assert [wording["title"] for wording in proposal["own_wordings"]] == [
        "A bench by the pond",
        "A better bench",
        "A bench",
    ]
    assert told["account"]["last_name"] == NAME
    assert [len(told[part]) for part in ("supports", "verdicts", "comments", "reasons_and_acts")] == [1, 1, 1, 1]
    assert told["reasons_and_acts"][0]["text"] == f"{NAME} says so."
    subscription = told["subscription"]
    assert [len(subscription[part]) for part in ("watches", "follows", "told_of")] == [1, 1, 1]
    parts = ("memberships", "applications", "contact_person_of", "invitations")
    assert [len(told[part]) for part in parts] == [1, 1, 1, 1]
    assert "other@example.org" not in response.content.decode()


def test_places_are_told_exactly_with_the_watches(me):
    told = json.loads(signed_in(me).get(f"{MY_DATA}my-data.geojson").content)
    kinds = [(feature["properties"]["what"], feature["geometry"]["type"]) for feature in told["features"]]
    assert kinds == [("proposal", "Point"), ("centre of a watch", "Point"), ("watch", "MultiPolygon")]


def test_nothing_of_others_is_told(me):
    other = User.objects.create_user("else@example.org")
    told = json.loads(signed_in(other).get(f"{MY_DATA}my-data.json").content)
    empty = {"supports", "proposals", "verdicts", "comments", "memberships", "applications", "invitations"}
    assert all(told[part] == [] for part in empty) and told["subscription"] is None
    assert ME not in json.dumps(told)


# --- erased -------------------------------------------------------------------------------------------------------------


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
