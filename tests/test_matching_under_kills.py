"""Workers that are killed while they match events with watches: afterwards each fitting pair is there, once, and no other.

The real worker as a process of its own, killed by SIGKILL in the middle of a batch; the test is told by an oracle in
shapely (tests/proposals/crowd.py). `scripts/drill matching` runs the same with 10,000 events, 2,000 watches and ten kills.
"""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from proposals.sealing import verify
from tests.proposals.crowd import Crowd

HOUSE = Path(__file__).resolve().parent.parent
EVENTS = int(os.environ.get("EVENTS", "300"))
WATCHES = int(os.environ.get("WATCHES", "200"))
KILLS = int(os.environ.get("KILLS", "2"))
IS_LONG = EVENTS > 1_000
AT_ONCE = 0.1 if IS_LONG else 0  # of the watches: their mails wait for jobs of killed workers, which takes minutes
WORKERS = 2 if IS_LONG else 1
PROGRESS = EVENTS // 20 if IS_LONG else 0  # events sealed between two kills
GIVE_UP_S = 1_800 if IS_LONG else 120

# In a transaction that seals or matches; the statement is the last one begun, so a COMMIT under way is not meant. The
# database shows the first 1,024 characters of it.
IN_A_BATCH = """
SELECT application_name, CASE WHEN query ~ 'WITH told AS' THEN 'matching' ELSE 'sealing' END
FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'worker %' AND xact_start IS NOT NULL
    AND query ~ 'WITH told AS|proposals_(eventseal|outbox)'
"""


@dataclass
class Workers:
    """Workers on the test database, each known to the database by a name of its own."""

    folder: Path
    session: psycopg.Connection
    running: dict[str, subprocess.Popen] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)  # by what they were at

    def start(self) -> None:
        name = f"worker {len(self.running) + self.killed.total()} {time.monotonic_ns()}"
        surroundings = os.environ | {
            "DATABASE_URL": re.sub(r"[^/]+$", connection.settings_dict["NAME"], settings.DATABASE_URL),
            "DJANGO_SETTINGS_MODULE": "tests.settings", "PGAPPNAME": name, "STATEMENT_LIMITS": "0",
            "EMAIL_FILE_PATH": str(self.folder / "mail"),
        }  # fmt: skip
        command = [
            sys.executable,
            "-W",
            "ignore",
            "manage.py",
            "procrastinate",
            "worker",
            "--delete-jobs",
            "successful",
        ]
        log = (self.folder / "workers.log").open("a")
        self.running[name] = subprocess.Popen(command, env=surroundings, cwd=HOUSE, stdout=log, stderr=log)

    def kill_one(self, work: str, deadline: float) -> None:
        """Stops a worker that is at `work` in the middle of a batch, looks again, and kills it only if it still is."""
        while True:
            assert time.monotonic() < deadline, f"no worker was met {work}; killed so far: {dict(self.killed)}"
            for name, at in self.session.execute(IN_A_BATCH).fetchall():
                worker = self.running.get(name)
                if worker is None or at != work:  # None: killed just now, its backend has not noticed
                    continue
                worker.send_signal(signal.SIGSTOP)
                at = dict(self.session.execute(IN_A_BATCH).fetchall()).get(name)
                if at == work:
                    worker.kill()
                    worker.wait()
                    del self.running[name]
                    self.killed[at] += 1
                    return
                worker.send_signal(signal.SIGCONT)
            time.sleep(random.uniform(0, 0.005))

    def sealed(self) -> int:
        return self.session.execute("SELECT count(*) FROM proposals_eventseal").fetchone()[0]

    def end(self) -> None:
        for worker in self.running.values():
            worker.terminate()
        for worker in self.running.values():
            worker.wait(timeout=30)
        left = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'worker %'"
        wait_until(lambda: self.session.execute(left).fetchone()[0] == 0, 30)


def wait_until(condition, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


@pytest.fixture
def workers(transactional_db, tmp_path):
    empty_queue()
    chosen = connection.settings_dict
    place = {"host": chosen["HOST"], "port": chosen["PORT"], "user": chosen["USER"], "dbname": chosen["NAME"]}
    with psycopg.connect(**{name: value for name, value in place.items() if value}, autocommit=True) as session:
        made = Workers(tmp_path, session)
        try:
            yield made
        finally:
            made.end()
            empty_queue()


def empty_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


def rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def outbox() -> int:
    return rows("SELECT count(*) FROM proposals_outbox")[0][0]


def still_to_mail() -> int:
    """What is due now to those who are told at once and were not written to yet."""
    return rows(
        "SELECT count(DISTINCT subscriber_id) FROM proposals_delivery waiting WHERE state = 'waiting' AND due_at <= now()"
        " AND NOT EXISTS (SELECT FROM proposals_delivery sent WHERE sent.subscriber_id = waiting.subscriber_id"
        " AND sent.state = 'sent')"
    )[0][0]


def test_workers_killed_in_the_middle_lose_no_pair_and_add_none(toytown, workers: Workers) -> None:
    crowd = Crowd(random.Random(11), immediate_share=AT_ONCE)
    crowd.gather(WATCHES)
    told = crowd.say(EVENTS // 2)
    began, deadline = time.monotonic(), time.monotonic() + GIVE_UP_S
    for _ in range(WORKERS):
        workers.start()
    killing = threading.Thread(target=kill, args=(workers, deadline), daemon=True)
    killing.start()
    told += crowd.say(EVENTS - told)  # while they work and die
    killing.join()
    wait_until(lambda: outbox() == 0, GIVE_UP_S)
    seconds = time.monotonic() - began
    wait_until(lambda: still_to_mail() == 0, GIVE_UP_S)
    workers.end()

    assert workers.killed.total() == KILLS
    expected = crowd.pairs(rows("SELECT id, proposal_id, verb FROM proposals_event"))
    found = rows("SELECT event_id, subscriber_id FROM proposals_delivery")
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert len(expected) > told
    sealed = verify()
    assert (sealed.fault_count, sealed.sealed) == (0, rows("SELECT count(*) FROM proposals_event")[0][0])
    print(
        f"\n{told:,} events told of ({sealed.sealed:,} sealed) x {WATCHES:,} watches: {len(found):,} pairs, the oracle's;"
        f" {KILLS} workers killed in the middle of a batch ({dict(workers.killed)}); {seconds:.0f} s with the kills,"
        f" {sealed.sealed / seconds:.0f} events/s; {mails_of(workers.folder)}"
    )


def kill(workers: Workers, deadline: float) -> None:
    """Kills one after the other; in the long drill some batches are done between two kills."""
    for turn in range(KILLS):
        workers.kill_one(("matching", "sealing")[turn % 2], deadline)
        workers.start()
        done = workers.sealed()
        wait_until(lambda done=done: workers.sealed() - done >= PROGRESS, GIVE_UP_S)


def mails_of(folder: Path) -> str:
    """Each mail that the rows call sent was written to its reader; a killed worker may have sent one again, as the same."""
    letters = [path.read_text() for path in (folder / "mail").glob("*")] if (folder / "mail").exists() else []
    written: Counter[tuple[str, str]] = Counter()
    for letter in letters:
        for message in re.split(r"^-{79}$", letter, flags=re.MULTILINE):
            to, key = re.search(r"^To: (\S+)", message, re.M), re.search(r"^Message-ID: <news-(\w+)@", message, re.M)
            if to and key:
                written[to[1], key[1]] += 1
    sent = rows(
        "SELECT DISTINCT email, mail FROM proposals_delivery delivery JOIN proposals_subscriber subscriber"
        " ON subscriber.id = subscriber_id WHERE state = 'sent'"
    )
    assert set(sent) == written.keys()
    repeated = sum(written.values()) - len(written)
    assert repeated <= KILLS
    return f"{len(written)} mails at once, {repeated} of them again under the same Message-ID"
