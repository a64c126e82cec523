"""Error pages: in the reader's language, with a way on, and out even when nothing else works."""

import json

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.test import Client, RequestFactory

from mapapp.views import errors, pages
from tests.mapapp.reading import read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("language", "home"), [("fi", "/fi/"), ("sv", "/sv/"), ("en", "/en/")])
def test_page_that_is_not_there_leads_on_in_its_language(client, language, home):
    response = client.get(f"/{language}/no/such/page/")
    assert response.status_code == 404
    document = read(response.content)
    assert document.one("html")["lang"] == language
    assert document.one("main").one("a", class_="button--primary")["href"] == home


@pytest.mark.parametrize("path", ["/map/x.json", "/api/v2/x", "/export/x", "/feeds/x.atom", "/tiles/1/1/1"])
def test_machine_door_that_is_not_there_answers_with_a_problem(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert response["Content-Type"].startswith("application/problem+json")
    assert json.loads(response.content)["status"] == 404


@pytest.mark.parametrize(
    ("failure", "status"),
    [(ValueError("secret word"), 500), (OperationalError("server closed the connection, secret word"), 503)],
)
def test_fault_is_told_without_its_reason(client, monkeypatch, failure, status):
    def fails(*_args: object, **_options: object) -> None:
        raise failure

    monkeypatch.setattr(pages, "render", fails)
    client.raise_request_exception = False
    response = client.get("/en/about/")
    assert response.status_code == status
    assert b"secret word" not in response.content
    document = read(response.content)
    assert document.one("h1").text
    assert document.one("main").one("a", class_="button--primary")
    assert (response.get("Retry-After") is not None) == (status == 503)


@pytest.mark.parametrize("status", [500, 503])
def test_page_of_a_fault_needs_no_database(status, django_assert_num_queries):
    request = RequestFactory().get("/fi/")
    with django_assert_num_queries(0):
        response = errors._answer(request, status)
    assert response.status_code == status
    assert read(response.content).one("title").text


def test_bad_request_and_forbidden_lead_on(rf):
    for view, status in ((errors.bad_request, 400), (errors.forbidden, 403)):
        response = view(rf.get("/en/"), SuspiciousOperation())
        assert response.status_code == status
        assert read(response.content).one("main").one("a", class_="button--primary")


def test_form_that_was_open_too_long_gives_the_text_back_as_it_was(toytown):
    client = Client(enforce_csrf_checks=True)
    typed = "<script>alert(1)</script> My long text"
    response = client.post("/en/proposals/new/", {"title": typed, "body": "and more", "email": "anna@example.org"})
    assert response.status_code == 403
    assert b"<script>alert" not in response.content
    assert [text.text for text in read(response.content).all("pre")] == [typed, "and more"]
    assert b"anna@example.org" not in response.content


def test_form_of_a_machine_door_is_no_page(client):
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x", "password": "secret word"})
    assert response.status_code == 403
    assert b"secret word" not in response.content
