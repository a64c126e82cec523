"""docs/operate/roles.sql: the services' own role does all that they need, and cannot touch the sealed history."""

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from proposals.models import Event, EventSeal, PublicationRule
from proposals.tasks import empty_one_batch
from tests.proposals.rows import category, sent


@pytest.fixture
def as_services(db):
    """The rest of the test runs in the services' role."""
    category(PublicationRule.AT_ONCE)
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute("CREATE ROLE osallisuuskartta_web")  # rolled back with the test
        except DatabaseError:
            pytest.skip("the role that runs the tests may make no roles, or this one is there already")
        cursor.execute((settings.BASE_DIR / "docs/operate/roles.sql").read_text())
        cursor.execute("SET LOCAL ROLE osallisuuskartta_web")


def test_services_work_in_their_role(as_services):
    proposal = sent(rule=PublicationRule.AT_ONCE)
    proposal.edit(title="Another title", body="", version=proposal.version)
    assert empty_one_batch() == 3
    proposal.withdraw()


@pytest.mark.parametrize("model", [Event, EventSeal])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"])
def test_sealed_history_is_out_of_their_reach(as_services, model, verb):
    sent(rule=PublicationRule.AT_ONCE)
    empty_one_batch()
    key = model._meta.pk.column
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(model._meta.db_table, key, key))


@pytest.mark.parametrize("statement", ["DELETE FROM django_migrations", "CREATE TABLE public.theirs ()"])
def test_tables_are_the_owners(as_services, statement):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
