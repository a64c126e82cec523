"""Signing in by mailed digits: refusals first; the same answer for known and unknown addresses; staff's second factor."""

import datetime
import re

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from actors.mails import send_waiting
from actors.models import User, WaitingMail

LOGIN, CODE = "/accounts/login/", "/accounts/login/code/"
KNOWN, UNKNOWN = "anna@example.org", "nobody@example.org"


@pytest.fixture(autouse=True)
def fresh_counts(db: None) -> None:
    cache.clear()


@pytest.fixture
def member(db: None) -> User:
    return User.objects.create_user(KNOWN)


def ask_for_code(client: Client, email: str = KNOWN) -> str | None:
    """Asks for a code; returns the one that was mailed."""
    mail.outbox.clear()
    client.post(LOGIN, {"email": email}, follow=True)
    send_waiting()
    return re.search(r"^([0-9]{6})$", mail.outbox[0].body, re.MULTILINE)[1] if mail.outbox else None


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def neutral(content: bytes, email: str) -> str:
    return re.sub(r'value="[A-Za-z0-9]{64}"', "token", content.decode().replace(email, "ADDRESS"))


def test_unknown_address_gets_the_same_answer_and_no_mail(client, member):
    pages = []
    for email in (KNOWN, UNKNOWN):
        visitor = Client()
        response = visitor.post(LOGIN, {"email": email})
        assert response.status_code == 302 and response["Location"] == CODE
        shown = visitor.get(CODE)
        wrong = visitor.post(CODE, {"code": "000000"})
        pages.append([neutral(page.content, email) for page in (shown, wrong)])
    assert pages[0] == pages[1]
    send_waiting()
    assert [message.to for message in mail.outbox] == [[KNOWN]]
    assert User.objects.count() == 1


def test_five_wrong_codes_end_the_try(client, member):
    code = ask_for_code(client)
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(5):
        client.post(CODE, {"code": wrong})
    client.post(CODE, {"code": code})
    assert not is_signed_in(client)


def test_code_is_too_old_after_fifteen_minutes(client, member):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        code = ask_for_code(client)
        clock.shift(datetime.timedelta(minutes=16))
        client.post(CODE, {"code": code})
        assert not is_signed_in(client)


def test_code_works_once_and_only_where_it_was_asked_for(client, member):
    code = ask_for_code(client)
    stranger = Client()
    stranger.post(LOGIN, {"email": KNOWN})
    stranger.post(CODE, {"code": code})
    assert not is_signed_in(stranger)
    client.post(CODE, {"code": code})
    assert is_signed_in(client)
    client.post("/accounts/logout/")
    client.post(CODE, {"code": code})
    assert not is_signed_in(client)


def test_closed_account_is_not_signed_in(client, member):
    User.objects.update(is_active=False)
    assert ask_for_code(client) is None


def test_seventh_code_in_an_hour_is_refused_for_known_and_unknown_alike(member):
    refusals = []
    for email in (KNOWN, UNKNOWN):
        answers = [Client().post(LOGIN, {"email": email}, REMOTE_ADDR=f"192.0.2.{n}") for n in range(7)]
        assert [answer.status_code for answer in answers] == [302] * 6 + [200]
        refusals.append(neutral(answers[-1].content, email))
    assert refusals[0] == refusals[1]


def test_nobody_can_sign_up_or_sign_in_by_password(client, member):
    for path in ("signup/", "password/reset/", "email/", "password/change/"):
        assert client.get(f"/accounts/{path}").status_code == 404
    member.set_password("a long enough password")
    member.save()
    client.post(LOGIN, {"login": KNOWN, "email": KNOWN, "password": "a long enough password"})
    assert not is_signed_in(client)


def test_next_leads_to_no_other_site(client, member):
    code = ask_for_code(client)
    response = client.post(f"{CODE}?next=https://evil.example/", {"code": code, "next": "https://evil.example/"})
    assert response["Location"] == "/accounts/"


def test_mail_holds_no_word_that_the_asker_wrote(client, member):
    ask_for_code(client, "Anna@Example.org")
    assert "Anna" not in mail.outbox[0].subject + mail.outbox[0].body
    assert not WaitingMail.objects.exists()


def test_page_of_a_person_is_kept_by_no_cache(client, member):
    client.force_login(member)
    assert "private" in client.get("/en/about/")["Cache-Control"]
    assert "no-store" in client.get("/en/about/")["Cache-Control"]


def test_admin_is_entered_by_the_same_door(client, member):
    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/login/?next=/admin/")["Location"].startswith(LOGIN)
    client.force_login(member)
    assert client.get("/admin/login/").status_code == 403


def test_staff_without_second_factor_reach_only_its_set_up(client, settings, db):
    settings.STAFF_SECOND_FACTOR = True
    client.force_login(User.objects.create_user("mira@example.org", is_staff=True))
    for path in ("/admin/", "/en/", "/export/proposals.geojson"):
        assert client.get(path)["Location"] == "/accounts/second-factor/activate/"
    assert client.get("/accounts/second-factor/activate/").status_code == 200


def totp_code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_staff_sign_in_by_code_and_app(client, settings, db):
    settings.STAFF_SECOND_FACTOR = True
    staff = User.objects.create_user("mira@example.org", is_staff=True)
    secret = generate_totp_secret()
    TOTP.activate(staff, secret)
    code = ask_for_code(client, staff.email)
    assert client.post(CODE, {"code": code})["Location"].startswith("/accounts/second-factor/authenticate/")
    assert client.get("/admin/").status_code == 302
    assert client.post("/accounts/second-factor/authenticate/", {"code": "abc"}).status_code == 200
    assert not is_signed_in(client)
    client.post("/accounts/second-factor/authenticate/", {"code": totp_code(secret)})
    assert client.get("/admin/").status_code == 200


def test_second_factor_set_up_shows_the_recovery_codes_at_once_and_later_only_to_its_holder(client, db):
    staff = User.objects.create_user("mira@example.org", is_staff=True)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.post(CODE, {"code": ask_for_code(client, staff.email)})
        secret = client.get("/accounts/second-factor/activate/").context["form"].secret
        codes = client.post("/accounts/second-factor/activate/", {"code": totp_code(secret)})["Location"]
        assert client.get(codes).context["unused_codes"]
        clock.shift(datetime.timedelta(minutes=6))
        for path in (codes, "/accounts/second-factor/deactivate/"):
            assert client.get(path)["Location"].startswith("/accounts/reauthenticate/")


def test_recovery_code_works_once(client, db):
    staff = User.objects.create_user("mira@example.org", is_staff=True)
    TOTP.activate(staff, generate_totp_secret())
    recovery = RecoveryCodes.activate(staff).get_unused_codes()[0]
    for expected in (True, False):
        visitor = Client()
        visitor.post(CODE, {"code": ask_for_code(visitor, staff.email)})
        visitor.post("/accounts/second-factor/authenticate/", {"code": recovery})
        assert is_signed_in(visitor) is expected


@pytest.mark.parametrize("page", ["", "second-factor/", "second-factor/activate/", "second-factor/recovery-codes/", "logout/"])  # fmt: skip
def test_pages_of_an_account_lead_a_stranger_to_the_sign_in(client, db, page):
    response = client.get(f"/accounts/{page}")
    assert response.status_code == 302
    assert response["Location"].startswith(LOGIN) or page == "logout/"


def test_language_chosen_at_the_sign_in_stays(client, member):
    assert 'lang="sv"' in client.get(f"{LOGIN}?lang=sv").content.decode()
    assert 'lang="sv"' in client.get(LOGIN).content.decode()


def test_mail_that_cannot_be_sent_waits_and_is_sent_later(client, member, monkeypatch):
    def refuse(*args: object) -> None:
        raise OSError("no route")

    with time_machine.travel(timezone.now(), tick=False) as clock:
        with monkeypatch.context() as patch:
            patch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
            assert ask_for_code(client) is None
        assert WaitingMail.objects.get().tries == 1
        clock.shift(datetime.timedelta(minutes=2))
        assert send_waiting() == 1
    assert not WaitingMail.objects.exists()
