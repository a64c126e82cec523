"""How often one device or address may send: counted in the database, so that every process sees the same count.

Django's cache backends add one by reading and writing; two requests at once would count as one. An upsert does not.
"""

import ipaddress
import math
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from actors.models.throttle import ThrottleCount

LOOK_UPS_PER_MINUTE = 10  # of tracking codes, from one address
SEARCHES_PER_MINUTE = 600  # of places, from one address: a school class that types behind one of them

UPSERT = """
INSERT INTO actors_throttlecount (key, period_start, count) VALUES (%s, %s, 1)
ON CONFLICT (key, period_start) DO UPDATE SET count = actors_throttlecount.count + 1
RETURNING count
"""

# Nobody waits for the disk: a crash of the database forgets less than a second of counts, and of nothing else.
UPSERT_UNHURRIED = """
WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO actors_throttlecount (key, period_start, count) SELECT %s, %s, 1 FROM unhurried
ON CONFLICT (key, period_start) DO UPDATE SET count = actors_throttlecount.count + 1
RETURNING count
"""


@dataclass(frozen=True)
class Limit:
    """At most `times` in each period of `seconds`; `key` names who is counted."""

    key: str
    times: int
    seconds: int = 3_600

    @property
    def period_start(self) -> int:
        now = int(timezone.now().timestamp())
        return now - now % self.seconds


class TooMany(Exception):
    """A limit is reached: 429 with Retry-After in seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


def take(limits: list[Limit]) -> None:
    """Counts one for each limit, committed at once. Raises TooMany, having given back, where one is exceeded."""
    taken: list[Limit] = []
    for limit in limits:
        with connection.cursor() as cursor:
            # Inside a transaction the setting would be that of all it writes.
            cursor.execute(UPSERT if connection.in_atomic_block else UPSERT_UNHURRIED, [limit.key, limit.period_start])
            count = cursor.fetchone()[0]
        taken.append(limit)
        if count > limit.times:
            give_back(taken)
            end = limit.period_start + limit.seconds
            raise TooMany(max(1, math.ceil(end - timezone.now().timestamp())))


def give_back(limits: list[Limit]) -> None:
    """Takes one off each limit: what was counted was then refused, or had been accepted before."""
    for limit in limits:
        ThrottleCount.objects.give_back(limit.key, limit.period_start)


def is_first(what: str, who: str, until: int) -> bool:
    """Whether `who` is counted for `what` for the first time; committed at once, and known for a day after `until`."""
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [_counted(what, who), until])
        return bool(cursor.fetchone()[0] == 1)


def client_address(request: HttpRequest) -> str:
    """The client's address; behind TRUSTED_PROXIES proxies, that many from the right of X-Forwarded-For.

    An IPv6 client owns a /64 at least, so its network stands for it.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if len(forwarded) >= settings.TRUSTED_PROXIES:
            address = forwarded[-settings.TRUSTED_PROXIES]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6 and parsed.ipv4_mapped:  # a socket of both families; a /64 would be all of IPv4 at once
        return str(parsed.ipv4_mapped)
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def submission_limits(request: HttpRequest, device_key: str) -> list[Limit]:
    """The limits of a new proposal: by device where it has a key, and by address."""
    limits = [Limit(_counted("submit:address", client_address(request)), settings.SUBMISSIONS_PER_ADDRESS_PER_HOUR)]
    if device_key:
        limits.insert(0, Limit(_counted("submit:device", device_key), settings.SUBMISSIONS_PER_DEVICE_PER_HOUR))
    return limits


def api_key_limits(prefix: str, quota_per_hour: int) -> list[Limit]:
    """The quota of a program's key, whatever addresses it comes from."""
    return [Limit(_counted("api_key", prefix), quota_per_hour)]


def upload_limits(request: HttpRequest) -> list[Limit]:
    """The limit of requests that bring photos: each of them costs memory and disk before anything is sent."""
    return [Limit(_counted("upload:address", client_address(request)), settings.UPLOADS_PER_ADDRESS_PER_HOUR)]


def look_up_limits(request: HttpRequest) -> list[Limit]:
    """The limit of looking up tracking codes, so that none is found by trying."""
    return [Limit(_counted("look-up:address", client_address(request)), LOOK_UPS_PER_MINUTE, seconds=60)]


def search_limits(request: HttpRequest) -> list[Limit]:
    """The limit of searching places, each of which is a query."""
    return [Limit(_counted("places:address", client_address(request)), SEARCHES_PER_MINUTE, seconds=60)]


def address_key(what: str, email: str) -> str:
    """The key under which mails to `email` are counted."""
    return _counted(what, email.strip().lower())


def form_limits(request: HttpRequest, what: str, times: int) -> list[Limit]:
    """At most `times` an hour of the form `what` from one client's address."""
    return [Limit(_counted(f"{what}:address", client_address(request)), times)]


def voice_limits(request: HttpRequest, what: str, device_key: str | None, times: int) -> list[Limit]:
    """At most `times` an hour of `what` from one device, and ten times as many from one address (a school, a library)."""
    limits = form_limits(request, what, 10 * times)
    return [Limit(_counted(f"{what}:device", device_key), times), *limits] if device_key else limits


def crowd_limits(request: HttpRequest, what: str, thing: int, times: int) -> list[Limit]:
    """At most `times` an hour of `what` on one `thing` from one address: keys of devices are had for the asking."""
    return [Limit(_counted(f"{what}:crowd", f"{client_address(request)} {thing}"), times)]


def address_limits(what: str, email: str) -> list[Limit]:
    """One mail an hour to one address, whoever asks for it."""
    return [Limit(address_key(what, email), 1)]


def network_hash(request: HttpRequest) -> str:
    """A digest of the client's address with the installation's secret: one network, and nobody learns which."""
    return salted_hmac("actors.network", client_address(request), algorithm="sha256").hexdigest()


def _counted(what: str, who: str) -> str:
    """The key of a counter: a digest with the installation's secret, so that the table tells nobody's address."""
    return f"{what}:{salted_hmac(what, who).hexdigest()}"
