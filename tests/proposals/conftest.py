"""What several tests of proposals stand on."""

from pathlib import Path

import pytest

from actors.models import User
from tests.actors.people import person


@pytest.fixture
def media_root(settings, tmp_path) -> Path:
    """A folder of this test alone for the photos."""
    settings.MEDIA_ROOT = tmp_path / "photos"
    return settings.MEDIA_ROOT


@pytest.fixture
def moderator(client, db) -> User:
    """A moderator, signed in on `client`."""
    user = person("moderator", "moderator")
    client.force_login(user)
    return user
