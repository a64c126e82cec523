"""Drills that take minutes, by `scripts/drill`: killed workers, a full disk, and a control that must find losses.

Each on a cluster of its own; the database in use is left alone. They print their figures.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_durability import GIVE_UP_S, HOUSE, SENDING_S, Sender, Service, serve, wait_for
from tests.test_scripts import Copy

DRILL = os.environ.get("DRILL", "")
KILLS = int(os.environ.get("KILLS", "20"))
DRAINED_S = 240  # jobs of a killed worker are freed when it was not heard of for a minute, once a minute
DISK_MB, LEFT_KB = 320, 64

pytestmark = pytest.mark.skipif(not DRILL, reason="by command: scripts/drill workers | disk | control")


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


def served(folder: Path) -> Iterator[Service]:
    cluster = Copy(folder / "house")
    try:
        cluster.db("start")
        yield from serve(cluster, folder)
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
