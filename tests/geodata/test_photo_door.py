"""Photos: seen by everybody while they and their proposal are public, by nobody afterwards, and harmless in a browser."""

import pytest

from proposals.models import Photo, PhotoState, Publication
from tests.geodata.rows import NOON, make_proposal

pytestmark = pytest.mark.django_db
NAME = "0123456789abcdef" * 2


@pytest.fixture
def photo(settings, tmp_path, toytown) -> Photo:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / f"{NAME}.jpg").write_bytes(b"\xff\xd8 a photo \xff\xd9")
    (tmp_path / "secret.txt").write_text("secret")
    return Photo.objects.create(
        proposal=make_proposal(), name=NAME, state=PhotoState.PUBLISHED, width=1, height=1, created_at=NOON
    )


def body_of(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("state", [PhotoState.PENDING, PhotoState.HIDDEN])
def test_photo_that_is_not_published_is_not_found(client, photo, state):
    Photo.objects.filter(pk=photo.pk).update(state=state)
    assert client.get(f"/photos/{NAME}.jpg").status_code == 404


@pytest.mark.parametrize("publication", [p for p in Publication if p != Publication.PUBLISHED])
def test_photo_of_a_proposal_that_is_not_public_is_not_found(client, photo, publication):
    photo.proposal.publication = publication
    photo.proposal.save(update_fields=["publication"])
    assert client.get(f"/photos/{NAME}.jpg").status_code == 404
    assert client.get(f"/photos/{NAME}.jpg", headers={"If-None-Match": f'"{NAME}"'}).status_code == 404


def test_file_without_a_row_is_not_found(client, photo):
    photo.delete()
    assert client.get(f"/photos/{NAME}.jpg").status_code == 404


def test_row_without_its_file_is_not_found(client, photo, settings):
    (settings.MEDIA_ROOT / f"{NAME}.jpg").unlink()
    assert client.get(f"/photos/{NAME}.jpg").status_code == 404


@pytest.mark.parametrize(
    "name", ["../secret.txt", "..%2Fsecret.txt", "%2e%2e/secret.txt", f"{NAME}.jpg%00", f"x/{NAME}"]
)
def test_no_name_leads_out_of_the_folder(client, photo, name):
    assert client.get(f"/photos/{name}.jpg").status_code == 404
    assert client.get(f"/photos/{name}").status_code == 404


def test_public_photo_is_given_as_a_picture_that_can_do_nothing(client, photo):
    response = client.get(f"/photos/{NAME}.jpg")
    assert body_of(response) == b"\xff\xd8 a photo \xff\xd9"
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"] == f'inline; filename="{NAME}.jpg"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "public, max-age=60"


def test_photo_that_the_browser_has_is_not_sent_again(client, photo):
    first = client.get(f"/photos/{NAME}.jpg")
    body_of(first)
    again = client.get(f"/photos/{NAME}.jpg", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again["Cache-Control"]) == (304, "public, max-age=60")
    assert client.head(f"/photos/{NAME}.jpg").status_code == 200
