"""Fixtures of every test: the toy city, there from the start and again after a test with transactions of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from tests.geodata.fingerprint import fingerprint
from tests.restoring import keep_rows, put_rows_back
from tests.toytown import Toytown, build_toytown, find_toytown


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Builds the toy city once; each test's transaction leaves it as it was.

    pytest-django makes a test database only where some test of the run is marked `django_db`; without one, a fixture that
    asks for this would build the toy city in the real database.
    """
    name, test_name = connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"]
    if not name.startswith(test_name):
        raise RuntimeError(f"Mark the test with django_db: {name} is not a test database.")
    with django_db_blocker.unblock():
        build_toytown()
        keep_rows()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", put_rows_back)
        yield


@pytest.fixture(autouse=True)
def first_language() -> Iterator[None]:
    """Each test begins in the city's first language: a request leaves the language of its page active behind it."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def toytown(db) -> Toytown:
    """The toy city's areas."""
    return find_toytown()


@pytest.fixture
def ground(toytown) -> Iterator[None]:
    """For refused imports: asserts at the end that nothing of the toy city was written to."""
    before = fingerprint()
    yield
    assert fingerprint() == before


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the clone; tests that need it are skipped where it is absent."""
    folder = settings.BASE_DIR.parent / "shared" / "data"
    if not (folder / "espoo_neighbourhoods.geojson").exists():
        pytest.skip("there is no folder shared/data beside this clone")
    return folder
