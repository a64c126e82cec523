"""Promises as open data and as a calendar: only of public proposals, in the same filters, well formed whatever people type."""

import csv
import datetime
import io
import json

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from actors.models import Organisation
from geodata.pledges import PLEDGE_PROPERTIES
from proposals.models import Consent, PledgeState, Postponement, Publication
from proposals.models.pledge import AT_WORK
from tests.geodata.rows import NOON, make_pledge, make_proposal

pytestmark = pytest.mark.django_db
EAST_SIDE = Point(24.8323, 60.1853, srid=4326)
HOSTILE = "BEGIN:VEVENT\r\nUID:x;,\\ <b>\x07\nEND:VCALENDAR"


@pytest.fixture(autouse=True)
def city(toytown):
    return toytown


def calendar(client, query: str = "") -> Calendar:
    response = client.get(f"/feeds/pledges.ics?{query}")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content)


def uids(client, query: str = "") -> list[str]:
    return [str(event["UID"]) for event in calendar(client, query).walk("VEVENT")]


def applicant() -> Organisation:
    return Organisation.objects.create(slug="applicant", names={"fi": "Hakija"}, type="company")


# --- what is not told -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("publication", [p for p in Publication if p != Publication.PUBLISHED])
def test_promise_on_what_is_not_public_is_told_nowhere(client, publication):
    pledge = make_pledge(make_proposal(publication=publication))
    assert uids(client) == []
    assert json.loads(client.get("/ogc/collections/pledges/items").content)["numberMatched"] == 0
    assert client.get(f"/ogc/collections/pledges/items/{pledge.pk}").status_code == 404


def test_organisation_that_only_applied_is_not_told_of(client):
    applicant()
    for slug in ("applicant", "nobody"):
        response = client.get(f"/feeds/pledges.ics?organisation={slug}")
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "organisation"


@pytest.mark.parametrize("state", [state for state in PledgeState if state not in AT_WORK])
def test_promise_of_which_nothing_is_owed_has_no_day(client, state):
    make_pledge(make_proposal(), state)
    assert uids(client) == []


def test_whitelist_of_promises_is_this(client):
    assert [p.name for p in PLEDGE_PROPERTIES] == [
        "id", "url", "proposal", "proposal_title", "proposal_language", "organisation", "organisation_name", "part",
        "promise_kind", "promise", "language", "promise_state", "permission", "due", "moved", "made", "updated", "kind",
        "status", "area", "place",
    ]  # fmt: skip


def test_whatever_people_type_stays_one_text_of_one_event(client):
    pledge = make_pledge(make_proposal(title=HOSTILE))
    pledge.promise = HOSTILE
    pledge.save(update_fields=["promise"])
    (event,) = calendar(client).walk("VEVENT")
    assert str(event["UID"]) == f"pledge-{pledge.pk}@testserver"
    assert "BEGIN:VEVENT" in event["SUMMARY"]
    assert "\x07" not in event["SUMMARY"] + event["DESCRIPTION"]


# --- what is told -----------------------------------------------------------------------------------------------------


def test_event_has_the_day_and_who_promises_what(client):
    pledge = make_pledge(make_proposal(title="Penkki", language="fi"))
    (event,) = calendar(client, "lang=sv").walk("VEVENT")
    assert event.decoded("DTSTART") == NOON.date()
    assert event.decoded("DTEND") == NOON.date() + datetime.timedelta(days=1)
    assert str(event["SUMMARY"]) == "Penkki"
    assert event["SUMMARY"].params["LANGUAGE"] == "fi"
    assert str(event["DESCRIPTION"]) == "Huolto lead: We do it."
    assert str(event["URL"]) == f"http://testserver/sv/proposals/{pledge.proposal_id}/"
    assert (str(event["STATUS"]), event["SEQUENCE"], event.decoded("DTSTAMP")) == ("CONFIRMED", 0, NOON)


def test_promise_that_waits_for_the_landowner_is_tentative(client):
    pledge = make_pledge(make_proposal())
    pledge.consent = Consent.ASKED
    pledge.save(update_fields=["consent"])
    (event,) = calendar(client).walk("VEVENT")
    assert str(event["STATUS"]) == "TENTATIVE"


def test_day_that_was_moved_is_the_same_event_in_a_later_wording(client):
    pledge = make_pledge(make_proposal())
    (before,) = uids(client)
    later = NOON + datetime.timedelta(days=9)
    pledge.due = later.date()
    pledge.save(update_fields=["due"])
    Postponement.objects.create(pledge=pledge, from_due=NOON.date(), to_due=later.date(), reason="Ice.", at=later)
    (event,) = calendar(client).walk("VEVENT")
    assert str(event["UID"]) == before
    assert (event["SEQUENCE"], event.decoded("DTSTART"), event.decoded("LAST-MODIFIED")) == (1, later.date(), later)


@pytest.mark.parametrize("query", ["kind=parking", "area=west", "organisation=rows-lead", "taken_up=yes", "q=bench"])
def test_calendar_and_files_take_the_filters(client, query):
    kept = make_pledge(make_proposal())
    make_pledge(make_proposal(category="idea", title="Lamp", body="", place=EAST_SIDE), part="partner")
    if query == "taken_up=yes":
        assert len(uids(client, query)) == 2
        return
    assert uids(client, query) == [f"pledge-{kept.pk}@testserver"]
    (feature,) = json.loads(client.get(f"/ogc/collections/pledges/items?{query}").content)["features"]
    assert (feature["id"], feature["properties"]["organisation"]) == (kept.pk, "rows-lead")
    assert feature["geometry"]["coordinates"] == [24.8123, 60.1853]


@pytest.mark.usefixtures("committed_city")
def test_promises_are_a_file_with_their_days(client):
    pledge = make_pledge(make_proposal())
    make_pledge(make_proposal(), PledgeState.LAPSED)
    response = client.get("/export/pledges.csv?promise_state=active")
    (row,) = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")), delimiter=";")
    told = (row["id"], row["proposal"], row["due"], row["promise_state"], row["lon"])
    assert told == (str(pledge.pk), str(pledge.proposal_id), "2026-05-31", "active", "24.8123000")


def test_calendar_is_one_query_however_many_promises_and_304_when_unchanged(client):
    for _ in range(5):
        make_pledge(make_proposal())
    with CaptureQueriesContext(connection) as queries:
        first = client.get("/feeds/pledges.ics")
    assert len(queries) == 1
    assert client.get("/feeds/pledges.ics", headers={"If-None-Match": first["ETag"]}).status_code == 304
    make_pledge(make_proposal())
    assert client.get("/feeds/pledges.ics", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_organisation_and_area_lead_to_their_calendars(client):
    make_pledge(make_proposal())
    assert (
        b"/feeds/pledges.ics?organisation=rows-lead&amp;lang=en" in client.get("/en/organisations/rows-lead/").content
    )
    assert b"/feeds/pledges.ics?area=west&amp;lang=en" in client.get("/en/areas/west/").content
