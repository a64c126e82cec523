"""The product on a database that is killed: every proposal that was acknowledged is there, once; a repeated key makes one.

A cluster and a gunicorn of their own, real threads, real sockets. `scripts/drill` kills more often than the one time here.
"""

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.test_scripts import Copy

HOUSE = Path(__file__).resolve().parent.parent
KILLS = int(os.environ.get("KILLS", "1"))
SENDERS = 8
SENDING_S = 1.5  # before each kill
READY_AGAIN_S = 10  # after the database was started again
GIVE_UP_S = 60
FILL = """
import django
django.setup()
from tests.categories import make_categories
from tests.toytown import build_toytown
build_toytown()
make_categories()
"""


@dataclass
class Service:
    """The product, served on `port` from a cluster of its own."""

    cluster: Copy
    port: int
    data: Path
    web: int  # the process above the web workers
    surroundings: dict[str, str]

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            client.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = client.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            client.close()

    def post(self, key: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        return self.request("POST", "/api/v1/proposals", body, Content_Type="application/json", Idempotency_Key=key)

    def rows(self, statement: str) -> list[tuple]:
        config = self.cluster.config()
        place = psycopg.conninfo.make_conninfo(
            dbname=config["NAME"], host=config["HOST"], port=config["PORT"], user=config["USER"]
        )
        with psycopg.connect(place) as session:
            return session.execute(statement).fetchall()

    def kill_database(self) -> int:
        """SIGKILL to every process of the cluster, the postmaster first; returns how many there were."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        ours = [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if runs_in(folder, self.data)]
        for pid in sorted(ours, key=lambda pid: pid != first):
            with contextlib.suppress(ProcessLookupError):  # it went with the postmaster
                os.kill(pid, signal.SIGKILL)
        return len(ours)


def runs_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink() == folder
    except OSError:
        return False


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("durable")
    cluster = Copy(folder / "house")
    try:
        cluster.db("start")
        yield from serve(cluster, folder)
    finally:
        cluster.remove()


def serve(cluster: Copy, folder: Path, **environment: str) -> Iterator[Service]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    surroundings = os.environ | {
        "DATABASE_URL": cluster.url(), "CITY_FILE": "tests/toytown.toml", "SECRET_KEY": "only for tests",
        "DJANGO_SETTINGS_MODULE": "mapapp.settings", "SUBMISSIONS_PER_ADDRESS_PER_HOUR": "1000000",
        "MEDIA_ROOT": str(folder / "photos"), "PYTHONPATH": str(HOUSE), "EMAIL_FILE_PATH": str(folder / "mail"),
    } | environment  # fmt: skip
    python = [sys.executable, "-W", "ignore"]
    for command in ([*python, "manage.py", "migrate", "--verbosity", "0"], [*python, "-c", FILL]):
        done = subprocess.run(command, env=surroundings, cwd=HOUSE, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    gunicorn = [*python, "-m", "gunicorn", "mapapp.wsgi", "--workers", "2", "--threads", "8", "--no-control-socket"]
    with (folder / "web.log").open("w") as log:
        web = subprocess.Popen([*gunicorn, "--bind", f"127.0.0.1:{port}"], env=surroundings, cwd=HOUSE, stderr=log)
        try:
            made = Service(cluster, port, cluster.data(), web.pid, surroundings)
            wait_for(lambda: made.request("GET", "/api/v1/categories")[0] == 200, GIVE_UP_S)
            yield made
        finally:
            web.terminate()
            web.wait(timeout=30)


def wait_for(condition, seconds: float) -> float:
    """Seconds until `condition` held. Fails after `seconds`."""
    began = time.monotonic()
    while True:
        try:
            if condition():
                return time.monotonic() - began
        except OSError:
            pass  # nobody listens yet
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.1)


def body_of(title: str, **fields: str) -> bytes:
    place = {"type": "Point", "coordinates": [24.81, 60.175]}
    return json.dumps({"title": title, "language": "en", "kind": "parking", "geometry": place} | fields).encode()


@dataclass
class Sender(threading.Thread):
    """Posts one proposal after the other until told to stop; each again, by the same key, until it is acknowledged."""

    service: Service
    stop: threading.Event
    acknowledged: dict[str, dict] = field(default_factory=dict)
    answers: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    pause_s: float = 0  # between two proposals
    has_address: bool = False  # so that a mail is due for each

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        while not self.stop.wait(self.pause_s):
            key = secrets.token_hex(16)
            deadline = time.monotonic() + GIVE_UP_S
            while key not in self.acknowledged:
                self.send(key)
                if time.monotonic() > deadline:
                    self.faults.append(f"{key} was never acknowledged")
                    return

    def send(self, key: str) -> None:
        try:
            address = {"email": f"{key}@example.org"} if self.has_address else {}
            status, headers, text = self.service.post(key, body_of(f"Bench {key}", **address))
        except (OSError, http.client.HTTPException):
            self.answers["cut off"] += 1
            time.sleep(0.05)
            return
        self.answers[status] += 1
        if status in (200, 201):
            self.acknowledged[key] = json.loads(text)
        elif status != 503 or "Retry-After" not in headers or b"Traceback" in text:
            self.faults.append(f"{status} {headers} {text[:200]!r}")
        else:
            time.sleep(0.05)


def test_every_acknowledged_proposal_survives_a_killed_database_once(service):
    stop = threading.Event()
    senders = [Sender(service, stop) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        time.sleep(SENDING_S)
        assert service.kill_database() > SENDERS
        time.sleep(0.3)
        service.cluster.db("start")
        seconds = wait_for(lambda: service.request("GET", "/api/v1/categories")[0] == 200, GIVE_UP_S)
        assert seconds <= READY_AGAIN_S
    time.sleep(SENDING_S)
    stop.set()
    for sender in senders:
        sender.join(GIVE_UP_S)

    assert [fault for sender in senders for fault in sender.faults] == []
    answers = sum((sender.answers for sender in senders), Counter())
    acknowledged = {key: answer for sender in senders for key, answer in sender.acknowledged.items()}
    print(f"{KILLS} kills, {len(acknowledged)} acknowledged, answers: {dict(answers)}")
    assert answers[503] + answers["cut off"] > 0, "the kill hit nobody"
    assert len(acknowledged) > SENDERS * (KILLS + 1)
    stored = dict(service.rows("SELECT title, id FROM proposals_proposal"))
    assert stored == {f"Bench {key}": answer["id"] for key, answer in acknowledged.items()}
    assert service.rows("SELECT count(*) FROM proposals_proposal") == [(len(acknowledged),)]


@pytest.mark.parametrize(
    "fault",
    [
        "FROM proposals_submission WHERE proposal_id IS NULL",
        "FROM proposals_proposal p WHERE NOT EXISTS (SELECT FROM proposals_submission s WHERE s.proposal_id = p.id)",
        "FROM proposals_proposal p WHERE (SELECT count(*) FROM proposals_contact c WHERE c.proposal_id = p.id) <> 1",
        "FROM proposals_proposal p WHERE (SELECT count(*) FROM proposals_proposaltext t WHERE t.proposal_id = p.id) <> 1",
        "FROM proposals_proposal p WHERE (SELECT count(*) FROM proposals_event e WHERE e.proposal_id = p.id) <> 2",
        "FROM proposals_event e WHERE NOT EXISTS (SELECT FROM proposals_outbox o WHERE o.event_id = e.id)",
    ],
)
def test_nothing_half_written_is_left(service, fault):
    """After the kills of the test above: a proposal has all that belongs to it, and nothing is without its proposal."""
    assert service.rows("SELECT count(*) FROM proposals_proposal")[0][0] > 0
    assert service.rows(f"SELECT count(*) {fault}") == [(0,)]


def test_fifty_posts_of_one_key_at_once_make_one_proposal(service):
    key, body, crowd = secrets.token_hex(16), body_of("One bench"), threading.Barrier(50)
    answers: list[tuple[int, bytes]] = []

    def send() -> None:
        crowd.wait()
        status, _headers, text = service.post(key, body)
        answers.append((status, text))

    threads = [threading.Thread(target=send) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GIVE_UP_S)
    assert Counter(status for status, _text in answers) == {201: 1, 200: 49}
    assert len({text for _status, text in answers}) == 1
    assert service.rows("SELECT count(*) FROM proposals_proposal WHERE title = 'One bench'") == [(1,)]


def test_a_key_with_another_body_is_refused_and_changes_nothing(service):
    key = secrets.token_hex(16)
    assert service.post(key, body_of("First words"))[0] == 201
    assert service.post(key, body_of("Other words"))[0] == 409
    assert service.rows("SELECT count(*) FROM proposals_proposal WHERE title = 'Other words'") == [(0,)]
