"""The accounts of the demo: each organisation can be signed in for, once and for all."""

import pytest

from actors.models import Organisation, User
from mapapp.demo.people import load_people
from tests.actors.people import organisation

pytestmark = pytest.mark.django_db


def test_an_organisation_gets_an_administrator_an_editor_and_a_contact_person() -> None:
    care = organisation("street-care")
    load_people()
    roles = dict(care.memberships.values_list("user__email", "role"))
    assert roles == {"street-care@example.org": "administrator", "street-care-editor@example.org": "editor"}
    assert care.contact_person.email == "street-care@example.org"
    assert not User.objects.get(email="street-care@example.org").needs_second_factor


def test_loading_again_adds_nobody_and_other_organisations_get_nobody() -> None:
    other = organisation("somebody-real")
    assert load_people() == 3
    assert load_people() == 0
    assert not other.memberships.exists()


def test_staff_have_their_roles() -> None:
    load_people()
    assert set(User.objects.exclude(role=None).values_list("role", flat=True)) == {
        "moderator",
        "facilitator",
        "planner",
    }
    assert not Organisation.objects.public().exists()
