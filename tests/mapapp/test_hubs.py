"""The page of a hub and the paper form: what is not there, then what stands on them."""

import datetime
import re

import pytest
from django.utils import timezone

from layers.models import Area, ServiceLocation, Space
from proposals.models import Proposal, Publication, Status
from proposals.pledging import Promise, take_up
from tests.actors.people import organisation
from tests.geodata.rows import make_crowd, make_proposal
from tests.mapapp.reading import Element, read
from tests.toytown import middle_of

# The place, the areas below, services, spaces, newest, wishes, promises, organisations, three of the map.
QUERIES_OF_HUB = 11


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


@pytest.fixture
def library() -> ServiceLocation:
    return ServiceLocation.objects.get(source_id="t1")


def page(client, path: str) -> Element:
    response = client.get(f"/en/{path}")
    assert response.status_code == 200
    return read(response.content)


def headings(document: Element, section: str) -> list[str]:
    return [title.text for title in document.one("section", **{"aria-labelledby": section}).all("h3")]


def promised(place: str, **changes: object) -> None:
    due = timezone.localdate() + datetime.timedelta(days=9)
    promise = Promise(kind="do", text="We build it.", language="en", due=due)
    by = organisation(f"by-{place}")
    take_up(make_proposal(middle_of(place), title=f"in {place}"), by=by, promise=promise)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["atlantis", "0", "lelulan-kirjasto", "x-999999", "lelulan-kirjasto-" + "9" * 40])
def test_unknown_hub_is_not_found(client, slug):
    assert client.get(f"/en/hubs/{slug}/").status_code == 404


def test_name_that_a_place_does_not_bear_is_not_found(client, library):
    assert client.get(f"/en/hubs/{library.hub_slug}/").status_code == 200
    for slug in (f"other-name-{library.pk}", str(library.pk)):
        assert client.get(f"/en/hubs/{slug}/").status_code == 404


@pytest.mark.parametrize("publication", [p for p in Publication if p != Publication.PUBLISHED])
def test_what_is_not_public_is_not_on_it(client, library, publication):
    make_proposal(publication=publication, title="Not to be seen")
    assert "Not to be seen" not in page(client, f"hubs/{library.hub_slug}/").text


def test_organisation_that_is_not_verified_is_not_on_it(client, library, city):
    organisation("piilossa", verified=False).areas.add(city.north_west)
    assert "Piilossa" not in page(client, f"hubs/{library.hub_slug}/").text


@pytest.mark.parametrize("query", ["area=atlantis", "area=%00west2", "area=" + "x" * 500])
def test_paper_form_of_no_area_is_not_found(client, query):
    assert client.get(f"/en/paper-form/?{query}").status_code == 404


# --- the hub ----------------------------------------------------------------------------------------------------------


def test_hub_of_a_place_tells_what_is_in_it_and_around_it(client, library, city):
    twin = ServiceLocation.objects.get(source_id="t3")
    ServiceLocation.objects.filter(pk=twin.pk).update(location=library.location)
    organisation("seura").areas.add(city.west)
    make_proposal(title="near")
    make_proposal(middle_of("south-east"), title="far")
    document = page(client, f"hubs/{library.hub_slug}/")
    assert document.one("h1").text == "Toy Library"
    assert sorted(headings(document, "services")) == ["Dolls' House", "Toy Library"]
    assert headings(document, "newest") == ["near"]
    assert headings(document, "organisations") == ["Seura"]


def test_hub_of_an_area_has_its_services_and_promises(client):
    promised("north-west")
    promised("south-east")
    document = page(client, "hubs/west/")
    assert headings(document, "services") == ["Dolls' House", "Toy Library"]
    assert headings(document, "promises") == ["in north-west"]


def test_spaces_that_people_ask_for_stand_by_themselves_and_only_where_there_are_some(client):
    make_proposal(title="a wish", category="idea")
    assert not page(client, "hubs/west/").all("section", **{"aria-labelledby": "wishes"})
    Proposal.objects.update(kind="space")
    make_proposal(middle_of("south-east"), category="idea", title="far")
    document = page(client, "hubs/west/")
    assert headings(document, "wishes") == ["a wish"]
    assert document.all("a", href="/en/?kind=space&area=west")


def test_spaces_stand_on_the_pages_of_their_place_and_area_with_what_is_told_of_them(client, library):
    hostile = "<script>alert(1)</script>"
    Space.objects.filter(source_id="r2").update(provider_name=hostile, prices={"sv": hostile}, hours={"en": hostile})
    for path in (f"hubs/{library.hub_slug}/", "areas/north-west/"):
        hall = page(client, path).one("section", **{"aria-labelledby": "spaces"})
        assert [title.text for title in hall.all("h3")] == ["Toy Hall"]
        for words in ("Room", "for 40 people", "Free of charge", "Step-free entrance", "No accessible toilet", "City"):
            assert words in hall.text
        assert hall.all("a", href="https://book.example.org/hall?a=1&b=2")
    for path in ("hubs/west/", "areas/west/"):
        assert headings(page(client, path), "spaces") == ["Toy Hall", "Toy Bicycle"]
        content = client.get(f"/en/{path}").content.decode()
        assert "2 pieces" in content and hostile not in content
    for path in ("hubs/south-east/", "areas/south-east/"):
        assert not page(client, path).all("section", **{"aria-labelledby": "spaces"})


def test_place_outside_every_area_is_a_hub_of_the_city(client, library):
    ServiceLocation.objects.filter(pk=library.pk).update(area=None)
    make_proposal(middle_of("south-east"), title="anywhere")
    assert headings(page(client, f"hubs/{library.hub_slug}/"), "newest") == ["anywhere"]


def test_empty_hub_says_so(client):
    text = page(client, "hubs/south-east/").text
    for words in ("Nobody has proposed anything", "No service here", "No promise is open", "No organisation has said"):
        assert words in text


def test_hub_leads_to_the_form_with_its_place(client, library):
    links = [link["href"] for link in page(client, f"hubs/{library.hub_slug}/").one("main").all("a")]
    assert "/en/proposals/new/?place=Toy+Library" in links
    assert "/en/paper-form/?area=north-west" in links


def test_services_lead_to_their_hubs(client, library):
    assert page(client, "services/").all("a", href=f"/en/hubs/{library.hub_slug}/")


def test_hub_asks_few_questions_however_full_it_is(client, library, django_assert_num_queries):
    promised("north-west")
    with django_assert_num_queries(QUERIES_OF_HUB):
        client.get(f"/en/hubs/{library.hub_slug}/")
    make_crowd(100)
    for number in range(5):
        organisation(f"o-{number}").areas.add(Area.objects.get(slug="north-west"))
    with django_assert_num_queries(QUERIES_OF_HUB):
        client.get(f"/en/hubs/{library.hub_slug}/")


# --- the paper form ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "name"), [("fi", "North-West"), ("sv", "Nordväst"), ("en", "North-West")])
def test_paper_form_stands_in_each_language_with_the_area(client, language, name):
    response = client.get(f"/{language}/paper-form/?area=north-west")
    document = read(response.content)
    assert document.one("main").one("p", class_="lead").text == name
    assert document.one("html")["lang"] == language
    assert len(document.one("ul", class_="paper__choices").all("li")) == 6
    assert not document.one("main").all("input")


def test_paper_form_keeps_to_the_strict_policy(client):
    content = client.get("/en/paper-form/").content.decode()
    svg = re.search(r"<svg[^>]*class=\"qr\".*?</svg>", content, re.DOTALL)[0]
    assert "style=" not in content
    assert "<path" in svg
    assert "<script>" not in content


def test_area_page_offers_its_paper_form(client):
    make_proposal(status=Status.OPEN)
    assert page(client, "areas/north-west/").all("a", href="/en/paper-form/?area=north-west")
