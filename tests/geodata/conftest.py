"""What the tests of the data's doors share."""

from collections.abc import Iterator

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections

from actors.models import ApiKey
from geodata import webhooks
from geodata.models import Webhook
from layers.models import Area, Dataset, ReferenceLayer
from proposals.models import MailSent, Submission
from tests.geodata.canaries import Planted, plant
from tests.geodata.hooked import Receiver, receiving
from tests.toytown import Toytown, build_toytown, find_toytown


@pytest.fixture
def committed_city(db) -> Iterator[Toytown]:
    """The toy city with rows that are committed at once, as an export's own connection sees no others; they go at the end.

    The test gets a connection beside the one whose transaction `db` rolls back. Emptying these tables costs a tenth of what a
    test with transactions of its own spends on emptying all and building the city anew.
    """
    rolled_back = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        yield find_toytown() if Area.objects.exists() else build_toytown()
        with connection.cursor() as cursor:
            cursor.execute(
                "SET lock_timeout = '5s'"
            )  # an export that a failed test left running must not stop the rest
            cursor.execute("TRUNCATE proposals_proposal, proposals_category, actors_throttlecount CASCADE")
            cursor.execute(
                "TRUNCATE geodata_downloadcount, geodata_snapshot, geodata_pyramidcell, geodata_pyramiddelta"
            )
            cursor.execute(
                "TRUNCATE proposals_subscriber, actors_user, actors_organisation, actors_waitingmail CASCADE"
            )
    finally:
        connection.close()
        connections[DEFAULT_DB_ALIAS] = rolled_back


@pytest.fixture
def planted(committed_city) -> Iterator[Planted]:
    """Everything private, planted."""
    yield plant()
    for model in (ReferenceLayer, ApiKey, Webhook, MailSent, Submission):
        model.objects.all().delete()
    Dataset.objects.filter(slug="paths").delete()


@pytest.fixture
def receiver(settings, monkeypatch) -> Iterator[Receiver]:
    """A receiver of webhooks that may be called, for 0.4 s."""
    monkeypatch.setattr(webhooks, "TIMEOUT_S", 0.4)
    with receiving() as running:
        settings.WEBHOOK_INNER_HOSTS = [f"127.0.0.1:{running.port}"]
        yield running
