"""Receivers that are down, slow or wrong: each call comes again under the same id, and none costs the worker more than a wait."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from geodata import webhooks
from geodata.models import CallState, Webhook, WebhookCall
from geodata.models.webhook import GIVE_UP_AFTER
from proposals.tasks import RETRY_AFTER
from tests.geodata.hooked import published, registered, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toytown")]
MINUTE = datetime.timedelta(minutes=1)


@pytest.mark.parametrize("fault", [500, 404, "hang", "lose"])
def test_call_that_was_not_taken_comes_again_under_the_same_id(receiver, fault):
    webhook = registered(receiver)
    receiver.answers = [fault]
    published()
    with time_machine.travel(timezone.now(), tick=True) as clock:
        assert told(webhook) == 0
        webhook.refresh_from_db()
        assert webhook.is_active and webhook.failing_since and webhook.note
        assert webhooks.call(webhook.pk) == 0  # not before its time
        clock.shift(RETRY_AFTER[0] + MINUTE)
        assert webhooks.call(webhook.pk) == 1
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1
    webhook.refresh_from_db()
    assert (webhook.failing_since, webhook.note) == (None, "")


def test_server_that_is_down_is_tried_at_growing_distances_and_the_call_is_given_up(receiver, settings):
    settings.WEBHOOK_INNER_HOSTS = ["127.0.0.1:9"]
    webhook = Webhook(url="http://127.0.0.1:9/", description="down")
    webhook.begin()
    published()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        told(webhook)
        for wait in RETRY_AFTER:
            call = WebhookCall.objects.get()
            assert (call.state, call.due_at) == (CallState.WAITING, timezone.now() + wait)
            clock.shift(wait)
            webhooks.call(webhook.pk)
    assert WebhookCall.objects.get().state == CallState.GIVEN_UP


def test_webhook_that_fails_for_days_is_switched_off_with_a_note_and_starts_again(receiver):
    webhook = registered(receiver)
    receiver.answers = [500, 500]
    with time_machine.travel(timezone.now(), tick=True) as clock:
        published()
        told(webhook)
        clock.shift(GIVE_UP_AFTER)
        webhooks.call(webhook.pk)
        webhook.refresh_from_db()
        assert (webhook.is_active, webhook.note) == (False, "HTTP 500")
        assert webhooks.call(webhook.pk) == 0
        webhook.start_again()
        assert webhooks.call(webhook.pk) == 1


def test_receiver_that_says_gone_is_switched_off_at_once(receiver):
    webhook = registered(receiver)
    receiver.answers = [410]
    published()
    told(webhook)
    webhook.refresh_from_db()
    assert not webhook.is_active
    assert "410" in webhook.note


def test_one_failure_ends_the_turn_so_that_a_dead_receiver_costs_one_wait(receiver):
    webhook = registered(receiver)
    receiver.answers = [500]
    for _ in range(3):
        published()
    assert told(webhook) == 0
    assert len(receiver.took) == 1
