"""Is it one of these? What the form is told of proposals near its place."""

import json

import pytest
from django.contrib.gis.geos import Point
from django.test import Client

from proposals.models import Follow, Proposal, Publication, PublicationRule, Status, Subscriber
from proposals.similar import similar
from tests.actors.people import person
from tests.geodata.rows import make_proposal
from tests.proposals.rows import sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toytown")]

HERE = Point(24.8120, 60.1855, srid=4326)
M_EAST = 1 / 55_500  # degrees of longitude in a metre here
M_NORTH = 1 / 111_400


def east(metres: float) -> Point:
    return Point(HERE.x + metres * M_EAST, HERE.y, srid=4326)


def north(metres: float) -> Point:
    return Point(HERE.x, HERE.y + metres * M_NORTH, srid=4326)


def asked(client: Client, **changes: object):
    query = {"lon": HERE.x, "lat": HERE.y, "kind": "parking"} | changes
    return client.get("/map/similar.json", {name: value for name, value in query.items() if value is not None})


def titles(client: Client, **changes: object) -> list[str]:
    return [one["title"] for one in asked(client, **changes).json()["proposals"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"lon": None}, {"lon": "x"}, {"lon": "NaN"}, {"lon": "181"}, {"lon": "1_0"}, {"lon": "1e999"}, {"lat": "90"},
        {"lat": None}, {"kind": None}, {"kind": "wish"}, {"kind": ["parking", "parking"]}, {"q": "x" * 121}, {"q": "a\x00b"},
        {"lang": "xx"}, {"limit": "9"},
    ],
)  # fmt: skip
def test_a_bad_question_is_named(client: Client, changes: dict[str, object]) -> None:
    response = asked(client, **changes)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == next(iter(changes))


@pytest.mark.parametrize(("lon", "lat"), [(-180, -85), (180, 85), (0, 0), (179.9999, 0)])
def test_the_far_ends_of_the_world_have_none(client: Client, lon: float, lat: float) -> None:
    make_proposal(HERE)
    assert titles(client, lon=lon, lat=lat) == []


def test_metres_are_metres_on_the_ground(client: Client) -> None:
    """Web Mercator's metres are half as long here: 150 of them would be 75."""
    for metres in (0, 140, 160):
        make_proposal(east(metres), title=f"{metres} m east")
        make_proposal(north(metres), title=f"{metres} m north")
    assert sorted(titles(client)) == ["0 m east", "0 m north", "140 m east", "140 m north"]


def test_those_with_like_titles_come_first_then_the_nearest_five_at_most(client: Client) -> None:
    make_proposal(east(120), title="A bench by the pond")
    for metres in range(10, 70, 10):
        make_proposal(east(metres), title=f"{metres} lamps")
    assert titles(client, q="bench at the pond") == ["A bench by the pond", *(f"{n} lamps" for n in (10, 20, 30, 40))]
    assert titles(client) == [f"{n} lamps" for n in (10, 20, 30, 40, 50)]


def test_only_what_is_public_of_the_same_topic_and_still_wanted(client: Client) -> None:
    for publication in Publication:
        if publication != Publication.PUBLISHED:
            make_proposal(HERE, publication=publication, title="unseen")
    for status in (Status.CONFIRMED, Status.OUTDATED, Status.NOT_PLANNED):
        make_proposal(HERE, status=status, title="ended")
    make_proposal(HERE, category="concern", title="other topic")
    make_proposal(HERE, status=Status.TAKEN_UP, title="wanted")
    assert titles(client) == ["wanted"]


def test_a_generalised_place_answers_from_where_it_is_shown(client: Client) -> None:
    make_proposal(east(400), category="concern", location=HERE, title="Shown elsewhere")
    assert titles(client, kind="concern") == []
    shown = east(400)
    assert titles(client, kind="concern", lon=shown.x) == ["Shown elsewhere"]


def test_it_is_told_in_the_language_asked_with_addresses(client: Client) -> None:
    proposal = make_proposal(east(40), title="<b>Bench</b>", language="en")
    Proposal.objects.update(supports_verified=2, supports_unverified=1)
    one = asked(client, lang="en").json()["proposals"][0]
    assert one == {
        "id": proposal.pk,
        "title": "<b>Bench</b>",
        "language": "en",
        "url": f"/en/proposals/{proposal.pk}/",
        "support_url": f"/en/proposals/{proposal.pk}/support/",
        "facts": "40 m away · Open · 3 support this",
    }


def test_one_query_whatever_is_near(django_assert_num_queries) -> None:
    for metres in range(30):
        make_proposal(east(metres))
    with django_assert_num_queries(1):
        assert [one.facts for one in similar(HERE, "parking", "bench")]


def test_it_is_this_one_supports_and_follows_who_is_signed_in(client: Client) -> None:
    proposal = sent(rule=PublicationRule.AT_ONCE)
    address = f"/en/proposals/{proposal.pk}/support/"
    stranger = Client().post(address, {"verb": "same"})
    assert (stranger.status_code, stranger["Location"]) == (303, address)  # where an address makes them hear of it
    client.force_login(person("bertil"))
    assert client.post(address, {"verb": "same"})["Location"].startswith(proposal.get_absolute_url())
    proposal.refresh_from_db()
    assert (proposal.supports_verified, proposal.supports_unverified) == (1, 1)
    assert Follow.objects.get(proposal=proposal).subscriber == Subscriber.objects.get(email="bertil@example.org")


def test_the_check_page_asks_without_javascript(client: Client) -> None:
    there = sent(rule=PublicationRule.AT_ONCE, title="A seat by the pond")
    typed = {
        "kind": "idea", "category": there.category.slug, "title": "Seat by the pond", "language": "en", "step": "check",
        "geometry": json.dumps({"type": "Point", "coordinates": [24.81, 60.1751]}),
    }  # fmt: skip
    page = client.post("/en/proposals/new/", typed).content.decode()
    assert "Is it one of these?" in page
    assert f'formaction="/en/proposals/{there.pk}/support/"' in page
    away = client.post("/en/proposals/new/", typed | {"kind": "space", "category": ""}).content.decode()
    assert "Is it one of these?" not in away or "data-similar=" in away


def test_a_flood_of_questions_is_asked_to_wait_with_that_of_the_search(client: Client, monkeypatch) -> None:
    monkeypatch.setattr("actors.throttling.SEARCHES_PER_MINUTE", 1)
    assert asked(client).status_code == 200
    assert asked(client).status_code == client.get("/map/places.json?q=lelula").status_code == 429
