"""What shows signs of a machine waits for a moderator, is told nothing of it, and is lost to nobody."""

import pytest
from django.test import Client
from django.utils import timezone

from proposals import spam
from proposals.models import Proposal, Publication, PublicationRule
from proposals.spam import form_stamp, has_many_links, is_hasty
from tests.proposals import rows
from tests.toytown import Toytown

URL = "/en/proposals/new/"
POINT = '{"type": "Point", "coordinates": [24.81, 60.175]}'


@pytest.fixture
def city(toytown: Toytown) -> Toytown:
    rows.category(PublicationRule.AT_ONCE)
    return toytown


def typed(**changes: object) -> dict[str, object]:
    plain = {"kind": "idea", "title": "A bench", "body": "Here.", "geometry": POINT, "step": "send", "key": "k" * 20}
    return plain | changes


def publication(client: Client, **changes: object) -> str:
    assert client.post(URL, typed(**changes)).status_code == 303
    return Proposal.objects.get().publication


def test_person_who_types_is_published_at_once(client, city):
    assert publication(client) == Publication.PUBLISHED


@pytest.mark.parametrize(
    "changes",
    [
        {"website": "https://spam.example"},
        {"body": "http://a.example https://b.example www.c.example"},
        {"email": rows.EMAIL, "website": "x"},
    ],
)
def test_machine_waits_for_a_moderator(client, city, changes):
    assert publication(client, **changes) == Publication.PENDING


def test_honeypot_is_carried_through_both_steps(client, city):
    page = client.post(URL, typed(step="check", website="x")).content.decode()
    assert '<input type="hidden" name="website" value="x">' in page


@pytest.mark.parametrize("stamp", ["", "form", "form:1abc:forged", "new"])
def test_form_that_comes_back_at_once_or_without_our_stamp_waits(client, city, settings, stamp):
    settings.FORM_MIN_SECONDS = 3
    started = form_stamp() if stamp == "new" else stamp
    assert publication(client, started=started) == Publication.PENDING


def test_form_that_took_its_time_does_not_wait(client, city, settings, monkeypatch):
    settings.FORM_MIN_SECONDS = 3
    page = client.get(URL).content.decode()
    stamp = page.split('name="started" value="', 1)[1].split('"', 1)[0]
    assert is_hasty(stamp)
    later = timezone.now().timestamp() + 4
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert not is_hasty(stamp)
    assert publication(client, started=stamp) == Publication.PUBLISHED


def test_stamp_is_no_part_of_what_was_typed(client, city):
    client.post(URL, typed(started=form_stamp()))
    assert client.post(URL, typed(started="")).status_code == 303
    assert Proposal.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "many"),
    [("", False), ("http://a www.b", False), ("http://a HTTPS://b www.c", True), ("awww.x " * 9, False)],
)
def test_links_are_counted(text, many):
    assert has_many_links(text) is many
    assert spam.LINKS_MAX == 2
