"""Loading the demo city: into an empty city, beside official areas, and not into another city."""

import datetime
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from geodata.imports import import_areas
from layers.models import Area, ServiceLocation
from layers.models.dataset import Origin
from mapapp.city import read_city
from mapapp.demo.areas import write_level
from mapapp.demo.load import AnotherCity, load_demo, moment
from proposals.models import Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture
def espoo(settings, tmp_path):
    """The demo's own city in place of the toy city, with no areas yet and photos of its own."""
    settings.CITY = read_city(settings.BASE_DIR / "city" / "espoo.toml")
    settings.MEDIA_ROOT = tmp_path / "photos"
    ServiceLocation.objects.all().delete()
    Area.objects.all().delete()


def test_official_areas_are_not_replaced_by_the_approximate_ones(espoo, tmp_path):
    path = tmp_path / "official.geojson"
    write_level("neighbourhood", path)
    import_areas(path, "neighbourhood", dataset=Origin("official", "Official areas"))
    demo = load_demo()
    assert demo.areas_kept
    assert demo.proposals == 120
    assert set(Area.objects.current().values_list("dataset__slug", flat=True)) == {"official"}


def test_demo_is_refused_in_another_city(espoo, settings):
    settings.CITY = replace(settings.CITY, bounds=(24.80, 60.17, 24.84, 60.19))
    with pytest.raises(AnotherCity):
        load_demo()
    assert not Proposal.objects.exists()
    out = StringIO()
    call_command("load_demo", stdout=out)
    assert "Nothing was loaded" in out.getvalue()


def test_command_says_what_it_did(espoo):
    first, second = StringIO(), StringIO()
    call_command("load_demo", stdout=first)
    call_command("load_demo", stdout=second)
    assert "120 proposals" in first.getvalue()
    assert "nothing was changed" in second.getvalue()


def test_moments_keep_their_order_lie_in_the_past_and_in_waking_hours():
    today = datetime.date(2026, 11, 24)
    days = [0, 0.02, 0.5, 0.999, 1, 1.4, 29.5, 30.5, 365.25, 700]
    moments = [moment(d, today) for d in days]
    assert moments == sorted(moments, reverse=True)
    assert all(timezone.localtime(m).date() < today for m in moments)
    assert all(7 <= timezone.localtime(m).hour <= 22 for m in moments)
