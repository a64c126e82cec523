"""One's own data: shown to its owner alone, and taken along whole."""

import json
import re

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from actors import mails
from actors.models import ContactPerson, User
from proposals.models import Contact
from proposals.my_data import Person
from proposals.my_data_links import token_for
from tests.actors.people import organisation
from tests.proposals.rows import sent
from tests.proposals.traces import ERASE, ME, MY_DATA, NAME, leave_traces, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(db: None) -> User:
    return leave_traces()


def ask(client: Client, email: str = ME, **fields: str) -> int:
    return client.post(MY_DATA, {"email": email, **fields}).status_code


def mailed_link() -> str:
    mails.send_waiting()
    letters = [letter for letter in mail.outbox if "what it knows of this e-mail address" in letter.body]
    return re.search(r"http\S+(/\w\w/my-data/\S+)", letters[-1].body)[1]


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


def test_more_proposals_cost_no_more_queries_on_the_page(me, django_assert_num_queries):
    client = signed_in(me)
    client.get(MY_DATA)
    with CaptureQueriesContext(connection) as first:
        client.get(MY_DATA)
    for _ in range(5):
        sent(email=ME)
    with django_assert_num_queries(len(first)):
        client.get(MY_DATA)
