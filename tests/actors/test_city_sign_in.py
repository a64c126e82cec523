"""Signing in by a city's own OpenID Connect server, played by a real one on loopback."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client

from actors.models import User

LOGIN = "/accounts/oidc/city/login/"
ANNA = "anna@example.org"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread() as running:
        yield f"http://localhost:{running.server_port}"


@pytest.fixture
def city_sign_in(settings, server: str, db: None) -> str:
    cache.clear()
    app = {
        "provider_id": "city", "name": "City", "client_id": "map", "secret": "a secret of the map",
        "settings": {"server_url": server},
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    return server


def come_back(client: Client, server: str, *, email: str, verified: bool = True, sub: str = "anna"):
    """The walk over the city's server: to its page, the person's yes there, and back with what it says of them."""
    with httpx.Client(trust_env=False) as browser:
        browser.put(f"{server}/users/{sub}", json={"email": email, "email_verified": verified})
        there = client.post(LOGIN)["Location"]
        back = browser.post(there, data={"sub": sub}).headers["location"]
    return client.get(urlsplit(back).path + "?" + urlsplit(back).query, follow=True)


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def test_no_city_sign_in_is_offered_unless_it_is_set(client, db):
    assert LOGIN not in client.get("/accounts/login/").content.decode()
    assert client.post(LOGIN).status_code == 404


def test_unknown_person_gets_no_account(client, city_sign_in):
    response = come_back(client, city_sign_in, email="nobody@example.org")
    assert not is_signed_in(client)
    assert not User.objects.exists() and not SocialAccount.objects.exists()
    assert response.status_code == 200


def test_address_that_the_city_has_not_verified_opens_no_account(client, city_sign_in):
    User.objects.create_user(ANNA)
    come_back(client, city_sign_in, email=ANNA, verified=False)
    assert not is_signed_in(client)
    assert not SocialAccount.objects.exists()


def test_answer_that_this_browser_did_not_ask_for_is_refused(client, city_sign_in):
    User.objects.create_user(ANNA)
    asked = parse_qs(urlsplit(Client().post(LOGIN)["Location"]).query)
    client.get(f"/accounts/oidc/city/login/callback/?code=stolen&state={asked['state'][0]}")
    assert not is_signed_in(client)


def test_pressing_a_link_alone_does_not_leave_for_the_city(client, city_sign_in):
    assert client.get(LOGIN).status_code == 200


def test_known_person_is_signed_in_and_known_by_the_city_account_from_then_on(client, city_sign_in):
    anna = User.objects.create_user(ANNA)
    come_back(client, city_sign_in, email=ANNA)
    assert is_signed_in(client)
    assert SocialAccount.objects.get().user == anna
    again = Client()
    come_back(again, city_sign_in, email="anna.new@example.org")
    assert is_signed_in(again)
    assert User.objects.count() == 1
