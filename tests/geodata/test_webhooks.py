"""Webhooks against a real receiver: signed, only what is public, and never a private address."""

import datetime
import json

import pytest
import standardwebhooks
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from actors.models import User
from geodata import webhooks
from geodata.models import CallState, Webhook, WebhookCall
from geodata.models.webhook import Topic
from geodata.tasks import CALLS_KEPT, forget_webhook_calls, plan_webhooks
from proposals.models import Role, Status
from proposals.pledging import Promise, take_up
from proposals.tasks import empty_one_batch
from tests.actors.people import organisation, person
from tests.geodata.hooked import published, registered, told
from tests.proposals.rows import sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toytown")]
MINUTE = datetime.timedelta(minutes=1)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "https://user:word@example.org/", "https://example.org:8443/", "https://127.0.0.1/",
        "https://10.1.2.3/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest", "https://localhost/",
        "https://", "javascript:alert(1)", "https://example.org/" + "a" * 500,
    ],
)  # fmt: skip
def test_address_that_is_not_on_the_open_internet_is_not_registered(url):
    with pytest.raises(ValidationError) as refusal:
        Webhook(url=url, description="x").full_clean()
    assert "url" in refusal.value.message_dict


@pytest.mark.parametrize(
    ("query", "named"), [("kind=nonsense", "kind"), ("colour=red", "colour"), ("area=nowhere", "area")]
)
def test_filter_that_cannot_be_read_is_not_registered(query, named):
    with pytest.raises(ValidationError) as refusal:
        Webhook(url="https://example.org/", description="x", query=query).full_clean()
    assert refusal.value.message_dict["query"][0].startswith(f"{named}:")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "127.0.0.1.", "0.0.0.0"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_private_address_gets_no_call_however_it_is_written(receiver, settings, scheme, host):
    settings.WEBHOOK_INNER_HOSTS = []
    webhook = Webhook(url=f"{scheme}://{host}:{receiver.port}/", description="x")
    webhook.begin()
    published()
    assert told(webhook) == 0
    assert receiver.took == []
    webhook.refresh_from_db()
    assert webhook.note


def test_redirect_is_a_failure_and_is_not_followed(receiver):
    webhook = registered(receiver)
    receiver.answers = [302]
    published()
    assert told(webhook) == 0
    assert len(receiver.took) == 1
    assert WebhookCall.objects.get().answer == "HTTP 302"


def test_what_is_not_public_is_not_told(receiver):
    webhook = registered(receiver)
    waiting = sent()
    assert told(webhook) == 0
    waiting.withdraw()
    assert told(webhook) == 0
    assert receiver.took == []


def test_what_is_hidden_before_its_call_is_told_as_removed_without_a_word_of_it(receiver):
    webhook = registered(receiver)
    proposal = published(title="A secret of somebody", email="anna@example.org")
    proposal.hide(role=Role.MODERATOR, reason="Names a neighbour.")
    told(webhook)
    assert [(call["type"], call["data"]) for call in receiver.told] == [("proposal.removed", {"id": proposal.pk})]
    assert not any(b"secret" in body or b"neighbour" in body or b"anna" in body for _headers, body in receiver.took)
    assert WebhookCall.objects.get(topic=Topic.PUBLISHED).state == CallState.DROPPED


def test_only_an_administrator_registers(client):
    user = person("planner", "planner")
    client.force_login(user)
    assert client.get(reverse("admin:geodata_webhook_add")).status_code in (302, 403)


def test_command_refuses_what_the_admin_refuses():
    with pytest.raises(CommandError, match="https://"):
        call_command("add_webhook", "http://example.org", description="x")
    assert not Webhook.objects.exists()


# --- what is told -----------------------------------------------------------------------------------------------------


def test_call_is_signed_as_the_standard_has_it_and_holds_the_public_feature(receiver, client):
    webhook = registered(receiver)
    proposal = published()
    assert told(webhook) == 1
    ((headers, body),) = receiver.took
    payload = standardwebhooks.Webhook(webhook.secret).verify(body, headers)
    assert payload["type"] == "proposal.published"
    feature = json.loads(client.get(f"/ogc/collections/proposals/items/{proposal.pk}").content)
    assert payload["data"]["properties"] == feature["properties"]
    assert payload["data"]["geometry"] == feature["geometry"]
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(webhook.secret).verify(body.replace(b"bench", b"bunch"), headers)
    webhook.change_secret()
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(webhook.secret).verify(body, headers)


def test_promise_is_told_as_itself_and_as_the_stage_that_it_brings(receiver):
    webhook = registered(receiver)
    proposal = published()
    due = timezone.localdate() + datetime.timedelta(days=9)
    take_up(proposal, by=organisation("huolto"), promise=Promise(kind="do", text="We do it.", language="en", due=due))
    told(webhook)
    assert [call["type"] for call in receiver.told] == ["proposal.published", "proposal.status_changed", "pledge.made"]
    assert receiver.told[1]["change"] == {"from": "open", "to": "taken_up"}
    assert receiver.told[2]["data"]["properties"]["due"] == due.isoformat()
    assert len(set(receiver.ids)) == 3


def test_only_the_chosen_events_of_the_chosen_proposals_are_told_and_each_once(receiver):
    webhook = registered(receiver, topics=[Topic.STATUS_CHANGED], query="kind=parking")
    for kind in ("parking", "idea"):
        published(kind=kind).change_status(Status.NOT_PLANNED, role=Role.PLANNER, reason="No room.")
    told(webhook)
    Webhook.objects.update(seen=0)  # as after a restore: what was told is known
    told(webhook)
    assert [(call["type"], call["data"]["properties"]["kind"]) for call in receiver.told] == [
        ("proposal.status_changed", "parking")
    ]


def test_what_happened_before_it_was_registered_is_not_told(receiver):
    published()
    empty_one_batch()
    webhook = registered(receiver)
    assert told(webhook) == 0
    assert receiver.took == []


def test_worker_plans_one_job_for_a_webhook_with_calls_and_forgets_old_ones(receiver):
    webhook = registered(receiver)
    published()
    empty_one_batch()
    plan_webhooks(0)
    assert [job.args for job in ProcrastinateJob.objects.filter(task_name="call_webhook")] == [
        {"webhook_id": webhook.pk}
    ]
    webhooks.call(webhook.pk)
    forget_webhook_calls(0)
    assert WebhookCall.objects.count() == 1
    with time_machine.travel(timezone.now() + CALLS_KEPT + MINUTE):
        forget_webhook_calls(0)
    assert WebhookCall.objects.count() == 0


def test_administrator_registers_in_the_admin_and_sees_the_secret_once(client):
    client.force_login(User.objects.create_superuser("root@example.org"))
    typed = {
        "url": "https://example.org/hook",
        "description": "A newspaper",
        "query": "kind=parking",
        "is_active": "on",
    }
    typed |= {"topics": ["proposal.published"], "calls-TOTAL_FORMS": "0", "calls-INITIAL_FORMS": "0"}
    refused = client.post(reverse("admin:geodata_webhook_add"), typed | {"url": "http://10.0.0.1/"})
    assert refused.status_code == 200 and not Webhook.objects.exists()
    page = client.post(reverse("admin:geodata_webhook_add"), typed, follow=True)
    webhook = Webhook.objects.get()
    assert webhook.secret in page.text.replace("&#x27;", "'").replace("&#x2B;", "+")
    change = client.get(reverse("admin:geodata_webhook_change", args=[webhook.pk]))
    assert change.status_code == 200
    assert webhook.secret not in change.text
    assert "A newspaper" in client.get(reverse("admin:geodata_webhook_changelist")).text
    assert webhook.secret.removeprefix("whsec_") not in str(Webhook.objects.values().get())


def test_command_registers_and_prints_the_secret(capsys):
    call_command(
        "add_webhook", "https://example.org/hook", description="A newspaper", event=["pledge.made"], filter="kind=idea"
    )
    webhook = Webhook.objects.get()
    assert capsys.readouterr().out.strip() == webhook.secret
    assert (webhook.topics, webhook.query) == (["pledge.made"], "kind=idea")
