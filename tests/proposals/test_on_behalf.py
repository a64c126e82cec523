"""Staff enter what somebody else says: who may not, what must be said, and whose the proposal is then."""

import re

import pytest
from django.core import signing
from django.test import Client

from proposals.device import DEVICE_COOKIE, new_device_key
from proposals.models import Channel, Event, EventNote, Proposal, Verb
from proposals.on_behalf import ENTRIES_PER_HOUR, STAFF_CHANNELS
from proposals.views.submit import THANKS_SALT
from tests.actors.people import member_of, organisation, person
from tests.mapapp.reading import read
from tests.proposals.test_submit_page import city, typed  # noqa: F401 -- the fixture of the form's own tests

URL = "/en/proposals/new/on-behalf/"

pytestmark = pytest.mark.usefixtures("city")


@pytest.fixture
def planner(db: None) -> Client:
    client = Client()
    client.force_login(person("liisa", "planner"))
    return client


def said(**changes: object) -> dict[str, object]:
    return typed(**({"channel": "phone", "consent": "on", "step": "send"} | changes))


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_stranger_is_asked_to_sign_in(client: Client) -> None:
    for response in (client.get(URL), client.post(URL, said())):
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")
    assert not Proposal.objects.exists()


def test_member_of_an_organisation_is_refused(client: Client) -> None:
    client.force_login(member_of(organisation(), "erkki", "administrator"))
    assert client.get(URL).status_code == 403
    assert client.post(URL, said()).status_code == 403
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"consent": ""}, "Tell the person first"),
        ({"channel": ""}, "Choose how the proposal came."),
        ({"channel": "web"}, "web is not one of the available choices"),
        ({"channel": "kiosk"}, "kiosk is not one of the available choices"),
        ({"title": ""}, "Give your proposal a title."),
        ({"email": "nobody"}, "Check the e-mail address"),
    ],
)
@pytest.mark.parametrize("step", ["check", "send"])
def test_what_is_missing_is_asked_with_the_text_kept(
    planner: Client, changes: dict[str, object], message: str, step: str
) -> None:
    response = planner.post(URL, said(step=step, **changes))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert "Every evening." in response.content.decode()
    assert not Proposal.objects.exists()


def test_public_form_takes_no_channel_from_outside(client: Client) -> None:
    client.post("/en/proposals/new/", said())
    proposal = Proposal.objects.get()
    assert proposal.channel == Channel.WEB
    assert Event.objects.get(proposal=proposal, verb=Verb.SUBMITTED).role == "resident"


def test_receipt_is_for_staff_and_takes_no_other_token(planner: Client) -> None:
    address = planner.post(URL, said())["Location"]
    assert Client().get(address).status_code == 302
    forged = signing.dumps(Proposal.objects.get().pk, salt=THANKS_SALT)
    assert planner.get(f"{URL}{forged}/").status_code == 404
    assert planner.get(f"{URL}nonsense/").status_code == 404


def test_entry_two_hundred_and_first_in_an_hour_waits(planner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proposals.views.submit.ENTRIES_PER_HOUR", 2)
    assert ENTRIES_PER_HOUR == 200
    answers = [planner.post(URL, said(key=f"{number:016}")).status_code for number in range(3)]
    assert answers == [303, 303, 429]
    assert Proposal.objects.count() == 2


# --- what becomes of it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", STAFF_CHANNELS)
def test_entry_keeps_its_channel_and_the_role_of_the_staff(planner: Client, channel: Channel) -> None:
    assert planner.post(URL, said(channel=channel)).status_code == 303
    proposal = Proposal.objects.get()
    event = Event.objects.get(proposal=proposal, verb=Verb.SUBMITTED)
    assert (proposal.channel, event.role) == (channel, "planner")
    assert EventNote.objects.get(event=event).actor.email == "liisa@example.org"
    assert proposal.terms_version


@pytest.mark.parametrize("role", ["moderator", "facilitator", "administrator"])
def test_each_role_stands_in_the_history_as_itself(client: Client, role: str) -> None:
    client.force_login(person("maija", role))
    client.post(URL, said())
    assert Event.objects.get(verb=Verb.SUBMITTED).role == role


def test_browser_of_the_staff_does_not_become_the_authors(planner: Client) -> None:
    planner.cookies[DEVICE_COOKIE] = new_device_key()
    response = planner.post(URL, said())
    proposal = Proposal.objects.get()
    assert proposal.contact.device_key_hash == ""
    assert DEVICE_COOKIE not in response.cookies
    edit = f"/en/proposals/{proposal.pk}/edit/"
    assert "Every evening." not in planner.get(edit).content.decode()


def test_nothing_is_kept_as_a_draft_on_the_browser_of_the_staff(planner: Client) -> None:
    for page in (planner.get(URL), planner.post(URL, said(step="check"))):
        assert "draft.js" not in page.content.decode()
        assert "data-draft" not in page.content.decode()


def test_check_page_carries_channel_and_consent_to_the_sending(planner: Client) -> None:
    document = read(planner.post(URL, said(step="check", email="anna@example.org")).content)
    form = document.one("main").one("form")
    assert form["action"] == URL
    kept = {field["name"]: field["value"] for field in form.all("input", type="hidden")}
    assert planner.post(URL, kept | {"step": "send"}).status_code == 303
    assert Proposal.objects.get().contact.email == "anna@example.org"


def test_back_keeps_what_was_said(planner: Client) -> None:
    document = read(planner.post(URL, said(step="back", channel="paper")).content)
    assert document.one("input", name="channel", value="paper").get("checked") is not None
    assert document.one("input", name="consent").get("checked") is not None


def test_receipt_shows_the_code_to_read_aloud_and_a_code_to_scan(planner: Client) -> None:
    page = planner.get(planner.post(URL, said())["Location"]).content.decode()
    code = Proposal.objects.get().contact.tracking_code
    assert f"{code[:4]}-{code[4:]}" in page
    assert " · ".join(code) in read(page).text
    svg = re.search(r"<svg[^>]*class=\"qr\".*?</svg>", page, re.DOTALL)[0]
    assert "style" not in svg
    assert "phone" in read(page).text


def test_same_key_twice_is_one_proposal(planner: Client) -> None:
    assert planner.post(URL, said())["Location"]
    assert planner.post(URL, said()).status_code == 303
    assert Proposal.objects.count() == 1
