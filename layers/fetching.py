"""Asks a server on behalf of the house: public addresses only, within limits of size and time, redirects checked again.

Whoever names the address (a person, another service) must not reach what this machine alone can reach. So the name is
resolved once, every address is checked, and the connection goes to the very address that was checked.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urljoin, urlsplit

from django.utils.translation import gettext_noop as _

from layers.reasons import Reason

REDIRECTS_MAX = 3
REDIRECTS = {301, 302, 303, 307, 308}
URL_LENGTH_MAX = 2_000  # characters
HTTPS_PORT = 443
NO_ADDRESS = Reason(_("This is no address of the web."))
# Addresses that carry another one inside: what a gateway would make of them cannot be told from here.
CARRIERS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))


class FetchFailed(Exception):
    """There is no answer: the server cannot be reached, is too slow or breaks off. Later it may be another."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class FetchRefused(FetchFailed):
    """The address is not asked, or its answer is not taken, today or later."""


@dataclass(frozen=True)
class Fetched:
    """An answer as it came: `url` is the address that gave it, after redirects; names of `headers` are in small letters."""

    status: int
    body: bytes
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """The media type without its parameters, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def fetch(
    url: str,
    hosts: Collection[str] | None,
    max_bytes: int,
    timeout: float,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    inner_hosts: Collection[str] = (),
) -> Fetched:
    """The answer of `url`, whatever its status, of at most `max_bytes` and within `timeout` seconds in all.

    `hosts` are the only ones to be asked, `name` or `name:port`; None is any public one, at the port of https. Those of
    `inner_hosts`, written as in the address, may stand at private addresses and answer plain http. Redirects of a GET are
    followed. Raises FetchRefused and FetchFailed. Looking a name up has the resolver's own limit of time.
    """
    for _turn in range(REDIRECTS_MAX + 1):
        parts = _checked(url, hosts, inner_hosts)
        answer = _ask(parts, url, _addresses(parts, inner_hosts), method, body, headers or {}, max_bytes, timeout)
        if answer.status not in REDIRECTS or method != "GET":
            return answer
        target = answer.headers.get("location")
        if not target:
            raise FetchRefused(Reason(_("%(host)s redirects to nowhere."), {"host": _named(parts)}))
        url = urljoin(url, target)
    raise FetchRefused(Reason(_("It redirects more than %(number)s times."), {"number": REDIRECTS_MAX}))


def _checked(url: str, hosts: Collection[str] | None, inner_hosts: Collection[str]) -> SplitResult:
    if len(url) > URL_LENGTH_MAX or not url.isascii() or any(sign <= " " or sign == "\\" for sign in url):
        raise FetchRefused(Reason(_("The address is too long, or holds signs that an address does not have.")))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchRefused(NO_ADDRESS) from error
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise FetchRefused(Reason(_("The address must name a host, and no user or password.")))
    is_inner = _named(parts) in inner_hosts
    if parts.scheme != "https" and not (is_inner and parts.scheme == "http"):
        raise FetchRefused(Reason(_("The address must begin with https://.")))
    if hosts is not None and _named(parts) not in hosts and not is_inner:
        words = _("%(host)s is not one of the hosts that may be asked.")
        raise FetchRefused(Reason(words, {"host": _named(parts)}))
    if hosts is None and port not in (None, HTTPS_PORT) and not is_inner:
        raise FetchRefused(Reason(_("The address must use the port of https.")))
    return parts


def _named(parts: SplitResult) -> str:
    """`name`, or `name:port` where the port is told and is not that of the scheme."""
    usual = HTTPS_PORT if parts.scheme == "https" else 80
    return f"{parts.hostname}:{parts.port}" if parts.port not in (None, usual) else str(parts.hostname)


def _addresses(parts: SplitResult, inner_hosts: Collection[str]) -> list[tuple[str, int]]:
    port = parts.port or (HTTPS_PORT if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(Reason(_("There is no host %(host)s."), {"host": str(parts.hostname)})) from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if _named(parts) not in inner_hosts and not all(is_public(address) for address in addresses):
        raise FetchRefused(Reason(_("%(host)s is not at a public address."), {"host": str(parts.hostname)}))
    return [(address, port) for address in addresses]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, and no other address in disguise."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(str(mapped))
    if any(ip.version == network.version and ip in network for network in CARRIERS):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _ask(
    parts: SplitResult,
    url: str,
    addresses: list[tuple[str, int]],
    method: str,
    body: bytes | None,
    headers: Mapping[str, str],
    max_bytes: int,
    timeout: float,
) -> Fetched:
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    asked = {"Host": parts.netloc, "Accept-Encoding": "identity", "User-Agent": "Osallisuuskartta", **headers}
    try:
        with _connected(parts, addresses, timeout) as link:
            link.request(method, target, body=body, headers=asked)
            answer = link.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            if told.get("content-encoding", "identity").lower() != "identity":
                raise FetchRefused(Reason(_("The answer is compressed, which was not asked for.")))
            content = answer.read(max_bytes + 1)
            if len(content) > max_bytes:
                raise FetchRefused(Reason(_("The answer is larger than %(number)s bytes."), {"number": max_bytes}))
            if answer.length:
                raise FetchFailed(Reason(_("The answer breaks off.")))
        return Fetched(answer.status, content, url, told)
    except (OSError, http.client.HTTPException, ValueError) as error:
        words = _("%(host)s does not answer as it should, or takes longer than %(seconds)s s.")
        raise FetchFailed(Reason(words, {"host": str(parts.hostname), "seconds": f"{timeout:g}"})) from error


@contextmanager
def _connected(
    parts: SplitResult, addresses: list[tuple[str, int]], timeout: float
) -> Iterator[http.client.HTTPConnection]:
    """A connection to one of the checked addresses, cut when the time is over, however slowly its bytes drip."""
    begun = time.monotonic()
    line = _first_that_answers(addresses, timeout)
    if parts.scheme == "https":
        line = ssl.create_default_context().wrap_socket(
            line, server_hostname=parts.hostname, do_handshake_on_connect=False
        )
    cut = threading.Timer(max(timeout - (time.monotonic() - begun), 0), _shut, [line])
    cut.daemon = True
    cut.start()
    link = http.client.HTTPConnection(str(parts.hostname), timeout=timeout)
    try:
        with closing(line), closing(link):
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            link.sock = line
            yield link
        # An answer without a length ends where the line does: one that was cut would pass for a whole one.
        if time.monotonic() - begun >= timeout:
            raise TimeoutError
    finally:
        cut.cancel()


def _first_that_answers(addresses: list[tuple[str, int]], timeout: float) -> socket.socket:
    last: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection(address, timeout=timeout / len(addresses))
        except OSError as error:
            last = error
    raise last


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        connection.shutdown(socket.SHUT_RDWR)
