"""Every page in every language: whole, named, readable without a script; and the pages of words."""

import copy
import itertools
import re

import pytest
from django.conf import settings as django_settings
from django.contrib.gis.geos import Point
from django.urls import reverse
from django.utils import translation

from layers.models import Dataset
from proposals import retention
from proposals.device import DEVICE_COOKIE
from proposals.models import Status
from tests.geodata.rows import make_proposal
from tests.geodata.test_exports import WHITELIST
from tests.mapapp.reading import Element, read

LANGUAGES = ("fi", "sv", "en")
PAGES = (
    "",
    "?kind=parking&kind=idea&area=west&status=open&since=2026-01-01&q=bench",
    "?q=nothing-has-this-word",
    "?kind=nonsense&since=soon",
    "?after=1-1",
    "areas/",
    "areas/north-west/",
    "areas/west/",
    "areas/toytown/",
    "areas/south-east/",
    "services/",
    "data/",
    "data/dictionary/",
    "about/",
    "privacy/",
    "accessibility/",
    "no-such-page/",
)
MISSING = "‼%s‼"
OPTIONAL = {"class", "link_class", "level", "map_class", "page_url"}  # what a partial may be given or not


@pytest.fixture
def full_city(toytown):
    """Proposals of several topics, stages and languages, one without an area."""
    make_proposal(title="A bench", language="en", supports_verified=1)
    make_proposal(Point(24.83, 60.185, srid=4326), title="Valo polulle", language="fi", status=Status.TAKEN_UP)
    make_proposal(Point(24.81, 60.175, srid=4326), title="Lampa", language="other", status=Status.CONFIRMED)
    return toytown


@pytest.fixture
def missing_marked(settings):
    """Templates write the name of each variable that they were not given."""
    templates = copy.deepcopy(django_settings.TEMPLATES)
    templates[0]["OPTIONS"]["string_if_invalid"] = MISSING
    settings.TEMPLATES = templates


def page(client, address: str) -> Element:
    return read(client.get(address).content)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_page_is_whole_in_every_language(full_city, client, missing_marked, language, path):
    response = client.get(f"/{language}/{path}")
    assert response.status_code == {"?kind=nonsense&since=soon": 400, "no-such-page/": 404}.get(path, 200)
    text = response.content.decode()
    missing = set(re.findall(MISSING.replace("%s", "(.*?)"), text)) - OPTIONAL
    assert not missing
    document = read(re.sub(MISSING.replace("%s", ".*?"), "", text))
    assert document.one("html")["lang"] == language
    assert len(document.all("h1")) == 1
    assert document.one("h1").text
    title = document.one("head").one("title").text
    with translation.override(language):
        assert title.endswith(f"· {django_settings.CITY.product_name}")
    assert len(title) > len("· ") + len(django_settings.CITY.product_name)
    ids = [element["id"] for element in document.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {link["hreflang"] for link in document.all("link", rel="alternate") if link.get("hreflang")} == set(
        LANGUAGES
    )


@pytest.mark.parametrize("path", PAGES)
def test_page_asks_for_nothing_that_the_policy_forbids(full_city, client, path):
    document = page(client, f"/en/{path}")
    assert not [element for element in document.all() if "style" in element.attributes]
    assert not [name for element in document.all() for name in element.attributes if name.startswith("on")]
    assert not document.all("style")
    for script in document.all("script"):
        assert script.get("type") == "application/json" or script["src"].startswith("/static/")
    for element in document.all("img") + document.all("link", rel="stylesheet"):
        assert (element.get("src") or element.get("href")).startswith("/")


@pytest.mark.parametrize("path", PAGES)
def test_headings_leave_no_level_out(full_city, client, path):
    levels = [int(e.tag[1]) for e in page(client, f"/en/{path}").one("main").all() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


@pytest.mark.parametrize("path", PAGES)
def test_every_control_and_link_has_a_name(full_city, client, path):
    document = page(client, f"/en/{path}")
    labels = document.all("label")
    for control in document.all("input") + document.all("select"):
        if control.get("type") == "hidden":
            continue
        labelled = any(control in label.all() or label.get("for") == (control.get("id") or "-") for label in labels)
        assert labelled or control.get("aria-label"), control.attributes
    assert all(fieldset.all("legend") and fieldset.all("legend")[0].text for fieldset in document.all("fieldset"))
    for link in document.all("a") + document.all("button") + document.all("summary"):
        assert link.get("aria-label") or link.text, link.attributes


@pytest.mark.parametrize("path", PAGES)
def test_visitor_gets_no_cookie(full_city, client, path):
    assert not client.get(f"/en/{path}").cookies


@pytest.mark.parametrize(
    "path", ["", "areas/", "areas/west/", "services/", "data/", "about/", "privacy/", "accessibility/"]
)
def test_page_is_only_read(full_city, client, path):
    assert client.post(f"/en/{path}").status_code == 405


def test_language_switch_stays_on_the_page(full_city, client):
    document = page(client, "/en/areas/west/?x=1")
    switch = {link["hreflang"]: link["href"] for link in document.all("a") if link.get("hreflang")}
    assert switch == {code: f"/{code}/areas/west/?x=1" for code in LANGUAGES}


# --- words ------------------------------------------------------------------------------------------------------------


def test_data_dictionary_names_what_leaves_the_house_and_no_more(full_city, client):
    document = page(client, "/en/data/")
    names = [
        row.one("th").text for row in document.all("section", class_="catalogue-set")[0].all("tbody")[-1].all("tr")
    ]
    assert names == WHITELIST


def test_sources_stand_with_their_licence(full_city, client):
    dataset = Dataset.objects.first()
    Dataset.objects.filter(pk=dataset.pk).update(title="Rough areas", licence="CC0", is_approximate=True)
    rows = [row.text for row in page(client, "/en/data/").all("tr")]
    assert any("Rough areas" in row and "CC0" in row and "approximate" in row for row in rows)


def test_privacy_notice_tells_the_times_by_which_things_are_forgotten(client, toytown):
    text = page(client, "/en/privacy/").one("main").text
    assert f"did not confirm it: {retention.UNCONFIRMED_KEPT.days} days" in text
    assert "24 months after the proposal has ended" in text
    assert retention.CONTACT_KEPT.days == 730
    assert f"{retention.MAIL_SENT_KEPT.days} days" in text


def test_privacy_notice_names_the_cookies_of_the_service_and_no_others(client, toytown, settings):
    client.get("/en/proposals/new/")
    tables = page(client, "/en/privacy/").all("table")
    named = {code.text for code in tables[1].one("tbody").all("code")}
    assert named == {DEVICE_COOKIE, settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_NAME}
    assert client.cookies.keys() <= named


def test_privacy_notice_names_the_owner_of_the_base_map(client, toytown, settings):
    assert "ask nothing of any other server" in page(client, "/en/privacy/").one("main").text
    settings.BASEMAP = "osm"
    text = page(client, "/en/privacy/").one("main").text
    assert "OpenStreetMap" in text
    assert "ask nothing of any other server" not in text


def test_accessibility_statement_has_the_parts_of_the_model(client, toytown):
    headings = [heading.text for heading in page(client, "/en/accessibility/").one("main").all("h2")]
    assert headings == [
        "How accessible the service is",
        "What is not accessible yet",
        "Another way",
        "Have you noticed a problem?",
        "Supervision",
    ]


def test_about_explains_every_topic_and_stage(client, toytown):
    document = page(client, "/en/about/").one("main")
    assert len(document.one("ul", class_="explained").all("li")) == 6
    labels = [label.text for label in document.one("dl", class_="stages").all("dt")]
    assert labels == [str(label) for label in Status.labels]


def test_robots_leave_files_and_later_pages_alone(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert b"Disallow: /export/" in response.content


@pytest.mark.parametrize("name", ["map", "areas", "services", "open_data", "about", "privacy", "accessibility"])
def test_head_is_answered_as_get_is(client, toytown, name):
    assert client.head(reverse(name)).status_code == 200
