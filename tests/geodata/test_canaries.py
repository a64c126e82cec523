"""What must never leave by a question, a fault or a lone feature; every outlet is walked in test_every_outlet.py."""

import json
from smtplib import SMTPRecipientsRefused

import pytest
from django.contrib.postgres.fields import ArrayField
from django.core.mail import EmailMultiAlternatives
from django.db.models import CharField, JSONField, TextField

from actors.mails import post, send_waiting
from geodata.collections import proposals
from geodata.geojson import feature
from mapapp.dictionary.rows import columns, house_models
from proposals.models import Contact, Proposal, Publication
from tests.geodata.canaries import SHOWN
from tests.geodata.rows import make_proposal
from tests.mapapp.addresses import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("committed_city")]

BOX = "24.79,60.16,24.85,60.20"


# Text without a canary: what the public reads, and what holds words of programs alone (filters, formats, digests of the seal).
NOT_PRIVATE = words(
    """
    Category.slug Category.names Category.glyph Category.shape Category.geometry_types Category.questions Proposal.landmark
    OfficialAnswer.body Pledge.promise Pledge.reason Postponement.reason Organisation.slug Organisation.description
    Organisation.goals Organisation.needs Organisation.website Organisation.business_id
    ForwardedRequest.names ForwardedRequest.link ForwardedRequest.service_request_id
    ApiKey.scopes Event.before Event.after EventSeal.hash EventSeal.prev Watch.kinds Webhook.query Webhook.topics
    ExportJob.collection ExportJob.format ExportJob.query ExportJob.file ExportJob.key_hash DownloadCount.collection
    DownloadCount.format Snapshot.keys Snapshot.files Snapshot.errata PyramidCell.facet PyramidDelta.facet
    """
)


def test_every_private_column_of_the_house_has_its_canary(planted):
    """Columns of text in every table of people, residents' words and secrets."""
    bare = set()
    for model in house_models():
        for column in columns(model) if model._meta.app_label != "layers" else ():
            is_text = isinstance(column, CharField | TextField | JSONField | ArrayField) and not column.choices
            if is_text and column.name != "language":
                texts = " ".join(map(str, model._base_manager.values_list(column.name, flat=True)))
                if not planted.said_in(texts):
                    bare.add(f"{model.__name__}.{column.name}")
    assert bare == NOT_PRIVATE


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
    post(planted.shown.contact.email, "my_data", "Hello", {"link": "x"})
    monkeypatch.setattr(EmailMultiAlternatives, "send", refusing)
    assert send_waiting() == 0
    assert "not sent" in caplog.text
    assert planted.said_in(caplog.text) == []


def refusing(mail: EmailMultiAlternatives) -> None:
    raise SMTPRecipientsRefused({mail.to[0]: (550, f"{mail.to[0]}: no such mailbox".encode())})


def test_no_canary_leaves_by_the_feature_of_one_proposal(client, planted):
    for proposal in Proposal.objects.all():
        text = feature(proposals(), proposal.pk, "fi")
        assert (text is not None) == proposal.is_public
        assert planted.said_in(text or "") == []


def test_no_canary_leaves_by_the_service_request_of_one_proposal(client, planted):
    for proposal in Proposal.objects.all():
        response = client.get(f"/open311/v2/requests/{proposal.pk}.json?extensions=true")
        assert response.status_code == (200 if proposal.is_public else 404)
        assert planted.said_in(response.content.decode()) == []


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
