"""The product as an administrator serves it: a database of its own with the demo city, gunicorn, worker, mails in a folder."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
READY_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10
AFTER_A_MAIL = "\n" + "-" * 79 + "\n"  # as Django's file backend writes it
# What the settings of the other tests put into the environment, and what would lead to somebody else's data.
NOT_INHERITED = {
    "CITY_FILE",
    "TESTING",
    "SECRET_KEY",
    "MEDIA_ROOT",
    "BASEMAP",
    "BASEMAP_KEY",
    "TEST_DATABASE_NAME",
    "DEBUG",
}


@dataclass(frozen=True)
class Product:
    """Where the served product is, and the folders that it writes."""

    url: str
    folder: Path
    environment: dict[str, str]

    @property
    def mails(self) -> list[str]:
        """The mails sent so far, oldest first, as they would leave the house. A file holds those of one connection."""
        files = sorted((self.folder / "mail").glob("*"), key=lambda path: path.stat().st_mtime)
        return [mail for file in files for mail in file.read_text().split(AFTER_A_MAIL)[:-1]]

    def manage(self, *arguments: str) -> str:
        """What `manage.py` with these arguments writes to stdout; raises with its stderr when it fails."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def rows(self, statement: str) -> list[tuple]:
        """What a query finds in the product's database."""
        with _connected(self.environment["DATABASE_URL"].rsplit("/", 1)[1]) as connection:
            return connection.execute(statement).fetchall()


DEMO = (("load_demo",), ("collectstatic", "--no-input", "--verbosity", "0"))


@contextmanager
def served(folder: Path, commands: tuple[tuple[str, ...], ...] = DEMO, **environment: str) -> Iterator[Product]:
    """The product with the demo city (or after other `commands`) on a free port until the block ends. About 15 s to start."""
    name = f"browser_{os.getpid()}_{secrets.token_hex(3)}"
    port = _free_port()
    product = Product(f"http://127.0.0.1:{port}", folder, _environment(folder, name, port) | environment)
    _create_database(name)
    try:
        product.manage("migrate", "--verbosity", "0")
        for command in commands:
            product.manage(*command)
        with _running(product, port):
            yield product
    finally:
        _drop_database(name)


def _environment(folder: Path, database: str, port: int) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key not in NOT_INHERITED}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "DATABASE_URL": f"{settings.DATABASE_URL.rsplit('/', 1)[0]}/{database}",
        "STATEMENT_LIMITS": "0",
        "BROWSER_STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "photos"),
        "EMAIL_FILE_PATH": str(folder / "mail"),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": secrets.token_urlsafe(40),
        "EMBED_HOSTS": "http://localhost:*",  # not 127.0.0.1, where the product and a site that is not named are
        "PROOF_OF_WORK_ROUNDS": "200",  # the browsers share two cores with everything else
        "DEMO": "1",
    }


@contextmanager
def _running(product: Product, port: int) -> Iterator[None]:
    environment = product.environment | {"STATEMENT_LIMITS": "1"}
    web = ["-m", "gunicorn", "mapapp.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8"]
    commands = [
        [*web, "--no-control-socket", "--log-level", "warning"],
        [str(ROOT / "manage.py"), "procrastinate", "worker"],
    ]
    with (product.folder / "log").open("w") as log:
        processes = [
            subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            for command in commands
        ]
        try:
            _wait_until_ready(product, processes)
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                try:
                    process.wait(STOP_TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _wait_until_ready(product: Product, processes: list[subprocess.Popen[bytes]]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            opener.open(f"{product.url}/readyz", timeout=5)
            return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"The product did not get ready:\n{(product.folder / 'log').read_text()[-4000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _connected(name: str) -> psycopg.Connection:
    database = settings.DATABASES["default"]
    keys = {"host": database.get("HOST"), "port": database.get("PORT"), "user": database.get("USER")}
    keys |= {"password": database.get("PASSWORD"), "dbname": name}
    return psycopg.connect(**{k: v for k, v in keys.items() if v}, autocommit=True)


def _on_cluster(statement: str) -> None:
    with _connected("postgres") as connection:
        connection.execute(statement)


def _create_database(name: str) -> None:
    # Another run may be copying the same template at this moment: then it is asked again.
    for attempt in range(10):
        try:
            return _on_cluster(f'CREATE DATABASE "{name}"')
        except psycopg.errors.ObjectInUse:
            time.sleep(1 + attempt)
    raise RuntimeError("The template database was in use for a minute.")


def _drop_database(name: str) -> None:
    _on_cluster(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
