"""Residents and organisations of the demo city who follow areas, proposals and each other: what a mail and a desk show."""

from dataclasses import dataclass, field

from django.db.models import OuterRef, Subquery
from django.utils import timezone, translation

from actors.models import Organisation
from layers.models import Area
from mapapp.demo.people import DOMAIN
from proposals import subscribing
from proposals.matching import match
from proposals.models import Delivery, DeliveryState, Event, Proposal, Subscriber
from proposals.wish import Wish


@dataclass(frozen=True)
class Follower:
    """Somebody at example.org: a watch, for an organisation's desk or their own, and the keys of proposals they follow."""

    name: str
    language: str
    wish: Wish
    proposals: tuple[str, ...] = ()
    follows: str = ""  # slug of an organisation
    desk: str = field(default="", kw_only=True)  # slug of the organisation at whose desk the watch stands


FOLLOWERS = (
    Follower("asta", "fi", Wish(areas=("matinkyla",), changes="all"), ("demo-081", "demo-087"), "street-care"),
    Follower("bjorn", "sv", Wish(areas=("suur-espoonlahti",)), ("demo-026", "demo-064")),
    Follower("priya", "en", Wish(centre=(24.8285, 60.1866), radius_m=1_000, name="Campus"), ("demo-035", "demo-059")),
    Follower("street-care", "fi", Wish(kinds=("parking", "pathway"), changes="all"), desk="street-care"),
    Follower("village-association", "fi", Wish(with_words=("talko", "talkoot")), desk="village-association"),
)


def load_followers(source: str) -> int:
    """Makes those that are lacking; returns how many. What happened before them counts as told: no mail of years ago."""
    keys = dict(Proposal.objects.of_source(source).values_list("source_id", "pk"))
    made = [_follower(one, keys) for one in FOLLOWERS if Subscriber.objects.by_address(_email(one)) is None]
    if made:
        match(list(Event.objects.of_all(Proposal.objects.of_source(source)).values_list("pk", flat=True)))
        told_at = Event.objects.filter(pk=OuterRef("event")).values("at")
        told = Delivery.objects.filter(subscriber__in=made, state=DeliveryState.WAITING)
        told.update(state=DeliveryState.SENT, sent_at=Subquery(told_at))
    return len(made)


def _follower(one: Follower, keys: dict[str, int]) -> Subscriber:
    now = timezone.now()
    made = Subscriber.objects.create(email=_email(one), language=one.language, made_at=now, confirmed_at=now)
    organisations = Organisation.objects.in_bulk([one.desk, one.follows], field_name="slug")
    with translation.override(one.language):
        if not one.wish.areas or Area.objects.current().of_slugs(one.wish.areas).exists():  # of no area would be of all
            subscribing.begin(made, one.wish, organisations.get(one.desk))
        for key in one.proposals:
            if key in keys:
                subscribing.follow_thing(made, proposal_id=keys[key])
        if one.follows in organisations:
            subscribing.follow_thing(made, organisation=organisations[one.follows])
    return made


def _email(one: Follower) -> str:
    return f"{one.name}@{DOMAIN}"
