"""Supports: one a person, whatever is pressed how often by whom at once."""

import datetime
import re
import threading

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from actors import mails
from actors.models import User
from proposals.models import Follow, Proposal, PublicationRule, Role, Subscriber, Support
from proposals.submit import address_hash
from proposals.supporting import NotPublic, Supporter, support, take_back
from tests.proposals.rows import on_device, sent

DEVICE, OTHER_DEVICE, BERTIL = "1" * 32, "2" * 32, "bertil@example.org"


@pytest.fixture
def bench(db: None) -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE)


def counts(proposal: Proposal) -> tuple[int, int]:
    proposal.refresh_from_db()
    real = Support.objects.of(proposal)
    stored = (proposal.supports_verified, proposal.supports_unverified)
    assert stored == (real.verified().count(), real.count() - real.verified().count())
    return stored


def address(proposal: Proposal) -> str:
    return f"/en/proposals/{proposal.pk}/support/"


def signed_in(email: str = BERTIL) -> Client:
    client = Client()
    client.force_login(User.objects.with_address(email))
    return client


def press(client: Client, proposal: Proposal, verb: str = "support", **fields: str) -> int:
    return client.post(address(proposal), {"verb": verb, **fields}).status_code


def mailed_link(email: str = BERTIL) -> str:
    mails.send_waiting()
    letters = [letter for letter in mail.outbox if letter.to == [email]]
    return re.search(r"http\S+/s/\S+", letters[-1].body)[0].replace("http://127.0.0.1:8000", "")


# --- refusals -----------------------------------------------------------------------------------------------------------


def test_a_proposal_that_nobody_sees_is_not_supported(db: None) -> None:
    waiting = sent()
    assert press(Client(), waiting) == 404
    assert press(Client(), waiting, "take_back") == 404
    with pytest.raises(NotPublic):
        support(waiting, Supporter.known_by(DEVICE))
    assert counts(waiting) == (0, 0)


def test_a_hidden_proposal_is_gone(bench: Proposal) -> None:
    bench.hide(role=Role.MODERATOR, reason="Not now.")
    assert press(Client(), bench) == 410
    assert Client().get(address(bench)).status_code == 410
    assert counts(bench) == (0, 0)


def test_what_does_not_exist_is_not_found(db: None) -> None:
    assert Client().post("/en/proposals/999999999999999999999/support/").status_code == 404


def test_another_site_cannot_press(bench: Proposal) -> None:
    assert press(Client(enforce_csrf_checks=True), bench) == 403
    assert counts(bench) == (0, 0)


def test_looking_presses_nothing(bench: Proposal) -> None:
    assert Client().get(address(bench)).status_code == 200
    assert counts(bench) == (0, 0)


def test_one_address_cannot_press_without_end(bench: Proposal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proposals.views.voice.SUPPORTS_PER_HOUR", 1)
    assert [press(Client(), bench) for _ in range(10)] == [303] * 10  # ten times as many from one address
    refused = Client().post(address(bench), {"verb": "support"})
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert counts(bench) == (0, 10)


def test_one_address_with_ever_new_devices_is_no_crowd(bench: Proposal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proposals.views.voice.SUPPORTS_FROM_ONE_ADDRESS", 3)
    other = sent(rule=PublicationRule.AT_ONCE)
    crowd = [Client() for _ in range(4)]
    for client in crowd:
        on_device(client)
    assert [press(client, bench) for client in crowd] == [303, 303, 303, 429]
    assert press(crowd[3], other) == 303
    assert counts(bench) == (0, 3)


def test_one_device_cannot_press_without_end(client: Client, bench: Proposal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proposals.views.voice.SUPPORTS_PER_HOUR", 1)
    on_device(client)
    assert [press(client, bench), press(client, bench)] == [303, 429]


@pytest.mark.parametrize("email", ["", "bertil", "a\n@b.fi", '"a\x01"@b.fi', "x" * 300 + "@b.fi"])
def test_an_address_that_is_none_is_shown_again(client: Client, bench: Proposal, email: str) -> None:
    assert press(client, bench, "confirm", email=email) == 422
    assert not Subscriber.objects.exists()
    assert counts(bench) == (0, 0)


def test_a_machine_is_refused(client: Client, bench: Proposal) -> None:
    assert press(client, bench, "confirm", email=BERTIL, reference="x") == 422


# --- one a person -------------------------------------------------------------------------------------------------------


def test_pressed_twice_counts_once_and_is_taken_back(client: Client, bench: Proposal) -> None:
    version = bench.version
    assert [press(client, bench), press(client, bench)] == [303, 303]
    assert counts(bench) == (0, 1)
    page = client.get(bench.get_absolute_url())
    assert "Peru kannatus" in page.content.decode() or "Take back my support" in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    assert [press(client, bench, "take_back"), press(client, bench, "take_back")] == [303, 303]
    assert counts(bench) == (0, 0)
    assert bench.version == version


def test_an_account_counts_as_confirmed(bench: Proposal) -> None:
    client = signed_in()
    press(client, bench)
    assert counts(bench) == (1, 0)
    press(signed_in(), bench)  # the same person on another device
    assert counts(bench) == (1, 0)
    press(signed_in(), bench, "take_back")
    assert counts(bench) == (0, 0)


def test_a_device_whose_person_signs_in_is_one_person(client: Client, bench: Proposal) -> None:
    press(client, bench)
    client.force_login(User.objects.with_address(BERTIL))
    press(client, bench)
    assert counts(bench) == (1, 0)
    del client.cookies[settings.SESSION_COOKIE_NAME]
    press(client, bench)
    assert counts(bench) == (1, 0)


def test_a_second_device_of_one_person_is_dropped_when_they_sign_in(bench: Proposal) -> None:
    support(bench, Supporter.known_by(DEVICE, BERTIL))
    support(bench, Supporter.known_by(OTHER_DEVICE))
    assert counts(bench) == (1, 1)
    support(bench, Supporter.known_by(OTHER_DEVICE, BERTIL))
    assert counts(bench) == (1, 0)


def test_two_people_at_one_computer_are_two(bench: Proposal) -> None:
    support(bench, Supporter.known_by(DEVICE, BERTIL))
    support(bench, Supporter.known_by(DEVICE, "cecilia@example.org"))
    assert counts(bench) == (2, 0)
    take_back(bench, Supporter.known_by(DEVICE, "cecilia@example.org"))
    assert counts(bench) == (1, 0)
    assert Support.objects.of(bench).get().address_hash == address_hash(BERTIL)


@pytest.mark.django_db(transaction=True)
def test_twenty_devices_pressing_at_once_are_twenty(toytown) -> None:
    bench = sent(rule=PublicationRule.AT_ONCE)
    keys = [f"{n:032x}" for n in range(20)]
    failed: list[Exception] = []

    def click(n: int) -> None:
        try:
            for turn in range(20):
                support(bench, Supporter.known_by(keys[(n + turn) % 20], BERTIL if (n + turn) % 20 == 0 else ""))
        except Exception as error:  # noqa: BLE001
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert counts(bench) == (1, 19)


# --- confirmed by e-mail ------------------------------------------------------------------------------------------------


def test_a_confirmed_address_makes_the_support_verified_and_follows(client: Client, bench: Proposal) -> None:
    press(client, bench)
    assert press(client, bench, "confirm", email=BERTIL.upper()) == 303
    link = mailed_link()
    assert bench.title not in mail.outbox[-1].body
    assert Client().get(link).status_code == 200
    assert counts(bench) == (0, 1)  # a scanner that opens links confirms nothing
    assert not Follow.objects.exists()
    reader = Client()
    assert [reader.post(link).status_code, reader.post(link).status_code] == [303, 303]
    assert counts(bench) == (1, 0)
    assert Follow.objects.get().proposal_id == bench.pk
    assert Subscriber.objects.get().confirmed_at is not None
    assert "confirmed" in reader.get(f"{link}?done=1").content.decode()


def test_a_hundred_wishes_are_one_mail(bench: Proposal) -> None:
    for _ in range(5):
        assert press(Client(), bench, "confirm", email=BERTIL) == 303
    mails.send_waiting()
    assert len(mail.outbox) == 1


def test_a_link_is_good_for_one_thing_and_one_time(client: Client, bench: Proposal, time_machine) -> None:
    press(client, bench, "confirm", email=BERTIL)
    link = mailed_link()
    assert Client().post(link.replace("/confirm/", "/verdict/")).status_code == 403
    assert Client().post("/en/s/1-1-1-1.x.y/confirm/").status_code == 403
    Subscriber.objects.update(link_version=2)
    assert Client().post(link).status_code == 410
    Subscriber.objects.update(link_version=1)
    time_machine.move_to(timezone.now() + datetime.timedelta(days=15))
    assert Client().post(link).status_code == 410
    assert counts(bench) == (0, 1)


def test_a_link_to_what_was_hidden_since_is_gone(client: Client, bench: Proposal) -> None:
    press(client, bench, "confirm", email=BERTIL)
    bench.hide(role=Role.MODERATOR, reason="Not now.")
    assert Client().post(mailed_link()).status_code == 410
