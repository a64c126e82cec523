"""The catalogue page: every address on it works as it stands and answers with what it says."""

import pytest
from django.urls import reverse
from django.utils import timezone

from geodata.export_formats import COLLECTIONS, FORMATS
from geodata.models import DownloadCount, Snapshot
from geodata.ogc.published import published
from geodata.snapshots import MEDIA_TYPES
from tests.geodata.rows import make_proposal
from tests.mapapp.reading import Element, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def city_with_proposals(toytown):
    make_proposal(title="A bench")
    make_proposal(title="Valo", language="fi", category="idea")
    return toytown


def page(client, query: str = "", language: str = "en") -> Element:
    return read(client.get(f"/{language}/data/{query}").content).one("main")


def typed(main: Element) -> dict[str, str]:
    """Address -> media type of every link that says one."""
    return {link["href"]: link["type"] for link in main.all("a") if link.get("type")}


def follow(client, address: str):
    """The answer; of a file in one more coordinate system its head, since each takes a process to write."""
    response = client.head(address) if "crs=EPSG" in address else client.get(address)
    if response.streaming:
        response.getvalue()  # to its end, so that its place is free
    return response


def test_every_address_answers_with_the_media_type_that_the_page_says(city_with_proposals, client):
    found = typed(page(client, "?kind=parking"))
    assert len(found) > 40
    for address, media_type in found.items():
        response = follow(client, address)
        assert response.status_code == 200, address
        assert response["Content-Type"].partition(";")[0] == media_type, address


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_page_offers_the_same_addresses_in_each_language(toytown, client, language):
    there = {
        address.replace(f"lang={language}", "lang=en").replace(f"/{language}/", "/en/")
        for address in typed(page(client, "", language))
    }
    assert there == set(typed(page(client)))


def test_every_set_is_there_in_every_format(toytown, client):
    main = page(client)
    assert [section["aria-labelledby"] for section in main.all("section", class_="catalogue-set")][:-2] == list(
        published()
    )
    addresses = typed(main)
    for collection in COLLECTIONS:
        for name, format in FORMATS.items():
            if format.is_installed():
                assert any(a.startswith(f"/export/{collection}.{name}?") for a in addresses), (collection, name)


def test_filter_of_the_query_goes_into_the_addresses_of_proposals_alone(toytown, client):
    make_proposal()
    make_proposal(category="idea")
    main = page(client, "?kind=parking&utm_source=x")
    addresses = typed(main)
    assert {a for a in addresses if "proposals" in a and "schemas" not in a and "kind=parking" not in a} == set()
    assert {a for a in addresses if "areas" in a and "kind=parking" in a} == set()
    assert "1 record with this filter" in main.all("section", class_="catalogue-set")[0].text


def test_filter_with_an_error_is_shown_with_what_is_wrong_and_is_in_no_address(toytown, client):
    response = client.get("/en/data/?kind=nonsense")
    assert response.status_code == 400
    main = read(response.content).one("main")
    assert "nonsense" in main.one("div", class_="error-summary").text
    assert not any("nonsense" in address for address in typed(main))


def test_list_leads_to_the_page_with_its_filter(toytown, client):
    make_proposal()
    links = [a["href"] for a in read(client.get("/en/?kind=parking").content).all("a")]
    assert f"{reverse('open_data')}?kind=parking".replace("/fi/", "/en/") in links


def test_page_says_how_to_cite_and_which_systems_there_are(toytown, client):
    text = page(client).text
    assert "CC BY 4.0" in text
    assert "Participation map, Toytown, CC BY 4.0" in text
    assert "EPSG:4326, EPSG:3067, EPSG:3879" in text


def test_portals_find_the_record_from_the_page(toytown, client):
    links = read(client.get("/en/data/").content).all("link", rel="alternate")
    found = {link["type"]: link["href"] for link in links if link.get("type")}
    assert found == {"text/turtle": "/data/catalog.ttl", "application/ld+json": "/data/catalog.jsonld"}


def test_page_shows_what_was_taken_by_format(toytown, client):
    today = timezone.localdate()
    DownloadCount.objects.create(day=today, collection="proposals", format="csv", count=1234)
    DownloadCount.objects.create(day=today, collection="gone", format="csv", count=1)
    figures = [figure.text for figure in page(client).all("div", class_="figure")]
    assert figures == ["Proposals csv 1,234 1,234", "gone csv 1 1"]


@pytest.mark.parametrize(
    ("language", "title"), [("fi", "Penkkikartta"), ("sv", "Bänkkartan"), ("en", "Map of benches")]
)
def test_page_shows_what_others_made_and_where_to_tell_of_more(toytown, client, language, title):
    main = page(client, "", language)
    card = next(s for s in main.all("section") if s.get("aria-labelledby") == "reuse").one("li", class_="card")
    assert title in card.text
    assert "Toytown Walkers" in card.text
    assert card.one("a")["href"] == "https://benches.example/"
    assert any(link["href"] == "https://contact.example/" for link in main.all("a"))


def test_page_offers_each_year_with_its_manifest(toytown, client):
    facts = {format: {"bytes": 1, "sha256": "0" * 64} for format in MEDIA_TYPES}
    Snapshot.objects.create(year=2024, made_at=timezone.now(), keys=[1], files=facts)
    Snapshot.objects.create(year=2025, made_at=timezone.now(), keys=[1], files=facts)
    found = [address for address in typed(page(client)) if address.startswith("/data/snapshots/")]
    endings = [*(f"proposals.{format}" for format in MEDIA_TYPES), "manifest.json"]
    assert found == [f"/data/snapshots/{year}/{ending}" for year in (2025, 2024) for ending in endings]
