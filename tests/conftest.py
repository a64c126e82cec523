"""Fixtures of every test: the toy city, there from the start and again after a test that emptied the tables."""

from pathlib import Path

import pytest
from django.conf import settings

from layers.models import Area
from tests.toytown import Toytown, build_toytown, find_toytown


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Builds the toy city once; each test's transaction leaves it as it was."""
    with django_db_blocker.unblock():
        build_toytown()


@pytest.fixture
def toytown(db) -> Toytown:
    """The toy city's areas. A test with transactions of its own empties the tables when it ends, so it may have to be built
    anew.
    """
    return find_toytown() if Area.objects.exists() else build_toytown()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the clone; tests that need it are skipped where it is absent."""
    folder = settings.BASE_DIR.parent / "shared" / "data"
    if not (folder / "espoo_neighbourhoods.geojson").exists():
        pytest.skip("there is no folder shared/data beside this clone")
    return folder
