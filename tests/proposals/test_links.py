"""Links that prove authorship: wrong, old, for another purpose or proposal they open nothing, and a GET never acts."""

import datetime

import pytest
import time_machine
from django.core.signing import TimestampSigner
from django.test import Client
from django.urls import reverse

from proposals.links import LinkExpired, LinkRefused, Purpose, contact_of, link, may_edit, token_for
from proposals.models import Event, Publication
from tests.proposals import rows

NOON = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
PAGES = {"author_confirm": Purpose.CONFIRM, "author_edit": Purpose.EDIT, "author_withdraw": Purpose.EDIT}


@pytest.fixture
def unconfirmed_proposal(db):
    return rows.sent()


def page(name: str, token: str) -> str:
    return reverse(name, args=[token])


@pytest.mark.parametrize("purpose", Purpose)
def test_token_opens_its_own_proposal(unconfirmed_proposal, purpose):
    contact = contact_of(token_for(unconfirmed_proposal.contact, purpose), purpose)
    assert contact.proposal == unconfirmed_proposal


@pytest.mark.parametrize(("made_for", "used_for"), [(Purpose.CONFIRM, Purpose.EDIT), (Purpose.EDIT, Purpose.CONFIRM)])
def test_token_of_one_purpose_is_refused_for_the_other(unconfirmed_proposal, made_for, used_for):
    with pytest.raises(LinkRefused):
        contact_of(token_for(unconfirmed_proposal.contact, made_for), used_for)


@pytest.mark.parametrize(
    "mangle",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: "1" + token,
        lambda token: token.swapcase(),
        lambda token: token.rsplit(".", 1)[0],
        lambda token: "",
        lambda token: "x" * 5_000,
        lambda token: "\u0663-1.1.1",
    ],
)
def test_mangled_token_is_refused(unconfirmed_proposal, mangle):
    token = mangle(token_for(unconfirmed_proposal.contact, Purpose.EDIT))
    with pytest.raises(LinkRefused) as caught:
        contact_of(token, Purpose.EDIT)
    assert not isinstance(caught.value, LinkExpired)


def test_token_of_one_proposal_cannot_be_turned_into_one_of_another(unconfirmed_proposal):
    other = rows.sent(email="eve@example.org")
    token = token_for(other.contact, Purpose.EDIT)
    forged = token.replace(f"{other.pk}-", f"{unconfirmed_proposal.pk}-", 1)
    with pytest.raises(LinkRefused):
        contact_of(forged, Purpose.EDIT)


@pytest.mark.parametrize("value", ["", "x", "1", "1-", "-1-1", "1-1-1", "1_0-1", "\u0661-1", "9" * 30 + "-1"])
def test_value_that_is_no_proposal_and_version_is_refused(db, value):
    token = TimestampSigner(salt="proposals.links.edit", sep=".").sign(value)
    with pytest.raises(LinkRefused):
        contact_of(token, Purpose.EDIT)


@pytest.mark.parametrize(("purpose", "days"), [(Purpose.CONFIRM, 14), (Purpose.EDIT, 400)])
def test_token_is_good_for_its_days_and_not_longer(db, purpose, days):
    with time_machine.travel(NOON, tick=False) as clock:
        token = token_for(rows.sent().contact, purpose)
        clock.move_to(NOON + datetime.timedelta(days=days))
        assert contact_of(token, purpose)
        clock.move_to(NOON + datetime.timedelta(days=days, seconds=1))
        with pytest.raises(LinkExpired):
            contact_of(token, purpose)


def test_raising_the_link_version_ends_the_links_sent_before(unconfirmed_proposal):
    contact = unconfirmed_proposal.contact
    token = token_for(contact, Purpose.EDIT)
    contact.link_version += 1
    contact.save()
    with pytest.raises(LinkExpired):
        contact_of(token, Purpose.EDIT)


def test_token_of_an_erased_contact_has_expired(unconfirmed_proposal):
    token = token_for(unconfirmed_proposal.contact, Purpose.EDIT)
    unconfirmed_proposal.contact.delete()
    with pytest.raises(LinkExpired):
        contact_of(token, Purpose.EDIT)


@pytest.mark.parametrize(
    ("action", "ending"), [("confirm", "/confirm/"), ("edit", "/edit/"), ("withdraw", "/withdraw/")]
)
def test_link_is_absolute_and_in_the_reader_s_language(db, action, ending):
    address = link(rows.sent(language="sv").contact, action)
    assert address.startswith("http://testserver/sv/p/") and address.endswith(ending)


def test_link_is_in_the_city_s_language_where_the_city_no_longer_has_theirs(db):
    assert "/fi/p/" in link(rows.sent(language="fi").contact, "edit")
    contact = rows.sent().contact
    contact.language = "de"
    assert "/fi/p/" in link(contact, "edit")


# --- the pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_page_refuses_a_forged_link_in_words(client, db, name, method):
    answer = getattr(client, method)(page(name, "1-1.1.forged"))
    assert answer.status_code == 403
    assert_private(answer)


@pytest.mark.parametrize(("name", "purpose"), PAGES.items())
@pytest.mark.parametrize("method", ["get", "post"])
def test_page_says_that_an_old_link_is_no_longer_in_force(client, unconfirmed_proposal, name, purpose, method):
    token = token_for(unconfirmed_proposal.contact, purpose)
    with time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=401)):
        answer = getattr(client, method)(page(name, token))
    assert answer.status_code == 410
    unconfirmed_proposal.refresh_from_db()
    assert unconfirmed_proposal.publication == Publication.UNCONFIRMED


@pytest.mark.parametrize(("name", "purpose"), PAGES.items())
def test_page_refuses_the_link_of_another_purpose(client, unconfirmed_proposal, name, purpose):
    other = Purpose.EDIT if purpose == Purpose.CONFIRM else Purpose.CONFIRM
    assert client.post(page(name, token_for(unconfirmed_proposal.contact, other))).status_code == 403


@pytest.mark.parametrize(("name", "purpose"), PAGES.items())
@pytest.mark.parametrize("method", ["get", "head"])
def test_scanner_that_opens_every_link_changes_nothing(client, unconfirmed_proposal, name, purpose, method):
    events = Event.objects.count()
    answer = getattr(client, method)(page(name, token_for(unconfirmed_proposal.contact, purpose)))
    assert answer.status_code == 200
    assert_private(answer)
    unconfirmed_proposal.refresh_from_db()
    assert (unconfirmed_proposal.publication, Event.objects.count()) == (Publication.UNCONFIRMED, events)


def assert_private(answer) -> None:
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("name", "purpose"), PAGES.items())
@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, unconfirmed_proposal, name, purpose, method):
    answer = getattr(client, method)(page(name, token_for(unconfirmed_proposal.contact, purpose)))
    assert answer.status_code == 405


def test_token_is_never_logged(client, unconfirmed_proposal, caplog):
    token = token_for(unconfirmed_proposal.contact, Purpose.EDIT)
    unconfirmed_proposal.edit(title="Other words", body="", version=1)
    stale = client.post(page("author_edit", token), {"title": "Mine", "body": "", "version": 1})
    unconfirmed_proposal.withdraw()
    assert [stale.status_code, client.get(page("author_edit", token)).status_code] == [409, 410]
    assert token not in caplog.text


def test_browser_that_hides_its_origin_may_press_the_button(unconfirmed_proposal):
    client = Client(enforce_csrf_checks=True)
    token = token_for(unconfirmed_proposal.contact, Purpose.CONFIRM)
    assert client.post(page("author_confirm", token), headers={"origin": "null"}).status_code == 303


def test_confirming_publishes_and_confirming_again_says_done_already(client, unconfirmed_proposal):
    address = page("author_confirm", token_for(unconfirmed_proposal.contact, Purpose.CONFIRM))
    first = client.post(address)
    assert (first.status_code, first["Location"]) == (303, address + "?done=1")
    unconfirmed_proposal.refresh_from_db()
    assert unconfirmed_proposal.publication == Publication.PUBLISHED
    events = Event.objects.count()
    again = client.post(address)
    assert (again.status_code, again["Location"]) == (303, address)
    assert Event.objects.count() == events
    assert client.get(address).context["is_confirmed"]


def test_withdrawn_proposal_cannot_be_confirmed(client, unconfirmed_proposal):
    unconfirmed_proposal.withdraw()
    address = page("author_confirm", token_for(unconfirmed_proposal.contact, Purpose.CONFIRM))
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code == 410
    unconfirmed_proposal.contact.refresh_from_db()
    assert unconfirmed_proposal.contact.confirmed_at is None


@pytest.mark.parametrize(("name", "purpose"), PAGES.items())
def test_page_behind_a_link_lists_what_else_waits_at_the_same_address(client, unconfirmed_proposal, name, purpose):
    other = rows.sent(title="Another bench")
    rows.sent(email="eve@example.org", title="A stranger's")
    rows.sent(email="", title="Without an address")
    rows.sent(title="Withdrawn").withdraw()
    rows.sent(title="Confirmed").confirm()
    answer = client.get(page(name, token_for(unconfirmed_proposal.contact, purpose)))
    assert [row["proposal"] for row in answer.context["waiting"]] == [other]
    assert client.post(page("author_confirm", answer.context["waiting"][0]["token"])).status_code == 303
    other.refresh_from_db()
    assert other.publication == Publication.PUBLISHED


def test_proposals_without_an_address_never_list_each_other(client, db):
    one = rows.sent(email="")
    rows.sent(email="")
    answer = client.get(page("author_edit", token_for(one.contact, Purpose.EDIT)))
    assert answer.context["waiting"] == []


def test_mailed_link_and_own_browser_may_edit_and_nobody_else(rf, client, unconfirmed_proposal):
    request = rf.get("/")
    other = rows.sent(email="eve@example.org")
    assert not may_edit(request, unconfirmed_proposal)
    assert not may_edit(request, unconfirmed_proposal, "forged")
    assert not may_edit(request, unconfirmed_proposal, token_for(other.contact, Purpose.EDIT))
    assert not may_edit(request, unconfirmed_proposal, token_for(unconfirmed_proposal.contact, Purpose.CONFIRM))
    assert may_edit(request, unconfirmed_proposal, token_for(unconfirmed_proposal.contact, Purpose.EDIT))
    key = rows.on_device(client)
    request.COOKIES["device"] = key
    assert may_edit(request, rows.sent(device=key))
