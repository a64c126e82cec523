"""Making a proposal by the page, without JavaScript: two steps, every way to say where, nothing typed ever lost."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client
from django.utils.translation import trans_real
from PIL import Image

from proposals.models import Proposal, Role, Status, Submission
from proposals.photos import photo_exists
from tests.categories import make_categories
from tests.toytown import Toytown

URL = "/en/proposals/new/"
NORTH_WEST = '{"type": "Point", "coordinates": [24.81, 60.1851]}'


@pytest.fixture
def city(toytown: Toytown) -> Toytown:
    make_categories()
    return toytown


def typed(**changes: object) -> dict[str, object]:
    given = {
        "step": "check",
        "key": "0123456789abcdef",
        "kind": "parking",
        "title": "Cars on the pavement",
        "body": "Every evening.",
        "geometry": NORTH_WEST,
    }
    return given | changes


def picture() -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (120, 80), "teal").save(file, "JPEG")
    return SimpleUploadedFile("car.jpg", file.getvalue(), content_type="image/jpeg")


def hidden(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}"\s+value="([^"]*)"', page)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "Give your proposal a title."),
        ({"kind": ""}, "Choose what your proposal is about."),
        ({"kind": "idea"}, "Choose a category."),
        ({"geometry": ""}, "Show the place"),
        ({"geometry": "{broken"}, "This is not JSON"),
        ({"geometry": "", "place": "Nowhereville"}, "No place of this name was found."),
        ({"geometry": "", "area": "atlantis"}, "Choose an area from the list."),
        ({"geometry": "", "place": "60.175 24.79"}, "This place is in Nextdoor."),
        ({"email": "anna"}, "Check the e-mail address"),
        ({"email": '"\x01"@example.org'}, "Check the e-mail address"),
    ],
)
def test_a_mistake_shows_the_form_again_with_all_that_was_typed(
    client: Client, city: Toytown, changes: dict[str, object], message: str
) -> None:
    response = client.post(URL, typed(**changes))
    page = response.content.decode()
    assert response.status_code == 422
    assert message in page
    assert "Every evening." in page
    assert not Proposal.objects.exists()


def test_without_a_csrf_token_the_text_is_shown_again(city: Toytown) -> None:
    response = Client(enforce_csrf_checks=True).post(URL, typed())
    assert response.status_code == 403
    assert "Cars on the pavement" in response.content.decode()


def test_checking_stores_nothing(client: Client, city: Toytown) -> None:
    response = client.post(URL, typed())
    assert response.status_code == 200
    assert "CC BY 4.0" in response.content.decode()
    assert not Proposal.objects.exists()
    assert not Submission.objects.exists()


def test_sending_stores_one_and_shows_its_code(client: Client, city: Toytown) -> None:
    response = client.post(URL, typed(step="send"))
    assert response.status_code == 303
    stored = Proposal.objects.get()
    page = client.get(response["Location"]).content.decode()
    code = stored.contact.tracking_code
    assert f"{code[:4]}-{code[4:]}" in page
    assert stored.area.slug == "north-west"


def test_sending_twice_by_one_key_makes_one(client: Client, city: Toytown) -> None:
    places = {client.post(URL, typed(step="send")).status_code for _ in range(2)}
    assert places == {303}
    assert Proposal.objects.count() == 1


def test_another_text_by_the_same_key_asks_what_is_meant(client: Client, city: Toytown) -> None:
    client.post(URL, typed(step="send"))
    response = client.post(URL, typed(step="send", title="Bicycles on the pavement"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "You sent this at" in page
    assert "Bicycles on the pavement" in page
    new_key = hidden(page, "key")[0]
    assert client.post(URL, typed(step="send", title="Bicycles on the pavement", key=new_key)).status_code == 303
    assert Proposal.objects.count() == 2


def test_too_many_keep_the_text(client: Client, city: Toytown, settings) -> None:
    settings.SUBMISSIONS_PER_ADDRESS_PER_HOUR = 1
    client.post(URL, typed(step="send"))
    response = client.post(URL, typed(step="send", key="fedcba9876543210"))
    assert response.status_code == 429
    assert "Every evening." in response.content.decode()


def test_going_back_keeps_the_text(client: Client, city: Toytown) -> None:
    response = client.post(URL, typed(step="back"))
    assert response.status_code == 200
    assert "Every evening." in response.content.decode()


@pytest.mark.parametrize(
    ("where", "area", "precision"),
    [
        ({"place": "60.1851 24.81"}, "north-west", "exact"),
        ({"place": "24.81, 60.1851"}, "north-west", "exact"),
        ({"place": "Toy Library"}, "north-west", "exact"),
        ({"place_choice": "60.175000 24.830000"}, "south-east", "exact"),
        ({"area": "south-west"}, "south-west", "area"),
    ],
)
def test_every_way_to_say_where_leads_to_a_stored_place(
    client: Client, city: Toytown, where: dict[str, str], area: str, precision: str
) -> None:
    assert client.post(URL, typed(step="send", geometry="", **where)).status_code == 303
    stored = Proposal.objects.get()
    assert (stored.area.slug, stored.place_precision) == (area, precision)


def test_the_whole_city_is_a_place_too(client: Client, city: Toytown) -> None:
    client.post(URL, typed(step="send", geometry="", area=city.city.slug))
    assert Proposal.objects.get().place_precision == "city"


def test_several_places_of_a_name_are_offered(client: Client, city: Toytown) -> None:
    page = client.post(URL, typed(geometry="", place="north")).content.decode()
    assert len(hidden(page, "place_choice")) >= 2


def test_questions_are_asked_on_the_second_page_and_kept(client: Client, city: Toytown) -> None:
    page = client.post(URL, typed()).content.decode()
    assert "When?" in page
    client.post(URL, typed(step="send", **{"answers-when": "night", "answers-often": "true"}))
    assert Proposal.objects.get().answers == {"version": 3, "values": {"when": "night", "often": True}}


def test_a_photo_goes_along_covered_where_a_box_was_drawn(client: Client, city: Toytown) -> None:
    page = client.post(URL, typed(photo=picture())).content.decode()
    (token,) = hidden(page, "photos")
    assert client.get(f"/en/proposals/photo/{token}.jpg").status_code == 200
    client.post(URL, typed(step="send", photos=token, cover="[[0, 0, 0.5, 1]]"))
    photo = Proposal.objects.get().photos.get()
    assert photo.state == "pending"  # photos of kind parking wait for review
    assert client.get(f"/photos/{photo.name}.jpg").status_code == 404


def test_a_bad_photo_keeps_the_text(client: Client, city: Toytown) -> None:
    response = client.post(URL, typed(photo=SimpleUploadedFile("x.jpg", b"no picture")))
    assert response.status_code == 422
    assert "Every evening." in response.content.decode()


def test_a_forged_photo_is_left_out(client: Client, city: Toytown) -> None:
    client.post(URL, typed(step="send", photos="forged:token"))
    assert not Proposal.objects.get().photos.exists()
    assert client.get("/en/proposals/photo/forged:token.jpg").status_code == 404


@pytest.mark.parametrize("cover", ["", "[[0, 0, 0.5, 1]]"])
def test_the_same_photo_goes_along_with_a_second_proposal_too(
    client: Client, city: Toytown, cover: str, django_capture_on_commit_callbacks: Any
) -> None:
    page = client.post(URL, typed(photo=picture())).content.decode()
    (token,) = hidden(page, "photos")
    client.post(URL, typed(step="send", photos=token))
    with django_capture_on_commit_callbacks(execute=True):
        again = client.post(URL, typed(step="send", photos=token, title="Sent as new", cover=cover))
    assert again.status_code == 409
    (other,) = hidden(again.content.decode(), "photos")
    (key,) = hidden(again.content.decode(), "key")
    assert client.post(URL, typed(step="send", key=key, photos=other, title="Sent as new")).status_code == 303
    photos = [proposal.photos.get() for proposal in Proposal.objects.order_by("pk")]
    assert len({photo.name for photo in photos}) == 2
    assert all(photo_exists(photo.name) for photo in photos)


def test_a_photo_that_is_named_twice_goes_along_once(client: Client, city: Toytown) -> None:
    (token,) = hidden(client.post(URL, typed(photo=picture())).content.decode(), "photos")
    assert client.post(URL, typed(step="send", photos=[token, token])).status_code == 303
    assert Proposal.objects.get().photos.count() == 1


def test_a_covered_photo_is_still_there_when_sending_fails(
    client: Client, city: Toytown, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    (token,) = hidden(client.post(URL, typed(photo=picture())).content.decode(), "photos")
    sending = typed(step="send", photos=token, cover="[[0, 0, 0.5, 1]]")
    with monkeypatch.context() as broken:
        broken.setattr("proposals.views.submit.submit", _no_database)
        with pytest.raises(DatabaseError), django_capture_on_commit_callbacks(execute=True):
            client.post(URL, sending)
    assert client.post(URL, sending).status_code == 303
    assert Proposal.objects.get().photos.count() == 1


def _no_database(*_args: object, **_options: object) -> None:
    raise DatabaseError("the connection is lost")


def test_the_search_of_a_place_keeps_no_language_that_somebody_made_up(client: Client, city: Toytown) -> None:
    client.post(URL, typed(geometry="", place="north", language="../../made-up"))
    assert "../../made-up" not in trans_real._translations


@pytest.mark.parametrize(
    "cover",
    [
        "[" * 100_000,
        "[[NaN, 0, 1, 1]]",
        "[[0, 0, 1e999, 1]]",
        "{}",
        "[[0, 0, 2, 2]]",
        "[[0, 0, 1]]",
        '[["a", 0, 1, 1]]',
        "x",
    ],
)
def test_boxes_that_are_none_are_refused(client: Client, city: Toytown, cover: str) -> None:
    page = client.post(URL, typed(photo=picture())).content.decode()
    (token,) = hidden(page, "photos")
    assert client.post(URL, typed(step="send", photos=token, cover=cover)).status_code == 422
    assert not Proposal.objects.exists()


def test_an_unpublished_proposal_is_seen_by_its_author_alone(client: Client, city: Toytown) -> None:
    client.post(URL, typed(step="send", kind="concern"))
    address = f"/en/proposals/{Proposal.objects.get().pk}/"
    assert client.get(address).status_code == 200
    assert client.get(address)["Cache-Control"] == "private, no-store"
    assert "Cookie" in client.get(address)["Vary"]
    assert Client().get(address).status_code == 404


def test_a_withdrawn_proposal_is_gone_for_others(client: Client, city: Toytown) -> None:
    client.post(URL, typed(step="send"))
    proposal = Proposal.objects.get()
    proposal.withdraw()
    assert Client().get(f"/en/proposals/{proposal.pk}/").status_code == 410


def test_the_proposals_page_asks_a_fixed_number_of_questions(
    client: Client, city: Toytown, django_assert_num_queries
) -> None:
    for n in range(6):
        client.post(URL, typed(step="send", key=f"0123456789abcde{n}"))
    first = Proposal.objects.order_by("pk").first()
    for stage in (Status.TAKEN_UP, Status.OPEN, Status.TAKEN_UP, Status.IN_PROGRESS):
        first.change_status(stage, role=Role.ORGANISATION)
    stranger, address = Client(), f"/en/proposals/{first.pk}/"
    with django_assert_num_queries(
        9
    ):  # proposal, promises, events, photos, nearby, comments, answers; extent and owners of the map's areas
        stranger.get(address)


def test_too_many_photos_keep_the_text_and_store_none(client: Client, city: Toytown, settings) -> None:
    settings.UPLOADS_PER_ADDRESS_PER_HOUR = 1
    assert client.post(URL, typed(photo=picture())).status_code == 200
    response = client.post(URL, typed(photo=picture()))
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Every evening." in response.content.decode()
    assert client.post(URL, typed()).status_code == 200
