"""Following an area: nothing is stored for a stranger's word, the link begins it, the forecast says what would come."""

import re

import pytest
from django.contrib.gis.geos import MultiPolygon
from django.test import Client

from actors import mails
from layers.models import Area
from proposals.forecast import forecast
from proposals.models import Follow, Proposal, PublicationRule, Subscriber, Watch
from proposals.subscribing import WATCHES_MAX, begin, redraw
from proposals.wish import Wish
from tests.actors.people import member_of, organisation
from tests.proposals.rows import sent
from tests.proposals.test_matching import subscriber
from tests.proposals.watching import ADDRESS, ANYTHING, FORM, ask, mailed, with_account


@pytest.fixture
def signed_in(db: None) -> Client:
    return with_account()


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": ""},
        {"email": "nobody"},
        {"area": "atlantis"},
        {"kind": "weather"},
        {"changes": "none"},
        {"frequency": "hourly"},
        {"with_words": ",".join(f"word{n}" for n in range(11))},
        {"with_words": "x" * 41},
        {"reference": "a machine"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(toytown, wrong) -> None:
    assert ask(**wrong) == 422
    assert not Subscriber.objects.exists() and mails.WaitingMail.objects.count() == 0


def test_nothing_begins_before_the_link_is_pressed(toytown) -> None:
    assert ask() == 200
    assert not Watch.objects.exists()
    address = mailed()
    assert Client().get(address).status_code == 200
    assert not Watch.objects.exists()
    assert Client().post(address).status_code == 303
    assert Watch.objects.get().subscriber.confirmed_at is not None
    Client().post(address)
    assert Watch.objects.count() == 1


def test_one_is_written_to_in_the_language_of_the_page_on_which_one_last_began(toytown) -> None:
    ask()
    address = mailed()
    assert "/en/" in address
    Client().post(address)
    ask(frequency="daily")
    assert Subscriber.objects.get().language == "en"
    Client().post(address.replace("/en/", "/sv/"))
    assert Subscriber.objects.get().language == "sv"


def test_a_hundred_askings_are_one_mail_and_the_same_page(toytown) -> None:
    pages = {Client().post(FORM, {**ANYTHING, "email": ADDRESS}).content for _asking in range(10)}
    assert mails.WaitingMail.objects.count() == 1
    assert len({re.sub(rb'csrf\w+" value="[^"]+"', b"", page) for page in pages}) == 1


def test_a_stranger_cannot_watch_in_a_confirmed_person_s_name(toytown) -> None:
    subscriber(ADDRESS)
    ask()
    assert not Watch.objects.exists()


def test_the_zone_is_the_union_of_the_areas(toytown, signed_in) -> None:
    slugs = sorted(area.slug for area in Area.objects.current().of_level("neighbourhood"))[:2]
    assert ask(signed_in, area=slugs) == 303
    watch = Watch.objects.get()
    assert {area.slug for area in watch.areas.all()} == set(slugs)
    for area in watch.areas.all():
        assert watch.zone.buffer(1e-9).contains(area.boundary)


def test_asked_for_twice_it_is_one_and_there_is_an_end_to_them(toytown, signed_in) -> None:
    ask(signed_in)
    ask(signed_in)
    assert Watch.objects.count() == 1
    reader = Subscriber.objects.get()
    for number in range(WATCHES_MAX - 1):
        begin(reader, Wish(with_words=(f"w{number}",)))
    assert ask(signed_in, frequency="daily") == 409
    assert Watch.objects.count() == WATCHES_MAX


def test_a_member_s_watch_stands_on_the_desk_of_the_organisation(toytown) -> None:
    by = organisation()
    client = Client()
    client.force_login(member_of(by, "editor", "editor"))
    ask(client)
    assert Watch.objects.get().organisation == by


def test_the_forecast_counts_what_would_have_come(toytown) -> None:
    for _number in range(13):
        sent(rule=PublicationRule.AT_ONCE, title="A lamp by the school")
    assert forecast(Wish(frequency="at_once")).mails == 2  # 13 in twelve weeks, rounded up
    assert forecast(Wish(frequency="weekly")).mails == 1
    assert forecast(Wish(with_words=("School",), frequency="at_once")).mails == 2
    assert forecast(Wish(without_words=("LAMP",))).proposals == 0
    page = Client().post(FORM, {**ANYTHING, "step": "count", "frequency": "at_once"})
    assert page.status_code == 200 and b"About 2 mails a week" in page.content
    assert not Watch.objects.exists()


def test_a_new_boundary_moves_the_zone_and_is_told_once(toytown, signed_in) -> None:
    area = Area.objects.current().of_level("neighbourhood").first()
    ask(signed_in, area=[area.slug])
    assert redraw() == 0
    Area.objects.filter(pk=area.pk).update(boundary=MultiPolygon(area.boundary.buffer(-0.001)))
    before = Watch.objects.get().zone.area
    assert redraw() == 1
    assert Watch.objects.get().zone.area < before
    assert redraw() == 0
    assert mails.WaitingMail.objects.filter(to=ADDRESS).count() == 1


def test_a_thing_is_followed_and_stopped(signed_in, db) -> None:
    proposal: Proposal = sent(rule=PublicationRule.AT_ONCE)
    assert signed_in.post("/en/follows/new/", {"proposal": proposal.pk}).status_code == 303
    assert Follow.objects.get().proposal == proposal
    page = signed_in.get("/en/follows/")
    assert proposal.title in page.content.decode()
    signed_in.post("/en/follows/", {"stop": f"follow {Follow.objects.get().pk}"})
    assert not Follow.objects.exists()


@pytest.mark.parametrize("thing", [{"proposal": "99"}, {"proposal": "1_0"}, {"organisation": "nobody"}, {}])
def test_what_is_not_there_is_not_followed(signed_in, thing) -> None:
    assert signed_in.post("/en/follows/new/", thing).status_code == 404


def test_how_often_one_is_told_is_changed(toytown, signed_in) -> None:
    ask(signed_in)
    watch = Watch.objects.get()
    said = {"save": f"watch {watch.pk}", f"frequency watch {watch.pk}": "daily"}
    assert signed_in.post("/en/follows/", said).status_code == 303
    watch.refresh_from_db()
    assert watch.frequency == "daily"


@pytest.mark.parametrize(
    "wrong",
    [
        {"save": "watch 1", "frequency watch 1": "hourly"},
        {"save": "watch 1"},
        {"save": "all"},
        {"stop": "watch 1_0"},
        {"stop": "everything 1"},
        {},
    ],
)
def test_a_press_that_says_nothing_known_changes_nothing(toytown, signed_in, wrong) -> None:
    ask(signed_in)
    assert signed_in.post("/en/follows/", wrong).status_code == 400
    assert Watch.objects.get().frequency == "weekly"


def test_nobody_stops_another_s_watch(toytown, signed_in) -> None:
    other = begin(subscriber(), Wish())
    signed_in.post("/en/follows/", {"stop": f"watch {other.pk}"})
    assert Watch.objects.filter(pk=other.pk).exists()
