"""`POST /open311/v2/requests`: every refusal with its code and nothing written; then what is stored, exactly once."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.test import Client

from actors.models import ApiKey, Scope, ThrottleCount
from geodata.open311.posting import first_sentence
from proposals.models import Contact, Event, Outbox, Photo, Proposal, ProposalText, Submission
from tests.categories import make_categories
from tests.proposals.pictures import encoded, picture
from tests.toytown import Toytown

URL = "/open311/v2/requests.json"
FORM = "application/x-www-form-urlencoded"
LAT, LONG = "60.1851", "24.81"  # in north-west


@pytest.fixture
def key(toytown: Toytown, settings, tmp_path) -> str:
    settings.MEDIA_ROOT = tmp_path
    make_categories()
    return ApiKey.objects.issue("A program", [Scope.OPEN311_WRITE], quota_per_hour=5)[1]


def fields(key: str, **changes: object) -> dict[str, str]:
    given = {
        "api_key": key, "service_code": "parking", "lat": LAT, "long": LONG, "description": "The lamp is broken. It is dark.",
    }  # fmt: skip
    return {name: value for name, value in (given | changes).items() if value is not ...}


def post(client: Client, given: dict[str, str] | str, url: str = URL, **headers: str) -> Any:
    body = given if isinstance(given, str | bytes) else urlencode(given)
    return client.post(url, body, content_type=FORM, headers=headers)


def assert_nothing_written() -> None:
    for model in (Proposal, Contact, Event, Outbox, ProposalText, Submission, Photo):
        assert not model.objects.exists(), model
    assert sum(ThrottleCount.objects.values_list("count", flat=True)) == 0
    assert not list(django_settings.MEDIA_ROOT.iterdir())


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"api_key": ...}, 403, "Send api_key"),
        ({"api_key": "0123abcd-wrong"}, 403, "Send api_key"),
        ({"jurisdiction_id": "elsewhere.example"}, 404, "This is not"),
        ({"service_code": ...}, 404, "service_code"),
        ({"service_code": "nothing"}, 404, "service_code"),
        ({"lat": ..., "long": ...}, 400, "Give the place"),
        ({"lat": ...}, 400, "lat, long"),
        ({"lat": "60,18"}, 400, "lat, long"),
        ({"lat": "NaN"}, 400, "lat, long"),
        ({"lat": "1e999"}, 400, "lat, long"),
        ({"lat": LONG, "long": LAT}, 400, "lat, long"),
        ({"lat": "60.175", "long": "24.79"}, 400, "lat, long"),
        ({"lat": ..., "long": ..., "address_string": "Nowhere street 1"}, 400, "address_string"),
        ({"lat": ..., "long": ..., "address_string": "west"}, 400, "address_string"),
        ({"description": ...}, 400, "title"),
        ({"description": "  \n "}, 400, "title"),
        ({"description": "x" * 5_001}, 400, "description"),
        ({"description": "a\x00b"}, 400, "title"),
        ({"title": "x" * 121}, 400, "title"),
        ({"email": "no address"}, 400, "email"),
        ({"email": "a@b.fi\nBcc: c@d.fi"}, 400, "email"),
        ({"attribute[nobody]": "x"}, 400, "attribute"),
        ({"attribute[when]": "noon"}, 400, "attribute"),
        ({"attribute[often]": "perhaps"}, 400, "attribute"),
        ({"attribute[more]": "x" * 501}, 400, "attribute"),
    ],
)
def test_what_is_no_proposal_is_refused_and_nothing_written(client, key, changes, code, named):
    response = post(client, fields(key, **changes), **{"Accept-Language": "en"})
    assert response.status_code == code, response.content
    assert (response.json()[0]["code"], response.json()[0]["description"][: len(named)]) == (code, named)
    assert_nothing_written()


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"lat=%ff", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b"no equals sign", FORM, 400),
        (b"a=1&" * 300, FORM, 400),
        (b"lat=1&lat=2", FORM, 400),
        (b"x=" + b"y" * 300_000, FORM, 413),
        (b"", FORM, 415),  # without a body there is no type
        (b"{}", "application/json", 415),
        (b"<request/>", "text/xml", 415),
    ],
)
def test_what_cannot_be_read_is_refused(client, key, body, content_type, code):
    response = client.post(URL, body, content_type=content_type)
    assert (response.status_code, response.json()[0]["code"]) == (code, code)
    assert_nothing_written()


@pytest.mark.parametrize("wrong", ["short", "x" * 256, "two words"])
def test_odd_idempotency_key_is_refused(client, key, wrong):
    assert post(client, fields(key), **{"Idempotency-Key": wrong}).status_code == 400
    assert_nothing_written()


def test_key_of_another_scope_or_revoked_sends_nothing(client, key):
    reader = ApiKey.objects.issue("Reader", [Scope.READ_BULK])[1]
    assert post(client, fields(reader)).status_code == 403
    ApiKey.objects.revoke()
    assert post(client, fields(key)).status_code == 403
    assert_nothing_written()


def test_refusal_comes_in_xml_and_swedish_where_asked(client, key):
    response = post(client, fields(key, lat="60.175", long="24.79"), "/open311/v2/requests.xml?lang=sv")
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    assert "Grannby" in response.content.decode()
    assert response["Cache-Control"] == "no-store"


def test_quota_of_the_key_answers_429_and_counts_what_was_taken(client, key):
    for number in range(5):
        assert post(client, fields(key, description=f"Lamp {number}.")).status_code == 201
        assert post(client, fields(key, lat="0")).status_code == 400
    refused = post(client, fields(key, description="One more."))
    assert (refused.status_code, refused.json()[0]["code"]) == (429, 429)
    assert 0 < int(refused["Retry-After"]) <= 3_600
    assert post(client, fields(key, description="Lamp 0.")).status_code == 200
    assert Proposal.objects.count() == 5


def test_request_is_stored_with_its_answers_place_and_history(client, key):
    given = fields(
        key, email="Anna@Example.org", first_name="Anna", last_name="Virtanen", phone="040 1234567", device_id="d1",
        account_id="7", status="closed", **{"attribute[when]": "night", "attribute[often]": "true"},
    )  # fmt: skip
    response = post(client, given, URL + "?lang=en")
    assert response.status_code == 201, response.content
    (entry,) = response.json()
    stored = Proposal.objects.get()
    assert list(entry) == ["service_request_id", "service_notice", "account_id"]
    assert entry["service_request_id"] == str(stored.pk)
    assert (stored.title, stored.body) == ("The lamp is broken.", "The lamp is broken. It is dark.")
    assert (stored.category.slug, stored.status, stored.language) == ("parking", "open", "en")
    assert (stored.location.x, stored.location.y, stored.area.slug) == (24.81, 60.1851, "north-west")
    assert stored.answers["values"] == {"when": "night", "often": True}
    assert stored.contact.email == "anna@example.org"
    assert [event.verb for event in stored.events.order_by("pk")] == ["submitted", "published"]
    assert "first sentence" in entry["service_notice"] and stored.contact.tracking_code[:4] in entry["service_notice"]
    everything = str([list(model.objects.values()) for model in (Proposal, Contact, ProposalText, Event)])
    assert not [word for word in ("Virtanen", "1234567", "d1'") if word in everything]
    assert ApiKey.objects.get().last_used_on is not None


def test_what_was_sent_is_read_again_as_it_was(client, key):
    number = post(client, fields(key, title="Lamp", description="It is dark.")).json()[0]["service_request_id"]
    (request,) = client.get(f"/open311/v2/requests/{number}.json?extensions=true").json()
    assert (request["description"], request["lat"], request["long"]) == ("Lamp\n\nIt is dark.", 60.1851, 24.81)
    assert request["extended_attributes"]["history"][0]["state"] == "received"


def test_xml_answer_says_the_same(client, key):
    response = post(client, fields(key), "/open311/v2/requests.xml")
    text = response.content.decode()
    assert response.status_code == 201
    assert f"<service_request_id>{Proposal.objects.get().pk}</service_request_id>" in text
    assert "<account_id />" in text


def test_generalised_place_never_leaves_exactly(client, key):
    post(client, fields(key, service_code="concern"))
    stored = Proposal.objects.get()
    assert (stored.publication, stored.place_precision) == ("pending", "generalised")
    assert stored.public_location.coords != stored.location.coords


def test_address_that_names_one_place_stands_for_it(client, key):
    response = post(client, fields(key, lat=..., long=..., address_string="Nukkekoti"))
    assert response.status_code == 201
    assert Proposal.objects.get().location.coords == (24.81, 60.175)


def test_same_body_again_is_the_same_request_for_ten_minutes(client, key, monkeypatch):
    first, second = post(client, fields(key)), post(client, fields(key))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    later = time.time() + 1_201
    monkeypatch.setattr("geodata.open311.posting.time.time", lambda: later)
    assert post(client, fields(key)).status_code == 201
    assert Proposal.objects.count() == 2


def test_own_key_makes_the_same_body_another_request_and_another_body_a_conflict(client, key):
    keys = [{"Idempotency-Key": f"number-{number}"} for number in (1, 2)]
    assert [post(client, fields(key), **headers).status_code for headers in (*keys, keys[0])] == [201, 201, 200]
    assert post(client, fields(key, description="Other."), **keys[0]).status_code == 409
    other = ApiKey.objects.issue("Another", [Scope.OPEN311_WRITE])[1]
    assert post(client, fields(other, description="Other."), **keys[0]).status_code == 201


def test_request_costs_so_many_queries(client, key, django_assert_num_queries):
    post(client, fields(key, description="First."))
    with django_assert_num_queries(17):  # a savepoint stands for the transaction
        assert post(client, fields(key)).status_code == 201


@pytest.mark.parametrize(
    ("description", "title"),
    [
        ("", ""),
        ("One line", "One line"),
        ("Is it? Yes.", "Is it?"),
        ("v2.1 is out! Now", "v2.1 is out!"),
        ("Heading\nText.", "Heading"),
        ("word " * 40, ("word " * 23).strip() + "…"),
    ],
)
def test_title_is_the_first_sentence(description, title):
    assert first_sentence(description) == title
    assert len(title) <= 120


# --- media_url


class Pictures(BaseHTTPRequestHandler):
    hits: list[str] = []

    def do_GET(self) -> None:
        self.hits.append(self.path)
        body = encoded(picture((60, 40), "white")) if self.path == "/photo.jpg" else b"<svg/>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def pictures() -> Iterator[str]:
    Pictures.hits.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "form", ["http://{at}/photo.jpg", "https://{at}/photo.jpg", "http://localhost:{port}/photo.jpg", "file:///etc/passwd",
             "http://[::1]:{port}/photo.jpg", "http://0x7f000001:{port}/photo.jpg", "//{at}/photo.jpg", "nonsense"],
)  # fmt: skip
def test_private_address_is_never_asked_and_the_request_is_kept(client, key, pictures, form):
    url = form.format(at=pictures, port=pictures.partition(":")[2])
    response = post(client, fields(key, media_url=url), URL + "?lang=en")
    assert response.status_code == 201
    assert "could not be fetched" in response.json()[0]["service_notice"]
    assert post(client, fields(key, media_url=url), URL + "?lang=en").json() == response.json()
    assert Pictures.hits == []
    assert not Photo.objects.exists()


def test_photo_is_fetched_and_encoded_anew(client, key, pictures, settings):
    settings.FETCH_INNER_HOSTS = [pictures]
    response = post(client, fields(key, media_url=f"http://{pictures}/photo.jpg"), URL + "?lang=en")
    assert "could not" not in response.json()[0]["service_notice"]
    photo = Photo.objects.get()
    assert (photo.width, photo.height, photo.state) == (60, 40, "pending")
    assert [path.stem for path in settings.MEDIA_ROOT.iterdir()] == [photo.name]


def test_what_is_no_picture_is_not_kept(client, key, pictures, settings):
    settings.FETCH_INNER_HOSTS = [pictures]
    response = post(client, fields(key, media_url=f"http://{pictures}/picture.svg"), URL + "?lang=en")
    assert "could not be fetched" in response.json()[0]["service_notice"]
    assert not list(settings.MEDIA_ROOT.iterdir())


def test_photo_of_a_refused_request_is_not_fetched(client, key, pictures, settings):
    settings.FETCH_INNER_HOSTS = [pictures]
    assert post(client, fields(key, lat="0", media_url=f"http://{pictures}/photo.jpg")).status_code == 400
    assert Pictures.hits == []
    assert_nothing_written()
