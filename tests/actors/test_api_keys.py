"""Keys of programs: what opens nothing, who may issue and revoke, and that the secret is told once."""

import datetime
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from actors.models import ApiKey, ApiKeyState, Scope, StaffRole, User
from actors.throttling import TooMany, api_key_limits, take
from tests.actors.people import organisation

pytestmark = pytest.mark.django_db

ADD = "/admin/actors/apikey/add/"
FORM = {"name": "Fault map", "scopes": ["open311.write"], "quota_per_hour": "50"}


def issued(**changes: object) -> tuple[ApiKey, str]:
    return ApiKey.objects.issue("A program", [Scope.OPEN311_WRITE], **changes)


def administrator(**changes: object) -> User:
    return User.objects.create_superuser("boss@example.org", **changes)


@pytest.mark.parametrize("text", ["", "-", "x" * 10_000, "0123abcd-", "0123abcd-\x00", "ä" * 8 + "-x", "\ud800" * 8])
def test_odd_text_is_no_key(text):
    issued()
    assert ApiKey.objects.usable(text, Scope.OPEN311_WRITE) is None


def test_right_beginning_with_another_rest_is_no_key():
    key, secret = issued()
    for other in (secret[:-1], secret + "x", secret.swapcase(), f"{key.prefix}-{key.secret_hash}"):
        assert ApiKey.objects.usable(other, Scope.OPEN311_WRITE) is None
    assert ApiKey.objects.usable(secret, Scope.OPEN311_WRITE) == key


def test_key_opens_only_what_it_was_issued_for():
    _key, secret = issued()
    assert ApiKey.objects.usable(secret, Scope.READ_BULK) is None


def test_expired_and_revoked_keys_open_nothing():
    now = timezone.now()
    expired, secret = issued(expires_at=now - datetime.timedelta(seconds=1))
    assert ApiKey.objects.usable(secret, Scope.OPEN311_WRITE) is None
    assert expired.state == ApiKeyState.EXPIRED
    key, secret = issued(expires_at=now + datetime.timedelta(days=1))
    assert ApiKey.objects.usable(secret, Scope.OPEN311_WRITE) == key
    assert ApiKey.objects.revoke() == 2
    assert ApiKey.objects.usable(secret, Scope.OPEN311_WRITE) is None
    key.refresh_from_db()
    assert key.state == ApiKeyState.REVOKED


@pytest.mark.parametrize("wrong", [{"scopes": ["all"]}, {"scopes": []}, {"quota_per_hour": 0}])
def test_database_refuses_a_key_that_opens_nothing_known(wrong):
    facts = {"name": "x", "scopes": ["read.bulk"], "prefix": "0", "secret_hash": "0"} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.create(**facts)


def test_secret_is_nowhere_in_the_table():
    key, secret = issued()
    row = ApiKey.objects.filter(pk=key.pk).values().get()
    assert len(secret.partition("-")[2]) * 6 >= 128
    assert secret.partition("-")[2] not in str(row)


def test_quota_is_of_the_key_and_says_when_to_come_again():
    limits = api_key_limits("0123abcd", 2)
    take(limits)
    take(limits)
    with pytest.raises(TooMany) as refused:
        take(limits)
    assert 0 < refused.value.retry_after_s <= 3_600
    take(api_key_limits("fedcba98", 2))


def test_last_use_is_a_day_written_once(django_assert_num_queries):
    key, _secret = issued()
    key.note_use()
    with django_assert_num_queries(0):
        key.note_use()
    assert key.last_used_on == timezone.localdate()


@pytest.mark.parametrize("role", [None, StaffRole.MODERATOR, StaffRole.FACILITATOR, StaffRole.PLANNER])
def test_only_administrators_issue_keys(client: Client, role):
    client.force_login(User.objects.create_user("else@example.org", is_staff=True, role=role))
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, FORM).status_code == 403
    assert client.get("/admin/actors/apikey/").status_code == 403
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["all"]}, {"quota_per_hour": "0"}, {"quota_per_hour": "x"}]
)
def test_form_refuses_what_is_no_key(client: Client, wrong):
    client.force_login(administrator())
    assert client.post(ADD, FORM | wrong).status_code == 200  # the form again
    assert not ApiKey.objects.exists()


def test_administrator_sees_the_secret_once(client: Client):
    client.force_login(administrator())
    assert client.get(ADD).status_code == 200
    answer = client.post(ADD, FORM | {"organisation": organisation("huolto").pk})
    assert "no-store" in answer["Cache-Control"]
    secret = re.search(r'id="secret">([^<]+)<', answer.content.decode())[1]
    key = ApiKey.objects.usable(secret, Scope.OPEN311_WRITE)
    assert (key.name, key.quota_per_hour, key.organisation.slug) == ("Fault map", 50, "huolto")
    for page in ("/admin/actors/apikey/", f"/admin/actors/apikey/{key.pk}/change/"):
        text = client.get(page).content.decode()
        assert key.prefix in text
        assert secret not in text and key.secret_hash not in text


def test_administrator_revokes_and_neither_changes_nor_deletes(client: Client):
    client.force_login(administrator())
    key, secret = issued()
    assert client.post(f"/admin/actors/apikey/{key.pk}/change/", FORM).status_code == 403
    assert client.post(f"/admin/actors/apikey/{key.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post("/admin/actors/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
    assert ApiKey.objects.usable(secret, Scope.OPEN311_WRITE) is None


def test_command_prints_the_secret_alone(capsys):
    call_command("create_api_key", "Vantaa", "--scope", "open311.write", "--quota", "7")
    secret = capsys.readouterr().out.strip()
    assert ApiKey.objects.usable(secret, Scope.OPEN311_WRITE).quota_per_hour == 7


@pytest.mark.parametrize(
    "options", [["--quota", "0", "--scope", "read.bulk"], ["--scope", "all"], ["--scope", "read.bulk", "--organisation", "x"]]
)  # fmt: skip
def test_command_refuses_what_is_no_key(options):
    with pytest.raises(CommandError):
        call_command("create_api_key", "Vantaa", *options)
    assert not ApiKey.objects.exists()
