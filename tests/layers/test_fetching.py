"""What asks other servers: only hosts that may be asked, only public addresses, within its limits, redirects checked."""

import socket
import time
from collections.abc import Iterator

import pytest

from layers.fetching import FetchFailed, FetchRefused, fetch, is_public
from tests.listening import Listener, listening

MAX_BYTES = 10_000
TIMEOUT_S = 2.0


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.mark.parametrize(
    "form",
    [
        "https://127.0.0.1:{port}/",
        "https://localhost:{port}/",
        "https://[::1]:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://0.0.0.0:{port}/",
        "https://2130706433:{port}/",
        "https://0x7f000001:{port}/",
        "https://0177.0.0.1:{port}/",
        "https://127.1:{port}/",
        "https://user@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/",
        "ftp://127.0.0.1:{port}/",
        "file:///etc/passwd",
        "https://127.0.0.1:{port}\\@example.org/",
        "https://example.org\r\nHost: 127.0.0.1:{port}/",
        "https://127。0。0。1:{port}/",
        "https:///127.0.0.1:{port}/",
        "https://127.0.0.1:999999/",
    ],
)
@pytest.mark.parametrize("any_public_host", [True, False])
def test_no_form_of_an_address_reaches_this_machine(listener: Listener, form: str, any_public_host: bool) -> None:
    url = form.replace("{port}", str(listener.port))
    port = listener.port
    hosts = None if any_public_host else {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "::1", "0.0.0.0")}

    with pytest.raises(FetchFailed):
        fetch(url, hosts, MAX_BYTES, TIMEOUT_S)

    assert listener.asked == []


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255",
     "fe80::1%eth0", "fc00::1", "ff02::1", "::", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::", "::ffff:10.0.0.1"],
)  # fmt: skip
def test_an_inner_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["193.166.3.1", "2a00:1190::1"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_a_host_that_is_not_on_the_list_is_not_asked() -> None:
    with pytest.raises(FetchRefused, match=r"elsewhere\.example is not one of the hosts"):
        fetch("https://elsewhere.example/", {"data.example"}, MAX_BYTES, TIMEOUT_S)


def test_a_redirect_to_another_host_is_refused(listener: Listener) -> None:
    listener.answers["/away"] = (302, {"Location": f"http://localhost:{listener.port}/inside"}, b"")

    with pytest.raises(FetchRefused):
        fetch(listener.url("/away"), {listener.host}, MAX_BYTES, TIMEOUT_S, inner_hosts={listener.host})

    assert listener.asked == ["GET /away"]


def test_redirects_without_end_are_refused(listener: Listener) -> None:
    listener.answers["/round"] = (302, {"Location": "/round"}, b"")

    with pytest.raises(FetchRefused, match="more than 3 times"):
        fetch(listener.url("/round"), {listener.host}, MAX_BYTES, TIMEOUT_S, inner_hosts={listener.host})


def test_an_answer_over_the_limit_is_refused(listener: Listener) -> None:
    listener.answers["/big"] = (200, {}, b"x" * (MAX_BYTES + 1))

    with pytest.raises(FetchRefused, match="larger than 10,000 bytes"):
        fetch(listener.url("/big"), {listener.host}, MAX_BYTES, TIMEOUT_S, inner_hosts={listener.host})


def test_an_answer_that_drips_is_cut_when_the_time_is_over(listener: Listener) -> None:
    began = time.monotonic()

    with pytest.raises(FetchFailed):
        fetch(listener.url("/drip"), {listener.host}, MAX_BYTES, 0.3, inner_hosts={listener.host})

    assert time.monotonic() - began < 1.5


def test_an_answer_shorter_than_it_says_is_not_taken(listener: Listener) -> None:
    listener.answers["/cut"] = (200, {"Content-Length": "100"}, b"half")

    with pytest.raises(FetchFailed, match="breaks off"):
        fetch(listener.url("/cut"), {listener.host}, MAX_BYTES, TIMEOUT_S, inner_hosts={listener.host})


def test_a_compressed_answer_is_refused(listener: Listener) -> None:
    listener.answers["/bomb"] = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")

    with pytest.raises(FetchRefused, match="compressed"):
        fetch(listener.url("/bomb"), {listener.host}, MAX_BYTES, TIMEOUT_S, inner_hosts={listener.host})


def test_a_closed_port_is_a_failure_and_no_refusal() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(FetchFailed) as failure:
        fetch(f"http://{host}/", {host}, MAX_BYTES, TIMEOUT_S, inner_hosts={host})
    assert not isinstance(failure.value, FetchRefused)


def test_a_host_on_the_list_answers_through_a_redirect(listener: Listener) -> None:
    listener.answers["/old"] = (301, {"Location": "/new?a=1"}, b"")
    listener.answers["/new?a=1"] = (200, {"Content-Type": "Application/JSON; charset=utf-8"}, b"{}")

    found = fetch(listener.url("/old"), {listener.host}, MAX_BYTES, TIMEOUT_S, inner_hosts={listener.host})

    assert (found.status, found.body, found.content_type) == (200, b"{}", "application/json")
    assert found.url == listener.url("/new?a=1")


def test_a_post_carries_its_body_and_follows_no_redirect(listener: Listener) -> None:
    listener.answers["/hook"] = (302, {"Location": "/elsewhere"}, b"")

    found = fetch(
        listener.url("/hook"),
        {listener.host},
        MAX_BYTES,
        TIMEOUT_S,
        method="POST",
        body=b"{}",
        inner_hosts={listener.host},
    )

    assert found.status == 302
    assert listener.asked == ["POST /hook"]
