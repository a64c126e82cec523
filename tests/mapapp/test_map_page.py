"""Map and list without a script: rows that say what is where, pages that show each once, refusals and empty states."""

import datetime

import pytest
from django.contrib.gis.geos import Point
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapapp.views.map import PAGE_SIZE, Cursor
from proposals.models import Proposal, Publication, Status
from tests.geodata.rows import NOON, make_crowd, make_proposal
from tests.geodata.test_filters import BAD_QUERIES
from tests.mapapp.listing import PAGE, page, rows, total, walked
from tests.mapapp.reading import Element, read
from tests.toytown import middle_of

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7|add:7 }} \" ' & ‮"
QUERIES_OF_LIST = 6  # areas, counts, rows, and three of the map


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "parameter"), BAD_QUERIES)
def test_bad_filter_is_told_in_words_with_status_400(client, query, parameter):
    make_proposal()
    response = client.get(f"{PAGE}?{query}")
    assert response.status_code == 400
    document = read(response.content)
    summary = document.one("div", id="filter-errors")
    assert summary.all("li"), "nothing says what is wrong"
    assert not rows(document)
    assert not document.all("p", id="result-count")
    assert document.one("meta", name="robots")["content"].startswith("noindex")


def test_bad_filter_stands_as_it_was_typed(client):
    document = page(client, "q=" + "a" * 201 + "&since=31.5.2026&until=2026-06-01&area=west&kind=nonsense")
    assert document.one("input", name="q")["value"] == "a" * 201
    since, until = document.one("input", name="since"), document.one("input", name="until")
    assert (since["value"], since["type"], since["aria-invalid"]) == ("31.5.2026", "text", "true")
    assert (until["value"], until["type"]) == ("2026-06-01", "date")
    assert "checked" in document.one("input", name="area", value="west").attributes
    assert "“31.5.2026” is not a day" in document.one("div", id="filter-errors").text


def test_bad_filter_offers_the_rest_of_it(client):
    links = [a["href"] for a in page(client, "area=west&kind=nonsense").one("div", id="filter-errors").all("a")]
    assert links == ["/en/?area=west", "/en/"]


@pytest.mark.parametrize("query", ["utm_source=letter", "fbclid=1", "bounding=0", "page=2", "x=%00"])
def test_parameter_that_is_not_known_changes_nothing(client, query):
    proposal = make_proposal()
    document = page(client, query)
    assert rows(document) == [proposal.pk]
    assert "=" not in document.one("link", type="application/atom+xml")["href"].replace("lang=en", "")


@pytest.mark.parametrize("cursor", ["", "1", "-", "abc", "1-2-3", "1_000-2", "٣-٣", "9" * 30 + "-1", "%00", "-5--5"])
def test_cursor_that_is_none_begins_at_the_beginning(client, cursor):
    proposal = make_proposal()
    assert rows(page(client, f"after={cursor}")) in ([proposal.pk], [])
    assert client.get(f"{PAGE}?after={cursor}").status_code == 200


@pytest.mark.parametrize("publication", [p for p in Publication if p != Publication.PUBLISHED])
def test_what_is_not_public_is_not_listed_nor_counted(client, publication):
    make_proposal(publication=publication, title="Not to be seen")
    response = client.get(PAGE)
    assert b"Not to be seen" not in response.content
    assert total(read(response.content)) == 0


@pytest.mark.parametrize("headers", [{}, {"x-partial": "list"}])
def test_hostile_text_is_shown_as_it_is(client, headers):
    make_proposal(title=HOSTILE[:120], language="other")
    response = client.get(PAGE, headers=headers)
    document = read(response.content)
    assert b"<script>alert" not in response.content
    assert document.one("h2", class_="item__title").text == " ".join(HOSTILE[:120].split())
    assert not document.all("img")


def test_hostile_search_is_shown_as_it_is(client):
    response = client.get(PAGE, {"q": HOSTILE})
    document = read(response.content)
    assert document.one("input", name="q")["value"] == HOSTILE
    assert not document.all("img")


# --- the list ---------------------------------------------------------------------------------------------------------


def test_row_says_what_where_when_and_how_far(client, time_machine):
    time_machine.move_to(NOON + datetime.timedelta(days=30))
    said = {"supports_verified": 2, "supports_unverified": 1, "comments": 4}
    proposal = make_proposal(title="A bench", status=Status.TAKEN_UP, **said)
    row = page(client).one("li", id=f"proposal-{proposal.pk}")
    assert row.one("a")["href"] == f"/en/proposals/{proposal.pk}/"
    assert row.one("p", class_="item__place").text.startswith("Parking · ")
    assert "North-West" in row.one("p", class_="item__place").text
    facts = row.one("p", class_="item__facts")
    assert facts.one("span", class_="stage--taken_up").text == "Taken up"
    assert "3 support this" in facts.text
    assert "4 comments" in facts.text
    assert facts.one("time").attributes == {"datetime": "2026-05-31"}
    assert facts.one("time").text == "31 May 2026"
    assert (float(row["data-lon"]), float(row["data-lat"])) == pytest.approx((24.8123, 60.1853), abs=1e-6)


def test_position_of_a_row_has_a_decimal_point_in_every_language(client):
    make_proposal()
    for language in ("fi", "sv", "en"):
        row = read(client.get(f"/{language}/").content).one("li", class_="item")
        assert float(row["data-lon"]) == pytest.approx(24.8123)


@pytest.mark.parametrize(
    ("hours", "words"),
    [(0, "Today"), (13, "Today"), (16, "Yesterday"), (40, "2 days ago"), (6 * 24, "6 days ago"), (7 * 24, None)],
)
def test_age_is_told_by_the_citys_calendar_for_a_week(client, time_machine, hours, words):
    now = datetime.datetime(2026, 5, 31, 12, 0, tzinfo=datetime.UTC)  # three in the afternoon here
    time_machine.move_to(now)
    make_proposal(published_at=now - datetime.timedelta(hours=hours))
    fresh = page(client).all("span", class_="label--new")
    assert [label.text for label in fresh] == ([words] if words else [])


@pytest.mark.parametrize(
    ("written", "shown", "lang", "words"),
    [
        ("fi", "en", "fi", "Written in Finnish"),
        ("sv", "en", "sv", "Written in Swedish"),
        ("other", "en", "und", "Written in another language"),
        ("en", "en", None, None),
        ("fi", "fi", None, None),
    ],
)
def test_text_in_another_language_says_so(client, written, shown, lang, words):
    make_proposal(language=written)
    row = read(client.get(f"/{shown}/").content).one("li", class_="item")
    assert row.one("a").get("lang") == lang
    if words:
        assert words in row.text
    else:
        assert "Written" not in row.text


def test_list_is_asked_for_with_few_queries_however_long_it_is(client, django_assert_num_queries):
    client.get(PAGE)
    with django_assert_num_queries(QUERIES_OF_LIST):
        client.get(PAGE)
    make_crowd(120)
    with django_assert_num_queries(QUERIES_OF_LIST):
        assert len(rows(page(client))) == PAGE_SIZE
    with django_assert_num_queries(QUERIES_OF_LIST - 3):
        client.get(PAGE, headers={"x-partial": "list"})
    with django_assert_num_queries(QUERIES_OF_LIST + 2):  # one for the names of areas, one for those of categories
        client.get(f"{PAGE}?area=west&category=parking&kind=parking&status=open&q=bench&since=2026-01-01")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.lists(st.integers(min_value=0, max_value=3), max_size=3 * PAGE_SIZE + 2))
def test_every_row_comes_exactly_once_whatever_shares_its_time(client, minutes):
    Proposal.objects.all().delete()
    template = make_proposal()
    made = [
        Proposal(**{f.attname: getattr(template, f.attname) for f in Proposal._meta.concrete_fields if not f.generated})
        for _minute in minutes
    ]
    for proposal, minute in zip(made, minutes, strict=True):
        proposal.pk, proposal.published_at = None, NOON + datetime.timedelta(microseconds=minute)
    Proposal.objects.bulk_create(made)
    in_order = list(Proposal.objects.order_by("-published_at", "-pk").values_list("pk", flat=True))
    assert walked(client) == in_order


def test_row_that_is_published_meanwhile_does_not_shift_the_next_page(client):
    for number in range(PAGE_SIZE + 1):
        make_proposal(published_at=NOON + datetime.timedelta(minutes=number))
    first = page(client)
    make_proposal(published_at=NOON + datetime.timedelta(days=1))
    second = read(client.get(first.one("a", rel="next")["href"]).content)
    assert len(rows(second)) == 1
    assert not set(rows(first)) & set(rows(second))
    assert second.one("p", class_="mapview__continued").one("a")["href"] == "/en/"


def test_next_page_keeps_the_filter(client):
    for number in range(PAGE_SIZE + 3):
        make_proposal(category="parking" if number % 2 else "pathway")
    make_proposal(middle_of("south-east"))
    for number in range(PAGE_SIZE):
        make_proposal(middle_of("south-west"), title=str(number))
    query = "area=west"
    found = walked(client, query)
    assert len(found) == len(set(found)) == total(page(client, query)) == 2 * PAGE_SIZE + 3


def test_cursor_is_read_as_it_was_written():
    moment = datetime.datetime(2026, 5, 31, 12, 0, 0, 123457, tzinfo=datetime.UTC)
    cursor = Cursor.parse(str(Cursor.of(Proposal(pk=7, published_at=moment))))
    assert (cursor.moment, cursor.pk) == (moment, 7)


# --- states -----------------------------------------------------------------------------------------------------------


def test_first_visit_says_what_this_is_and_who_answers(client):
    assert "the city, associations and companies answer here" in page(client).one("p", class_="mapview__intro").text
    assert not page(client, "kind=parking").all("p", class_="mapview__intro")


def test_empty_map_invites(client):
    empty = page(client).one("div", class_="empty")
    assert empty.one("a")["href"] == "/en/proposals/new/"


def test_empty_filter_invites_into_its_area(client):
    empty = page(client, "area=south-east").one("div", class_="empty")
    assert [a["href"] for a in empty.all("a")] == ["/en/proposals/new/?area=south-east", "/en/"]


def test_part_is_the_list_alone_and_caches_tell_it_from_the_page(client):
    make_proposal()
    whole, part = client.get(PAGE), client.get(PAGE, headers={"x-partial": "list"})
    assert "X-Partial" in whole["Vary"]
    assert "X-Partial" in part["Vary"]
    document = read(part.content)
    assert [element.tag for element in document.parts if isinstance(element, Element)] == ["section"]
    assert document.one("section", id="list").text == read(whole.content).one("section", id="list").text


def test_part_of_a_bad_filter_is_400_with_its_error(client):
    response = client.get(f"{PAGE}?kind=nonsense", headers={"x-partial": "list"})
    assert response.status_code == 400
    assert read(response.content).one("section", id="list").one("div", id="filter-errors")


def test_only_the_plain_list_is_for_search_engines(client):
    make_proposal()
    assert not page(client).all("meta", name="robots")
    for query in ("kind=parking", "after=1-1", "kind=nonsense"):
        assert page(client, query).one("meta", name="robots")["content"] == "noindex, follow"


def test_a_pin_outside_every_area_is_listed_without_one(client):
    make_proposal(Point(24.79, 60.175, srid=4326))
    assert len(rows(page(client))) == 1
