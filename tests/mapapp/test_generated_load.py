"""Generated proposals: plausible, told from people's, removable; never among people's unless somebody says so."""

import numpy
import pytest
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import connection

from actors.models import Organisation
from layers.gazetteer.landmarks import landmarks_for
from layers.gazetteer.neighbourhood import Neighbourhood
from layers.models import Area
from mapapp import generated_load
from proposals.models import Category, Pledge, Proposal
from tests.categories import make_categories
from tests.geodata.rows import make_proposal


@pytest.fixture
def load(toytown, monkeypatch):
    """The command, without its VACUUM: a test's transaction allows none."""
    make_categories()
    monkeypatch.setattr(generated_load, "_tidy", lambda: None)
    return lambda *arguments: call_command("generate_load", *arguments)


def test_generated_proposals_lie_in_the_areas_that_they_name(load):
    load("400")
    points = Proposal.objects.public().extra(where=["GeometryType(location) = 'POINT'"])
    assert Proposal.objects.public().count() == 400
    assert len(set(Proposal.objects.values_list("area_id", flat=True))) == 4
    before = dict(points.values_list("pk", "area_id"))
    Proposal.objects.assign_areas()
    assert dict(points.values_list("pk", "area_id")) == before


def test_generated_proposals_keep_to_their_categories(load):
    load("400")
    for category in Category.objects.all():
        shapes = set(category.proposals.extra(select={"type": "GeometryType(location)"}).values_list("type", flat=True))
        assert shapes <= {name.upper() for name in category.geometry_types}
        assert category.privacy_rule == "exact" or not shapes
    assert {status for (status,) in Proposal.objects.values_list("status")} >= {"open", "taken_up", "confirmed"}
    assert not Proposal.objects.exclude(landmark__names__isnull=False).exists()


def test_generated_proposals_that_were_taken_up_have_a_promise(load):
    load("200")
    load("100", "--seed", "2")
    stages = ("taken_up", "in_progress", "delivered", "confirmed")
    assert set(Proposal.objects.taken_up()) == set(Proposal.objects.with_status(stages)) != set()
    load("--remove")
    assert not Pledge.objects.exists()
    assert not Organisation.objects.exists()


def test_more_can_be_added_and_all_removed(load):
    load("30")
    load("20", "--seed", "2")
    assert len(set(Proposal.objects.values_list("source_id", flat=True))) == 50
    kept = make_proposal()
    load("--remove")
    assert list(Proposal.objects.all()) == [kept]


def test_people_are_not_joined_unless_somebody_says_so(load):
    make_proposal()
    with pytest.raises(CommandError, match="--yes"):
        load("5")
    assert Proposal.objects.count() == 1
    load("5", "--yes")
    assert Proposal.objects.count() == 6


@pytest.mark.parametrize("arguments", [[], ["5", "--remove"], ["0"], ["-1"], ["10000001"]])
def test_wrong_number_is_refused(load, arguments):
    with pytest.raises(CommandError):
        load(*arguments)
    assert not Proposal.objects.exists()


def test_without_areas_or_categories_it_says_what_is_missing(load):
    Category.objects.all().delete()
    with pytest.raises(CommandError, match="load_demo"):
        load("5")
    make_categories()
    Area.objects.update(valid_to="2026-01-01T00:00:00Z")
    with pytest.raises(CommandError, match="import_areas"):
        load("5")


def test_one_that_people_have_acted_on_keeps_all_from_being_removed(load):
    load("5")
    proposal = Proposal.objects.first()
    proposal.change_status("taken_up", role="organisation")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(CommandError, match="acted on"):
        load("--remove")


def test_landmarks_in_bulk_are_the_gazetteers_own(toytown):
    chance = numpy.random.default_rng(3)
    places = chance.uniform((24.8, 60.17), (24.84, 60.19), (200, 2))
    found = Neighbourhood().landmarks(places)
    expected = landmarks_for([Point(x, y, srid=4326) for x, y in places])
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours is None) == (theirs.distance_m is None)
        if ours is not None:  # rounded on the grid and on the ellipsoid, 0.04 % apart
            assert ours.names == theirs.names
            assert abs(ours.distance_m - theirs.distance_m) <= 50
            assert (ours.bearing - theirs.bearing) % 8 in (0, 1, 7)
