"""Asking to be told of something, without an account: the address proves itself by a mailed link, and does so first.

What a stranger asks for is carried by the link and stored by nobody until its owner presses the button. Links are signed
and bound to one purpose; raising `Subscriber.link_version` ends all of them.
"""

import datetime
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import MultiPolygon
from django.core import signing
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from actors import mails
from actors.models import Organisation
from actors.throttling import TooMany, address_limits, take
from layers.models import Area
from proposals.links import LinkExpired, LinkRefused, mail_language
from proposals.models import Category, Delivery, DeliveryState, Follow, Frequency, Subscriber, Watch
from proposals.wish import Wish

WATCHES_MAX = 30  # of one address
SAME_WITHIN_DEG = 1e-9  # a tenth of a millimetre
LINK_AGE = {
    "watch": datetime.timedelta(days=14),
    "thing": datetime.timedelta(days=14),
    "follows": datetime.timedelta(days=400),
    "stop": datetime.timedelta(days=3_650),  # who finds an old mail must still be able to stop
}

DRAW = """
UPDATE proposals_watch SET zone = (
    SELECT ST_Multi(ST_CollectionExtract(ST_Union(area.boundary), 3))
    FROM proposals_watch_areas chosen JOIN layers_area area ON area.id = chosen.area_id
    WHERE chosen.watch_id = proposals_watch.id
)
WHERE id = %s
"""
# The zones of watches whose named areas were redrawn; those that stayed as they are cost one comparison each.
REDRAW = """
WITH drawn AS (
    SELECT chosen.watch_id, ST_Multi(ST_CollectionExtract(ST_Union(area.boundary), 3)) AS zone
    FROM proposals_watch_areas chosen JOIN layers_area area ON area.id = chosen.area_id
    GROUP BY chosen.watch_id
)
UPDATE proposals_watch watch SET zone = drawn.zone
FROM drawn, proposals_subscriber subscriber
WHERE drawn.watch_id = watch.id AND subscriber.id = watch.subscriber_id
    AND (watch.zone IS NULL OR NOT ST_Equals(watch.zone, drawn.zone))
RETURNING subscriber.id, watch.name
"""


class TooManyWatches(Exception):
    """The address has as many watches as one may have."""


def ask(email: str, wish: Wish) -> None:
    """Mails the link that begins the watch; one an hour to one address, whoever asks, and no word of anybody's in it."""
    try:
        take(address_limits("watch-mail", email))
    except TooMany:
        return
    words = {"link": link("watch_confirm", "watch", subscriber_of(email), asdict(wish))}
    mails.post(email, "watch_confirm", _("Confirm what you want to follow"), words, of_use_for=LINK_AGE["watch"])


def subscriber_of(email: str) -> Subscriber:
    """The subscriber of an address that somebody typed: told of nothing until it is confirmed."""
    known = {"language": get_language() or settings.LANGUAGE_CODE, "made_at": timezone.now()}
    return Subscriber.objects.get_or_create(email=email.strip().lower(), defaults=known)[0]


def subscriber_with_account(email: str) -> Subscriber:
    """The subscriber of a person who is signed in: the address is confirmed by that."""
    subscriber = subscriber_of(email)
    confirm(subscriber)
    return subscriber


def confirm(subscriber: Subscriber) -> None:
    if subscriber.confirmed_at is None:
        subscriber.confirmed_at = timezone.now()
        subscriber.save(update_fields=["confirmed_at"])


def write_in_this_language(subscriber: Subscriber) -> None:
    """From now on they are written to in the language in which they began what they last began to follow."""
    language = get_language() or settings.LANGUAGE_CODE
    if subscriber.language != language:
        subscriber.language = language
        subscriber.save(update_fields=["language"])


def begin(subscriber: Subscriber, wish: Wish, organisation: Organisation | None = None) -> Watch:
    """The watch of `wish`; the one that is there already where it is asked for twice. Raises TooManyWatches."""
    with transaction.atomic():
        Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        write_in_this_language(subscriber)
        chosen = Area.objects.of_slugs(wish.areas).order_by("slug")
        # Replaced since the link was sent: where they were, not the whole city.
        areas = list(chosen.current()) or list(chosen)
        categories = list(Category.objects.of_slugs(wish.categories).order_by("slug"))
        known = {
            "radius_m": wish.radius_m,
            "kinds": list(wish.kinds),
            "with_words": list(wish.with_words),
            "without_words": list(wish.without_words),
            "changes": wish.changes,
            "frequency": wish.frequency,
            "organisation": organisation,
        }
        drawn = wish.drawn()
        for watch in subscriber.watches.filter(**known).prefetch_related("areas", "categories"):
            if _is_of(watch, areas, categories, drawn):
                return watch
        if subscriber.watches.count() >= WATCHES_MAX:
            raise TooManyWatches
        place = {"name": wish.name, "centre": wish.centre_point, "zone": drawn}
        watch = Watch.objects.create(subscriber=subscriber, made_at=timezone.now(), **place, **known)
        watch.categories.set(categories)
        if areas:
            watch.areas.set(areas)
            with connection.cursor() as cursor:
                cursor.execute(DRAW, [watch.pk])
    return watch


def _is_of(watch: Watch, areas: Collection[Area], categories: Collection[Category], drawn: MultiPolygon | None) -> bool:
    """Whether `watch` is of just these areas and categories, or of just this drawing."""
    if set(watch.areas.all()) != set(areas) or set(watch.categories.all()) != set(categories):
        return False
    if areas or watch.zone is None or drawn is None:
        return bool(areas) or watch.zone == drawn
    return watch.zone.equals_exact(drawn, SAME_WITHIN_DEG)


def redraw() -> int:
    """Draws the zones of watches anew whose areas have new boundaries, and tells their owners; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(REDRAW)
        owners = {row[0] for row in cursor.fetchall()}
    for subscriber in Subscriber.objects.confirmed().filter(pk__in=owners):
        with translation.override(mail_language(subscriber)):
            words = {"link": follows_link(subscriber)}
            mails.post(subscriber.email, "boundary_changed", _("An area that you follow has new boundaries"), words)
    return len(owners)


def stop(subscriber: Subscriber, *, watch: int | None = None, follow: int | None = None) -> None:
    """Ends one watch or one follow of the subscriber; both None: all of them, and nothing that waits is sent."""
    with transaction.atomic():
        everything = watch is None and follow is None
        subscriber.watches.filter(**({} if everything else {"pk": watch or 0})).delete()
        subscriber.follows.filter(**({} if everything else {"pk": follow or 0})).delete()
        if everything:
            waiting = Delivery.objects.waiting_for(subscriber)
            waiting.update(state=DeliveryState.DROPPED)


def change_frequency(
    subscriber: Subscriber, frequency: Frequency, *, watch: int | None = None, follow: int | None = None
) -> None:
    """From now on the subscriber is told of one watch or one follow so often; what waits already keeps its time."""
    subscriber.watches.filter(pk=watch or 0).update(frequency=frequency)
    subscriber.follows.filter(pk=follow or 0).update(frequency=frequency)


def follow_thing(subscriber: Subscriber, *, frequency: Frequency | None = None, **thing: Any) -> None:
    """The subscriber hears of one `proposal`, `organisation` or `category`; once, however often it is asked.

    `frequency` None: at once, or as it was for one who follows it already.
    """
    new = Follow(subscriber=subscriber, made_at=timezone.now(), frequency=frequency or Frequency.AT_ONCE, **thing)
    Follow.objects.bulk_create([new], ignore_conflicts=True)
    if frequency is not None:
        subscriber.follows.filter(**thing).update(frequency=frequency)


# --- links --------------------------------------------------------------------------------------------------------------


def follows_link(subscriber: Subscriber) -> str:
    """The absolute address of the page of all that the subscriber follows."""
    return link("follows", "follows", subscriber)


def one_click_link(subscriber: Subscriber) -> str:
    """The absolute address that stops everything by one POST, for people and for mail programs (RFC 8058)."""
    return link("follows_stop", "stop", subscriber)


def opened(token: str, purpose: str) -> tuple[Subscriber, dict[str, Any]]:
    """Whose link it is, and what it carries. Raises LinkRefused or LinkExpired."""
    try:
        pk, version, carried = _signer(purpose).unsign_object(token, max_age=LINK_AGE[purpose])
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except signing.BadSignature as error:
        raise LinkRefused from error
    subscriber = Subscriber.objects.find(pk)
    if subscriber is None or subscriber.link_version != version:
        raise LinkExpired
    return subscriber, carried


def link(name: str, purpose: str, subscriber: Subscriber, carried: dict[str, Any] | None = None) -> str:
    """The absolute address of the page `name`, signed for one purpose and one subscriber, with what it carries."""
    value = [subscriber.pk, subscriber.link_version, carried or {}]
    token = _signer(purpose).sign_object(value, compress=True)
    with translation.override(mail_language(subscriber)):
        return settings.SITE_URL + reverse(name, args=[token])


def _signer(purpose: str) -> signing.TimestampSigner:
    # A dot parts the token: a colon ends an address for some mail programs.
    return signing.TimestampSigner(salt=f"proposals.subscribing.{purpose}", sep=".")
