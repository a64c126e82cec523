"""Rows for tests of what happens to a proposal after it was sent: made by the verb that the doors use."""

from django.contrib.gis.geos import Point
from django.test import Client

from proposals.device import DEVICE_COOKIE, new_device_key
from proposals.models import Category, Kind, Proposal, PublicationRule
from proposals.photos import StoredPhoto
from proposals.placing import Placed
from proposals.submit import Draft, submit

EMAIL = "anna@example.org"


def category(rule: PublicationRule = PublicationRule.AFTER_CONFIRMATION, kind: Kind = Kind.IDEA) -> Category:
    return Category.objects.get_or_create(
        slug=f"{kind}-{rule}".replace("_", "-"),
        defaults={
            "kind": kind,
            "names": {"en": "Idea"},
            "glyph": "idea",
            "shape": "circle",
            "geometry_types": ["Point"],
            "publication_rule": rule,
        },
    )[0]


def sent(
    *,
    email: str = EMAIL,
    rule: PublicationRule = PublicationRule.AFTER_CONFIRMATION,
    kind: Kind = Kind.IDEA,
    title: str = "A bench by the pond",
    body: str = "There is nowhere to sit.",
    language: str = "en",
    device: str = "",
    photos: tuple[StoredPhoto, ...] = (),
) -> Proposal:
    """A proposal as a resident sent it, with its events still in the outbox."""
    place = Point(24.81, 60.175, srid=4326)
    draft = Draft(
        category=category(rule, kind),
        title=title,
        body=body,
        language=language,
        placed=Placed(place, place, None, None),
        page_language=language,
        email=email,
        device_key=device,
        photos=photos,
    )
    return submit(draft, key=new_device_key(), body_hash="0" * 64).proposal


def on_device(client: Client) -> str:
    """Gives the client's browser a key and returns it."""
    key = new_device_key()
    client.cookies[DEVICE_COOKIE] = key
    return key
