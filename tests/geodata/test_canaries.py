"""What must never leave: planted in every private column and every hidden row, then looked for in every outlet."""

import io
import json
import logging
import math
import zipfile
from collections.abc import Callable
from smtplib import SMTPRecipientsRefused

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from actors.mails import post, send_waiting
from actors.models import User
from geodata.collections import proposals
from geodata.geojson import feature
from proposals.models import (
    Comment,
    Contact,
    Delivery,
    Event,
    EventNote,
    Flag,
    Photo,
    PhotoState,
    Proposal,
    ProposalText,
    Publication,
    Role,
    Subscriber,
    Support,
    Verb,
    Verdict,
    Watch,
)
from tests.geodata.rows import NOON, make_proposal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]

BOX = "24.79,60.16,24.85,60.20"
OUTLETS = (
    *(f"/map/clusters.json?bbox={BOX}&zoom={zoom}" for zoom in (0, 14, 22)),
    "/map/clusters.json?bbox=24.8110,60.1850,24.8112,60.1852&zoom=20",
    "/export/proposals.geojson",
    *(f"/export/proposals.csv?crs=EPSG:{srid}" for srid in (4326, 3067, 3879)),
    *(f"/export/proposals.{format}" for format in ("gpkg", "fgb", "shp.zip", "xlsx")),
    "/export/areas.csv",
    "/export/services.gpkg",
    *(f"/export/pledges.{format}" for format in ("geojson", "csv", "gpkg", "xlsx")),
    "/feeds/pledges.ics",
    "/ogc/collections/pledges/items",
    "/embed/list",
    "/embed/map",
    *(f"/feeds/proposals.atom?lang={language}" for language in ("fi", "sv", "en")),
    *(
        f"/ogc/collections/proposals/items?crs=http://www.opengis.net/def/crs/EPSG/0/{srid}"
        for srid in (4326, 3067, 3879)
    ),
    "/ogc/collections/proposals/items?f=html",
    "/ogc/collections",
    "/open311/v2/requests.json?extensions=true&start_date=2026-05-01",
    "/open311/v2/requests.xml?extensions=true&start_date=2026-05-01",
    "/open311/v2/services.xml",
    "/tiles/proposals/0/0/0.pbf",
    "/tiles/areas/10/582/296.pbf",
    "/map/areas.json",
    "/map/services.json",
    "/map/places.json?q=canary",
    "/map/place.json?lon=24.8123&lat=60.1854",
    "/map/similar.json?lon=24.8112&lat=60.1852&kind=concern&q=canary",
    "/map/similar.json?lon=24.8333&lat=60.1733&kind=parking",
)
PAGES = (
    "", "?q=canary", "proposals/{pk}/", "proposals/{pk}/support/", "areas/", "organisations/", "services/", "data/",
    "about/", "privacy/", "my-data/", "proposals/new/", "proposals/track/",
)  # fmt: skip
# The place as given, by its digits in degrees and in metres of the three systems of coordinates.
EXACT = Point(24.8127654, 60.1857654, srid=4326)
HOME = Point(24.8234567, 60.1734567, srid=4326)  # of somebody who watches
SQUARE = Polygon.from_bbox((24.8234111, 60.1734111, 24.8239876, 60.1739876))
SHOWN = Point(24.8111111, 60.1851111, srid=4326)


def digits(point: Point) -> list[str]:
    """The coordinates of `point` cut to ten metres in degrees and to whole metres."""
    found = []
    for srid in (4326, 3067, 3879, 3857):
        moved = point.transform(srid, clone=True)
        found += [f"{math.floor(c * 1e4) / 1e4:.4f}" if srid == 4326 else str(int(c)) for c in (moved.x, moved.y)]
    return found


@pytest.fixture
def planted() -> list[str]:
    """The words and digits that no outlet may say."""
    words = []

    def canary(name: str) -> str:
        words.append(f"canary{len(words)}{name}")
        return words[-1]

    shown = make_proposal(
        SHOWN, category="concern", location=EXACT, source=canary("source"), source_id=canary("sourceid"),
        terms_version=canary("terms")[:20],
    )  # fmt: skip
    email = f"{canary('mail')}@example.org"
    Contact.objects.create(
        proposal=shown, email=email, language="fi", device_key_hash=canary("device"), tracking_code="CANARY42"
    )
    ProposalText.objects.create(
        proposal=shown, version=2, title=canary("title"), body=canary("body"), at=NOON, waits=True
    )
    event = Event.objects.create(proposal=shown, verb=Verb.SUBMITTED, role=Role.RESIDENT, at=timezone.now())
    EventNote.objects.create(event=event, salt="s", text=canary("reason"))
    for state in (PhotoState.PENDING, PhotoState.HIDDEN):
        name = canary(state)
        Photo.objects.create(proposal=shown, name=name, state=state, width=1, height=1, created_at=NOON)
    for publication in Publication:
        if publication != Publication.PUBLISHED:
            hidden = make_proposal(
                Point(24.8333333, 60.1733333, srid=4326), publication=publication,
                title=canary(f"title{publication}"), body=canary(f"body{publication}"), answers={"values": canary("answer")},
            )  # fmt: skip
            name = canary("photo")[:32]
            Photo.objects.create(
                proposal=hidden, name=name, state=PhotoState.PUBLISHED, width=1, height=1, created_at=NOON
            )
    plant_people(shown, canary)
    return [*words, "CANARY42", *digits(EXACT), *digits(HOME), *digits(Point(24.8333333, 60.1733333, srid=4326))]


def plant_people(proposal: Proposal, canary: Callable[[str], str]) -> None:
    """Who watches, supports, comments, reports and decides: words, digests and the home of somebody."""
    user = User.objects.create_user(
        f"{canary('account')}@example.org", first_name=canary("first"), last_name=canary("last")
    )
    subscriber = Subscriber.objects.create(
        email=f"{canary('subscriber')}@example.org", language="fi", made_at=NOON, confirmed_at=NOON
    )
    watch = Watch.objects.create(
        subscriber=subscriber, name=canary("watch"), centre=HOME, radius_m=100, zone=MultiPolygon(SQUARE, srid=4326),
        with_words=[canary("with")], without_words=[canary("without")], made_at=NOON,
    )  # fmt: skip
    Delivery.objects.create(event=Event.objects.latest("pk"), subscriber=subscriber, watch=watch, due_at=NOON)
    Support.objects.create(proposal=proposal, device_hash=canary("devicehash"), address_hash=canary("hash"), at=NOON)
    Verdict.objects.create(
        proposal=proposal, round=1, voter_hash=canary("voter"), is_proposer=False, done=True, at=NOON
    )
    comment = {"proposal": proposal, "language": "fi", "user": user, "at": NOON}
    seen = Comment.objects.create(state="published", body="Quite so.", device_hash=canary("commenter"), **comment)
    Comment.objects.create(state="pending", body=canary("pending"), **comment)
    Comment.objects.create(state="hidden", body=canary("hiddencomment"), reason=canary("hidingreason"), **comment)
    for thing in ({"proposal": proposal}, {"comment": seen}):
        Flag.objects.create(
            reason="other", note=canary("note"), device_hash=canary("flagdevice"), network_hash=canary("network"),
            at=NOON, **thing,
        )  # fmt: skip
    event = Event.objects.create(proposal=proposal, verb=Verb.DETAIL_ASKED, role=Role.MODERATOR, at=timezone.now())
    EventNote.objects.create(event=event, salt=canary("salt"), text=canary("asked"), actor=user)


def unpacked(content: bytes) -> str:
    """The bytes of an answer as text, those of each file in an archive."""
    if content.startswith(b"PK"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        content = b"\n".join(archive.read(name) for name in archive.namelist())
    return content.decode(errors="replace")


@pytest.mark.parametrize("outlet", OUTLETS)
def test_no_canary_leaves(client, planted, outlet):
    response = client.get(outlet)
    assert response.status_code == 200
    body = unpacked(b"".join(response.streaming_content) if response.streaming else response.content)
    assert [word for word in planted if word in body] == []
    if "proposals" in outlet or "requests" in outlet:
        assert "A bench" in body  # the published one is there: the search was not in an empty room


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_no_canary_stands_on_a_page_or_in_a_log(client, planted, page, language, caplog):
    caplog.set_level(logging.DEBUG, logger="django.request")
    address = f"/{language}/" + page.format(pk=Proposal.objects.public().latest("pk").pk)
    response = client.get(address)
    assert response.status_code == 200
    body = response.content.decode()
    said = [word for word in planted if word in body or word in caplog.text]
    # The timeline tells the reasons of what it shows; what is between the author and the moderators it does not.
    assert [word for word in said if word != "canary7reason" or "{pk}" not in page] == []


@pytest.mark.parametrize("query", ["q=canary", "q=canary23", "area=canary"])
def test_search_for_what_is_private_finds_nothing(client, planted, query):
    body = client.get(f"/en/?{query}").content.decode()
    assert "A bench" not in body or query.startswith("area")
    for address in (f"/map/clusters.json?bbox={BOX}&zoom=14&{query}", f"/export/proposals.csv?{query}"):
        response = client.get(address)
        content = b"".join(response.streaming_content) if response.streaming else response.content
        assert b"A bench" not in content


def test_no_canary_is_in_a_log_when_a_page_breaks(client, planted, caplog, monkeypatch):
    """A mail server that repeats the address, a row that the database refuses: neither is written down."""
    post(f"{planted[3]}@example.org", "my_data", "Hello", {"link": "x"})
    monkeypatch.setattr(EmailMultiAlternatives, "send", refusing)
    assert send_waiting() == 0
    assert "not sent" in caplog.text
    assert [word for word in planted if word in caplog.text] == []


def refusing(mail: EmailMultiAlternatives) -> None:
    raise SMTPRecipientsRefused({mail.to[0]: (550, f"{mail.to[0]}: no such mailbox".encode())})


def test_no_canary_leaves_by_the_feature_of_one_proposal(client, planted):
    for proposal in Proposal.objects.all():
        text = feature(proposals(), proposal.pk, "fi")
        assert (text is not None) == proposal.is_public
        assert [word for word in planted if word in (text or "")] == []


def test_no_canary_leaves_by_the_service_request_of_one_proposal(client, planted):
    for proposal in Proposal.objects.all():
        response = client.get(f"/open311/v2/requests/{proposal.pk}.json?extensions=true")
        assert response.status_code == (200 if proposal.is_public else 404)
        assert [word for word in planted if word in response.content.decode()] == []


@pytest.mark.parametrize("query", ["q=canary", "q=canary0source", "bbox=24.8330,60.1730,24.8336,60.1736"])
def test_hidden_rows_answer_no_question(client, planted, query):
    document = json.loads(b"".join(client.get(f"/export/proposals.geojson?{query}").streaming_content))
    assert document["features"] == []


def test_hidden_proposal_is_gone_in_the_next_answer(client):
    proposal = make_proposal(title="Soon hidden")
    for publication, count in ((Publication.HIDDEN, 0), (Publication.PUBLISHED, 1), (Publication.WITHDRAWN, 0)):
        proposal.publication = publication
        proposal.save(update_fields=["publication"])
        for outlet in ("/export/proposals.geojson", "/export/proposals.csv", "/feeds/proposals.atom"):
            response = client.get(outlet)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            assert body.count(b"Soon hidden") == count
            assert response["Cache-Control"] == "public, max-age=60"


def test_two_pins_of_one_device_share_nothing_that_tells_so(client):
    """Beside the key, the address and the place nothing differs, so nothing may be a hidden mark of the person."""
    one, other = make_proposal(SHOWN), make_proposal(SHOWN)
    for proposal, code in ((one, "AAAAAAAA"), (other, "BBBBBBBB")):
        Contact.objects.create(
            proposal=proposal, email="same@example.org", language="fi", device_key_hash="d" * 64, tracking_code=code
        )
    features = json.loads(b"".join(client.get("/export/proposals.geojson").streaming_content))["features"]
    first, second = (feature["properties"] for feature in features)
    assert {name for name in first if first[name] != second[name]} == {"id", "url"}
