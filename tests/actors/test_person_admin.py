"""People and organisations in the admin: no passwords, no short cut past the application."""

import pytest
from django.test import Client

from actors.models import Organisation, User
from tests.actors.people import organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_pages() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.org"))
    return client


def test_admin_adds_no_organisation_and_verifies_none(admin_pages):
    assert admin_pages.get("/admin/actors/organisation/add/").status_code == 403
    made = organisation("huolto", verified=False)
    form = {"slug": "huolto", "names": '{"fi": "Huolto"}', "type": "company", "verified_at_0": "2026-01-01", "verified_at_1": "12:00", "description": "{}", "goals": "{}", "needs": "{}", "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}  # fmt: skip
    admin_pages.post(f"/admin/actors/organisation/{made.pk}/change/", form)
    assert Organisation.objects.get().state == "applied"


def test_person_added_in_the_admin_has_a_role_and_no_password(admin_pages):
    page = admin_pages.get("/admin/actors/user/add/").content.decode()
    assert "password" not in page.lower()
    admin_pages.post("/admin/actors/user/add/", {"email": "Mira@Example.org", "role": "moderator", "is_active": "on"})
    mira = User.objects.get(email="mira@example.org")
    assert mira.has_role("moderator")
    assert not mira.has_usable_password()
