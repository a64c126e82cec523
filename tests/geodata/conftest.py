"""What the tests of the data's doors share."""

from collections.abc import Iterator

import pytest

from geodata import webhooks
from tests.geodata.canaries import Planted, plant
from tests.geodata.hooked import Receiver, receiving
from tests.toytown import Toytown


@pytest.fixture
def committed_city(transactional_db, toytown) -> Toytown:
    """The toy city with rows that are committed at once, as an export's own connection sees no others."""
    return toytown


@pytest.fixture
def planted(committed_city) -> Planted:
    """Everything private, planted."""
    return plant()


@pytest.fixture
def receiver(settings, monkeypatch) -> Iterator[Receiver]:
    """A receiver of webhooks that may be called, for 0.4 s."""
    monkeypatch.setattr(webhooks, "TIMEOUT_S", 0.4)
    with receiving() as running:
        settings.WEBHOOK_INNER_HOSTS = [f"127.0.0.1:{running.port}"]
        yield running
