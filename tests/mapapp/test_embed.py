"""Map and list in a frame on another site: who may frame them, no cookie, no session, hostile texts, refusals in words."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from mapapp.embed_hosts import checked_hosts
from proposals.models import Publication
from tests.actors.people import person
from tests.geodata.rows import make_proposal
from tests.geodata.test_filters import BAD_QUERIES
from tests.mapapp.listing import rows
from tests.mapapp.reading import read

pytestmark = pytest.mark.django_db
FRAMED = ["/embed/map", "/embed/list"]
HOSTILE = "<script>alert(1)</script></textarea><img src=x onerror=alert(2)> {{ 7|add:7 }} \" ' &"


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


def ancestors(response) -> str:
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    return policy["frame-ancestors"]


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["", "x; script-src *", "a b", "javascript:alert(1)", "https://", "data:", "'self'", "http://a/b", "*.*", "å.fi"],
)
def test_host_that_would_write_a_policy_of_its_own_is_refused_at_the_start(host):
    with pytest.raises(ImproperlyConfigured, match="EMBED_HOSTS"):
        checked_hosts([host])


@pytest.mark.parametrize("path", FRAMED)
def test_nobody_may_frame_where_nobody_is_named(client, settings, path):
    settings.EMBED_HOSTS = ()
    assert ancestors(client.get(path)) == "'none'"


@pytest.mark.parametrize(
    "path", ["/en/", "/en/embed/", "/en/data/", "/accounts/login/", "/en/proposals/new/", "/nowhere"]
)
def test_every_other_page_refuses_to_be_framed(client, settings, path):
    settings.EMBED_HOSTS = ("*",)
    response = client.get(path, follow=True)
    assert response["X-Frame-Options"] == "DENY"
    assert ancestors(response) == "'none'"


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        *(("/embed/list", query, parameter) for query, parameter in BAD_QUERIES),
        *((path, "utm_source=x", "utm_source") for path in FRAMED),
        *((path, "lang=de", "lang") for path in FRAMED),
        ("/embed/map", "kind=nonsense", "kind"),
    ],
)
def test_bad_or_unknown_parameter_is_400_in_words_without_a_row(client, path, query, parameter):
    make_proposal(title="Not to be shown")
    response = client.get(f"{path}?{query}")
    assert response.status_code == 400
    summary = read(response.content).one("div", id="filter-errors")
    assert parameter in [strong.text.rstrip(":") for strong in summary.all("strong")]
    assert b"Not to be shown" not in response.content


@pytest.mark.parametrize("path", FRAMED)
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_frame_is_only_read(client, path, method):
    assert getattr(client, method)(path).status_code == 405


@pytest.mark.parametrize("path", FRAMED)
def test_frame_sets_no_cookie_and_reads_no_session(client, django_assert_max_num_queries, path):
    client.force_login(person("planner", "planner"))
    client.cookies["kiosk"] = "1"
    with django_assert_max_num_queries(4) as queries:
        response = client.get(f"{path}?lang=en")
    assert response.status_code == 200
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert not any("session" in query["sql"] or "actors_user" in query["sql"] for query in queries)
    assert "planner" not in response.content.decode()
    assert "data-kiosk" not in response.content.decode()


def test_hidden_proposal_is_in_no_frame(client):
    for publication in Publication:
        make_proposal(publication=publication, title=f"It is {publication}")
    text = client.get("/embed/list").content.decode()
    assert "It is published" in text
    assert [p for p in Publication if f"It is {p}" in text] == [Publication.PUBLISHED]


def test_hostile_title_stays_text_in_the_list_and_in_the_snippet(client):
    make_proposal(title=HOSTILE)
    document = read(client.get("/embed/list?lang=en").content)
    assert document.one("ol", id="proposals").one("a").text.strip() == HOSTILE
    document = read(client.get("/en/embed/", {"q": HOSTILE}).content)
    for name in ("embed_map", "embed_list"):
        frame = read(document.one("textarea", id=name).text.encode())
        assert [element.tag for element in frame.all()] == ["iframe"]
        assert "q=%3Cscript%3E" in frame.one("iframe")["src"]


# --- what they are for ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FRAMED)
@pytest.mark.parametrize("hosts", [("*",), ("https://www.example.org", "*.example.fi:8443", "localhost:*")])
def test_named_sites_may_frame_map_and_list(client, settings, path, hosts):
    settings.EMBED_HOSTS = checked_hosts(hosts)
    response = client.get(path)
    assert ancestors(response) == " ".join(hosts)
    assert "X-Frame-Options" not in response
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in response["Content-Security-Policy"]


def test_base_map_may_send_pictures_to_the_framed_map_and_not_to_the_list(client, settings):
    settings.BASEMAP = "osm"
    assert "https://tile.openstreetmap.org" in client.get("/embed/map")["Content-Security-Policy"]
    assert "openstreetmap" not in client.get("/embed/list")["Content-Security-Policy"]


def test_list_holds_what_the_filter_holds_in_the_language_asked(client):
    kept = make_proposal(title="Kept")
    make_proposal(title="Other", category="idea")
    document = read(client.get("/embed/list?kind=parking&lang=sv").content)
    assert document.one("html")["lang"] == "sv"
    assert rows(document) == [kept.pk]
    link = document.one("ol", id="proposals").one("a")
    assert (link["href"], link["target"], link["rel"]) == (f"/sv/proposals/{kept.pk}/", "_blank", "noopener")
    whole = document.one("footer").all("a")[0]
    assert (whole["href"], whole["target"], whole["rel"]) == ("/sv/?kind=parking", "_blank", "noopener")


def test_list_goes_on_inside_the_frame_and_shows_each_once(client):
    made = [make_proposal(title=f"Number {n}").pk for n in range(23)]
    first = read(client.get("/embed/list?lang=en&kind=parking").content)
    (more,) = [a for a in first.all("a") if a.attributes.get("rel") == "next"]
    assert more["target"] == "_self"
    assert more["href"].startswith("/embed/list?lang=en&kind=parking&after=")
    second = read(client.get(more["href"]).content)
    assert sorted(rows(first) + rows(second)) == sorted(made)


def test_framed_map_asks_its_own_pages_and_never_those_of_a_person(client):
    response = client.get("/embed/map?lang=sv&kind=parking")
    config = response.context["map_config"]
    assert config["query"] == "kind=parking"
    assert config["urls"]["page"] == "/embed/map?lang=sv"
    assert config["urls"]["rows"] == "/embed/list?lang=sv"
    assert not [
        button
        for button in read(response.content).all("button")
        if button.attributes.get("data-map-action") == "locate"
    ]


def test_page_gives_the_frame_of_the_filter_with_a_title(client, settings):
    settings.EMBED_HOSTS = ("https://www.example.org",)
    document = read(client.get("/en/embed/?kind=parking").content)
    frame = read(document.one("textarea", id="embed_map").text.encode()).one("iframe")
    assert frame["src"] == "http://testserver/embed/map?lang=en&kind=parking"
    assert frame["title"].startswith("Map: Parking")
    assert "https://www.example.org" in document.one("main").text
    assert client.get("/en/embed/?kind=nonsense").status_code == 400


@pytest.mark.parametrize("page", ["/en/?kind=parking", "/en/areas/west/", "/en/planning/?kind=parking"])
def test_pages_with_downloads_lead_to_the_frame_of_the_same_filter(client, page):
    make_proposal()
    links = [a["href"] for a in read(client.get(page).content).all("a") if a["href"].startswith(reverse("embed_this"))]
    assert links
    assert "kind=parking" in links[0] or "area=west" in links[0]
