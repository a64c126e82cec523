"""From an application to a verified organisation: refusals first."""

import datetime
import re

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from actors import applying
from actors.business_id import business_id_of
from actors.mails import send_waiting
from actors.models import Application, Founder, Membership, Organisation, User
from tests.actors.people import application, organisation, person

APPLY = "/en/organisations/apply/"
QUEUE = "/en/organisations/applications/"
FILLED = {
    "name": "Puistoyhdistys ry", "type": "association", "description": "We look after the park.",
    "contact_name": "Anna Planted", "contact_email": "applicant@example.org",
}  # fmt: skip

pytestmark = pytest.mark.django_db


def mailed(what: str) -> str:
    """The last thing in the mails that looks like `what`."""
    send_waiting()
    return re.findall(what, "\n".join(message.body for message in mail.outbox))[-1]


@pytest.mark.parametrize(
    "text", ["", "0201256-5", "1234567-2", "12345", "0201256", "abc", "٠٢٠١٢٥٦-٦", "02012566-6", "0000006-0"]
)
def test_wrong_business_id_is_seen(text):
    assert business_id_of(text) is None


@pytest.mark.parametrize("text", ["0201256-6", "201256-6", " FI02012566 ", "fi 0201256-6", "0112038-9", "1927400-1"])
def test_business_id_is_read_as_people_write_it(text):
    assert business_id_of(text) in {"0201256-6", "0112038-9", "1927400-1"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"type": "cartel"}, "type"),
        ({"description": "x" * 2_001}, "description"),
        ({"business_id": "0201256-5"}, "business_id"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"valid_until": "2020-01-01"}, "valid_until"),
        ({"valid_from": "2099-02-01", "valid_until": "2099-01-01"}, "valid_until"),
        ({"type": "residents_group", "founders": "bertil@example.org"}, "founders"),
        ({"type": "residents_group", "founders": "applicant@example.org\nbertil@example.org"}, "founders"),
        ({"reference": "I am a machine"}, "reference"),
        ({"areas": "999999"}, "areas"),
        ({"name": "NUL \0"}, "name"),
    ],
)
def test_application_with_a_fault_is_not_stored(client, changed, field):
    response = client.post(APPLY, FILLED | changed)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Organisation.objects.exists()
    assert send_waiting() == 0


def test_sixth_application_in_an_hour_is_refused(client):
    for number in range(5):
        answer = client.post(APPLY, FILLED | {"contact_email": f"a{number}@example.org"})
        assert answer.status_code == 302
    answer = client.post(APPLY, FILLED)
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    assert Application.objects.count() == 5


def test_application_is_seen_by_nobody_before_it_is_decided(client):
    made = application()
    assert client.get(f"/en/organisations/{made.organisation.slug}/").status_code == 404
    assert "Puistoyhdistys" not in client.get("/en/organisations/").content.decode()
    assert not made.organisation.may_pledge(timezone.localdate())


def test_unconfirmed_application_does_not_wait_for_anybody():
    made = application(confirmed=False)
    assert not Application.objects.waiting().exists()
    with pytest.raises(applying.DecisionRefused):
        applying.verify(made, by=person("mira", "administrator"))
    assert not Organisation.objects.public().exists()


def test_wrong_old_or_overtried_code_confirms_nothing(client):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        page = client.post(APPLY, FILLED)["Location"]
        code = mailed("[0-9]{6}")
        for _try in range(5):
            assert client.post(page, {"code": "000000" if code != "000000" else "111111"}).status_code == 422
        assert client.post(page, {"code": code}).status_code == 422
        client.post(page + "code/")
        clock.shift(datetime.timedelta(minutes=16))
        assert client.post(page, {"code": mailed("[0-9]{6}")}).status_code == 422
    assert not Founder.objects.exclude(confirmed_at=None).exists()


def test_token_of_one_page_opens_no_other(client):
    client.post(APPLY, FILLED)
    founder = Founder.objects.get()
    token = applying.token_for(founder, "applicant")
    assert client.post(f"/en/organisations/founder/{token}/").status_code == 404
    assert client.get("/en/organisations/apply/1.forged/").status_code == 404
    founder.refresh_from_db()
    assert founder.confirmed_at is None


def test_fourth_code_in_an_hour_is_not_mailed(client):
    page = client.post(APPLY, FILLED)["Location"]
    for _time in range(5):
        client.post(page + "code/")
    assert send_waiting() == 3


@pytest.mark.parametrize("role", [None, "planner", "moderator", "facilitator"])
def test_only_an_administrator_decides_on_a_company(client, role):
    made = application()
    client.force_login(person("mira", role))
    assert client.post(f"{QUEUE}{made.pk}/verify/").status_code in {403, 404}
    assert not Organisation.objects.public().exists()


def test_refusal_without_a_reason_is_none(client):
    made = application()
    client.force_login(person("mira", "administrator"))
    client.post(f"{QUEUE}{made.pk}/refuse/", {"reason": "  "})
    made.organisation.refresh_from_db()
    assert made.organisation.state == "applied"
    assert send_waiting() == 0


def test_decision_is_made_once(client):
    made = application()
    mira = person("mira", "administrator")
    applying.refuse(made, by=mira, reason="No such association.")
    with pytest.raises(applying.DecisionRefused):
        applying.verify(made, by=mira)
    made.organisation.refresh_from_db()
    assert made.organisation.state == "refused"
    send_waiting()
    assert "No such association." in mail.outbox[0].body


def test_residents_group_needs_three_addresses_and_the_facilitator(client):
    founders = "bertil@example.org\ncecilia@example.org"
    page = client.post(APPLY, FILLED | {"type": "residents_group", "founders": founders})["Location"]
    made = Application.objects.get()
    faye = person("faye", "facilitator")
    client.post(page, {"code": mailed("^[0-9]{6}$|(?<=\n)[0-9]{6}(?=\n)")})
    with pytest.raises(applying.DecisionRefused):
        applying.verify(made, by=faye)
    for link in re.findall(r"http://testserver(\S+/founder/\S+)", "\n".join(m.body for m in mail.outbox)):
        assert client.get(link).status_code == 200
        with pytest.raises(applying.DecisionRefused):
            applying.verify(made, by=faye)
        client.post(link)
        client.post(link)
    applying.verify(made, by=faye)
    roles = dict(Membership.objects.values_list("user__email", "role"))
    assert roles == {"applicant@example.org": "administrator", "bertil@example.org": "member", "cecilia@example.org": "member"}  # fmt: skip


def test_association_applies_confirms_is_verified_and_signs_in(client):
    page = client.post(APPLY, FILLED | {"business_id": "FI02012566", "website": "example.org"})["Location"]
    assert client.post(page, {"code": mailed("[0-9]{6}")}).status_code == 302
    assert "Thank you" in client.get(page).content.decode()
    assert not User.objects.exists()
    client.force_login(person("mira", "administrator"))
    assert "Anna Planted" in client.get(QUEUE).content.decode()
    client.post(f"{QUEUE}{Application.objects.get().pk}/verify/")
    made = Organisation.objects.get()
    assert (made.state, made.slug, made.business_id, made.website) == ("verified", "puistoyhdistys-ry", "0201256-6", "https://example.org")  # fmt: skip
    assert made.may_pledge(timezone.localdate())
    assert "/accounts/login/" in mailed("http://testserver/accounts/.*")
    applicant = User.objects.get(email="applicant@example.org")
    assert Organisation.objects.managed_by(applicant).get() == made


def test_slugs_do_not_meet_pages_or_each_other():
    organisation("kerho")
    organisation("kerho-2")
    assert applying.free_slug("Kerho") == "kerho-3"
    assert applying.free_slug("Apply") == "apply-2"
    assert applying.free_slug("Общество") == "organisation"


def test_application_without_confirmed_address_is_erased_after_fourteen_days():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        application("unohdettu", confirmed=False)
        application("odottaa")
        organisation("vanha")
        clock.shift(datetime.timedelta(days=13))
        assert Organisation.objects.never_confirmed().count() == 0
        clock.shift(datetime.timedelta(days=2))
        Organisation.objects.never_confirmed().delete()
    assert set(Organisation.objects.values_list("slug", flat=True)) == {"odottaa", "vanha"}
