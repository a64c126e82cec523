"""`/api/v1/`: every refusal with its status, pointer and nothing written; then what is stored, exactly once."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from actors.models import ThrottleCount
from proposals.models import Contact, Event, Outbox, Proposal, ProposalText, Submission
from tests.categories import make_categories
from tests.toytown import Toytown

URL = "/api/v1/proposals"
IN_NORTH_WEST = [24.81, 60.1851]


@pytest.fixture
def city(toytown: Toytown) -> Toytown:
    make_categories()
    return toytown


def members(**changes: object) -> dict[str, Any]:
    given = {
        "title": "Light for the underpass",
        "kind": "parking",
        "geometry": {"type": "Point", "coordinates": IN_NORTH_WEST},
    }
    return {name: value for name, value in (given | changes).items() if value is not ...}


def post(client: Client, body: object = None, key: str = "key-of-a-test", **headers: str):
    content = body if isinstance(body, bytes | str) else json.dumps(members() if body is None else body)
    return client.post(URL, content, content_type="application/json", headers={"Idempotency-Key": key, **headers})


def assert_nothing_written() -> None:
    for model in (Proposal, Contact, Event, Outbox, ProposalText, Submission):
        assert not model.objects.exists(), model
    assert sum(ThrottleCount.objects.values_list("count", flat=True)) == 0


def errors_of(response, status: int) -> list[tuple[str, str]]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"title": ...}, "/title", "required"),
        ({"title": "   "}, "/title", "required"),
        ({"title": "\u200b\u200b"}, "/title", "required"),
        ({"title": "x" * 121}, "/title", "max_length"),
        ({"title": 12}, "/title", "not_text"),
        ({"title": ["a"]}, "/title", "not_text"),
        ({"title": "a\x00b"}, "/title", "control"),
        ({"body": "x" * 5_001}, "/body", "max_length"),
        ({"body": {"a": 1}}, "/body", "not_text"),
        ({"language": "xx"}, "/language", "invalid_choice"),
        ({"kind": "weather"}, "/kind", "invalid_choice"),
        ({"kind": ...}, "/kind", "required"),
        ({"kind": "idea"}, "/category", "required"),
        ({"kind": "space"}, "/kind", "closed"),
        ({"category": "pathway"}, "/category", "unknown"),
        ({"category": "a b"}, "/category", "invalid"),
        ({"email": "not an address"}, "/email", "invalid"),
        ({"email": "a@b.fi\nBcc: c@d.fi"}, "/email", "invalid"),
        ({"answers": []}, "/answers", "not_an_object"),
        ({"answers": ["x"]}, "/answers", "not_an_object"),
        ({"answers": {"nobody asked": 1}}, "/answers", "unknown"),
        ({"answers": {"when": "noon"}}, "/answers", "invalid"),
        ({"answers": {"often": "yes"}}, "/answers", "invalid"),
        ({"answers": {"more": "x" * 501}}, "/answers", "invalid"),
        ({"geometry": ...}, "/geometry", "required"),
        ({"geometry": None}, "/geometry", "required"),
        ({"geometry": {"type": "Point", "coordinates": [24.81]}}, "/geometry/coordinates", "position"),
        ({"geometry": {"type": "Point", "coordinates": [0, 0]}}, "/geometry", "outside"),
        ({"geometry": {"type": "Point", "coordinates": [24.79, 60.175]}}, "/geometry", "other_municipality"),
        ({"geometry": {"type": "Point", "coordinates": [24.799985, 60.175]}}, "/geometry", "just_outside"),
        (
            {"kind": "pathway", "geometry": {"type": "Polygon", "coordinates": [[[24.81, 60.175], [24.811, 60.175], [24.811, 60.176], [24.81, 60.175]]]}},
            "/geometry",
            "geometry_type",
        ),
    ],
)  # fmt: skip
def test_what_is_not_a_proposal_is_refused_and_nothing_written(
    client: Client, city: Toytown, changes: dict[str, object], pointer: str, code: str
) -> None:
    response = post(client, members(**changes))
    assert (pointer, code) in errors_of(response, 422)
    assert_nothing_written()


@pytest.mark.parametrize(
    ("body", "status"), [(b" ", 400), (b"[]", 400), (b"{", 400), (b'{"title": NaN}', 400), (b"x" * 300_000, 413)]
)
def test_what_cannot_be_read_is_refused(client: Client, city: Toytown, body: bytes, status: int) -> None:
    errors_of(post(client, body), status)
    assert_nothing_written()


@pytest.mark.parametrize("key", ["", "short", "x" * 256, "x" * 10_000, "ä" * 20, "two words here"])
def test_an_odd_idempotency_key_is_refused(client: Client, city: Toytown, key: str) -> None:
    response = client.post(
        URL,
        members(),
        content_type="application/json",
        headers={"Idempotency-Key": key.encode("utf-8").decode("latin-1")},
    )
    assert errors_of(response, 400) == [("Idempotency-Key", "idempotency_key")]
    assert_nothing_written()


def test_other_content_types_and_methods_are_refused(client: Client, city: Toytown) -> None:
    assert client.post(URL, "title=x", content_type="application/x-www-form-urlencoded").status_code == 415
    assert client.put(URL, "{}", content_type="application/json").status_code == 405
    assert_nothing_written()


def test_the_refusal_names_the_municipality_in_the_readers_language(client: Client, city: Toytown) -> None:
    outside = members(geometry={"type": "Point", "coordinates": [24.79, 60.175]})
    response = post(client, outside, **{"Accept-Language": "sv"})
    assert "Grannby" in response.json()["errors"][0]["message"]


def test_a_proposal_is_stored_with_its_area_place_and_history(client: Client, city: Toytown) -> None:
    response = post(
        client, members(body="Dark.", answers={"when": "night", "often": True}, email="Anna@Example.org", language="en")
    )
    assert response.status_code == 201
    answer = response.json()
    stored = Proposal.objects.get()
    assert answer["id"] == stored.pk
    assert answer["publication"] == "published"
    assert answer["area"] == {"slug": "north-west", "name": "North-West"}
    assert answer["place"]
    assert stored.answers == {"version": 3, "values": {"when": "night", "often": True}}
    assert stored.contact.email == "anna@example.org"
    assert answer["code"].replace("-", "") == stored.contact.tracking_code
    assert [event.verb for event in stored.events.order_by("pk")] == ["submitted", "published"]
    assert Outbox.objects.count() == 2
    assert stored.texts.get().body == "Dark."


def test_extra_members_are_never_written(client: Client, city: Toytown) -> None:
    response = post(
        client, members(id=7, status="confirmed", publication="hidden", supports_verified=99, channel="paper")
    )
    stored = Proposal.objects.get(pk=response.json()["id"])
    assert (stored.status, stored.publication, stored.supports_verified, stored.channel) == (
        "open",
        "published",
        0,
        "web",
    )


@pytest.mark.parametrize(
    ("category", "email", "publication"),
    [
        ("parking", "", "published"),
        ("parking", "a@example.org", "published"),
        ("idea", "", "pending"),
        ("idea", "a@example.org", "unconfirmed"),
        ("concern", "", "pending"),
        ("concern", "a@example.org", "unconfirmed"),
    ],
)
def test_who_publishes_is_the_categorys_rule(
    client: Client, city: Toytown, category: str, email: str, publication: str
) -> None:
    assert post(client, members(kind=..., category=category, email=email)).json()["publication"] == publication


def test_the_same_key_and_body_get_the_same_answer_once(client: Client, city: Toytown) -> None:
    first, second = post(client), post(client)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Proposal.objects.count() == 1
    assert list(ThrottleCount.objects.values_list("count", flat=True)) == [1]


def test_a_key_reused_for_another_body_is_a_conflict(client: Client, city: Toytown) -> None:
    post(client)
    assert errors_of(post(client, members(title="Another")), 409) == [("Idempotency-Key", "key_reused")]
    assert Proposal.objects.count() == 1


def test_a_tracking_code_that_is_taken_is_drawn_again(
    client: Client, city: Toytown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proposals.submit.TRACKING_CODE_LENGTH", 1)  # of 32 codes one is soon met again
    codes = [post(client, key=f"another-key-{number}").json()["code"] for number in range(20)]
    assert len(set(codes)) == 20 == Proposal.objects.count()
    assert Outbox.objects.count() == 40


def test_a_proposal_costs_so_many_queries(client: Client, city: Toytown, django_assert_num_queries) -> None:
    post(client)
    with django_assert_num_queries(14):  # a savepoint stands for the transaction
        assert post(client, key="another-key").status_code == 201


def test_heights_are_dropped_and_the_receipt_says_so(client: Client, city: Toytown) -> None:
    answer = post(client, members(geometry={"type": "Point", "coordinates": [*IN_NORTH_WEST, 8.5]})).json()
    assert answer["notes"] == ["z_dropped"]


@pytest.mark.parametrize("border", [[24.80, 60.175], [24.84, 60.1812345], [24.8123457, 60.17], [24.8312345, 60.19]])
def test_a_place_on_the_border_is_inside_and_keeps_its_area(client: Client, city: Toytown, border: list[float]) -> None:
    response = post(client, members(geometry={"type": "Point", "coordinates": border}))
    assert response.status_code == 201
    assert response.json()["area"] is not None
    assert Proposal.objects.assign_areas() == 0


def test_a_generalised_place_is_the_middle_of_its_square_and_the_exact_one_stays_inside(
    client: Client, city: Toytown
) -> None:
    answer = post(client, members(kind="concern")).json()
    stored = Proposal.objects.get(pk=answer["id"])
    assert stored.location.coords == tuple(IN_NORTH_WEST)
    assert stored.place_precision == "generalised"
    metric = stored.public_location.transform(3067, clone=True)
    assert (metric.x % 250, metric.y % 250) == (pytest.approx(125, abs=0.1), pytest.approx(125, abs=0.1))


def test_the_limit_of_an_address_answers_429_and_counts_only_what_was_taken(
    client: Client, city: Toytown, settings
) -> None:
    settings.SUBMISSIONS_PER_ADDRESS_PER_HOUR = 2
    assert [post(client, key=f"key-number-{n}").status_code for n in range(2)] == [201, 201]
    assert post(client, members(title=""), key="key-number-x").status_code == 422
    refused = post(client, key="key-number-3")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3_600
    assert post(client, key="key-number-0").status_code == 200
    assert Proposal.objects.count() == 2


def test_a_bad_photo_is_refused_and_nothing_written(client: Client, city: Toytown) -> None:
    photo = SimpleUploadedFile("x.jpg", b"<svg onload=alert(1)>", content_type="image/jpeg")
    form = {"proposal": json.dumps(members()), "photo": photo}
    response = client.post(URL, form, headers={"Idempotency-Key": "key-of-a-test"})
    assert errors_of(response, 422)[0][0] == "/photo"
    assert_nothing_written()


def test_multipart_without_the_proposal_is_refused(client: Client, city: Toytown) -> None:
    response = client.post(URL, {"title": "x"}, headers={"Idempotency-Key": "key-of-a-test"})
    assert errors_of(response, 400) == [("/proposal", "part_missing")]


@pytest.mark.parametrize("odd", ["0", "-1", "1_000", "99999999999999999999", "abc", "٣", "1.5"])
def test_an_id_that_is_no_proposal_is_404(client: Client, city: Toytown, odd: str) -> None:
    assert client.get(f"{URL}/{odd}").status_code == 404


def test_only_a_published_proposal_is_told(client: Client, city: Toytown) -> None:
    public = post(client).json()["id"]
    hidden = post(client, members(kind="concern"), key="another-key").json()["id"]
    feature = client.get(f"{URL}/{public}").json()
    assert (feature["type"], feature["id"]) == ("Feature", public)
    assert client.get(f"{URL}/{hidden}").status_code == 404


def test_categories_are_listed_with_their_rules(client: Client, city: Toytown) -> None:
    listed = client.get("/api/v1/categories").json()["categories"]
    assert {c["slug"] for c in listed} == {"parking", "pathway", "idea", "greening", "concern"}
    assert next(c for c in listed if c["slug"] == "parking")["questions"]["version"] == 3


def test_the_documentation_loads_nothing_from_elsewhere(client: Client, city: Toytown) -> None:
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "//cdn" not in page.content.decode()
    assert client.get("/api/v1/openapi.json").json()["paths"].keys() >= {"/api/v1/categories", "/api/v1/proposals"}
