"""An organisation's desk: strangers first, then what is new, promised and owed there."""

import datetime

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.test import Client
from django.utils import timezone

from actors.models import Membership, Organisation
from layers.models import Area
from proposals import pledging
from proposals.models import OfficialAnswer, Proposal, Publication, Status, Subscriber, Watch
from proposals.pledging import Promise, take_up
from tests.actors.people import member_of, organisation, person
from tests.geodata.rows import make_proposal
from tests.mapapp.reading import Element, read
from tests.toytown import middle_of

DESK = "/en/workspace/"
QUERIES_OF_DESK = 18
OLD = datetime.timedelta(days=31)


@pytest.fixture
def unit(toytown) -> Organisation:
    """A city unit that acts in the west."""
    made = organisation("yksikko", type="city_unit", names={"fi": "Katuyksikkö"})
    made.areas.add(toytown.west)
    return made


@pytest.fixture
def member(unit) -> Client:
    client = Client()
    client.force_login(member_of(unit, "erkki", "editor"))
    return client


def page(client: Client, path: str = DESK) -> Element:
    response = client.get(path)
    assert response.status_code == 200
    return read(response.content)


def titles(document: Element, section: str) -> list[str]:
    return [
        title.text for title in document.one("section", **{"aria-labelledby": section}).all("h3", class_="item__title")
    ]


def new_one(place: str = "north-west", **changes: object) -> Proposal:
    now = timezone.now()
    return make_proposal(middle_of(place), **({"published_at": now, "submitted_at": now} | changes))


def promised(by: Organisation, title: str = "A bench", days: int = 9) -> "pledging.Pledge":
    promise = Promise(
        kind="do", text="We build it.", language="en", due=timezone.localdate() + datetime.timedelta(days)
    )
    return take_up(new_one(title=title), by=by, promise=promise)


def watch(of: Organisation, **fields: object) -> Watch:
    subscriber, _made = Subscriber.objects.get_or_create(
        email="a@example.org", defaults={"language": "en", "made_at": timezone.now()}
    )
    return Watch.objects.create(subscriber=subscriber, organisation=of, made_at=timezone.now(), **fields)


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_stranger_is_asked_to_sign_in(client, unit):
    for path in (DESK, f"{DESK}yksikko/"):
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("role", [None, "planner", "moderator", "administrator"])
def test_desk_of_others_is_not_found(client, unit, role):
    client.force_login(person("liisa", role))
    assert client.get(f"{DESK}yksikko/").status_code == 404
    assert client.get(f"{DESK}nowhere/").status_code == 404


@pytest.mark.parametrize("fields", [{"verified_at": None}, {"refused_at": timezone.now(), "verified_at": None}])
def test_organisation_that_is_not_verified_has_no_desk(member, unit, fields):
    Organisation.objects.filter(pk=unit.pk).update(**fields)
    assert member.get(f"{DESK}yksikko/").status_code == 404
    assert "not a member of a verified organisation" in page(member).text


def test_desk_is_kept_by_no_cache(member):
    assert {"no-store", "private"} <= set(member.get(DESK)["Cache-Control"].split(", "))


@pytest.mark.parametrize("publication", [p for p in Publication if p != Publication.PUBLISHED])
def test_desk_tells_nothing_that_is_not_public(member, unit, publication):
    hidden = promised(unit, title="Not to be seen").proposal
    Proposal.objects.filter(pk=hidden.pk).update(publication=publication)
    new_one(title="Nor this", publication=publication)
    text = page(member).text
    assert "Not to be seen" not in text
    assert "Nor this" not in text


def test_plain_member_is_offered_no_promise(unit):
    client = Client()
    client.force_login(member_of(unit, "maija"))
    new_one()
    promised(unit)
    links = [link["href"] for link in page(client).one("main").all("a")]
    assert not [link for link in links if "/pledge" in link]


def test_organisation_whose_time_is_over_is_offered_no_promise(member, unit):
    Organisation.objects.filter(pk=unit.pk).update(ended_at=timezone.now())
    new_one()
    document = page(member)
    assert "time of this organisation is over" in document.text
    assert "Take this up" not in document.text


@pytest.mark.parametrize("query", ["new=x", "owed=1-", "promises=1-2-3", "promises=%00", "history=1e9", "new=9-9-9"])
def test_cursor_that_is_none_begins_at_the_beginning(member, unit, query):
    new_one(title="Here")
    assert "Here" in page(member, f"{DESK}?{query}").text


def test_first_visit_shows_all_open_ones_in_its_areas_alone(member):
    new_one("north-west", title="in")
    new_one("north-west", title="taken", status=Status.TAKEN_UP)
    new_one("north-east", title="out")
    assert titles(page(member), "new") == ["in"]


def test_later_visit_shows_only_what_came_since(member, unit):
    new_one(title="before", published_at=timezone.now() - datetime.timedelta(days=2))
    page(member)
    Membership.objects.update(desk_seen_at=timezone.now() - datetime.timedelta(hours=5))
    assert "Nothing new since your last visit" in page(member).text
    new_one(title="after")
    assert titles(page(member), "new") == ["after"]


def test_going_back_and_forth_within_a_visit_loses_nothing(member):
    new_one(title="before", published_at=timezone.now() - datetime.timedelta(days=2))
    page(member)
    Membership.objects.update(desk_seen_at=timezone.now() - datetime.timedelta(hours=5))
    new_one(title="after")
    assert [titles(page(member), "new") for _look in range(3)] == [["after"]] * 3


def test_head_request_is_no_visit(member):
    member.head(DESK)
    assert Membership.objects.get().desk_seen_at is None


def test_take_up_leads_to_the_promise(member):
    proposal = new_one()
    links = [link["href"] for link in page(member).all("a")]
    assert f"/en/proposals/{proposal.pk}/pledge/" in links
    assert member.get(f"/en/proposals/{proposal.pk}/pledge/").status_code == 200


def test_twenty_stand_on_a_page_and_the_rest_follows(member):
    at = timezone.now()
    for number in range(45):
        new_one(title=f"n{number}", published_at=at - datetime.timedelta(minutes=number))
    seen, path, pages = [], DESK, 0
    while path:
        document = page(member, path)
        seen += titles(document, "new")
        more = [link["href"] for link in document.all("a", rel="next") if link["href"].startswith("?new=")]
        path, pages = (DESK + more[0] if more else ""), pages + 1
    assert seen == [f"n{number}" for number in range(45)]
    assert pages == 3


def test_watched_zone_circle_kind_and_words_are_looked_at(member, unit):
    unit.areas.clear()
    east = Area.objects.get(slug="north-east").boundary
    watch(unit, name="East", zone=east, kinds=["idea"], with_words=["bench"], without_words=["dark"])
    new_one("north-east", title="A bench", category="idea")
    new_one("north-east", title="A lamp", body="Too little light.", category="idea")
    new_one("north-east", title="A dark bench", category="idea")
    new_one("north-east", title="A parking bench", category="parking")
    new_one("north-west", title="A far bench", category="idea")
    assert titles(page(member), "new") == ["A bench"]


def test_watch_without_a_zone_is_of_the_whole_city(member, unit):
    unit.areas.clear()
    watch(unit)
    new_one("south-east", title="Anywhere")
    document = page(member)
    assert titles(document, "new") == ["Anywhere"]
    assert "The whole city" in document.text


def test_watch_of_another_organisation_is_not_looked_at(member, unit):
    watch(organisation("toinen"), name="Theirs")
    new_one("south-east", title="Elsewhere")
    text = page(member).text
    assert "Theirs" not in text
    assert "Elsewhere" not in text


def test_drawn_service_area_is_looked_at(member, unit):
    unit.areas.clear()
    box = Polygon.from_bbox((24.82, 60.18, 24.84, 60.19))
    Organisation.objects.filter(pk=unit.pk).update(service_area=MultiPolygon(box, srid=4326))
    new_one("north-east", title="Inside")
    new_one("north-west", title="Outside")
    assert titles(page(member), "new") == ["Inside"]


def test_desk_without_an_area_says_so_and_leads_to_choosing_one(member, unit):
    unit.areas.clear()
    new_one()
    document = page(member)
    assert "You look at no area yet" in document.text
    assert "/en/organisations/yksikko/edit/" in [link["href"] for link in document.one("div", class_="empty").all("a")]


# --- promises and answers ---------------------------------------------------------------------------------------------


def test_promises_stand_disputes_first_then_by_date(member, unit):
    late, _soon, disputed, done = (promised(unit, title) for title in ("late", "soon", "disputed", "done"))
    type(late).objects.filter(pk=late.pk).update(due=timezone.localdate() - datetime.timedelta(days=2))
    for pledge in (disputed, done):
        pledging.deliver(pledge)
    pledging.judge(disputed.proposal, voter_hash="a", is_proposer=True, is_member=False, done=False)
    document = page(member)
    section = document.one("section", **{"aria-labelledby": "promises"})
    assert [title.text for title in section.all("h4")] == ["disputed", "late", "soon", "done"]
    assert [label.text for label in section.all("span", class_="label--bad")] == ["past its day"]
    figures = [int(number.text) for number in document.one("dl", class_="figures").all("dd")]
    assert figures == [1, 1, 2, 1]


def test_joint_promise_names_who_else(member, unit):
    ours = promised(unit)
    promise = Promise(kind="help", text="Hands", language="en", due=timezone.localdate())
    take_up(ours.proposal, by=organisation("naapuri"), promise=promise)
    assert "Together with Naapuri (partner)" in page(member).text


def test_public_organisation_sees_to_what_it_owes_an_answer(member, unit):
    old, answered = (new_one(title=title, published_at=timezone.now() - OLD) for title in ("owed", "answered"))
    new_one(title="young")
    OfficialAnswer.objects.create(proposal=answered, organisation=unit, body="Yes", language="en", at=timezone.now())
    document = page(member)
    assert titles(document, "owed") == [old.title]
    assert document.one("a", href=f"/en/proposals/{old.pk}/answer/")


def test_company_owes_nobody_an_answer(member, unit):
    Organisation.objects.filter(pk=unit.pk).update(type="company")
    new_one(published_at=timezone.now() - OLD)
    assert "official answer" not in page(member).text.lower()


def test_history_tells_of_our_promises_alone(member, unit):
    pledge = promised(unit, title="Ours")
    pledging.postpone(pledge, due=pledge.due + datetime.timedelta(days=3), reason="Snow")
    promised(organisation("naapuri"), title="Theirs")
    section = page(member).one("section", **{"aria-labelledby": "history"})
    assert [strong.text for strong in section.all("strong")] == ["Date of the promise moved", "Taken up"]
    assert "Theirs" not in section.text


def test_member_of_two_switches_between_them(member, unit):
    other = organisation("toinen", names={"fi": "Toinen"})
    Membership.objects.create(user=Membership.objects.get().user, organisation=other, role="member")
    document = page(member)
    assert document.one("h1").text == "Katuyksikkö"
    links = [link["href"] for link in document.all("nav", class_="chips")[0].all("a")]
    assert links == ["/en/workspace/yksikko/", "/en/workspace/toinen/"]
    assert page(member, links[1]).one("h1").text == "Toinen"


def test_account_menu_leads_to_the_desk(member):
    assert DESK in [link["href"] for link in page(member, "/en/about/").one("header", class_="top").all("a")]


def test_desk_asks_few_questions_however_full_it_is(member, unit, django_assert_num_queries):
    watch(unit, zone=Area.objects.get(slug="north-east").boundary)
    promised(unit)
    with django_assert_num_queries(QUERIES_OF_DESK):
        member.get(DESK)
    watch(unit, zone=Area.objects.get(slug="south-east").boundary, kinds=["idea"])
    for number in range(12):
        promised(unit, f"p{number}")
        new_one(published_at=timezone.now() - OLD)
    with django_assert_num_queries(QUERIES_OF_DESK):
        member.get(DESK)
