"""Whose requests are counted together: by the address that the last proxy saw, and by digests of it."""

import pytest
from django.db import connection, transaction
from django.test import Client, RequestFactory

from actors.models import ThrottleCount
from actors.throttling import Limit, TooMany, client_address, take


@pytest.mark.parametrize(
    ("remote", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_address_is_one_of_ipv4_or_a_network_of_ipv6(remote: str, counted: str) -> None:
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=remote)) == counted


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "198.51.100.1", "192.0.2.7"),  # nobody is trusted: the header is anybody's
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.9, 198.51.100.1", "198.51.100.1"),  # what the client wrote itself stands left
        (2, "203.0.113.9, 198.51.100.1, 192.0.2.8", "198.51.100.1"),
        (2, "198.51.100.1", "192.0.2.7"),  # came past the proxies
        (1, "", "192.0.2.7"),
        (1, "nonsense", "unknown"),
    ],
)
def test_forwarded_addresses_count_from_the_right(settings, proxies: int, forwarded: str, counted: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7", headers={"x-forwarded-for": forwarded})
    assert client_address(request) == counted


@pytest.mark.django_db
def test_counter_of_searches_names_no_address(client: Client) -> None:
    client.get("/map/places.json?q=north", REMOTE_ADDR="192.0.2.7")
    assert ThrottleCount.objects.get().key.startswith("places:")
    assert "192.0.2.7" not in ThrottleCount.objects.get().key


def waits_for_the_disk() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return cursor.fetchone()[0] == "on"


@pytest.mark.django_db(transaction=True)
def test_counts_hurry_and_nothing_after_them_does() -> None:
    limit = Limit("hurry", times=1)
    take([limit])
    assert waits_for_the_disk()
    with transaction.atomic():
        with pytest.raises(TooMany):
            take([limit])
        assert waits_for_the_disk()
    assert ThrottleCount.objects.get(key="hurry").count == 1
