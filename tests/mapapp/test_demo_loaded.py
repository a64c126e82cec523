"""The demo city as it stands after one load: complete, left alone by the next, with a past that the house could have had."""

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.test import override_settings
from django.utils import timezone

from layers.models import Area, ServiceLocation, Space
from mapapp.city import read_city
from mapapp.demo.load import load_demo
from proposals.matching import match
from proposals.models import (
    Category,
    Comment,
    Delivery,
    Event,
    Follow,
    OfficialAnswer,
    Outbox,
    Photo,
    Pledge,
    Proposal,
    Publication,
    Status,
    Subscriber,
    Support,
    Verb,
    Watch,
)
from proposals.models.proposal import MOVES
from proposals.photos import photo_path

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """One load in place of the toy city for all tests of this module, in a transaction that is undone after the last."""
    espoo = read_city(settings.BASE_DIR / "city" / "espoo.toml")
    photos = tmp_path_factory.mktemp("photos")
    with django_db_blocker.unblock(), override_settings(CITY=espoo, MEDIA_ROOT=photos), transaction.atomic():
        ServiceLocation.objects.all().delete()
        Space.objects.all().delete()
        Area.objects.all().delete()
        yield load_demo()
        transaction.set_rollback(True)


def rows_of(*models):
    return {model: list(model.objects.order_by("pk").values()) for model in models}


def test_one_load_brings_the_whole_city(demo):
    assert demo.spaces == Space.objects.exclude(area=None).count() == 9
    assert (demo.areas, demo.services, demo.categories, demo.proposals, demo.photos) == (61, 40, 11, 120, 18)
    assert Area.objects.current().of_level("district").count() == 7
    assert Proposal.objects.public().count() == 114
    assert set(Proposal.objects.values_list("status", flat=True)) == set(Status.values)


def test_second_load_changes_nothing(demo):
    said = (Comment, OfficialAnswer, Support, Pledge, Subscriber, Watch, Follow, Delivery)
    models = (Area, ServiceLocation, Space, Category, Proposal, Event, Outbox, Photo, *said)
    before = rows_of(*models)
    again = load_demo()
    assert not again.anything
    assert rows_of(*models) == before


def test_second_load_keeps_what_people_changed(demo):
    Proposal.objects.update(title="Worded anew")
    Photo.objects.all().delete()
    Category.objects.update(is_offered=False, shape="star")
    assert not load_demo().anything
    assert set(Proposal.objects.values_list("title", flat=True)) == {"Worded anew"}
    assert not Photo.objects.exists()
    assert not Category.objects.offered().exists()
    assert set(Category.objects.values_list("shape", flat=True)) == {"star"}


def test_areas_say_that_they_are_approximate(demo):
    assert set(Area.objects.current().values_list("dataset__is_approximate", flat=True)) == {True}


def test_each_proposal_stands_in_a_neighbourhood_and_near_something(demo):
    for proposal in Proposal.objects.select_related("area"):
        assert proposal.area.level == "neighbourhood"
        assert proposal.place_in("fi")


def test_generalised_category_hides_the_place_as_given(demo):
    generalised = Proposal.objects.of_category(["surroundings"])
    assert generalised.exists()
    assert not any(proposal.location.equals(proposal.public_location) for proposal in generalised)


def test_history_leads_from_submission_to_where_the_proposal_stands(demo):
    now = timezone.now()
    for proposal in Proposal.objects.all():
        events = list(proposal.events.order_by("pk"))
        assert events[0].verb == Verb.SUBMITTED
        assert [e.at for e in events] == sorted(e.at for e in events)
        assert proposal.submitted_at == events[0].at
        assert proposal.updated_at == events[-1].at < now
        stage = Status.OPEN
        for event in events:
            if event.verb == Verb.STATUS_CHANGED:
                assert event.before == stage
                assert event.after in MOVES[Status(event.before)]
                stage = Status(event.after)
        assert proposal.status == stage


def test_published_proposal_was_published_by_an_event_at_that_time(demo):
    for proposal in Proposal.objects.all():
        published = [event for event in proposal.events.all() if event.verb == Verb.PUBLISHED]
        assert len(published) == (proposal.published_at is not None)
        assert all(event.at == proposal.published_at for event in published)
    hidden = Proposal.objects.get(publication=Publication.HIDDEN)
    assert hidden.events.get(verb=Verb.HIDDEN).note.text


def test_every_event_waits_in_the_outbox_to_be_sealed(demo):
    assert Outbox.objects.count() == Event.objects.count() == demo.events


def test_pictures_are_on_disk_and_public(demo):
    assert Photo.objects.public().count() == 18
    assert all(photo_path(photo.name).is_file() for photo in Photo.objects.all())


def test_people_support_and_comment_and_the_counts_are_those_of_the_rows(demo):
    assert Comment.objects.count() > 80
    assert OfficialAnswer.objects.count() == 8
    assert Support.objects.count() > 500
    for proposal in Proposal.objects.all():
        supports = proposal.supports.count()
        assert (proposal.supports_verified, proposal.supports_unverified) == (
            proposal.supports.verified().count(), supports - proposal.supports.verified().count(),
        )  # fmt: skip
        assert proposal.comments == proposal.comment_rows.count()
        assert proposal.is_public or not supports + proposal.comments


def test_what_is_said_comes_after_publication_with_an_event_at_that_time(demo):
    for verb, rows in ((Verb.COMMENTED, Comment.objects), (Verb.ANSWERED, OfficialAnswer.objects)):
        events = set(Event.objects.filter(verb=verb).values_list("proposal", "at"))
        assert events == set(rows.values_list("proposal", "at"))
        assert not rows.filter(at__lte=F("proposal__published_at")).exists()
    assert not Support.objects.filter(at__lt=F("proposal__published_at")).exists()
    assert all(answer.organisation.is_authority for answer in OfficialAnswer.objects.select_related("organisation"))


def test_followers_hear_of_what_comes_and_not_of_years_ago(demo):
    assert Watch.objects.count() == Subscriber.objects.confirmed().count() == 5
    assert Follow.objects.count() == 7
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert match(list(Event.objects.values_list("pk", flat=True))) == 0
