"""What shows signs of a machine waits for a moderator, is told nothing of it, and is lost to nobody."""

import json
import re

import pytest
from django.test import Client
from django.utils import timezone

from actors import proof_of_work
from proposals import spam
from proposals.models import Comment, Flag, Proposal, Publication, PublicationRule
from proposals.spam import form_stamp, has_many_links, is_hasty
from tests.actors.people import person
from tests.actors.proofs import solved
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


def test_links_that_come_by_an_edit_wait_too_and_what_was_published_stays(city):
    bench = rows.sent(rule=PublicationRule.AT_ONCE)
    bench.edit(title="A bench", body="http://a.example http://b.example http://c.example", version=bench.version)
    assert (bench.is_public, bench.body) == (True, "There is nowhere to sit.")
    assert bench.texts.waiting().exists()
    bench.edit(title="A bench", body="See http://a.example", version=bench.version)
    assert bench.body == "See http://a.example"
    assert not bench.texts.waiting().exists()


# --- the proof of work --------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(city, settings) -> Toytown:
    settings.PROOF_OF_WORK_ROUNDS = 3
    return city


def test_browser_that_did_its_sum_is_published_at_once(client, asked):
    page = client.post(URL, typed(step="check")).content.decode()
    assert 'data-proof="/en/proof/challenge.json"' in page
    assert publication(client, proof=proof()) == Publication.PUBLISHED


def test_the_script_of_the_proof_runs_before_there_is_a_button_to_press(client, asked):
    page = client.post(URL, typed(step="check")).content.decode()
    script = re.search(r"<script[^>]*proof[^>]*>", page)
    assert script and not {"module", "defer", "async"} & set(re.findall(r"\w+", script[0]))
    assert script.end() < page.index('value="send"')


@pytest.mark.parametrize("sent", [{}, {"proof": ""}, {"proof": "forged"}, {"proof": "\x00" * 5_000}])
def test_without_a_proof_it_waits_and_nothing_is_lost(client, asked, sent):
    assert publication(client, **sent) == Publication.PENDING
    assert Proposal.objects.get().body == "Here."


def test_a_proof_carries_one_proposal(client, asked):
    spent = proof()
    assert publication(client, proof=spent) == Publication.PUBLISHED
    client.post(URL, typed(proof=spent, key="l" * 20))
    assert Proposal.objects.order_by("pk").last().publication == Publication.PENDING


def test_looking_at_it_before_sending_spends_nothing(client, asked):
    kept = proof()
    assert client.post(URL, typed(step="check", proof=kept)).status_code == 200
    assert publication(client, proof=kept) == Publication.PUBLISHED


def test_proof_is_no_part_of_what_was_typed(client, asked):
    client.post(URL, typed(proof=proof()))
    assert client.post(URL, typed(proof="")).status_code == 303
    assert Proposal.objects.count() == 1


def test_staff_who_enter_for_others_prove_nothing(client, asked):
    client.force_login(person("mia", "moderator"))
    address = "/en/proposals/new/on-behalf/"
    fields = typed(channel="phone", consent="on")
    assert "data-proof" not in client.post(address, fields | {"step": "check"}).content.decode()
    assert client.post(address, fields).status_code == 303
    assert Proposal.objects.get().is_public


def test_api_keeps_its_own_rule(client, asked):
    body = {"title": "A bench", "kind": "idea", "geometry": json.loads(POINT)}
    posted = client.post(
        "/api/v1/proposals", body, content_type="application/json", headers={"Idempotency-Key": "k" * 20}
    )
    assert posted.json()["publication"] == "published"


@pytest.mark.parametrize(("proven", "state"), [(True, "published"), (False, "pending")])
def test_comment_without_a_proof_waits(client, asked, proven, state):
    bench = rows.sent(rule=PublicationRule.AT_ONCE)
    fields = {"body": "Yes!", "language": "en"} | ({"proof": proof()} if proven else {})
    assert client.post(f"/en/proposals/{bench.pk}/comments/", fields).status_code == 303
    assert Comment.objects.get().state == state


def test_refused_comment_keeps_its_words_and_its_proof(client, asked):
    bench, kept = rows.sent(rule=PublicationRule.AT_ONCE), proof()
    address, fields = f"/en/proposals/{bench.pk}/comments/", {"body": "Yes!", "proof": kept}
    refused = client.post(address, fields | {"language": "xx"})
    assert refused.status_code == 422
    assert "Yes!" in refused.content.decode()
    client.post(address, fields | {"language": "en"})
    assert Comment.objects.get().is_public


def test_reports_without_a_proof_are_read_and_hide_nothing(asked):
    bench = rows.sent(rule=PublicationRule.AT_ONCE)
    for n in range(5):
        sent = {"reason": "spam", "note": "Buy!"}
        Client().post(f"/en/proposals/{bench.pk}/report/", sent, REMOTE_ADDR=f"192.0.2.{n}")
    bench.refresh_from_db()
    assert (bench.is_public, Flag.objects.unsettled().count()) == (True, 5)
    for n in range(5, 8):
        sent = {"reason": "spam", "proof": proof()}
        Client().post(f"/en/proposals/{bench.pk}/report/", sent, REMOTE_ADDR=f"192.0.2.{n}")
    bench.refresh_from_db()
    assert not bench.is_public


def proof() -> str:
    """What the browser sends for a new challenge."""
    return solved(proof_of_work.challenge())
