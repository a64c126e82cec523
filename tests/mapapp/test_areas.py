"""The pages of areas and services: figures that hold, what waits longest, and boundaries that say how rough they are."""

import datetime

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.utils import timezone

from layers.models import Area, Dataset, ProviderType, Service, ServiceLocation
from mapapp.area_tree import alphabetical, area_tree
from mapapp.templatetags.place_words import nearby_query
from proposals.models import Proposal, Publication, Status
from tests.actors.people import organisation
from tests.geodata.rows import NOON, make_crowd, make_proposal
from tests.mapapp.listing import total
from tests.mapapp.reading import Element, read
from tests.toytown import middle_of

# The area, those below it, counts, newest, waiting, organisations, services, spaces, areas within, and two of the map.
QUERIES_OF_AREA = 12
APPROXIMATE = "The boundaries are approximate"


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


def page(client, path: str) -> Element:
    response = client.get(f"/en/{path}")
    assert response.status_code == 200
    return read(response.content)


def figures(document: Element) -> list[int]:
    return [int(number.text) for number in document.one("dl", class_="figures").all("dd")]


def titles(document: Element, heading: str) -> list[str]:
    section = document.one("section", **{"aria-labelledby": heading})
    return [title.text for title in section.all("h3", class_="item__title")]


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["atlantis", "WEST", "west-", "1", "toytown-2"])
def test_unknown_area_is_not_found(client, slug):
    assert client.get(f"/en/areas/{slug}/").status_code == 404


def test_area_that_has_ended_is_not_found_nor_listed(client):
    Area.objects.filter(slug="south-east").update(valid_to=timezone.now())
    assert client.get("/en/areas/south-east/").status_code == 404
    assert not page(client, "areas/").all("a", href="/en/areas/south-east/")


@pytest.mark.parametrize("publication", [p for p in Publication if p != Publication.PUBLISHED])
def test_what_is_not_public_is_neither_shown_nor_counted(client, publication):
    make_proposal(publication=publication, title="Not to be seen")
    response = client.get("/en/areas/north-west/")
    assert b"Not to be seen" not in response.content
    assert figures(read(response.content)) == [0, 0, 0, 0]


def test_names_of_places_are_shown_as_they_are(client):
    hostile = "<b>x</b>{{ 7|add:7 }}"
    Area.objects.filter(slug="north-west").update(names={"fi": hostile})
    ServiceLocation.objects.update(names={"fi": hostile}, provider_name=hostile, address=hostile)
    make_proposal()
    for path in ("", "areas/", "areas/north-west/", "services/"):
        content = client.get(f"/en/{path}").content
        assert b"<b>x" not in content, path
        assert hostile in read(content).text, path


# --- areas ------------------------------------------------------------------------------------------------------------


def test_districts_stand_by_name_with_their_neighbourhoods_and_counts(client):
    make_proposal()
    make_proposal(middle_of("south-west"))
    blocks = page(client, "areas/").all("section", class_="district")
    assert [block.one("h2").text for block in blocks] == ["East 0 proposals", "West 2 proposals"]
    assert [link.text for link in blocks[1].one("ul").all("a")] == ["North-West 1 proposal", "South-West 1 proposal"]


@pytest.mark.parametrize("slug", ["north-west", "west", "toytown"])
def test_figures_of_an_area_are_those_of_its_list(client, slug):
    make_crowd(200)
    whole, waiting, taken_up, confirmed = figures(page(client, f"areas/{slug}/"))
    for query, number in {
        "": whole,
        "&status=open": waiting,
        "&taken_up=yes": taken_up,
        "&status=confirmed": confirmed,
    }.items():
        assert total(page(client, f"?area={slug}{query}")) == number, query


def test_newest_stand_first_and_those_that_waited_longest_below(client):
    for day in range(9):
        status = Status.TAKEN_UP if day == 0 else Status.OPEN
        make_proposal(title=f"day {day}", status=status, published_at=NOON + datetime.timedelta(days=day))
    document = page(client, "areas/north-west/")
    assert titles(document, "newest") == [f"day {day}" for day in (8, 7, 6, 5, 4, 3)]
    assert titles(document, "waiting") == [f"day {day}" for day in (1, 2, 3, 4, 5)]
    more = document.one("section", **{"aria-labelledby": "waiting"}).all("a", class_="button")
    assert [link["href"] for link in more] == ["/en/?area=north-west&status=open&taken_up=no"]
    assert more[0].text == "Show all 8 proposals that wait for someone"
    assert total(page(client, more[0]["href"].removeprefix("/en/"))) == 8


def test_area_page_asks_few_questions_however_full_it_is(client, django_assert_num_queries):
    make_proposal()
    with django_assert_num_queries(QUERIES_OF_AREA):
        client.get("/en/areas/west/")
    make_crowd(100)
    with django_assert_num_queries(QUERIES_OF_AREA):
        client.get("/en/areas/west/")


def test_area_page_leads_to_the_form_the_list_the_files_and_the_feed(client):
    make_proposal()
    document = page(client, "areas/north-west/")
    links = [link["href"] for link in document.one("main").all("a")]
    assert "/en/proposals/new/?area=north-west" in links
    assert "/en/?area=north-west" in links
    assert any(link.startswith("/export/proposals.geojson?area=north-west") for link in links)
    feed = document.one("head").one("link", type="application/atom+xml")["href"]
    assert feed == "/feeds/proposals.atom?area=north-west&lang=en"


def organisations_on(client, slug: str) -> list[str]:
    section = page(client, f"areas/{slug}/").one("section", **{"aria-labelledby": "organisations"})
    return [title.text for title in section.all("h3")]


@pytest.mark.parametrize(
    "fields",
    [
        {"verified": False},
        {"refused_at": NOON, "verified": False},
        {"ended_at": NOON},
        {"valid_until": datetime.date(2020, 1, 1)},
        {"valid_from": datetime.date(2999, 1, 1)},
    ],
)
def test_organisation_that_may_not_act_is_not_on_the_area_page(client, city, fields):
    organisation("piilossa", **fields).areas.add(city.north_west)
    assert organisations_on(client, "north-west") == []


def test_organisations_here_act_in_it_in_a_part_of_it_or_around_it(client, city):
    for slug, area in (("part", city.north_west), ("district", city.west), ("whole", city.city), ("far", city.east)):
        organisation(slug).areas.add(area)
    box = Polygon.from_bbox((24.805, 60.181, 24.806, 60.182))
    organisation("drawn", service_area=MultiPolygon(box, srid=4326))
    assert organisations_on(client, "north-west") == ["District", "Drawn", "Part", "Whole"]
    assert organisations_on(client, "west") == ["District", "Drawn", "Part", "Whole"]
    assert organisations_on(client, "south-west") == ["District", "Whole"]
    assert organisations_on(client, "south-east") == ["Far", "Whole"]


def test_thirteenth_organisation_is_in_the_directory(client, city):
    for number in range(13):
        organisation(f"o-{number:02}").areas.add(city.north_west)
    section = page(client, "areas/north-west/").one("section", **{"aria-labelledby": "organisations"})
    assert len(section.all("h3")) == 12
    assert section.all("a", class_="button")[0]["href"] == "/en/organisations/?area=north-west"


def test_empty_area_invites(client):
    empty = page(client, "areas/south-east/").one("div", class_="empty")
    assert empty.one("a")["href"] == "/en/proposals/new/?area=south-east"


def test_rough_boundaries_say_so_and_sound_ones_do_not(client):
    for path in ("areas/", "areas/west/"):
        assert APPROXIMATE not in page(client, path).text
    Dataset.objects.update(is_approximate=True)
    for path in ("areas/", "areas/west/"):
        assert APPROXIMATE in page(client, path).text


def test_name_that_has_no_translation_carries_its_own_language(client):
    Area.objects.filter(slug="north-west").update(names={"fi": "Luode"})
    for path in ("areas/", "areas/west/", ""):
        document = read(client.get(f"/sv/{path}").content)
        assert [span["lang"] for span in document.all("span", lang="fi")], path
    assert read(client.get("/sv/areas/north-west/").content).one("h1")["lang"] == "fi"
    assert read(client.get("/fi/areas/north-west/").content).one("h1").get("lang") is None


def test_trail_leads_from_the_map_to_what_is_above(client):
    links = page(client, "areas/north-west/").one("nav", class_="breadcrumbs").all("a")
    assert [(link["href"], link.text) for link in links] == [
        ("/en/", "Map"),
        ("/en/areas/", "Areas"),
        ("/en/areas/west/", "West"),
    ]


def test_names_are_in_the_order_of_the_finnish_alphabet():
    names = ["Öljymäki", "Zoo", "Ämmässuo", "Aarnivalkea", "Åminne", "Étang", "Espoonlahti"]
    in_order = ["Aarnivalkea", "Espoonlahti", "Étang", "Zoo", "Åminne", "Ämmässuo", "Öljymäki"]
    assert sorted(names, key=alphabetical) == in_order


def test_circle_of_parents_ends(city):
    Area.objects.filter(slug="west").update(parent=city.north_west)
    Area.objects.filter(slug="north-west").update(parent=city.west)
    assert area_tree(Area.objects.current().for_choice(), {})


def test_level_between_does_not_hide_what_is_below_it(city):
    Area.objects.filter(slug="south-west").update(parent=city.north_west)
    west = next(node for node in area_tree(Area.objects.current().for_choice(), {"west": 3}) if node.slug == "west")
    assert [node.slug for node in west.inner] == ["north-west", "south-west"]
    assert west.count == 3


# --- services ---------------------------------------------------------------------------------------------------------


def test_services_stand_by_name_with_provider_and_area(client):
    document = page(client, "services/")
    groups = document.all("section", class_="service-group")
    assert [group.one("h2").text for group in groups] == ["Culture", "Health station", "Library"]
    assert "Association · Dolls" in groups[0].text
    assert next(link["href"] for link in groups[2].all("a")) == "/en/areas/north-west/"
    for chip in document.all("a", class_="chip"):
        assert document.one("section", id=chip["href"].removeprefix("#"))


def test_provider_that_is_not_told_says_so(client):
    ServiceLocation.objects.update(provider_type=ProviderType.UNKNOWN, provider_name="", address="", area=None)
    assert "Not told" in page(client, "services/").text


def test_city_without_services_or_areas_says_so(client):
    Proposal.objects.all().delete()
    ServiceLocation.objects.all().delete()
    Service.objects.all().delete()
    Area.objects.update(valid_to=timezone.now())
    assert page(client, "services/").one("div", class_="empty")
    assert page(client, "areas/").one("div", class_="empty")
    assert page(client, "")


def test_proposals_near_a_service_point_are_those_within_half_a_kilometre(client):
    place = middle_of("north-west")
    make_proposal(Point(place.x + 0.008, place.y, srid=4326), title="near")  # 444 m east
    make_proposal(Point(place.x + 0.010, place.y, srid=4326), title="far")  # 555 m east
    make_proposal(Point(place.x, place.y + 0.0044, srid=4326), title="near too")  # 490 m north
    make_proposal(Point(place.x, place.y - 0.0048, srid=4326), title="far too")  # 534 m south
    document = page(client, f"?{nearby_query(place)}")
    assert {title.text for title in document.all("h2", class_="item__title")} == {"near", "near too"}


def test_service_page_asks_one_question_for_all_places(client, django_assert_num_queries):
    client.get("/en/services/")
    with django_assert_num_queries(1):
        client.get("/en/services/")
