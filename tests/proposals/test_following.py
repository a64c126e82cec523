"""Following one thing: by one press with an account, by a mailed link without one; nothing is stored for a stranger's word."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from actors import mails
from proposals.matching import match
from proposals.models import Delivery, Event, Follow, Proposal, Publication, PublicationRule, Subscriber
from tests.actors.people import organisation
from tests.proposals.rows import category, sent
from tests.proposals.watching import ADDRESS, mailed, with_account

FORM = "/en/follows/new/"
THINGS = ("proposal", "organisation", "category")


def named(kind: str) -> dict[str, object]:
    """A public thing of `kind`, as forms name it."""
    match kind:
        case "proposal":
            return {kind: sent(rule=PublicationRule.AT_ONCE).pk}
        case "organisation":
            return {kind: organisation().slug}
        case _:
            return {kind: category().slug}


def ask(thing: dict[str, object], **fields: object) -> int:
    return Client().post(FORM, {"frequency": "daily", "email": ADDRESS, **thing, **fields}).status_code


@pytest.mark.parametrize("kind", THINGS)
def test_a_stranger_follows_by_the_mailed_link_and_stops(db, kind) -> None:
    thing = named(kind)
    assert Client().get(FORM, thing).status_code == 200
    assert ask(thing) == 200
    assert not Follow.objects.exists()
    address = mailed()
    assert Client().get(address).status_code == 200
    assert not Follow.objects.exists()
    page = Client().post(address)
    Client().post(address)
    follow = Follow.objects.get()
    assert (follow.frequency, follow.subscriber.email) == ("daily", ADDRESS)
    assert follow.subscriber.confirmed_at is not None
    Client().post(page["Location"], {"stop": f"follow {follow.pk}"})
    assert not Follow.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"email": ""}, 422),
        ({"email": "nobody"}, 422),
        ({"frequency": ""}, 422),
        ({"frequency": "hourly"}, 422),
        ({"reference": "a machine"}, 422),
        ({"proposal": "999"}, 404),
        ({"proposal": "1_0"}, 404),
        ({"proposal": "9" * 40}, 404),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(db, wrong, status) -> None:
    assert ask(named("proposal"), **wrong) == status
    assert not Subscriber.objects.exists()
    assert not mails.WaitingMail.objects.filter(to=ADDRESS).exists()


@pytest.mark.parametrize("thing", [{}, {"category": "weather"}, {"organisation": "nobody"}, {"organisation": "\0"}])
def test_what_is_not_there_has_no_form(db, thing) -> None:
    assert Client().get(FORM, thing).status_code == 404


def test_what_is_not_public_cannot_be_followed(db) -> None:
    waiting = sent()
    applied = organisation(verified=False)
    assert ask({"proposal": waiting.pk}) == 404
    assert ask({"organisation": applied.slug}) == 404


def test_a_link_to_what_was_hidden_since_begins_nothing(db) -> None:
    thing = named("proposal")
    ask(thing)
    address = mailed()
    Proposal.objects.update(publication=Publication.HIDDEN)
    assert Client().post(address).status_code == 410
    assert not Follow.objects.exists()


@pytest.mark.parametrize("damage", [lambda a: a.replace("/thing/", "/watch/"), lambda a: a.replace("/f/", "/f/x")])
def test_a_link_serves_its_own_purpose_alone(db, damage) -> None:
    ask(named("proposal"))
    assert Client().post(damage(mailed())).status_code == 403


def test_three_mails_an_hour_go_to_one_address_and_the_page_is_the_same(db) -> None:
    things = [named("proposal") for _number in range(5)]
    assert {ask(thing) for thing in things} == {200}
    assert mails.WaitingMail.objects.filter(to=ADDRESS).count() == 3


def test_a_stranger_s_stop_stops_nothing(db) -> None:
    client, thing = with_account(), named("proposal")
    client.post(FORM, thing)
    assert ask(thing, verb="stop") == 200  # asks for the link, as any other press
    assert Follow.objects.exists()


@pytest.mark.parametrize(
    ("kind", "page"),
    [("proposal", "/en/proposals/{}/"), ("organisation", "/en/organisations/{}/"), ("category", FORM + "?category={}")],
)
def test_the_button_follows_says_so_and_stops(db, kind, page) -> None:
    client, thing = with_account(), named(kind)
    page = page.format(*thing.values())
    assert "Stop following" not in client.get(page).content.decode()
    answer = client.post(FORM, thing)
    assert (answer.status_code, answer["Location"]) == (303, page)
    assert Follow.objects.get().frequency == "at_once"
    shown = client.get(page)
    assert "Stop following" in shown.content.decode() and "no-store" in shown.headers.get("Cache-Control", "no-store")
    client.post(FORM, {**thing, "frequency": "weekly"})
    client.post(FORM, thing)
    assert Follow.objects.get().frequency == "weekly"  # pressed again nothing is forgotten
    assert client.post(FORM, {**thing, "verb": "stop"}).status_code == 303
    client.post(FORM, {**thing, "verb": "stop"})
    assert not Follow.objects.exists()
    assert "Stop following" not in client.get(page).content.decode()


def test_the_button_costs_one_query_and_a_stranger_none(db) -> None:
    page = f"/en/proposals/{sent(rule=PublicationRule.AT_ONCE).pk}/"
    for client, cost in ((Client(), 0), (with_account(), 1)):
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        assert len([one for one in asked if "proposals_follow" in one["sql"]]) == cost


def test_a_follower_of_a_topic_by_mail_is_told(db) -> None:
    ask(named("category") | {"category": category(PublicationRule.AT_ONCE).slug})
    Client().post(mailed())
    sent(rule=PublicationRule.AT_ONCE)
    match(list(Event.objects.values_list("pk", flat=True)))
    assert Delivery.objects.filter(subscriber__email=ADDRESS).count() == 1


def test_about_leads_to_every_category_on_offer(db) -> None:
    slugs = [category(kind=kind).slug for kind in ("idea", "parking")]
    page = Client().get("/en/about/").content.decode()
    assert all(f"/en/follows/new/?category={slug}" in page for slug in slugs)
