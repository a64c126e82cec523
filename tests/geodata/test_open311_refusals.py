"""`/open311/v2/` read: every refusal in the standard's list of errors, in the format and language asked for."""

from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.django_db

AT = "/open311/v2"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("page=0", "page"),
        ("page=1_000", "page"),
        ("page_size=1001", "page_size"),
        ("page_size=٣", "page_size"),
        ("status=fixed", "status"),
        ("service_code=nothing", "service_code"),
        ("service_request_id=abc", "service_request_id"),
        ("service_request_id=1,99999999999999999999", "service_request_id"),
        ("start_date=yesterday", "start_date"),
        ("start_date=2026-02-30", "start_date"),
        ("start_date=2026-01-01/2026-01-02", "start_date"),
        ("end_date=294277-01-01T00:00:00Z", "end_date"),
        ("start_date=2026-01-01&end_date=2026-06-01", "end_date"),
        ("start_date=2026-05-01&end_date=2026-04-01", "end_date"),
        ("updated_after=NaN", "updated_after"),
        ("lat=60.18", "lat"),
        ("lat=NaN&long=24.8", "lat"),
        ("lat=91&long=24.8", "lat"),
        ("radius=100", "radius"),
        ("lat=60.18&long=24.8&radius=1e9", "radius"),
        ("extensions=yes", "extensions"),
        ("locale=xx", "locale"),
        ("lang=de", "lang"),
        ("colour=red", "colour"),
        ("status=open&status=closed", "status"),
        ("status=%00", "status"),
        ("service_code=%ff", "service_code"),
    ],
)
def test_wrong_parameter_is_named(client, query, named):
    response = client.get(f"{AT}/requests.json?{query}")
    assert response.status_code == 400
    assert [(error["code"], error["description"].partition(":")[0]) for error in response.json()] == [(400, named)]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/requests.csv", 400),
        ("/services.JSON", 400),
        ("/services/nothing.json", 404),
        ("/requests/0.json", 404),
        ("/requests/-1.json", 404),
        ("/requests/1_000.json", 404),
        ("/requests/99999999999999999999.json", 404),
        ("/requests.json?jurisdiction_id=elsewhere.example", 404),
        (f"/requests.json?service_code={'x' * 9_000}", 400),
    ],
)
def test_what_is_not_there_is_told_in_the_list_of_errors(client, address, status):
    response = client.get(AT + address)
    assert response.status_code == status
    assert [error["code"] for error in response.json()] == [status]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client, method):
    response = getattr(client, method)(f"{AT}/requests.json")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")
    assert client.post(f"{AT}/services.json").status_code == 405


def test_client_that_takes_neither_format_is_told_so(client):
    assert client.get(f"{AT}/services", headers={"Accept": "image/png"}).status_code == 406


def test_refusal_comes_in_the_format_and_language_asked_for(client):
    response = client.get(f"{AT}/requests.xml?status=fixed", headers={"Accept-Language": "sv-FI,fi;q=0.5"})
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    error = ElementTree.fromstring(response.content).find("error")
    assert (error.find("code").text, error.find("description").text[:7]) == ("400", "status:")
    words = {
        client.get(f"{AT}/requests.json?status=fixed&{asked}").content for asked in ("", "lang=sv", "locale=en_GB")
    }
    assert len(words) == 3


def test_without_ending_the_client_chooses(client):
    assert client.get(f"{AT}/services")["Content-Type"].startswith("application/json")
    answer = client.get(f"{AT}/services", headers={"Accept": "text/xml"})
    assert answer["Content-Type"].startswith("text/xml")
    assert {"Accept", "Accept-Language"} <= {name.strip() for name in answer["Vary"].split(",")}
