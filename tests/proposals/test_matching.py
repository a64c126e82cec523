"""Which events are told to whom: held against an oracle in Python, each pair once, one statement whatever the number."""

import datetime
import itertools
import random

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.utils import timezone

from actors.models import User
from proposals.matching import match, next_monday, next_morning
from proposals.models import (
    Category,
    Delivery,
    Event,
    Follow,
    Proposal,
    Publication,
    PublicationRule,
    Role,
    Status,
    Subscriber,
    Watch,
)
from proposals.pledging import Promise, take_up
from tests.actors.people import organisation
from tests.proposals.rows import EMAIL, sent

PLACE = (24.81, 60.175)  # where `sent` puts its proposals
SQUARE_AROUND = Polygon.from_bbox((24.80, 60.17, 24.82, 60.18))
ELSEWHERE = Polygon.from_bbox((24.60, 60.17, 24.62, 60.18))
RING = Polygon(SQUARE_AROUND.exterior_ring, Polygon.from_bbox((24.805, 60.172, 24.815, 60.178)).exterior_ring)
numbers = itertools.count()


def subscriber(email: str = "", *, confirmed: bool = True) -> Subscriber:
    now = timezone.now()
    email = email or f"reader-{next(numbers)}@example.org"
    return Subscriber.objects.create(email=email, language="en", made_at=now, confirmed_at=now if confirmed else None)


def watch(of: Subscriber | None = None, zone: Polygon | None = None, **fields: object) -> Watch:
    chosen = MultiPolygon(zone, srid=4326) if zone else None
    return Watch.objects.create(subscriber=of or subscriber(), zone=chosen, made_at=timezone.now(), **fields)


def follow(of: Subscriber, **thing: object) -> Follow:
    return Follow.objects.create(subscriber=of, made_at=timezone.now(), **thing)


def public(**fields: object) -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE, **fields)


def told() -> set[tuple[str, int]]:
    """(verb, subscriber) of each delivery after all events were matched, twice."""
    keys = list(Event.objects.values_list("pk", flat=True))
    match(keys)
    assert match(keys) == 0
    return set(Delivery.objects.values_list("event__verb", "subscriber"))


@pytest.fixture
def reader(db: None) -> Subscriber:
    return subscriber("reader@example.org")


# --- who is not told ----------------------------------------------------------------------------------------------------


def test_an_address_that_was_not_confirmed_is_told_nothing(db: None) -> None:
    watch(subscriber(confirmed=False))
    public()
    assert told() == set()


@pytest.mark.parametrize("publication", [each for each in Publication if each != Publication.PUBLISHED])
def test_what_is_not_public_is_told_to_nobody(reader: Subscriber, publication: str) -> None:
    watch(reader, changes="all")
    proposal = public()
    Proposal.objects.filter(pk=proposal.pk).update(publication=publication)
    assert told() == set()


def test_the_author_hears_nothing_of_the_own_proposal(db: None) -> None:
    watch(subscriber(EMAIL))
    public()
    assert told() == set()


def test_who_did_it_is_not_told_of_it_and_colleagues_are(reader: Subscriber) -> None:
    proposal = public()
    member = User.objects.create_user("member@example.org")
    follow(subscriber("member@example.org"), proposal=proposal)
    follow(reader, proposal=proposal)
    take_up(proposal, by=organisation(), promise=promise(), actor_id=member.pk)
    assert told() == {("status_changed", reader.pk)}


def test_publishing_again_after_hiding_is_no_news(reader: Subscriber) -> None:
    proposal = public()
    proposal.hide(role=Role.MODERATOR, reason="A name.")
    proposal.publish(role=Role.MODERATOR)
    first = Event.objects.filter(verb="published").order_by("pk").first()
    watch(reader)
    told()
    assert list(Delivery.objects.values_list("event", flat=True)) == [first.pk]


def test_edits_and_hiding_are_told_to_nobody(reader: Subscriber) -> None:
    proposal = public()
    follow(reader, proposal=proposal)
    proposal.edit(title="A longer bench", body="", version=proposal.version)
    assert told() == set()


# --- who is told --------------------------------------------------------------------------------------------------------


def promise() -> Promise:
    return Promise(kind="do", text="Done soon.", language="en", due=timezone.localdate() + datetime.timedelta(days=30))


def test_a_watch_of_new_ones_hears_of_no_change_and_one_of_all_does(reader: Subscriber) -> None:
    all_changes = subscriber()
    watch(reader)
    watch(all_changes, changes="all")
    take_up(public(), by=organisation(), promise=promise())
    assert told() == {
        ("published", reader.pk),
        ("published", all_changes.pk),
        ("status_changed", all_changes.pk),
    }


def test_followers_of_the_category_hear_of_new_ones_those_of_the_organisation_of_its_promises(reader) -> None:
    proposal = public()
    of_organisation = subscriber()
    by = organisation()
    follow(reader, category=proposal.category)
    follow(of_organisation, organisation=by)
    take_up(proposal, by=by, promise=promise())
    assert told() == {("published", reader.pk), ("status_changed", of_organisation.pk)}


def test_many_reasons_are_one_delivery_at_the_soonest(reader: Subscriber) -> None:
    proposal = public()
    watch(reader, frequency="weekly")
    watch(reader, frequency="at_once")
    follow(reader, category=proposal.category)
    assert told() == {("published", reader.pk)}
    assert Delivery.objects.get().due_at <= timezone.now()


def test_a_pin_in_the_hole_of_an_area_is_not_in_it(reader: Subscriber) -> None:
    watch(reader, RING)
    public()
    assert told() == set()


def test_random_watches_hear_of_exactly_what_fits(db: None, django_assert_num_queries) -> None:
    chance = random.Random(5)
    words = ["bench", "lamp", "parking", "SHORE", "dog"]
    proposals = [
        public(
            title=f"A {chance.choice(words)} {number}",
            body=chance.choice(words),
            kind=chance.choice(["idea", "service"]),
            email=f"author-{number}@example.org",
        )
        for number in range(40)
    ]
    for proposal in proposals:
        place = Point(24.80 + chance.random() / 50, 60.17 + chance.random() / 100, srid=4326)
        Proposal.objects.filter(pk=proposal.pk).update(public_location=place)
        if chance.random() < 0.3:
            proposal.change_status(Status.NOT_PLANNED, role=Role.PLANNER, reason="No room.")
    watches = []
    for _number in range(60):
        made = watch(
            zone=chance.choice([None, SQUARE_AROUND, ELSEWHERE, RING]),
            kinds=chance.choice([[], ["idea"], ["service"]]),
            with_words=chance.choice([[], ["Bench"], ["lamp", "shore"]]),
            without_words=chance.choice([[], ["DOG"]]),
            changes=chance.choice(["new", "all"]),
        )
        if chance.random() < 0.3:
            made.categories.set([chance.choice(Category.objects.all())])
        watches.append(made)
    events = list(Event.objects.select_related("proposal").filter(verb__in=["published", "status_changed"]))
    expected = {(e.pk, w.subscriber_id) for e in events for w in watches if fits(w, e)}
    assert expected
    with django_assert_num_queries(1):
        match([event.pk for event in events])
    assert set(Delivery.objects.values_list("event", "subscriber")) == expected


def fits(watch: Watch, event: Event) -> bool:
    """What the statement says, said slowly."""
    proposal = Proposal.objects.get(pk=event.proposal_id)
    text = f"{proposal.title} {proposal.body}".lower()
    chosen = set(watch.categories.values_list("pk", flat=True))
    return all(
        [
            watch.zone is None or watch.zone.intersects(proposal.public_location),
            event.verb == "published" or watch.changes == "all",
            proposal.kind in watch.kinds or proposal.category_id in chosen or not (watch.kinds or chosen),
            not watch.with_words or any(word.lower() in text for word in watch.with_words),
            not any(word.lower() in text for word in watch.without_words),
        ]
    )


# --- when ---------------------------------------------------------------------------------------------------------------


def test_daily_and_weekly_mails_go_at_six_in_the_city() -> None:
    thursday = datetime.datetime(2026, 11, 26, 7, 30, tzinfo=timezone.get_default_timezone())
    assert f"{next_morning(thursday):%a %H:%M}" == "Fri 06:00"
    assert f"{next_monday(thursday):%a %d %H:%M}" == "Mon 30 06:00"
    early = thursday.replace(hour=5)
    assert next_morning(early).date() == early.date()


def test_each_frequency_has_its_time(db: None) -> None:
    for frequency in ("at_once", "daily", "weekly"):
        watch(frequency=frequency)
    public()
    told()
    now = timezone.localtime()
    times = sorted(Delivery.objects.values_list("due_at", flat=True))
    assert times[0] <= now
    assert times[1:] == sorted([next_morning(now), next_monday(now)])
