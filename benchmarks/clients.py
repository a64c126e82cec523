"""Those who ask: the product's WSGI application in this process, psycopg, and psql, a client in C."""

import io
import os
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from benchmarks.rounds import Contender

GOOD = ("200", "204", "304")
application = get_wsgi_application()


def answer(address: str, **headers: str) -> Iterator[bytes]:
    """The body of a GET through the application and all its middlewares, as a server would take it."""
    parts = urlsplit(address)
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": parts.path, "QUERY_STRING": parts.query, "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "HTTP_HOST": "localhost", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0),
        "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False, **headers,
    }  # fmt: skip
    lines: list[str] = []
    body = application(environ, lambda line, headers, *rest: lines.append(line))
    try:
        if not lines[0].startswith(GOOD):
            raise RuntimeError(f"{address}: {lines[0]}")
        yield from body
    finally:
        body.close()


def door(name: str, address: str, **headers: str) -> Contender:
    return Contender(name, lambda: sum(map(len, answer(address, **headers))))


def conninfo() -> str:
    """The database as libpq names it."""
    given = settings.DATABASES["default"]
    return psycopg.conninfo.make_conninfo(
        dbname=given["NAME"], host=given["HOST"], port=given["PORT"], user=given["USER"]
    )


def queries(name: str, *statements: str) -> Contender:
    """Statements one after the other on one connection that stays open, all rows fetched; makes rows."""
    session = psycopg.connect(conninfo(), autocommit=True)
    return Contender(name, lambda: sum(len(session.execute(statement).fetchall()) for statement in statements))


def copy(name: str, statement: str, size: int) -> Contender:
    """A COPY to nowhere by psql, which makes `size` bytes."""

    def work() -> int:
        environment = os.environ | {"PGOPTIONS": ""}
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", conninfo(), "-c", statement]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
        return size

    return Contender(name, work)
