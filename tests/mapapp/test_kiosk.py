"""A public terminal: no link makes one, and nothing of the person before is left for the next."""

import pytest
from django.test import Client

from proposals.device import DEVICE_COOKIE, new_device_key
from proposals.kiosk import FORGET_AFTER_S, KIOSK_COOKIE, WARN_BEFORE_S
from proposals.models import Channel, Proposal
from tests.actors.people import member_of, organisation, person
from tests.categories import make_categories
from tests.mapapp.reading import read
from tests.proposals.test_submit_page import typed

KIOSK = "/en/kiosk/"
NEW = "/en/proposals/new/"


@pytest.fixture
def terminal(toytown) -> Client:
    make_categories()
    client = Client()
    assert client.post(KIOSK).status_code == 303
    return client


def key_of(client: Client) -> str:
    return client.cookies[DEVICE_COOKIE].value if DEVICE_COOKIE in client.cookies else ""


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_link_alone_forgets_nobody(client, toytown):
    client.force_login(member_of(organisation(), "erkki"))
    client.cookies[DEVICE_COOKIE] = key = new_device_key()
    response = client.get(KIOSK)
    assert not {KIOSK_COOKIE, DEVICE_COOKIE} & set(response.cookies)
    assert "Clear-Site-Data" not in response
    assert key_of(client) == key
    assert client.get("/en/workspace/").status_code == 200


def test_other_site_cannot_make_a_browser_a_terminal(toytown):
    assert Client(enforce_csrf_checks=True).post(KIOSK).status_code == 403


def test_whoever_stands_before_it_cannot_end_it(terminal):
    assert terminal.post("/en/kiosk/end/").status_code == 302
    terminal.force_login(member_of(organisation(), "erkki", "administrator"))
    assert terminal.post("/en/kiosk/end/").status_code == 403
    assert terminal.cookies[KIOSK_COOKIE].value == "1"


def test_next_person_does_not_come_back_to_the_thanks_page(terminal):
    thanks = terminal.post(NEW, typed(step="send"))["Location"]
    assert Proposal.objects.get().contact.tracking_code[:4] in terminal.get(thanks).content.decode()
    terminal.get(KIOSK)
    response = terminal.get(thanks)
    assert response.status_code == 302
    assert response["Location"] == KIOSK


def test_next_person_neither_sees_nor_edits_what_was_sent(terminal):
    terminal.post(NEW, typed(step="send", kind="concern", title="Planted words"))
    proposal = Proposal.objects.get()
    assert "Planted words" in terminal.get(f"/en/proposals/{proposal.pk}/").content.decode()
    terminal.get(KIOSK)
    for path in (f"/en/proposals/{proposal.pk}/", f"/en/proposals/{proposal.pk}/edit/"):
        assert "Planted words" not in terminal.get(path).content.decode()


def test_session_of_the_person_before_ends(terminal):
    terminal.force_login(member_of(organisation(), "erkki"))
    document = read(terminal.get(KIOSK).content)
    assert "Sign out" not in document.text
    assert terminal.get("/en/workspace/").status_code == 302


def test_no_draft_is_kept(terminal):
    for page in (terminal.get(NEW), terminal.post(NEW, typed())):
        assert "draft.js" not in page.content.decode()
        assert "data-draft" not in page.content.decode()
    assert read(terminal.get(NEW).content).one("form", class_="form")["autocomplete"] == "off"


# --- what it does -----------------------------------------------------------------------------------------------------


def test_each_person_gets_a_key_of_their_own(terminal):
    terminal.post(NEW, typed(step="send"))
    first = key_of(terminal)
    response = terminal.get(KIOSK)
    assert key_of(terminal) == ""
    assert response["Clear-Site-Data"] == '"storage"'
    terminal.post(NEW, typed(step="send", key="f" * 16))
    assert key_of(terminal) not in {"", first}
    hashes = set(Proposal.objects.values_list("contact__device_key_hash", flat=True))
    assert len(hashes) == 2


def test_proposal_keeps_the_channel_of_the_terminal(terminal):
    terminal.post(NEW, typed(step="send"))
    assert Proposal.objects.get().channel == Channel.KIOSK


def test_ordinary_browser_knows_nothing_of_it(client, toytown):
    make_categories()
    for path in ("/en/", NEW, "/en/areas/"):
        assert "kiosk.js" not in client.get(path).content.decode()


@pytest.mark.parametrize("path", ["/en/", NEW, "/sv/areas/", "/fi/about/"])
def test_every_page_of_a_terminal_asks_before_it_forgets(terminal, path):
    document = read(terminal.get(path).content)
    dialog = document.one("dialog")
    assert dialog["role"] == "alertdialog"
    assert (int(dialog["data-forget-after"]), int(dialog["data-warn-before"])) == (FORGET_AFTER_S, WARN_BEFORE_S)
    assert WARN_BEFORE_S >= 20  # WCAG 2.2.1
    assert dialog.all("button", **{"data-kiosk-continue": ""})
    assert document.one("a", **{"data-kiosk-done": ""})["href"] == f"{path[:4]}kiosk/"


def test_start_page_offers_the_form_and_the_map(terminal):
    document = read(terminal.get(KIOSK).content)
    links = [link["href"] for link in document.one("main").all("a")]
    assert links == [NEW, "/en/", "/en/proposals/track/"]
    assert not document.all("dialog")


@pytest.mark.parametrize("role", ["planner", "moderator", "facilitator", "administrator"])
def test_staff_end_it(terminal, role):
    terminal.force_login(person("liisa", role))
    assert terminal.get("/en/kiosk/end/").status_code == 200
    assert terminal.post("/en/kiosk/end/").status_code == 303
    assert "make this browser a public terminal" in terminal.get(KIOSK).content.decode().lower()
