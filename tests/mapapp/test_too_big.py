"""Requests that are too big for any door: 413, before anything is read from them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

pytestmark = pytest.mark.django_db

MEGABYTES = {"body": "x" * 2_000_000}
FIELDS = {f"answers-{n}": "x" for n in range(1_100)}
FILES = {"photo": [SimpleUploadedFile(f"{n}.jpg", b"x") for n in range(101)]}


@pytest.mark.parametrize("typed", [MEGABYTES, FIELDS, FILES])
@pytest.mark.parametrize("door", ["/en/proposals/new/", "/api/v1/proposals"])
def test_request_that_is_too_big_is_413(client: Client, door: str, typed: dict[str, object]) -> None:
    response = client.post(door, {"proposal": "{}"} | typed, headers={"idempotency-key": "0123456789abcdef"})
    assert response.status_code == 413
    is_machine_door = door.startswith("/api/")
    assert response["Content-Type"].startswith("application/problem+json") == is_machine_door


@pytest.mark.parametrize("length", ["104857601", "9" * 5_000])
def test_body_beyond_every_limit_is_refused_unread(client: Client, length: str) -> None:
    response = client.generic(
        "POST", "/en/proposals/new/", b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=length
    )
    assert response.status_code == 413
    assert "Content-Security-Policy" in response
