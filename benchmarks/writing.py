"""W1: validated submissions over HTTP by many clients at once, beside pgbench writing the same rows without any check."""

import glob
import http.client
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks import database
from benchmarks.rounds import Benchmark, Contender, Result, run

CLIENTS = 16
POSTS_PER_CLIENT = 50
WORKERS, THREADS = 2, 8
READY_TIMEOUT_S = 30
GOAL = 1 / 0.6  # at least 0.6 of pgbench's throughput

# The rows of one proposal that is published at once without an e-mail, as proposals.submit writes them.
ROWS = """
\\set n random(1, 1000000000)
BEGIN;
INSERT INTO proposals_submission (key_hash, body_hash, proposal_id, at)
    VALUES (md5(random()::text) || md5(:n::text), md5(:n::text) || md5(random()::text),
    nextval(pg_get_serial_sequence('proposals_proposal', 'id')), now()) RETURNING proposal_id AS proposal \\gset
INSERT INTO proposals_proposal (id, category_id, kind, title, body, language, answers, location, public_location, place_precision,
    area_id, landmark, publication, status, channel, version, terms_version, source, source_id, supports_verified,
    supports_unverified, comments, submitted_at, published_at, updated_at)
    SELECT :proposal::bigint, category, 'parking', 'Suojatie on vaarallinen', 'Lapset kulkevat tästä kouluun. Autot ajavat liian kovaa.', 'fi', '{}',
    place, place, 'exact', area, '{"names": {"fi": "Tapiola"}, "bearing": 1, "distance_m": 120}', 'published', 'open', 'web', 1,
    '2026-11', '', '', 0, 0, 0, now(), now(), now()
    FROM (SELECT @category@ AS category, @area@ AS area,
        ST_SetSRID(ST_MakePoint(@lon@ + random() * 0.01, @lat@ + random() * 0.005), 4326) AS place) AS given;
INSERT INTO proposals_contact (proposal_id, email, language, device_key_hash, tracking_code, link_version, code_hash, code_tries)
    VALUES (:proposal, '', 'fi', '', lpad(to_hex(:proposal::bigint), 8, '0'), 1, '', 0);
INSERT INTO proposals_proposaltext (proposal_id, version, title, body, at, waits)
    VALUES (:proposal, 1, 'Suojatie on vaarallinen', 'Lapset kulkevat tästä kouluun. Autot ajavat liian kovaa.', now(), false);
INSERT INTO proposals_event (proposal_id, verb, role, before, after, note_digest, at)
    VALUES (:proposal, 'submitted', 'resident', '', 'published', '', now()) RETURNING id AS first \\gset
INSERT INTO proposals_outbox (event_id) VALUES (:first);
INSERT INTO proposals_event (proposal_id, verb, role, before, after, note_digest, at)
    VALUES (:proposal, 'published', 'system', '', 'published', '', now()) RETURNING id AS second \\gset
INSERT INTO proposals_outbox (event_id) VALUES (:second);
COMMIT;
"""


def measure(rounds: int) -> Result | None:
    """The result of W1 on a copy of the database; None where there is no pgbench."""
    pgbench = shutil.which("pgbench") or next(
        iter(sorted(glob.glob("/usr/lib/postgresql/*/bin/pgbench"), reverse=True)), None
    )
    if pgbench is None:
        return None
    url = database.copy("bench_write")
    with served(url) as port, tempfile.TemporaryDirectory() as folder:
        script, ground = Path(folder) / "rows.sql", ground_of(url)
        text = ROWS
        for name, value in ground.items():
            text = text.replace(f"@{name}@", str(value))
        script.write_text(text)
        command = [
            pgbench, "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=2",
            f"--transactions={POSTS_PER_CLIENT}", f"--file={script}", database.libpq(url),
        ]  # fmt: skip

        def floor() -> int:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"PGOPTIONS": ""})
            return CLIENTS * POSTS_PER_CLIENT

        post = Contender(f"POST, {CLIENTS} clients, gunicorn", lambda: post_all(port, ground))
        return run(Benchmark("W1 submissions", post, Contender("pgbench, the same rows", floor), GOAL), rounds)


def ground_of(url: str) -> dict[str, float]:
    """A category that publishes at once and takes points, an area, and a place in its middle."""
    with psycopg.connect(database.libpq(url)) as session:
        category = session.execute("SELECT id FROM proposals_category WHERE slug = 'parking'").fetchone()
        area = session.execute(
            "SELECT id, ST_X(centre), ST_Y(centre) FROM layers_area WHERE slug = 'tapiola'"
        ).fetchone()
    return {"category": category[0], "area": area[0], "lon": area[1], "lat": area[2]}


@contextmanager
def served(url: str) -> Iterator[int]:
    """The product by gunicorn on a free port; the limit of submissions is off, each client has an address of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": url, "SUBMISSIONS_PER_ADDRESS_PER_HOUR": "1000000000", "TRUSTED_PROXIES": "1",
        "STATEMENT_LIMITS": "1",
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "mapapp.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS),
         "--threads", str(THREADS), "--no-control-socket", "--log-level", "error"],
        env=environment, cwd=database.HOUSE,
    )  # fmt: skip
    try:
        wait_until_ready(port)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while True:
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            client.request("GET", "/healthz")
            if client.getresponse().status == 200:
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def post_all(port: int, ground: dict[str, float]) -> int:
    """Each client its posts, one after the other on a connection that stays open; returns how many answered 201."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(lambda number: post_some(port, ground, number), range(CLIENTS)))


def post_some(port: int, ground: dict[str, float], number: int) -> int:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    made = 0
    for _ in range(POSTS_PER_CLIENT):
        place = [ground["lon"] + random.random() * 0.01, ground["lat"] + random.random() * 0.005]
        body = {
            "title": "Suojatie on vaarallinen", "body": "Lapset kulkevat tästä kouluun. Autot ajavat liian kovaa.",
            "language": "fi", "kind": "parking", "geometry": {"type": "Point", "coordinates": place},
        }  # fmt: skip
        client.request(
            "POST", "/api/v1/proposals", json.dumps(body),
            {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(16), "X-Forwarded-For": f"192.0.2.{number}"},
        )  # fmt: skip
        answer = client.getresponse()
        text = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status} {text[:300]!r}")
        made += 1
    return made
