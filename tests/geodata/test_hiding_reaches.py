"""Hiding reaches every output within a minute: nothing public is kept longer, and the next answer has it no more."""

import re
from collections.abc import Mapping

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from proposals import deciding
from proposals.models import Proposal, PublicationRule
from proposals.photos import store_photo
from tests.actors.people import person
from tests.proposals import rows
from tests.proposals.pictures import encoded, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]
TITLE, PART = "Quokkabench", "Numbatstreet"
WITHIN_S = 60


@pytest.fixture
def public(settings, tmp_path) -> Proposal:
    settings.MEDIA_ROOT = tmp_path
    stored = store_photo(ContentFile(encoded(picture((160, 120), "white"))))
    proposal = rows.sent(rule=PublicationRule.AT_ONCE, title=TITLE, body=f"Near {PART} 9.", photos=(stored,))
    Proposal.objects.assign_areas()
    return proposal


def outlets(proposal: Proposal) -> dict[str, str]:
    """Address of each output that shows the proposal or a part of it."""
    return {
        "page": proposal.get_absolute_url(),
        "map and list": reverse("map"),
        "api": reverse("api:proposal", args=[proposal.pk]),
        "geojson": reverse("export_proposals", args=["geojson"]),
        "csv": reverse("export_proposals", args=["csv"]),
        "gpkg": reverse("export_proposals", args=["gpkg"]),
        "ogc": reverse("ogc_items", args=["proposals"]),
        "ogc page": reverse("ogc_item", args=["proposals", proposal.pk]) + "?f=html",
        "tile": reverse("tile", args=["proposals", "0", "0", "0"]),
        "atom": reverse("proposals_feed"),
        "clusters": f"{reverse('map_clusters')}?bbox=24.7,60.1,24.9,60.3&zoom=18",
        "photo": reverse("photo", args=[proposal.photos.get().name]),
    }


def read(client, url: str) -> tuple[int, str, Mapping[str, str]]:
    answer = client.get(url)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, body.decode(errors="replace"), answer.headers


def seconds_kept(headers: Mapping[str, str]) -> int:
    """How long a cache may answer by itself. Where nothing is said, it guesses by the date of the last change alone."""
    said = headers.get("Cache-Control", "")
    if "no-store" in said or "no-cache" in said:
        return 0
    found = re.findall(r"(?:s-maxage|max-age|stale-while-revalidate)=([0-9]+)", said)
    if not found and ("Last-Modified" in headers or "Expires" in headers):
        return 10**9
    return sum(map(int, found))


@pytest.mark.parametrize(
    "outlet", ["page", "map and list", "api", "geojson", "csv", "gpkg", "atom", "clusters", "photo"]
)
def test_nothing_shows_it_a_minute_after_it_was_hidden(client, public, outlet):
    url = outlets(public)[outlet]
    status, before, kept = read(client, url)
    assert status == 200
    assert seconds_kept(kept) <= WITHIN_S
    if outlet not in {"clusters", "photo"}:
        assert TITLE in before
    deciding.hide(public, by=person("moderator", "moderator"), reason="No.")
    status, after, _kept = read(client, url)
    assert TITLE not in after
    assert status in ({404, 410} if outlet in {"page", "api", "photo"} else {200})
    if outlet == "clusters":
        assert after != before


@pytest.mark.parametrize("outlet", ["page", "map and list", "api", "geojson", "csv", "gpkg", "atom"])
def test_hidden_part_is_in_no_output(client, public, outlet):
    url = outlets(public)[outlet]
    deciding.hide_part(public, f"{PART} 9", by=person("moderator", "moderator"), reason="No.")
    status, after, _kept = read(client, url)
    assert status == 200 and TITLE in after and PART not in after
