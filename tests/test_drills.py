"""Drills that take minutes, by `scripts/drill`: killed workers, a full disk, a crowd that presses one button, and a control
that must find losses.

Each on a cluster of its own; the database in use is left alone. They print their figures.
"""

import contextlib
import http.client
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.test_durability import GIVE_UP_S, HOUSE, SENDING_S, Sender, Service, body_of, serve, wait_for
from tests.test_scripts import Copy

DRILL = os.environ.get("DRILL", "")
KILLS = int(os.environ.get("KILLS", "20"))
DRAINED_S = 240  # jobs of a killed worker are freed when it was not heard of for a minute, once a minute
DISK_MB, LEFT_KB = 320, 64
ADDRESSES, PRESSES = 20, 1_000  # presses of each address

pytestmark = pytest.mark.skipif(not DRILL, reason="by command: scripts/drill workers | disk | control | supports")


def drill(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(name != DRILL, reason=f"by command: scripts/drill {name}")


@pytest.fixture
def service(tmp_path) -> Iterator[Service]:
    yield from served(tmp_path)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of a few hundred megabytes, in memory."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("only root may mount a small disk, and not in every container")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def served(folder: Path, **environment: str) -> Iterator[Service]:
    cluster = Copy(folder / "house")
    try:
        cluster.db("start")
        yield from serve(cluster, folder, **environment)
    finally:
        cluster.remove()


@contextlib.contextmanager
def sending(service: Service, count: int, **ways: object) -> Iterator[list[Sender]]:
    """Senders at work; they have stopped and complained of nothing when the block ends."""
    stop = threading.Event()
    senders = [Sender(service, stop, **ways) for _ in range(count)]
    for sender in senders:
        sender.start()
    try:
        yield senders
    finally:
        stop.set()
        for sender in senders:
            sender.join(GIVE_UP_S)
    assert [fault for sender in senders for fault in sender.faults] == []


def acknowledged(senders: list[Sender]) -> dict[str, int]:
    return {f"Bench {key}": answer["id"] for sender in senders for key, answer in sender.acknowledged.items()}


def stored(service: Service) -> dict[str, int]:
    return dict(service.rows("SELECT title, id FROM proposals_proposal"))


def answers(senders: list[Sender]) -> dict[object, int]:
    return dict(sum((sender.answers for sender in senders), Counter()))


def manage(service: Service, *arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", str(HOUSE / "manage.py"), *arguments]


def start_worker(service: Service) -> subprocess.Popen:
    command = manage(service, "procrastinate", "worker", "--delete-jobs", "successful")
    return subprocess.Popen(
        command, env=service.surroundings, cwd=HOUSE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def kill_web_worker(service: Service, turn: int) -> None:
    children = Path(f"/proc/{service.web}/task/{service.web}/children").read_text().split()
    if children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(children[turn % len(children)]), signal.SIGKILL)


def serving_again(service: Service) -> float:
    """Seconds until it answers."""
    return wait_for(lambda: service.request("GET", "/api/v1/categories")[0] == 200, GIVE_UP_S)


def waiting(service: Service) -> int:
    """Events that wait to be told and mails that wait to be sent."""
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_mail' AND status IN ('todo', 'doing')"
    return service.rows(f"SELECT (SELECT count(*) FROM proposals_outbox) + ({jobs})")[0][0]


@drill("workers")
def test_killed_workers_lose_no_proposal_no_mail_and_no_seal(service):
    worker = start_worker(service)
    with sending(service, 4, pause_s=0.2, has_address=True) as senders:
        for turn in range(KILLS):
            time.sleep(SENDING_S)
            worker.kill()
            worker.wait()
            kill_web_worker(service, turn)
            worker = start_worker(service)
        time.sleep(SENDING_S)
    seconds = wait_for(lambda: waiting(service) == 0, DRAINED_S)
    worker.terminate()
    worker.wait(timeout=60)

    sent = acknowledged(senders)
    assert stored(service) == sent
    verified = subprocess.run(
        manage(service, "verify_history"), env=service.surroundings, capture_output=True, text=True
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert service.rows("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'") == [(0,)]
    letters = [mail.read_text() for mail in Path(service.surroundings["EMAIL_FILE_PATH"]).iterdir()]
    ids = Counter(re.findall(r"^Message-ID: (\S+)", "\n".join(letters), re.MULTILINE))
    addresses = set(re.findall(r"^To: (\S+)@example.org", "\n".join(letters), re.MULTILINE))
    assert {f"Bench {address}" for address in addresses} == set(sent)
    repeated = sum(count - 1 for count in ids.values())
    print(
        f"\n{KILLS} workers and {KILLS} web workers killed, {len(sent)} acknowledged and stored, answers: {answers(senders)};"
        f" drained in {seconds:.0f} s, {len(ids)} mails, {repeated} of them sent again under the same Message-ID"
    )


@drill("disk")
def test_full_disk_loses_nothing_that_was_acknowledged(small_disk):
    for service in served(small_disk):
        with sending(service, 4) as senders:
            time.sleep(SENDING_S)
            filler = small_disk / "filler"
            assert service.data.is_relative_to(small_disk)
            room = shutil.disk_usage(small_disk).free - LEFT_KB * 1_000
            subprocess.run(["fallocate", "--length", str(room), str(filler)], check=True)
            time.sleep(8)
            refused = answers(senders)
            filler.unlink()
            service.cluster.db("start")
            seconds = serving_again(service)
            time.sleep(SENDING_S)
        assert refused.get(503, 0) + refused.get("cut off", 0) > 0, "the disk was never full"
        assert stored(service) == acknowledged(senders)
        print(
            f"\ndisk full for 8 s, {len(stored(service))} acknowledged and stored, answers: {answers(senders)}; {seconds:.1f} s"
        )


@drill("control")
def test_control_finds_the_losses_of_commits_that_do_not_wait_for_the_disk(service):
    """The drills would see a loss: with synchronous_commit off, a killed database forgets what it had acknowledged."""
    for setting in ("synchronous_commit = off", "wal_writer_delay = '10s'"):
        service.cluster.sql(f"ALTER SYSTEM SET {setting}")
    service.cluster.sql("SELECT pg_reload_conf()")
    lost = 0
    for _ in range(min(KILLS, 5)):
        with sending(service, 8) as senders:
            time.sleep(SENDING_S)
            service.kill_database()
            told = acknowledged(senders)
            service.cluster.db("start")
            serving_again(service)
        lost += len(told.keys() - stored(service).keys())
    print(f"\ncontrol: {lost} acknowledged proposals lost")
    assert lost > 0, "the control found no loss: the drill is blind"


# --- a crowd that presses one button ------------------------------------------------------------------------------------


class Browser:
    """A browser at an address of its own that keeps its device key and its CSRF cookie; None: a new device each time."""

    def __init__(self, service: Service, address: str, device: str | None) -> None:
        self.client = http.client.HTTPConnection("127.0.0.1", service.port, timeout=GIVE_UP_S)
        self.address, self.device = address, device
        self.csrf = secrets.token_hex(16)

    def press(self, path: str, **fields: str) -> int:
        device = f"; device={self.device}" if self.device else ""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": self.address,
            "Cookie": f"csrf={self.csrf}{device}",
        }  # fmt: skip
        self.client.request("POST", path, urlencode(fields | {"csrfmiddlewaretoken": self.csrf}), headers)
        answer = self.client.getresponse()
        answer.read()
        return answer.status


def proposal_of(service: Service) -> tuple[int, str]:
    """A new published proposal: its key and its address."""
    status, _headers, _text = service.post(secrets.token_hex(16), body_of("One bench"))
    assert status == 201
    key = service.rows("SELECT max(id) FROM proposals_proposal")[0][0]
    return key, f"/en/proposals/{key}"


def press_often(service: Service, path: str, number: int) -> Counter[int]:
    """Supports and takes back, a thousand times, and supports at the end; what the limits refuse is pressed again."""
    browser = Browser(service, f"192.0.2.{number}", secrets.token_hex(16))
    answers: Counter[int] = Counter()
    for turn in range(PRESSES):
        verb = "take_back" if turn % 7 == number % 7 and turn < PRESSES - 1 else "support"
        while (status := browser.press(f"{path}/support/", verb=verb)) == 429:
            answers[status] += 1
            time.sleep(0.2)
        answers[status] += 1
    return answers


@contextlib.contextmanager
def without_limits(service: Service) -> Iterator[None]:
    """The counts of the limits are emptied all the time, so that each press reaches the count of supports."""
    stop = threading.Event()

    def empty() -> None:
        while not stop.wait(0.5):
            service.rows("DELETE FROM actors_throttlecount RETURNING 1")

    thread = threading.Thread(target=empty)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def behind_a_proxy(tmp_path: Path) -> Iterator[Service]:
    """The product, which takes a client's address from its proxy; pages without `collectstatic`, by the tests' settings."""
    yield from served(tmp_path, TRUSTED_PROXIES="1", DJANGO_SETTINGS_MODULE="tests.settings")


@drill("supports")
def test_supports_are_as_many_as_people_and_reports_as_many_as_addresses(behind_a_proxy: Service):
    service = behind_a_proxy
    key, path = proposal_of(service)
    began = time.monotonic()
    with without_limits(service), ThreadPoolExecutor(ADDRESSES) as pool:
        answered = sum(pool.map(lambda n: press_often(service, path, n), range(ADDRESSES)), Counter())
    seconds = time.monotonic() - began
    assert answered[303] == ADDRESSES * PRESSES == answered.total() - answered[429]
    supports = "SELECT supports_verified, supports_unverified, (SELECT count(*) FROM proposals_support WHERE proposal_id = p.id)"
    assert service.rows(f"{supports} FROM proposals_proposal p WHERE id = {key}") == [(0, ADDRESSES, ADDRESSES)]

    key, path = proposal_of(service)
    pressed = Counter(Browser(service, "192.0.2.99", None).press(f"{path}/support/", verb="support") for _ in range(50))
    one_address = service.rows(f"{supports} FROM proposals_proposal p WHERE id = {key}")
    assert one_address == [(0, pressed[303], pressed[303])]
    assert pressed == {303: 40, 429: 10}  # a school class, no farm of robots

    reported = Counter(Browser(service, "192.0.2.99", None).press(f"{path}/report/", reason="spam") for _ in range(50))
    assert reported == {303: 50}
    assert service.rows(f"SELECT count(*) FROM proposals_flag WHERE proposal_id = {key}") == [(1,)]
    print(
        f"\n{ADDRESSES} addresses x {PRESSES:,} presses: {ADDRESSES} supports, {ADDRESSES * PRESSES / seconds:.0f} presses/s,"
        f" answers {dict(answered)}; 50 ever new devices of one address: {dict(pressed)}; 50 reports of one address: 1"
    )
