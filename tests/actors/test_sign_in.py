"""The admin's sign-in: failed tries are counted, good ones are not."""

import pytest
from django.test import Client

from actors import throttling
from actors.models import User

URL = "/admin/login/?lang=en"
PASSWORD = "a long enough sentence"


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_superuser("admin@example.org", PASSWORD)


def sign_in(client: Client, password: str) -> str:
    return client.post(URL, {"username": "Admin@Example.org", "password": password}).content.decode()


def test_passwords_cannot_be_tried_without_end(client: Client, administrator: User) -> None:
    for _ in range(throttling.SIGN_INS_PER_ACCOUNT):
        assert "Too many tries" not in sign_in(client, "wrong")
    assert "Too many tries" in sign_in(client, "wrong")
    assert "Too many tries" in sign_in(client, PASSWORD)
    assert "_auth_user_id" not in client.session


def test_good_sign_ins_are_not_counted(client: Client, administrator: User) -> None:
    for _ in range(throttling.SIGN_INS_PER_ACCOUNT + 2):
        assert sign_in(client, PASSWORD) == ""
        client.logout()
