"""The ground in the admin: to look at, not to write over what the next import brings."""

from dataclasses import asdict

import pytest
from django.urls import reverse

from actors.models import User
from layers.models import Area, NeighbourLayer, ServiceLocation, Space
from layers.reasons import Reason


@pytest.fixture
def administrator(db) -> User:
    return User.objects.create_superuser(email="admin@example.org", password="not a real one")


@pytest.fixture
def admin_pages(client, administrator):
    client.force_login(administrator)
    return client


@pytest.mark.parametrize("model", [Area, ServiceLocation, Space])
@pytest.mark.parametrize("action", ["change", "delete"])
def test_nobody_writes_over_what_was_imported(admin_pages, toytown, model, action):
    row = model.objects.first()
    address = reverse(f"admin:layers_{model._meta.model_name}_{action}", args=[row.pk])
    assert admin_pages.post(address, {"names": "{}", "post": "yes"}).status_code == 403
    assert model.objects.get(pk=row.pk).names == row.names


@pytest.mark.parametrize("model", ["area", "service", "servicelocation", "space", "dataset"])
def test_nobody_adds_by_hand_what_comes_by_import(admin_pages, toytown, model):
    assert admin_pages.get(reverse(f"admin:layers_{model}_add")).status_code == 403


def test_resident_sees_nothing_of_it(client, toytown):
    assert client.get(reverse("admin:layers_area_changelist")).status_code == 302


@pytest.mark.parametrize("model", ["area", "service", "servicelocation", "space", "dataset"])
def test_lists_are_shown(admin_pages, toytown, model):
    assert admin_pages.get(reverse(f"admin:layers_{model}_changelist")).status_code == 200


def test_area_shows_its_facts_without_its_boundary(admin_pages, toytown):
    page = admin_pages.get(reverse("admin:layers_area_change", args=[toytown.north_west.pk])).content.decode()
    assert "60.185000, 24.810000" in page
    assert "MULTIPOLYGON" not in page


def test_names_of_a_service_can_be_bettered(admin_pages, toytown):
    service = ServiceLocation.objects.get(source_id="t1").service
    names = '{"fi": "kirjasto", "sv": "bibliotek", "en": "public library"}'
    address = reverse("admin:layers_service_change", args=[service.pk])
    assert admin_pages.post(address, {"names": names}).status_code == 302
    service.refresh_from_db()
    assert service.names["en"] == "public library"


def test_layer_of_a_neighbour_tells_its_last_fetch_in_the_administrators_language(admin_pages):
    outcome = asdict(Reason("It has more than %(number)s corners.", {"number": 20_000}))
    layer = NeighbourLayer.objects.create(
        slug="lanes", url="https://named.example/collections/lanes", names={"en": "Lanes"}, licence="CC0",
        attribution="Nextdoor", outcome=outcome,
    )  # fmt: skip
    for address in ("changelist", "change"):
        args = [layer.pk] if address == "change" else []
        page = admin_pages.get(
            reverse(f"admin:layers_neighbourlayer_{address}", args=args), headers={"Accept-Language": "sv"}
        )
        assert "Det har fler än 20\xa0000 hörn." in page.content.decode()
    assert admin_pages.get(reverse("admin:layers_neighbourlayer_add")).status_code == 200
