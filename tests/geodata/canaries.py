"""Planted words and digits: one in every column that the public may not read, and in every row that it may not see."""

import io
import math
import uuid
import zipfile
from dataclasses import dataclass, field

from django.contrib.gis.geos import LineString, MultiPolygon, Point, Polygon
from django.utils import timezone

from actors.models import (
    ApiKey,
    Founder,
    Invitation,
    MemberRole,
    Membership,
    Organisation,
    Scope,
    ThrottleCount,
    User,
    WaitingMail,
)
from actors.models.application import Application, ContactPerson
from geodata.models import ImportRun, Into, RunState, Webhook, WebhookCall
from geodata.models.webhook import Topic
from layers.models import Dataset, LayerStyle, NeighbourLayer, ReferenceFeature, ReferenceLayer
from proposals.links import Purpose, token_for
from proposals.models import (
    Comment,
    Contact,
    Decision,
    Delivery,
    Doubt,
    Event,
    EventNote,
    Flag,
    Follow,
    ForwardedRequest,
    MailSent,
    OfficialAnswer,
    Photo,
    PhotoState,
    Proposal,
    ProposalText,
    Publication,
    Role,
    Submission,
    Subscriber,
    Support,
    Verb,
    Verdict,
    Watch,
)
from tests.geodata.rows import NOON, make_pledge, make_proposal

# The place as given, by its digits in degrees and in metres of the three systems of coordinates.
EXACT = Point(24.8127654, 60.1857654, srid=4326)
HOME = Point(24.8234567, 60.1734567, srid=4326)  # of somebody who watches
SQUARE = Polygon.from_bbox((24.8234111, 60.1734111, 24.8239876, 60.1739876))
SHOWN = Point(24.8111111, 60.1851111, srid=4326)
HIDDEN = Point(24.8333333, 60.1733333, srid=4326)
ADDRESS = "203.0.113.177"  # from which the walker comes: never said, never logged
SHOWN_TITLE = "A bench"  # of the public one: where it stands, the search was not in an empty room


def digits(point: Point) -> list[str]:
    """The coordinates of `point` cut to ten metres in degrees and to whole metres."""
    found = []
    for srid in (4326, 3067, 3879, 3857):
        moved = point.transform(srid, clone=True)
        found += [f"{math.floor(c * 1e4) / 1e4:.4f}" if srid == 4326 else str(int(c)) for c in (moved.x, moved.y)]
    return found


@dataclass
class Planted:
    """`words` that nobody else may read; the rows whose public face is looked at; the secrets of two programs, by scope."""

    words: list[str] = field(default_factory=list)
    shown: Proposal | None = None
    hidden: list[Proposal] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)

    def canary(self, name: str) -> str:
        self.words.append(f"canary{len(self.words)}{name}")
        return self.words[-1]

    def said_in(self, text: str, *but: str) -> list[str]:
        """The planted words that `text` says, those that end as one of `but` left out."""
        return [word for word in self.words if word in text and not (but and word.endswith(but))]


def plant() -> Planted:
    """One public proposal with everything private around it, one of each state that is not public, people and secrets."""
    planted = Planted()
    canary = planted.canary
    planted.shown = make_proposal(
        SHOWN, category="concern", location=EXACT, source=canary("source"), source_id=canary("sourceid"),
        terms_version=canary("terms")[:20],
    )  # fmt: skip
    _plant_author(planted)
    for publication in Publication:
        if publication != Publication.PUBLISHED:
            planted.hidden.append(_hidden(planted, publication))
    _plant_voices(planted)
    _plant_followers(planted)
    _plant_organisation(planted)
    _plant_secrets(planted)
    planted.words += ["CANARY42", ADDRESS, *digits(EXACT), *digits(HOME), *digits(HIDDEN)]
    return planted


def _plant_author(planted: Planted) -> None:
    canary, shown = planted.canary, planted.shown
    user = User.objects.create_user(
        f"{canary('author')}@example.org", canary("password"), first_name=canary("first"), last_name=canary("last")
    )
    User.objects.update(password=canary("passworddigest"))
    contact = Contact.objects.create(
        proposal=shown, email=f"{canary('mail')}@example.org", language="fi", device_key_hash=canary("device"),
        tracking_code="CANARY42", user=user, code_hash=canary("code"), confirmed_at=NOON,
    )  # fmt: skip
    planted.words += [token_for(contact, purpose) for purpose in Purpose]
    ProposalText.objects.create(
        proposal=shown, version=2, title=canary("title"), body=canary("body"), at=NOON, waits=True
    )
    Submission.objects.create(key_hash=canary("key"), body_hash=canary("bodyhash"), proposal=shown)
    MailSent.objects.create(address_hash=canary("mailed"), message_id=canary("message"))
    event = Event.objects.create(proposal=shown, verb=Verb.SUBMITTED, role=Role.RESIDENT, at=timezone.now())
    EventNote.objects.create(event=event, salt="s", text=canary("reason"))
    for state in (PhotoState.PENDING, PhotoState.HIDDEN):
        _photo(shown, canary(state), state)
    ForwardedRequest.objects.create(
        proposal=shown, names={"en": "Nextdoor"}, door=f"https://{canary('door')}.example/", failure=canary("failure"),
        idempotency_key=canary("once"), passed_on_at=NOON, next_try_at=NOON,
    )  # fmt: skip


def _photo(proposal: Proposal, name: str, state: PhotoState) -> None:
    Photo.objects.create(proposal=proposal, name=name[:32], state=state, width=1, height=1, created_at=NOON)


def _hidden(planted: Planted, publication: Publication) -> Proposal:
    canary = planted.canary
    hidden = make_proposal(
        HIDDEN, publication=publication, title=canary(f"title{publication}"), body=canary(f"body{publication}"),
        answers={"values": canary("answer")},
    )  # fmt: skip
    _photo(hidden, canary("photo"), PhotoState.PUBLISHED)
    return hidden


def _plant_voices(planted: Planted) -> None:
    """Who supports, comments, reports, doubts and decides, by words and digests."""
    canary, proposal = planted.canary, planted.shown
    user = User.objects.create_user(f"{canary('moderator')}@example.org", first_name=canary("moderator"))
    Support.objects.create(proposal=proposal, device_hash=canary("devicehash"), address_hash=canary("hash"), at=NOON)
    Verdict.objects.create(
        proposal=proposal, round=1, voter_hash=canary("voter"), is_proposer=False, done=True, at=NOON
    )
    Doubt.objects.create(proposal=proposal, voter_hash=canary("doubter"), at=NOON)
    comment = {"proposal": proposal, "language": "fi", "user": user, "at": NOON}
    seen = Comment.objects.create(state="published", body="Quite so.", device_hash=canary("commenter"), **comment)
    Comment.objects.create(state="pending", body=canary("pending"), **comment)
    Comment.objects.create(state="hidden", body=canary("hiddencomment"), reason=canary("hidingreason"), **comment)
    for thing in ({"proposal": proposal}, {"comment": seen}):
        Flag.objects.create(
            reason="other", note=canary("note"), device_hash=canary("flagdevice"), network_hash=canary("network"),
            at=NOON, **thing,
        )  # fmt: skip
    event = Event.objects.create(
        proposal=proposal, verb=Verb.DETAIL_ASKED, role=Role.MODERATOR, at=timezone.now(), note_digest=canary("digest")
    )
    EventNote.objects.create(event=event, salt=canary("salt"), text=canary("asked"), actor=user)
    Decision.objects.create(actor=user, proposal=proposal, before={"title": canary("before")}, version=1, at=NOON)


def _plant_followers(planted: Planted) -> None:
    canary = planted.canary
    subscriber = Subscriber.objects.create(
        email=f"{canary('subscriber')}@example.org", language="fi", made_at=NOON, confirmed_at=NOON
    )
    watch = Watch.objects.create(
        subscriber=subscriber, name=canary("watch"), centre=HOME, radius_m=100, zone=MultiPolygon(SQUARE, srid=4326),
        with_words=[canary("with")], without_words=[canary("without")], made_at=NOON,
    )  # fmt: skip
    Follow.objects.create(subscriber=subscriber, proposal=planted.shown, made_at=NOON)
    Delivery.objects.create(
        event=Event.objects.latest("pk"), subscriber=subscriber, watch=watch, due_at=NOON, mail=canary("delivery")
    )


def _plant_organisation(planted: Planted) -> None:
    """A verified one with a promise, an answer and people; and one whose application waits."""
    canary = planted.canary
    pledge = make_pledge(planted.shown)
    verified = pledge.organisation
    user = User.objects.create_user(f"{canary('member')}@example.org", first_name=canary("memberfirst"))
    Membership.objects.create(user=user, organisation=verified, role=MemberRole.ADMINISTRATOR)
    OfficialAnswer.objects.create(
        proposal=planted.shown, organisation=verified, body="We look at it.", language="en", user=user, at=NOON
    )
    waiting = Organisation.objects.create(slug="canary", names={"fi": canary("applying")}, type="company")
    for of in (verified, waiting):
        ContactPerson.objects.create(
            organisation=of, name=canary("contact"), email=f"{canary('contact')}@example.org", phone=canary("phone")
        )
        Invitation.objects.create(
            organisation=of, email=f"{canary('invited')}@example.org", role=MemberRole.MEMBER, invited_by=user
        )
    application = Application.objects.create(organisation=waiting, language="fi", reason=canary("refusal"))
    Founder.objects.create(
        application=application, email=f"{canary('founder')}@example.org", code_hash=canary("foundercode")
    )


def _plant_secrets(planted: Planted) -> None:
    """Keys, webhooks and mails that wait, layers and imports."""
    canary = planted.canary
    for scope in Scope:
        key, secret = ApiKey.objects.issue(canary("program"), [scope])
        planted.keys[scope] = secret
        planted.words += [secret, key.secret_hash, key.prefix]
    webhook = Webhook(url=f"https://{canary('hook')}.example/", description=canary("hookname"), note=canary("hooknote"))
    webhook.begin()
    WebhookCall.objects.create(
        webhook=webhook, event=Event.objects.latest("pk"), topic=Topic.PUBLISHED, due_at=NOON, answer=canary("answered")
    )
    ThrottleCount.objects.create(key=canary("throttled"), period_start=0, count=1)
    planted.words += [webhook.secret, webhook.salt]
    WaitingMail.objects.create(
        to=f"{canary('to')}@example.org", reply_to=f"{canary('replyto')}@example.org", subject=canary("subject"),
        text=canary("text"), language="en", due_at=NOON, expires_at=NOON, held_for=canary("heldfor"),
    )  # fmt: skip
    _plant_layers(planted)
    _plant_import(planted)


def _plant_layers(planted: Planted) -> None:
    """A reference layer whose columns are not all published, and a neighbour's that was not fetched yet."""
    canary = planted.canary
    NeighbourLayer.objects.create(
        slug="lanes", url=f"https://{canary('neighbour')}.example/collections/lanes", names={"en": "Lanes"},
        licence="CC BY 4.0", attribution="Nextdoor", note=canary("fetched"), outcome=_reason(canary("outcome")),
    )  # fmt: skip
    dataset = Dataset.objects.create(slug="paths", title="Paths", retrieved_at=NOON)
    layer = ReferenceLayer.objects.create(
        slug="paths", names={"en": "Paths"}, dataset=dataset, style=LayerStyle.PATH, fields=["surface"]
    )
    ReferenceFeature.objects.create(
        layer=layer, source_id=canary("pathid"), properties={"surface": "gravel", "keeper": canary("keeper")},
        shape=LineString((24.801, 60.171), (24.809, 60.179), srid=4326),
    )  # fmt: skip


def _plant_import(planted: Planted) -> None:
    """One that failed: planners read of it, nobody else."""
    canary = planted.canary
    refused = {
        "number": 1,
        "field": canary("fieldimport"),
        "reason": _reason(canary("reasonimport")),
        "label": canary("labelimport"),
    }
    ImportRun.objects.create(
        key=uuid.uuid4(), name=canary("nameimport"), url=f"https://{canary('urlimport')}.example/",
        into=Into.REFERENCE, file=canary("fileimport"), options={"x": canary("optionimport")},
        found={"rows": 1, "kind": canary("foundimport")}, error=canary("errorimport"),
        refusal=_reason(canary("refusalimport")), state=RunState.FAILED, language="en",
        report={"added": 0, "updated": 0, "unchanged": 0, "ended": 0, "refused_rows": 1, "refused": [refused], "notes": []},
    )  # fmt: skip


def _reason(text: str) -> dict[str, object]:
    return {"words": "“%(value)s” is not a number.", "values": {"value": text}, "option": ""}


def unpacked(content: bytes) -> str:
    """The bytes of an answer as text, those of each file in an archive."""
    if content.startswith(b"PK"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        content = b"\n".join(archive.read(name) for name in archive.namelist())
    return content.decode(errors="replace")
