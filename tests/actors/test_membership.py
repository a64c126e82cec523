"""Members, their invitations and their organisation's texts: refusals first."""

import datetime
import json
import math
import re

import pytest
import time_machine
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core import mail
from django.test import Client
from django.utils import timezone

from actors import inviting
from actors.mails import send_waiting
from actors.models import Invitation, Membership, Organisation, User
from actors.models.membership import LastAdministrator
from tests.actors.people import contact_of, member_of, organisation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def huolto() -> Organisation:
    return organisation("huolto")


@pytest.fixture
def boss(huolto: Organisation) -> User:
    return member_of(huolto, "boss", "administrator")


def invited(huolto: Organisation, boss: User, email: str = "bertil@example.org", role: str = "editor") -> str:
    """Invites; returns the address of the mailed page."""
    mail.outbox.clear()
    inviting.invite(huolto, email=email, role=role, by=boss)
    send_waiting()
    return re.search(r"http://testserver(\S+/invitation/\S+)", mail.outbox[0].body)[1]


def test_opening_an_invitation_alone_changes_nothing(client, huolto, boss):
    assert client.get(invited(huolto, boss)).status_code == 200
    assert Membership.objects.count() == 1


def test_invitation_is_accepted_once(client, huolto, boss):
    page = invited(huolto, boss)
    assert client.post(page).status_code == 302
    Membership.objects.get(user__email="bertil@example.org").end()
    assert client.post(page).status_code == 410
    assert client.get(page).status_code == 410
    assert Membership.objects.count() == 1


def test_old_withdrawn_replaced_or_forged_invitation_is_refused(client, huolto, boss):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        page = invited(huolto, boss)
        clock.shift(datetime.timedelta(days=15))
        assert client.post(page).status_code == 410
    first, second = invited(huolto, boss), invited(huolto, boss)
    assert client.post(first).status_code == 410
    inviting.withdraw(Invitation.objects.waiting().get())
    assert client.post(second).status_code == 410
    assert client.post("/en/organisations/invitation/1.x.y/").status_code == 403
    assert Membership.objects.count() == 1


def test_invitation_of_another_person_is_refused(client, huolto, boss):
    page = invited(huolto, boss)
    client.force_login(person("stranger"))
    assert client.get(page).status_code == 403
    assert client.post(page).status_code == 403
    assert "bertil@example.org" not in client.get(page).content.decode()
    assert Membership.objects.count() == 1


def test_link_signs_nobody_in(client, huolto, boss):
    client.post(invited(huolto, boss))
    assert client.get("/accounts/").status_code == 302


def test_accepted_invitation_gives_the_role_and_an_account(client, huolto, boss):
    client.post(invited(huolto, boss, "Bertil@Example.org"))
    bertil = User.objects.get(email="bertil@example.org")
    assert Membership.objects.get(user=bertil).role == "editor"
    assert Organisation.objects.editable_by(bertil).get() == huolto
    assert not Organisation.objects.managed_by(bertil).exists()


def test_invitation_does_not_tell_whether_an_account_exists(client, huolto, boss):
    person("known")
    client.force_login(boss)
    pages = []
    for email in ("known@example.org", "unknown@example.org"):
        answer = client.post("/en/organisations/huolto/members/", {"email": email, "role": "member"}, follow=True)
        pages.append(re.sub(r'value="[A-Za-z0-9]{64}"|/\d+/', "", answer.content.decode().replace(email, "")))
        inviting.withdraw(Invitation.objects.waiting().get())
    assert pages[0] == pages[1]


def test_fourth_invitation_to_one_address_in_an_hour_is_refused(client, huolto, boss):
    client.force_login(boss)
    page = "/en/organisations/huolto/members/"
    form = {"email": "bertil@example.org", "role": "member"}
    assert [client.post(page, form).status_code for _time in range(4)] == [302, 302, 302, 429]


def test_last_administrator_stays(client, huolto, boss):
    own = Membership.objects.get(user=boss)
    client.force_login(boss)
    for form in ({"end": "1"}, {"role": "member"}):
        client.post(f"/en/organisations/huolto/members/{own.pk}/", form)
        own.refresh_from_db()
        assert own.role == "administrator"
    with pytest.raises(LastAdministrator):
        own.end()


def test_second_administrator_may_go(client, huolto, boss):
    member_of(huolto, "second", "administrator")
    client.force_login(boss)
    client.post(f"/en/organisations/huolto/members/{Membership.objects.get(user=boss).pk}/", {"end": "1"})
    assert client.get("/en/organisations/huolto/members/").status_code == 403


def test_member_of_another_organisation_cannot_be_changed(client, huolto, boss):
    other = organisation("toinen")
    member_of(other, "theirs", "administrator")
    member_of(other, "theirs2", "administrator")
    theirs = Membership.objects.get(user__email="theirs@example.org")
    client.force_login(boss)
    assert client.post(f"/en/organisations/huolto/members/{theirs.pk}/", {"end": "1"}).status_code == 404
    assert Membership.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("field", ["names_fi", "contact_name", "contact_email"])
def test_edit_without_what_is_needed_is_refused(client, huolto, boss, field):
    client.force_login(boss)
    answer = client.post("/en/organisations/huolto/edit/", edited() | {field: ""})
    assert answer.status_code == 422
    huolto.refresh_from_db()
    assert huolto.goals == {}


def edited() -> dict[str, str]:
    return {
        "names_fi": "Huolto Oy", "goals_fi": "Siisti piha", "goals_en": "A tidy yard",
        "contact_name": "Anna", "contact_email": "anna@example.org",
    }  # fmt: skip


def test_editor_changes_texts_and_facts(client, huolto):
    contact_of(huolto)
    client.force_login(member_of(huolto, "ed", "editor"))
    shown = client.get("/en/organisations/huolto/edit/").content.decode()
    assert "planted.contact@example.org" in shown
    assert client.post("/en/organisations/huolto/edit/", edited()).status_code == 302
    huolto.refresh_from_db()
    assert (huolto.names["fi"], huolto.goals["en"], huolto.contact_person.email) == ("Huolto Oy", "A tidy yard", "anna@example.org")  # fmt: skip
    assert huolto.verified_at is not None
    assert "A tidy yard" in Client().get("/en/organisations/huolto/").content.decode()


SQUARE = [[24.805, 60.173], [24.815, 60.173], [24.815, 60.178], [24.805, 60.178], [24.805, 60.173]]
HOLE = [[24.809, 60.1745], [24.811, 60.1745], [24.811, 60.1755], [24.809, 60.1755], [24.809, 60.1745]]


def drawn(*rings: object) -> dict[str, str]:
    return {"geometry": json.dumps({"type": "MultiPolygon", "coordinates": [list(rings)]})}


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"geometry": "{"}, "Draw it again"),
        ({"geometry": "[" * 90_000}, "Draw it again"),
        (drawn([*SQUARE[:2], SQUARE[3], SQUARE[2], SQUARE[0]]), "crosses"),
        (drawn([[lon + 1, lat] for lon, lat in SQUARE]), "outside the city"),
        ({"geometry": '{"type": "Point", "coordinates": [24.81, 60.17]}'}, "Polygon"),
    ],
)
def test_drawn_area_that_is_none_is_refused_and_nothing_is_saved(client, toytown, huolto, boss, wrong, remedy):
    client.force_login(boss)
    answer = client.post("/en/organisations/huolto/edit/", edited() | wrong)
    assert answer.status_code == 422
    assert remedy in answer.content.decode() and "A tidy yard" in answer.content.decode()
    huolto.refresh_from_db()
    assert (huolto.goals, huolto.service_area) == ({}, None)


def test_drawn_area_is_kept_shown_and_taken_off(client, toytown, huolto, boss):
    client.force_login(boss)
    page = "/en/organisations/huolto/edit/"
    client.post(page, edited() | drawn(SQUARE, HOLE))
    huolto.refresh_from_db()
    assert len(huolto.service_area[0]) == 2
    assert "MultiPolygon" in client.get(page).content.decode()
    assert "Map of the area where the organisation acts" in Client().get("/en/organisations/huolto/").content.decode()
    client.post(page, edited())  # sent by a page that knows of no drawing
    huolto.refresh_from_db()
    assert huolto.service_area is not None
    client.post(page, edited() | {"geometry": ""})
    huolto.refresh_from_db()
    assert huolto.service_area is None


def test_area_that_staff_imported_with_many_points_does_not_shut_the_form(client, toytown, huolto, boss):
    turns = [2 * math.pi * n / 1_500 for n in range(1_500)]
    ring = [(24.81 + math.cos(turn) / 200, 60.175 + math.sin(turn) / 200) for turn in turns]
    huolto.service_area = MultiPolygon(Polygon([*ring, ring[0]]), srid=4326)
    huolto.save()
    client.force_login(boss)
    assert (
        client.post("/en/organisations/huolto/edit/", edited() | {"geometry": huolto.service_area.geojson}).status_code
        == 302
    )
