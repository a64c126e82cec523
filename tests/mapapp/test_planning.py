"""The planner's page: figures of the filter in the address, its files, and the map in a frame that it cannot leave."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.utils.html import escape

from mapapp.report_filter import ReportForm
from proposals.models import Proposal
from tests.geodata.rows import make_crowd, make_proposal

PAGE = "/en/planning/"


@pytest.fixture
def crowd(toytown) -> list[Proposal]:
    return make_crowd()


def figures_of(html: str) -> list[int]:
    return [int(re.sub(r"\D", "", cell)) for cell in re.findall(r"<dd>(.*?)</dd>", html, re.DOTALL)][:4]


@pytest.mark.parametrize("query", ["", "kind=parking", "area=west", "taken_up=no&since=2026-05-31"])
def test_page_counts_what_the_filter_holds(crowd, client, query):
    matched = ReportForm(QueryDict(query)).apply(Proposal.objects.public())
    html = client.get(f"{PAGE}?{query}").content.decode()
    assert figures_of(html) == [
        matched.count(),
        matched.with_status(["open"]).count(),
        matched.taken_up().count(),
        matched.with_status(["confirmed"]).count(),
    ]


def test_every_way_out_carries_the_filter(crowd, client):
    html = client.get(f"{PAGE}?kind=parking&area=west&measure=density").content.decode()
    addresses = [
        re.sub("&amp;", "&", found) for found in re.findall(r'(?:href|src)="(/(?:export|feeds|planning)/[^"]*)"', html)
    ]
    assert len(addresses) >= 6
    for address in addresses:
        query = parse_qs(urlsplit(address).query)
        assert query["kind"] == ["parking"], address
        assert query["area"] == ["west"], address
        response = client.get(address)
        assert response.status_code == 200, address


def test_frame_of_the_map_is_sandboxed_and_named(crowd, client):
    frame = re.search(r"<iframe(.*?)>", client.get(PAGE).content.decode(), re.DOTALL)[1]
    sandbox = re.search(r'sandbox="([^"]*)"', frame)[1].split()
    assert "allow-scripts" in sandbox
    assert not {"allow-same-origin", "allow-top-navigation", "allow-forms"} & set(sandbox)
    assert re.search(r'title="[^"]+"', frame)


def test_page_keeps_the_strict_policy(crowd, client):
    response = client.get(PAGE)
    assert "unsafe" not in response["Content-Security-Policy"]
    html = response.content.decode()
    assert not re.search(r"<[^>]+\sstyle=", html)
    assert not re.search(r"<script(?![^>]*(?:src=|application/json))", html)


@pytest.mark.parametrize("query", ["kind=sausage", "since=never", "measure=height", "area=atlantis"])
def test_bad_filter_is_shown_and_answered_400(crowd, client, query):
    response = client.get(f"{PAGE}?{query}")
    assert response.status_code == 400
    assert "This filter could not be read" in response.content.decode()


def test_unknown_parameter_is_ignored(crowd, client):
    assert client.get(f"{PAGE}?utm_source=mail&fbclid=1").status_code == 200


def test_filter_that_holds_nothing_offers_the_way_back(crowd, client):
    html = client.get(f"{PAGE}?q=nothingofthekind").content.decode()
    assert "No proposal fits this filter." in html
    assert "<iframe" not in html


def test_hostile_words_of_the_filter_are_shown_as_text(crowd, client):
    words = '"><script>hit()</script>'
    html = client.get(PAGE, {"q": words}).content.decode()
    assert words not in html
    assert escape(words) in html


def test_page_asks_the_same_few_questions_whatever_it_holds(crowd, client, django_assert_max_num_queries):
    make_proposal()
    with django_assert_max_num_queries(8):
        client.get(PAGE)
    with django_assert_max_num_queries(10):
        client.get(f"{PAGE}?kind=parking&area=west")
