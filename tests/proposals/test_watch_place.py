"""Where one follows: a place with a distance, a drawn area with holes; hostile ones are refused; the forecast for each."""

import datetime
import hashlib
import json
import math

import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone

from actors import mails
from layers.models import Area
from proposals.forecast import forecast
from proposals.matching import match
from proposals.models import Delivery, Event, Proposal, PublicationRule, Subscriber, Watch
from proposals.pledging import take_up
from proposals.wish import Wish
from tests.actors.people import organisation
from tests.proposals.rows import category, sent
from tests.proposals.test_matching import promise
from tests.proposals.watching import ADDRESS, ANYTHING, FORM, ask, mailed, with_account

AROUND_SENT = {"where": "circle", "radius": "250", "place": "60.175, 24.81"}  # where `sent` puts its proposals
SQUARE = [[24.805, 60.173], [24.815, 60.173], [24.815, 60.178], [24.805, 60.178], [24.805, 60.173]]
HOLE = [[24.809, 60.1745], [24.811, 60.1745], [24.811, 60.1755], [24.809, 60.1755], [24.809, 60.1745]]
BOW_TIE = [[24.805, 60.173], [24.815, 60.178], [24.815, 60.173], [24.805, 60.178], [24.805, 60.173]]


@pytest.fixture
def signed_in(db: None) -> Client:
    return with_account()


def shape(*rings: object) -> dict[str, str]:
    return {"where": "shape", "geometry": json.dumps({"type": "Polygon", "coordinates": rings})}


def star(corners: int) -> list[list[float]]:
    """A ring of this many corners that crosses nothing."""
    turns = [2 * math.pi * n / corners for n in range(corners)]
    ring = [[24.81 + 0.01234567 * math.cos(turn), 60.175 + 0.00456789 * math.sin(turn)] for turn in turns]
    return [*ring, ring[0]]


@pytest.mark.parametrize(
    ("wrong", "field", "remedy"),
    [
        ({"where": "nowhere"}, "where", "valid choice"),
        ({"where": "circle"}, "place", "Search for a place"),
        ({"where": "circle", "place": "Atlantis"}, "place", "Try another name"),
        ({"where": "circle", "place": "60.4, 24.81"}, "place", "too far from the city"),
        (AROUND_SENT | {"radius": "50"}, "radius", "valid choice"),
        (AROUND_SENT | {"radius": "300000"}, "radius", "valid choice"),
        (AROUND_SENT | {"geometry": "{"}, "geometry", ""),
        (AROUND_SENT | {"geometry": '{"type": "Point", "coordinates": [60.17, 24.81]}'}, "geometry", "axes"),
        ({**shape(SQUARE), "where": "circle"}, "geometry", "one place"),
        ({"where": "shape"}, "geometry", "Draw an area"),
        ({"where": "shape", "geometry": "[" * 9_000}, "geometry", "Draw it again"),
        ({"where": "shape", "geometry": "1" * 200_000}, "geometry", ""),
        ({"where": "shape", "geometry": '{"type": "Point", "coordinates": [24.81, 60.17]}'}, "geometry", "Polygon"),
        (shape(BOW_TIE), "geometry", "crosses"),
        (shape(star(120)), "geometry", "at most 100"),
        (shape([[lon + 1, lat] for lon, lat in SQUARE]), "geometry", "outside the city"),
        ({"category": "atlantis"}, "category", "valid choice"),
        ({"name": "x" * 81}, "name", "80"),
    ],
)
def test_a_place_that_is_none_is_answered_with_field_and_remedy(toytown, wrong, field, remedy) -> None:
    answer = Client().post(FORM, {**ANYTHING, "email": ADDRESS, "with_words": "bench", **wrong})
    form = answer.context["form"]
    assert answer.status_code == 422
    assert remedy in str(form.errors[field])
    assert 'value="bench"' in answer.content.decode()  # what was typed is kept
    assert not Subscriber.objects.exists() and mails.WaitingMail.objects.count() == 0


def test_a_circle_is_drawn_round_the_place_and_told_in_words(toytown, signed_in) -> None:
    assert ask(signed_in, **AROUND_SENT) == 303
    watch = Watch.objects.get()
    assert (watch.radius_m, watch.centre.coords) == (250, (24.81, 60.175))
    edges = [Point(24.81, 60.175 + metres / 111_400, srid=4326) for metres in (245, 255)]
    assert [watch.zone.contains(edge) for edge in edges] == [True, False]
    assert "Within 250 m" in signed_in.get("/en/follows/").content.decode()
    sent(rule=PublicationRule.AT_ONCE)
    match(list(Event.objects.values_list("pk", flat=True)))
    assert Delivery.objects.filter(watch=watch).count() == 1


def test_a_pressed_place_goes_before_words(toytown, signed_in) -> None:
    pressed = '{"type": "Point", "coordinates": [24.82, 60.18]}'
    ask(signed_in, **AROUND_SENT, geometry=pressed, name="Home")
    watch = Watch.objects.get()
    assert (watch.centre.coords, watch.name) == ((24.82, 60.18), "Home")


def test_a_drawn_area_leaves_its_hole_out_and_comes_through_the_mailed_link(toytown) -> None:
    ask(**shape(SQUARE, HOLE), name="Beside the pond")
    address = mailed()
    assert "Beside the pond" in Client().get(address).content.decode()
    assert not Watch.objects.exists()
    Client().post(address)
    Client().post(address)
    watch = Watch.objects.get()
    assert len(watch.zone[0]) == 2
    sent(rule=PublicationRule.AT_ONCE)  # in the hole
    match(list(Event.objects.values_list("pk", flat=True)))
    assert not Delivery.objects.exists()


def test_the_largest_wish_fits_into_a_link(toytown) -> None:
    words = ",".join(hashlib.sha256(f"ä{n}".encode()).hexdigest()[:38] + "äö" for n in range(10))
    ask(**shape(star(100)), with_words=words, without_words=words[::-1], name="ö" * 80)
    assert len(mailed()) < 4_000  # what a web server takes as one line
    assert Client().get(mailed()).status_code == 200


def test_what_is_drawn_twice_is_one_and_another_drawing_another(toytown, signed_in) -> None:
    for wish in (shape(SQUARE), shape(SQUARE), shape(SQUARE, HOLE), AROUND_SENT, AROUND_SENT, {}, {}):
        assert ask(signed_in, **wish) == 303
    assert Watch.objects.count() == 4


def test_topics_and_categories_add_up(toytown, signed_in) -> None:
    ideas, parking = (category(PublicationRule.AT_ONCE, kind) for kind in ("idea", "parking"))
    category(PublicationRule.AT_ONCE, "service")
    ask(signed_in, kind="idea", category=parking.slug)
    for kind in ("idea", "parking", "service"):
        sent(rule=PublicationRule.AT_ONCE, kind=kind)
    match(list(Event.objects.values_list("pk", flat=True)))
    told = Delivery.objects.values_list("event__proposal__category", flat=True)
    assert set(told) == {ideas.pk, parking.pk}
    assert forecast(Wish(kinds=["idea"], categories=[parking.slug], frequency="at_once")).proposals == 1


def test_several_places_of_a_name_are_offered(toytown) -> None:
    page = Client().post(FORM, {**ANYTHING, "email": ADDRESS, "where": "circle", "place": "north"})
    assert page.status_code == 422
    assert page.content.decode().count('name="place_choice"') > 1


def test_the_forecast_is_of_the_drawn_place_with_updates_where_they_are_wanted(
    toytown, django_assert_num_queries
) -> None:
    proposal = sent(rule=PublicationRule.AT_ONCE)
    take_up(proposal, by=organisation(), promise=promise())
    around = {"centre": (24.81, 60.175), "radius_m": 250, "frequency": "at_once"}
    with django_assert_num_queries(1):
        both = forecast(Wish(**around, changes="all"))
    assert (both.proposals, both.updates, both.mails) == (1, 1, 2)
    assert forecast(Wish(**around)).updates == 0
    assert forecast(Wish(**around | {"centre": (24.83, 60.175)}, changes="all")).mails == 0
    Proposal.objects.update(published_at=timezone.now() - datetime.timedelta(weeks=20))
    old = forecast(Wish(**around, changes="all"))
    assert (old.proposals, old.updates) == (0, 1)
    answer = Client().post(
        FORM, {**AROUND_SENT, **ANYTHING, "changes": "all", "step": "count"}, headers={"accept": "application/json"}
    )
    assert answer.json()["words"] == "About 1 mail a week: 1 change to proposals"


def test_neither_forecast_nor_mail_tells_more_of_a_place_than_the_map(toytown, signed_in) -> None:
    """Where the public sees the middle of a square, a small circle round the exact place finds nothing."""
    sent(rule=PublicationRule.AT_ONCE)
    Proposal.objects.update(public_location=Point(24.814, 60.175, srid=4326))  # 220 m to the east
    exact, shown = (
        {"centre": place, "radius_m": 100, "changes": "all"} for place in ((24.81, 60.175), (24.814, 60.175))
    )
    assert [forecast(Wish(**where)).proposals for where in (exact, shown)] == [0, 1]
    ask(signed_in, **AROUND_SENT | {"radius": "100"})
    match(list(Event.objects.values_list("pk", flat=True)))
    assert not Delivery.objects.exists()


def test_an_area_that_was_replaced_before_the_press_does_not_become_the_whole_city(toytown) -> None:
    ask(area=[toytown.west.slug])
    address = mailed()
    Area.objects.filter(pk=toytown.west.pk).update(valid_to=timezone.now())
    assert "West" in Client().get(address).content.decode()
    Client().post(address)
    assert Watch.objects.get().zone.equals_exact(toytown.west.boundary, 1e-9)
