"""The Atom feed: well formed whatever people type, complete by RFC 4287, its ids for ever."""

import datetime
from xml.etree import ElementTree as Xml

import pytest

from proposals.models import Publication
from tests.geodata.rows import NOON, make_proposal

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


def feed(client, query: str = "") -> Xml.Element:
    response = client.get(f"/feeds/proposals.atom?{query}")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return Xml.fromstring(response.content)


def entries(client, query: str = "") -> list[Xml.Element]:
    return feed(client, query).findall(f"{ATOM}entry")


def test_feed_holds_only_what_is_published_and_in_the_filter(client):
    make_proposal(title="Seen")
    make_proposal(title="Other", category="idea")
    make_proposal(title="Hidden", publication=Publication.HIDDEN)
    assert [entry.findtext(f"{ATOM}title") for entry in entries(client, "kind=parking")] == ["Seen"]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "]]> & &amp; \"'", "\x08\x0b\x1f", "\ufffe\uffff", "a\u202eb", "😀", "\n\n"]
)
def test_whatever_people_type_stays_text_in_well_formed_xml(client, text):
    make_proposal(title=f"A{text}", body=text)
    (entry,) = entries(client)
    title, content = entry.find(f"{ATOM}title"), entry.find(f"{ATOM}content")
    assert title.get("type", "text") == "text"
    assert content.get("type") == "text"
    for element in (title, content):
        assert list(element) == []
    if text.isprintable():
        assert (title.text, content.text) == (f"A{text}", text)


def test_feed_has_what_the_standard_asks(client):
    make_proposal(landmark={"names": {"fi": "Kirjasto"}, "distance_m": 0, "bearing": 0})
    root = feed(client, "kind=parking&lang=sv")
    assert root.findtext(f"{ATOM}id") == "tag:testserver,2026:proposals?kind=parking"
    assert root.get(LANG) == "sv"
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {
        "self": "http://testserver/feeds/proposals.atom?lang=sv&kind=parking",
        "alternate": "http://testserver/sv/?kind=parking",
    }
    (entry,) = root.findall(f"{ATOM}entry")
    for element in (root, entry):
        for name in ("id", "title", "updated"):
            assert element.findtext(f"{ATOM}{name}")
        assert element.findtext(f"{ATOM}author/{ATOM}name")
    assert {c.get("term") for c in entry.findall(f"{ATOM}category")} == {"parking", "open"}
    assert entry.findtext("{http://www.georss.org/georss}point") == "60.1853000 24.8123000"
    assert entry.find(f"{ATOM}content").get(LANG) == "en"
    assert "Kirjasto" in entry.findtext(f"{ATOM}summary")


def test_author_is_never_told_apart(client):
    make_proposal()
    make_proposal()
    assert {entry.findtext(f"{ATOM}author/{ATOM}name") for entry in entries(client, "lang=en")} == {
        "A resident, not named"
    }


def test_id_of_an_entry_is_the_same_in_every_language_filter_and_after_an_edit(client):
    proposal = make_proposal()
    seen = {entries(client, q)[0].findtext(f"{ATOM}id") for q in ("", "lang=sv", "kind=parking&lang=en")}
    proposal.title, proposal.updated_at = "Edited", NOON + datetime.timedelta(days=3)
    proposal.save(update_fields=["title", "updated_at"])
    (entry,) = entries(client)
    assert {entry.findtext(f"{ATOM}id")} == seen == {f"tag:testserver,2026:proposals/{proposal.pk}"}
    assert entry.findtext(f"{ATOM}updated") == "2026-06-03T12:00:00+00:00"
    assert entry.findtext(f"{ATOM}published") == "2026-05-31T12:00:00+00:00"


def test_newest_fifty_come_newest_first_in_one_query(client, django_assert_num_queries):
    for minute in range(53):
        make_proposal(title=f"Number {minute}", published_at=NOON + datetime.timedelta(minutes=minute))
    with django_assert_num_queries(1):
        titles = [entry.findtext(f"{ATOM}title") for entry in entries(client)]
    assert titles == [f"Number {n}" for n in range(52, 2, -1)]


def test_unchanged_feed_is_304_and_an_empty_one_too(client):
    for _ in range(2):
        first = client.get("/feeds/proposals.atom")
        assert client.get("/feeds/proposals.atom", headers={"If-None-Match": first["ETag"]}).status_code == 304
        make_proposal()
    assert client.get("/feeds/proposals.atom", headers={"If-None-Match": first["ETag"]}).status_code == 200
