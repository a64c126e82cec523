"""The printed sign: an open promise on a public proposal, with a square code and nothing that the policy blocks."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from proposals.models import Pledge, PublicationRule, Role
from proposals.pledging import Promise, release, take_up
from tests.actors.people import organisation
from tests.proposals.rows import sent


@pytest.fixture
def pledge(db: None) -> Pledge:
    due = timezone.localdate() + datetime.timedelta(days=9)
    promise = Promise(kind="do", text="The <lamps> are lit.", language="en", due=due)
    return take_up(sent(rule=PublicationRule.AT_ONCE), by=organisation(), promise=promise)


def test_there_is_no_sign_of_no_promise(client: Client, db: None) -> None:
    assert client.get("/en/pledges/999999999/sign/").status_code == 404


def test_a_promise_handed_back_has_no_sign(client: Client, pledge: Pledge) -> None:
    release(pledge, reason="No money.")
    assert client.get(f"/en/pledges/{pledge.pk}/sign/").status_code == 404


def test_a_promise_on_a_hidden_proposal_has_no_sign(client: Client, pledge: Pledge) -> None:
    pledge.proposal.hide(role=Role.MODERATOR, reason="Names a person.")
    assert client.get(f"/en/pledges/{pledge.pk}/sign/").status_code == 404


def test_the_sign_says_it_in_each_language_of_the_city(client: Client, pledge: Pledge, settings) -> None:
    response = client.get(f"/en/pledges/{pledge.pk}/sign/")
    page = response.content.decode()
    assert "The &lt;lamps&gt; are lit." in page
    assert all(f'<section lang="{code}">' in page for code, _ in settings.LANGUAGES)
    assert 'class="qr"' in page
    assert "style=" not in page


def test_the_sign_is_only_read(client: Client, pledge: Pledge) -> None:
    assert client.post(f"/en/pledges/{pledge.pk}/sign/").status_code == 405
