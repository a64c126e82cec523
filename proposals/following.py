"""Following one proposal, organisation or category: by one press with an account, by a mailed link without one.

As for a watch, what a stranger asks for is carried by the link and written by its owner's press alone.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from actors import mails
from actors.models import Organisation
from actors.throttling import Limit, TooMany, address_key, take
from proposals import subscribing
from proposals.links import LinkExpired
from proposals.models import Category, Follow, Frequency, Proposal, Subscriber

KINDS = ("proposal", "organisation", "category")
NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
SLUG = re.compile(r"[-\w]{1,50}", re.ASCII)
MAILS_PER_HOUR = 3  # to one address, whoever asks: people follow a few things one after the other


@dataclass(frozen=True)
class Thing:
    """What can be followed, by its `kind` (proposal, organisation or category) and the key by which forms and links name it."""

    kind: str
    key: str
    target: Proposal | Organisation | Category

    @property
    def as_field(self) -> dict[str, Any]:
        """As a field of Follow."""
        return {self.kind: self.target}


def thing_of(target: Proposal | Organisation | Category) -> Thing:
    kind = target._meta.model_name or ""
    return Thing(kind, str(target.pk) if isinstance(target, Proposal) else target.slug, target)


def thing_named(named: Any) -> Thing | None:
    """The public thing that a form or a link names by `proposal`, `organisation` or `category`; None for any other."""
    found: Proposal | Organisation | Category | None = None
    kind = next((kind for kind in KINDS if named.get(kind)), "")
    key = str(named.get(kind, ""))
    if kind == "proposal":
        found = Proposal.objects.public().for_lists().find(int(key)) if NUMBER.fullmatch(key) else None
    elif SLUG.fullmatch(key):
        found = (Organisation.objects.public() if kind == "organisation" else Category.objects.all()).by_slug(key)
    return thing_of(found) if found else None


def is_followed(thing: Thing, email: str) -> bool:
    """Whether the owner of `email`, an address of an account, hears of it. One query."""
    return Follow.objects.of_address(email).of_thing(**thing.as_field) is not None


def ask(email: str, thing: Thing, frequency: Frequency) -> None:
    """Mails the link that begins it; three an hour to one address, whoever asks, and no word of anybody's in it."""
    try:
        take([Limit(address_key("follow-mail", email), MAILS_PER_HOUR)])
    except TooMany:
        return
    subscriber = subscribing.subscriber_of(email)
    carried = {thing.kind: thing.key, "frequency": str(frequency)}
    link = subscribing.link("follow_confirm", "thing", subscriber, carried)
    subject = _("Confirm what you want to follow")
    mails.post(email, "watch_confirm", subject, {"link": link}, of_use_for=subscribing.LINK_AGE["thing"])


def opened(token: str) -> tuple[Subscriber, Thing, Frequency]:
    """Whose link it is, of what, and how often. Raises LinkRefused, or LinkExpired where it is no longer public."""
    subscriber, carried = subscribing.opened(token, "thing")
    thing = thing_named(carried)
    if thing is None:
        raise LinkExpired
    return subscriber, thing, Frequency(carried["frequency"])


def begin(subscriber: Subscriber, thing: Thing, frequency: Frequency | None) -> None:
    """The subscriber hears of it from now on; one who does already hears as often as is said now, if it is said."""
    subscribing.confirm(subscriber)
    subscribing.write_in_this_language(subscriber)
    subscribing.follow_thing(subscriber, frequency=frequency, **thing.as_field)


def end(subscriber: Subscriber, thing: Thing) -> None:
    """The subscriber hears of it no more, if ever."""
    mine: Follow | None = subscriber.follows.of_thing(**thing.as_field)
    if mine is not None:
        subscribing.stop(subscriber, follow=mine.pk)
