"""The directory, the card with its figures, the relay: what is never shown, then what is."""

import datetime

import pytest
from django.contrib.gis.geos import MultiPolygon
from django.core import mail
from django.utils import timezone

from actors.mails import send_waiting
from actors.models import Organisation
from layers.models import Area
from proposals import pledging
from proposals.models import Event, OfficialAnswer, Pledge, Publication, PublicationRule, Verb
from proposals.models.pledge import PledgeFigures
from proposals.pledging import Promise, hand_back_of_past, take_up
from tests.actors.people import contact_of, member_of, organisation
from tests.mapapp.reading import read
from tests.proposals.rows import sent

LETTER = {"email": "resident@example.org", "message": "May we borrow your hall?"}


@pytest.fixture
def huolto(toytown) -> Organisation:
    made = organisation("huolto", goals={"fi": "Siisti piha"}, names={"fi": "Huolto", "en": "Caretakers"})
    contact_of(made)
    member_of(made, "planted.member", "administrator")
    return made


def pledged(by: Organisation, title: str = "A bench") -> Pledge:
    due = timezone.localdate() + datetime.timedelta(days=30)
    promise = Promise(kind="do", text="We build it.", language="en", due=due)
    return take_up(sent(rule=PublicationRule.AT_ONCE, title=title), by=by, promise=promise)


def test_no_page_shows_a_contact_or_a_member(client, huolto):
    for page in ("", "huolto/", "huolto/contact/", "?area=west", "?type=company"):
        content = client.get(f"/en/organisations/{page}").content.decode()
        assert "planted" not in content.lower()
        assert "040 5550123" not in content


@pytest.mark.parametrize(
    "fields",
    [
        {"verified": False},
        {"refused_at": timezone.now(), "verified": False},
        {"valid_until": datetime.date(2020, 1, 1)},
        {"ended_at": timezone.now()},
        {"valid_from": datetime.date(2999, 1, 1)},
    ],
)
def test_directory_leaves_out_who_may_not_act(client, toytown, fields):
    made = organisation("piilossa", **fields)
    assert "Piilossa" not in client.get("/en/organisations/").content.decode()
    assert not made.may_pledge(timezone.localdate())


@pytest.mark.parametrize("query", ["type=nonsense", "area=nowhere", "after=%00", "utm_source=x", "after=" + "z" * 500])
def test_odd_questions_do_not_break_the_directory(client, huolto, query):
    assert client.get(f"/en/organisations/?{query}").status_code == 200


def test_directory_is_narrowed_by_area_and_those_within_it(client, huolto):
    huolto.areas.add(Area.objects.by_slug("north-west"))
    inside = Area.objects.by_slug("south-east").boundary.buffer(-0.001)
    organisation("piirretty", service_area=MultiPolygon(inside, srid=4326))
    for area, expected in (("west", ["huolto"]), ("north-west", ["huolto"]), ("north-east", []), ("south-east", ["piirretty"])):  # fmt: skip
        rows = client.get(f"/en/organisations/?area={area}").context["rows"]
        assert [row.slug for row, _figures in rows] == expected


def test_directory_pages_on_without_losing_one(client, huolto):
    for number in range(64):
        organisation(f"kerho-{number}")
    seen, url = [], "/en/organisations/"
    while url:
        context = client.get(url).context
        seen += [row.slug for row, _figures in context["rows"]]
        url = f"/en/organisations/{context['next_url']}" if context["next_url"] else ""
    assert len(seen) == len(set(seen)) == 65


def test_directory_asks_as_much_for_many_as_for_few(client, huolto, django_assert_max_num_queries):
    for number in range(20):
        organisation(f"kerho-{number}")
    with django_assert_max_num_queries(6):
        client.get("/en/organisations/")


def test_figures_are_those_of_the_promises(client, huolto):
    kept, lapsed, handed_back, still_open, hidden = (pledged(huolto, f"Bench {n}") for n in range(5))
    pledging.deliver(kept)
    pledging.judge(kept.proposal, voter_hash="a" * 64, is_proposer=True, is_member=False, done=True)
    pledging.lapse(lapsed)
    pledging.release(handed_back, reason="No money.")
    type(hidden.proposal).objects.filter(pk=hidden.proposal_id).update(publication=Publication.HIDDEN)
    page = client.get("/en/organisations/huolto/")
    assert page.context["figures"] == PledgeFigures(kept=1, lapsed=1, released=1, open=1)
    assert [pledge.pk for pledge in page.context["open_pledges"]] == [still_open.pk]
    assert "Bench 4" not in page.content.decode()


def test_card_tells_how_many_belong_to_it(client, huolto):
    member_of(huolto, "second")
    assert client.get("/en/organisations/huolto/").context["organisation"].member_count == 2


def test_card_of_an_ended_organisation_stays_and_says_so(client, huolto):
    Organisation.objects.update(ended_at=timezone.now())
    assert "time of this organisation is over" in client.get("/en/organisations/huolto/").content.decode()


@pytest.mark.parametrize("changed", [{"email": "nobody"}, {"email": "a@b.fi\nBcc: x@y.fi"}, {"message": ""}, {"message": "x" * 4_001}, {"reference": "robot"}])  # fmt: skip
def test_faulty_letter_is_not_passed_on_and_is_kept(client, huolto, changed):
    response = client.post("/en/organisations/huolto/contact/", LETTER | changed)
    assert response.status_code == 422
    assert send_waiting() == 0


def test_card_of_an_authority_counts_its_answers_of_twelve_months(client, toytown):
    unit = organisation("yksikko", type="city_unit")
    public, hidden = sent(rule=PublicationRule.AT_ONCE), sent()
    for proposal, days in ((public, 1), (public, 364), (public, 366), (hidden, 1)):
        at = timezone.now() - datetime.timedelta(days=days)
        OfficialAnswer.objects.create(proposal=proposal, organisation=unit, body="Yes", language="en", at=at)
    figure = read(client.get("/en/organisations/yksikko/").content).all("div", class_="figure")[-1]
    assert figure.text == "official answers in 12 months 2"


def test_card_of_a_company_counts_no_answers(client, huolto):
    assert "official answers" not in client.get("/en/organisations/huolto/").content.decode()


def test_sixth_letter_in_an_hour_waits(client, huolto):
    answers = [client.post("/en/organisations/huolto/contact/", LETTER) for _time in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert "May we borrow your hall?" in answers[-1].content.decode()
    assert send_waiting() == 5


def test_letter_is_for_nobody_where_there_is_no_contact(client, toytown):
    organisation("yksin")
    assert client.post("/en/organisations/yksin/contact/", LETTER).status_code == 404


def test_letter_reaches_the_contact_who_answers_to_the_sender(client, huolto):
    client.post("/en/organisations/huolto/contact/", LETTER)
    send_waiting()
    letter = mail.outbox[0]
    assert letter.to == ["planted.contact@example.org"]
    assert letter.reply_to == ["resident@example.org"]
    assert "May we borrow your hall?" in letter.body
    assert "hall" not in letter.subject


def test_promises_of_an_organisation_in_its_time_are_not_handed_back(huolto):
    pledge = pledged(huolto)
    Organisation.objects.update(valid_until=timezone.localdate())
    assert hand_back_of_past(timezone.localdate()) == 0
    pledge.refresh_from_db()
    assert pledge.is_open


def test_promises_of_a_past_organisation_are_handed_back_once_with_notice(huolto):
    first, second = pledged(huolto, "One"), pledged(huolto, "Two")
    pledging.deliver(second)
    Organisation.objects.update(valid_until=timezone.localdate() - datetime.timedelta(days=1))
    assert hand_back_of_past(timezone.localdate()) == 1
    assert hand_back_of_past(timezone.localdate()) == 0
    first.refresh_from_db()
    second.refresh_from_db()
    first.proposal.refresh_from_db()
    assert (first.state, first.proposal.status, second.state) == ("released", "open", "delivered")
    assert Event.objects.filter(proposal=first.proposal, verb=Verb.PLEDGE_RELEASED, role="system").count() == 1
    assert send_waiting() == 1
    assert mail.outbox[0].to == ["planted.contact@example.org"]
