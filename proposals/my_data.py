"""Everything that is known of one address: what its owner may read, take along and have erased. Nothing here is public."""

import datetime
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Q, QuerySet

from actors.models import ContactPerson, Founder, Invitation, Membership, User, WaitingMail
from proposals.codes import written_tracking_code
from proposals.models import Comment, Contact, Doubt, EventNote, MailSent, OfficialAnswer, Subscriber, Support, Verdict
from proposals.submit import address_hash

DATA_DECIMALS = 7  # of degrees, as in every output


@dataclass(frozen=True)
class Person:
    """The owner of `email`, by whatever they did here; an account is one of these."""

    email: str

    @classmethod
    def of(cls, email: str) -> "Person":
        return cls(email.strip().lower())

    @cached_property
    def user(self) -> User | None:
        return User.objects.by_address(self.email)

    @cached_property
    def subscriber(self) -> Subscriber | None:
        return Subscriber.objects.by_address(self.email)

    @property
    def contacts(self) -> QuerySet[Contact]:
        """Of the proposals sent with this address or from this account, oldest first."""
        mine = Q(email__iexact=self.email)
        if self.user:
            mine |= Q(user=self.user)
        return Contact.objects.filter(mine).select_related("proposal__category", "proposal__area").order_by("pk")

    @property
    def supports(self) -> QuerySet[Support]:
        return Support.objects.by(address_hash=address_hash(self.email)).select_related("proposal").order_by("pk")

    @property
    def verdicts(self) -> QuerySet[Verdict]:
        return Verdict.objects.filter(voter_hash=address_hash(self.email)).select_related("proposal").order_by("pk")

    @property
    def doubts(self) -> QuerySet[Doubt]:
        return Doubt.objects.filter(voter_hash=address_hash(self.email)).select_related("proposal").order_by("pk")

    @property
    def comments(self) -> QuerySet[Comment]:
        mine = Comment.objects.filter(user=self.user) if self.user else Comment.objects.none()
        return mine.select_related("proposal", "organisation").order_by("pk")

    @property
    def official_answers(self) -> QuerySet[OfficialAnswer]:
        mine = OfficialAnswer.objects.filter(user=self.user) if self.user else OfficialAnswer.objects.none()
        return mine.select_related("organisation").order_by("pk")

    @property
    def notes(self) -> QuerySet[EventNote]:
        """Reasons that they gave, and by which account something was done."""
        theirs = Q(event__proposal__in=self.contacts.order_by().values("proposal"), event__role="resident")
        if self.user:
            theirs |= Q(actor=self.user)
        return EventNote.objects.filter(theirs).select_related("event").order_by("pk")

    @property
    def memberships(self) -> QuerySet[Membership]:
        mine = Membership.objects.filter(user=self.user) if self.user else Membership.objects.none()
        return mine.select_related("organisation").order_by("pk")

    @property
    def founders(self) -> QuerySet[Founder]:
        """Applications of organisations that they stand behind."""
        mine = Founder.objects.filter(email__iexact=self.email)
        return mine.select_related("application__organisation").order_by("pk")

    @property
    def contact_persons(self) -> QuerySet[ContactPerson]:
        return ContactPerson.objects.filter(email__iexact=self.email).select_related("organisation").order_by("pk")

    @property
    def invitations(self) -> QuerySet[Invitation]:
        return Invitation.objects.filter(email__iexact=self.email).select_related("organisation").order_by("pk")

    @property
    def mails_sent(self) -> QuerySet[MailSent]:
        return MailSent.objects.to_address(address_hash(self.email))

    @property
    def mails_waiting(self) -> QuerySet[WaitingMail]:
        return WaitingMail.objects.filter(Q(to__iexact=self.email) | Q(reply_to__iexact=self.email))

    @property
    def is_known(self) -> bool:
        """Whether any row but a mail's tells of this address."""
        rows = (
            self.contacts,
            self.supports,
            self.verdicts,
            self.doubts,
            self.founders,
            self.contact_persons,
            self.invitations,
        )
        return bool(self.user or self.subscriber) or any(found.exists() for found in rows)


def as_json(person: Person, now: datetime.datetime) -> dict[str, Any]:
    """All of it; what is kept as a digest only is told by what it belongs to."""
    return {
        "address": person.email,
        "made_at": now,
        "account": _account(person.user),
        "proposals": [_proposal(contact) for contact in person.contacts],
        "supports": [{"proposal": s.proposal_id, "title": s.proposal.title, "at": s.at} for s in person.supports],
        "verdicts": [
            {"proposal": v.proposal_id, "title": v.proposal.title, "round": v.round, "done": v.done, "at": v.at}
            for v in person.verdicts
        ],
        "no_longer_current": [
            {"proposal": d.proposal_id, "title": d.proposal.title, "at": d.at} for d in person.doubts
        ],
        "comments": [
            {"proposal": c.proposal_id, "text": c.body, "language": c.language, "state": c.state, "at": c.at}
            for c in person.comments
        ],
        "official_answers": [
            {"proposal": a.proposal_id, "organisation": str(a.organisation), "text": a.body, "at": a.at}
            for a in person.official_answers
        ],
        "reasons_and_acts": [
            {"proposal": n.event.proposal_id, "verb": n.event.verb, "at": n.event.at, "text": n.text}
            for n in person.notes
        ],
        "subscription": _subscription(person.subscriber),
        **_organisations(person),
        "mails": {
            "sent_about_own_proposals_at": [row.at for row in person.mails_sent],
            "waiting": [{"subject": m.subject, "text": m.text} for m in person.mails_waiting],
        },
    }


def as_geojson(person: Person, now: datetime.datetime) -> dict[str, Any]:
    """The places: of their proposals exactly as they gave them, and of what they watch."""
    places = []
    for contact in person.contacts:
        proposal = contact.proposal
        facts = {"what": "proposal", "id": proposal.pk, "title": proposal.title, "as_shown": proposal.location is None}
        places.append(_feature(proposal.location or proposal.public_location, facts))
    for watch in person.subscriber.watches.order_by("pk") if person.subscriber else ():
        facts = {"what": "watch", "id": watch.pk, "name": watch.name, "radius_m": watch.radius_m}
        if watch.centre:
            places.append(_feature(watch.centre, facts | {"what": "centre of a watch"}))
        places.append(_feature(watch.zone, facts | {"whole_city": watch.zone is None}))
    return {"type": "FeatureCollection", "made_at": now, "features": places}


def _feature(place: GEOSGeometry | None, facts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": _geometry(place), "properties": facts}


def _geometry(place: GEOSGeometry | None) -> dict[str, Any] | None:
    def rounded(part: Any) -> Any:
        return round(part, DATA_DECIMALS) if isinstance(part, float) else [rounded(each) for each in part]

    if place is None:
        return None
    found = json.loads(place.json)
    return {"type": found["type"], "coordinates": rounded(found["coordinates"])}


def _account(user: User | None) -> dict[str, Any] | None:
    if user is None:
        return None
    return {
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role,
        "joined_at": user.date_joined,
        "last_signed_in_at": user.last_login,
    }


def _proposal(contact: Contact) -> dict[str, Any]:
    proposal = contact.proposal
    return {
        "id": proposal.pk,
        "kind": proposal.kind,
        "category": proposal.category.slug,
        "title": proposal.title,
        "text": proposal.body,
        "answers": proposal.answers,
        "language": proposal.language,
        "publication": proposal.publication,
        "status": proposal.status,
        "channel": proposal.channel,
        "submitted_at": proposal.submitted_at,
        "published_at": proposal.published_at,
        "terms_version": proposal.terms_version,
        "place_as_you_gave_it": _geometry(proposal.location),
        "place_as_shown": _geometry(proposal.public_location),
        "own_wordings": list(proposal.texts.order_by("version").values("version", "title", "body", "at", "waits")),
        "photos": list(proposal.photos.order_by("pk").values("name", "state", "created_at")),
        "contact": {
            "email": contact.email,
            "language": contact.language,
            "tracking_code": written_tracking_code(contact.tracking_code),
            "confirmed_at": contact.confirmed_at,
            "browser_is_known": bool(contact.device_key_hash),
        },
    }


def _subscription(subscriber: Subscriber | None) -> dict[str, Any] | None:
    if subscriber is None:
        return None
    return {
        "email": subscriber.email,
        "language": subscriber.language,
        "made_at": subscriber.made_at,
        "confirmed_at": subscriber.confirmed_at,
        "watches": [
            {
                "name": watch.name,
                "areas": [area.slug for area in watch.areas.all()],
                "radius_m": watch.radius_m,
                "kinds": watch.kinds,
                "categories": [category.slug for category in watch.categories.all()],
                "with_words": watch.with_words,
                "without_words": watch.without_words,
                "changes": watch.changes,
                "frequency": watch.frequency,
                "made_at": watch.made_at,
            }
            for watch in subscriber.watches.order_by("pk").prefetch_related("areas", "categories")
        ],
        "follows": list(
            subscriber.follows.order_by("pk").values(
                "proposal", "organisation__slug", "category__slug", "frequency", "made_at"
            )
        ),
        "told_of": list(subscriber.deliveries.order_by("pk").values("event__proposal", "state", "due_at", "sent_at")),
    }


def _organisations(person: Person) -> dict[str, Any]:
    return {
        "memberships": [
            {"organisation": m.organisation.slug, "role": m.role, "since": m.since} for m in person.memberships
        ],
        "applications": [
            {
                "organisation": founder.application.organisation.slug,
                "made_at": founder.application.made_at,
                "confirmed_at": founder.confirmed_at,
            }
            for founder in person.founders
        ],
        "contact_person_of": [
            {"organisation": row.organisation.slug, "name": row.name, "email": row.email, "phone": row.phone}
            for row in person.contact_persons
        ],
        "invitations": [
            {"organisation": row.organisation.slug, "role": row.role, "made_at": row.made_at}
            for row in person.invitations
        ],
    }
