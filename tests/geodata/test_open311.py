"""`/open311/v2/` read: the same in JSON and XML, in the standard's words and order. Refusals: test_open311_refusals.py."""

import datetime
import json
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.contrib.gis.geos import Point
from django.test import Client

from geodata.open311.stages import TOLD
from proposals.models import Proposal, Publication, Role, Status, Verb
from proposals.models.history import record
from tests.categories import make_categories
from tests.geodata.rows import NOON, make_crowd, make_pledge, make_proposal

pytestmark = pytest.mark.django_db

AT = "/open311/v2"
FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode", "lat",
    "long", "media_url",
]  # fmt: skip


@pytest.fixture(autouse=True)
def june():
    with time_machine.travel(NOON + datetime.timedelta(days=1), tick=False):
        yield


def listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    response = client.get(f"{AT}/requests.json?{query}")
    assert response.status_code == 200, response.content
    return response.json()


def numbers(client: Client, query: str = "") -> list[int]:
    return [int(request["service_request_id"]) for request in listed(client, query)]


def as_xml(content: bytes) -> Any:
    """The document of XML as the JSON would be, every value as text."""

    def value(element: ElementTree.Element) -> Any:
        if element.tag in LISTS:
            return [value(child) for child in element]
        return {child.tag: value(child) for child in element} if len(element) else element.text or ""

    return value(ElementTree.fromstring(content))


LISTS = {
    "services",
    "service_requests",
    "attributes",
    "values",
    "endpoints",
    "formats",
    "errors",
    "history",
    "media_urls",
}


def as_text(value: Any) -> Any:
    match value:
        case list():
            return [as_text(entry) for entry in value]
        case dict():
            return {name: as_text(inner) for name, inner in value.items()}
        case bool():
            return str(value).lower()
        case None:
            return ""
    return str(value)


@pytest.mark.parametrize(
    "address", ["/discovery", "/services", "/services/parking", "/services/idea", "/requests", "/requests/{pk}", "/requests/0"]
)  # fmt: skip
def test_xml_and_json_say_the_same_in_the_same_order(client, address):
    proposal = make_proposal(title="<b>A & B</b>", body="Line\nbreak")
    make_pledge(proposal)
    with_history(proposal)
    at = AT + address.format(pk=proposal.pk)
    query = "?extensions=true&lang=en" if "requests" in address else "?lang=en"
    written, read = client.get(f"{at}.json{query}"), client.get(f"{at}.xml{query}")
    assert written.status_code == read.status_code
    assert list(_pairs(as_text(written.json()))) == list(_pairs(as_xml(read.content)))


def _pairs(value: Any, path: str = "") -> Any:
    """Every leaf with its path, in order."""
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _pairs(inner, f"{path}/{name}")
    else:
        yield path, value


def test_characters_that_xml_cannot_hold_are_marked(client):
    make_proposal(body="bell\x07 and \ufffe")
    assert "bell\ufffd and \ufffd" in client.get(f"{AT}/requests.xml").content.decode()


def with_history(proposal: Proposal) -> None:
    record(proposal, Verb.SUBMITTED, role=Role.RESIDENT, after=Publication.PUBLISHED)
    record(proposal, Verb.COMMENTED, role=Role.RESIDENT)
    record(proposal, Verb.STATUS_CHANGED, role=Role.ORGANISATION, before="open", after="taken_up", reason="Said.")


def test_service_request_has_the_fields_of_the_standard_in_their_order(client):
    proposal = make_proposal(status=Status.TAKEN_UP)
    make_pledge(proposal)
    (request,) = listed(client, "lang=en")
    assert list(request) == FIELDS
    assert (request["service_request_id"], request["status"], request["service_code"]) == (
        str(proposal.pk),
        "open",
        "parking",
    )
    assert request["description"] == "A bench\n\nThere is nowhere to sit."
    assert request["status_notes"] == "Taken up: Huolto lead, by 2026-05-31"
    assert request["agency_responsible"] == "Huolto lead"
    assert request["requested_datetime"] == request["updated_datetime"] == "2026-05-31T12:00:00Z"
    assert request["expected_datetime"] == "2026-05-31T23:59:59+03:00"
    assert (request["lat"], request["long"]) == (60.1853, 24.8123)


def test_place_is_the_public_one(client):
    make_proposal(Point(24.811, 60.181, srid=4326), location=Point(24.8127654, 60.1857654, srid=4326))
    (request,) = listed(client)
    assert (request["lat"], request["long"]) == (60.181, 24.811)


def test_extended_request_tells_its_history_without_persons_and_reasons(client):
    proposal = make_proposal(status=Status.TAKEN_UP)
    with_history(proposal)
    (request,) = listed(client, "extensions=true")
    extended = request["extended_attributes"]
    assert (extended["title"], extended["detailed_status"], extended["place_precision"]) == (
        "A bench",
        "IN_PROCESS",
        "exact",
    )
    assert extended["history"] == [
        {"state": "received", "role": "resident", "from": None, "to": "open", "datetime": "2026-05-31T12:00:00Z"},
        {
            "state": "allocated",
            "role": "organisation",
            "from": "open",
            "to": "taken_up",
            "datetime": "2026-05-31T12:00:00Z",
        },
    ]
    assert "Said." not in json.dumps(request)


@pytest.mark.parametrize(
    ("status", "open311", "detailed"),
    [
        ("open", "open", "RECEIVED"), ("taken_up", "open", "IN_PROCESS"), ("in_progress", "open", "IN_PROCESS"),
        ("delivered", "open", "IN_PROCESS"), ("confirmed", "closed", "PROCESSED"), ("closed_unfixed", "closed", "REJECTED"),
        ("not_planned", "closed", "REJECTED"), ("forwarded", "closed", "REASSIGNED"), ("outdated", "closed", "ARCHIVED"),
        ("merged", "closed", "DUPLICATE"),
    ],
)  # fmt: skip
def test_each_stage_has_its_word(client, status, open311, detailed):
    target = make_proposal() if status == "merged" else None
    proposal = make_proposal(status=status, merged_into=target)
    request = client.get(f"{AT}/requests/{proposal.pk}.json?extensions=true").json()[0]
    assert (request["status"], request["extended_attributes"]["detailed_status"]) == (open311, detailed)
    assert proposal.pk in numbers(client, f"status={open311}")
    assert proposal.pk not in numbers(client, f"status={'closed' if open311 == 'open' else 'open'}")


def test_six_aikas_history_has_a_word_for_each_stage():
    words = {stage: told.history for stage, told in TOLD.items()}
    assert words.keys() == set(Status)
    done = {stage for stage, word in words.items() if word == "done"}
    assert done == {"confirmed", "closed_unfixed", "not_planned", "forwarded", "merged", "outdated"}
    assert (words["open"], words["taken_up"], words["in_progress"], words["delivered"]) == (
        "received", "allocated", "handling", "handling",
    )  # fmt: skip


@pytest.mark.parametrize("publication", [p for p in Publication if p != Publication.PUBLISHED])
def test_only_the_published_are_requests(client, publication):
    hidden = make_proposal(publication=publication)
    assert numbers(client) == []
    assert numbers(client, f"service_request_id={hidden.pk}") == []
    assert client.get(f"{AT}/requests/{hidden.pk}.json").status_code == 404


def test_without_dates_the_last_ninety_days_come_and_by_number_any(client):
    old = make_proposal(published_at=NOON - datetime.timedelta(days=90))
    new = make_proposal(published_at=NOON - datetime.timedelta(days=88))
    assert numbers(client) == [new.pk]
    assert numbers(client, f"service_request_id={old.pk},{new.pk}") == [new.pk, old.pk]
    assert numbers(client, "start_date=2025-11-01") == []  # ninety days from then
    assert numbers(client, "end_date=2026-03-03") == [old.pk]
    assert numbers(client, "updated_after=2026-05-31T12:00:00Z") == [new.pk, old.pk]
    assert numbers(client, "updated_after=2026-05-31T12:00:01Z") == []
    assert numbers(client, "updated_after=2026-05-31T15:00:00+03:00") == [new.pk, old.pk]  # a plus that nobody escaped


def test_pages_hold_each_request_once_newest_first(client):
    made = [make_proposal(published_at=NOON - datetime.timedelta(hours=hours)).pk for hours in range(5)]
    pages = [numbers(client, f"page_size=2&page={page}") for page in (1, 2, 3, 4)]
    assert pages == [made[:2], made[2:4], made[4:], []]


def test_radius_is_in_metres_on_the_ground(client):
    proposal = make_proposal()  # 24.8123, 60.1853; a thousandth of a degree to the north is 111.4 m
    assert numbers(client, "lat=60.1863&long=24.8123&radius=111") == []
    assert numbers(client, "lat=60.1863&long=24.8123&radius=112") == [proposal.pk]
    assert numbers(client, "lat=89.9&long=24.8123") == []


def test_list_costs_one_query_however_long(client, django_assert_num_queries):
    make_crowd(60)
    for query, queries in (
        ("", 1),
        ("extensions=true", 1),
        ("service_code=parking,idea&status=open&extensions=true", 2),
    ):
        with django_assert_num_queries(queries):
            assert listed(client, query)
    with django_assert_num_queries(1):
        client.get(f"{AT}/services.json")


def test_services_are_the_categories_with_their_questions(client):
    make_categories()
    services = {service["service_code"]: service for service in client.get(f"{AT}/services.json?lang=en").json()}
    assert services.keys() == {"parking", "pathway", "idea", "greening", "concern"}
    parking = services["parking"]
    assert list(parking) == ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
    assert (parking["metadata"], services["idea"]["metadata"], parking["type"]) == (True, False, "realtime")
    attributes = client.get(f"{AT}/services/parking.json?lang=en").json()["attributes"]
    assert [(a["code"], a["datatype"], a["required"], a["order"]) for a in attributes] == [
        ("when", "singlevaluelist", False, 1), ("often", "singlevaluelist", False, 2), ("more", "text", False, 3),
    ]  # fmt: skip
    assert attributes[0]["values"] == [{"key": "day", "name": "By day"}, {"key": "night", "name": "By night"}]
    assert client.get(f"{AT}/services/idea.json").json() == {"service_code": "idea", "attributes": []}


def test_discovery_names_the_endpoint_and_its_formats(client):
    for address in ("/discovery.json", "/"):
        (endpoint,) = client.get(AT + address).json()["endpoints"]
        assert endpoint["url"] == "http://testserver/open311/v2"
        assert endpoint["formats"] == ["application/json", "text/xml"]


def test_every_origin_may_read_and_nothing_is_kept_longer_than_a_minute(client):
    response = client.get(f"{AT}/requests.json?jurisdiction_id=toytown.example&api_key=any")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "public, max-age=60"
    assert client.get(f"{AT}/requests.json", headers={"If-None-Match": response["ETag"]}).status_code == 304
