"""Figures of operation: closed without the token, true with it."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from actors import mails
from proposals.models import PublicationRule, Subscriber
from proposals.tasks import empty_one_batch
from tests.proposals.rows import sent

TOKEN = "a token of fifty characters"


def told(client) -> dict[str, float]:
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    rows = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {name.removeprefix("osallisuuskartta_"): float(value) for name, value in rows}


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}]
)
@pytest.mark.parametrize("token", ["", TOKEN])
def test_door_is_closed_without_the_token(client, settings, header, token, db, django_assert_num_queries):
    settings.METRICS_TOKEN = token
    with django_assert_num_queries(0):
        assert client.get("/metrics", headers=header).status_code == 404


def test_figures_count_what_waits(client, settings, db):
    settings.METRICS_TOKEN = TOKEN
    assert set(told(client).values()) == {0}
    proposal = sent(rule=PublicationRule.AT_ONCE)
    mails.post("anna@example.org", "my_data", "Hello", {"link": "x"})
    found = told(client)
    assert (found["outbox_events"], found["events_unsealed"], found["mails_waiting"]) == (2, 2, 1)
    empty_one_batch()
    now = timezone.now()
    subscriber = Subscriber.objects.create(email="b@example.org", language="en", made_at=now)
    subscriber.deliveries.create(event=proposal.events.first(), due_at=now)
    found = told(client)
    assert (found["outbox_events"], found["events_unsealed"], found["deliveries_overdue"]) == (0, 0, 1)
    assert found["jobs_waiting"] == 1 and found["jobs_failed"] == 0


def test_no_person_is_in_the_figures(client, settings, db):
    settings.METRICS_TOKEN = TOKEN
    sent(email="planted@example.org")
    response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert b"planted" not in response.content and response["Cache-Control"] == "private, no-store"


def test_command_says_the_same(db):
    out = StringIO()
    call_command("figures_of_operation", stdout=out)
    assert "0  jobs_failed: Dead letters" in out.getvalue()
