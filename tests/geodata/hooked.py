"""A receiver of webhooks on this machine, and what tests do with it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from geodata import webhooks
from geodata.models import Webhook
from proposals.models import Proposal, PublicationRule
from proposals.tasks import empty_one_batch
from tests.proposals.rows import sent


@dataclass
class Receiver:
    """A server that keeps what it is told; `answers` are what it does with the next calls, then 204."""

    port: int = 0
    took: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[object] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _body in self.took]

    @property
    def told(self) -> list[dict]:
        return [json.loads(body) for _headers, body in self.took]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver until the block ends."""
    receiver = Receiver()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.took.append(({name.lower(): value for name, value in self.headers.items()}, body))
            answer = receiver.answers.pop(0) if receiver.answers else 204
            if answer == "hang":
                receiver.released.wait(10)
            elif answer == "lose":
                self.close_connection = True  # it was taken, and the reply is lost
            else:
                self.send_response(answer)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

        do_GET = do_POST

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    receiver.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield receiver
    receiver.released.set()
    server.shutdown()
    server.server_close()


def registered(receiver: Receiver, **given: object) -> Webhook:
    webhook = Webhook(url=receiver.url, description="A newspaper", **given)
    webhook.full_clean()
    webhook.begin()
    return webhook


def published(**given: object) -> Proposal:
    return sent(rule=PublicationRule.AT_ONCE, **given)


def told(webhook: Webhook) -> int:
    """Seals what happened, plans and makes the calls."""
    empty_one_batch()
    webhooks.plan(webhook.pk)
    return webhooks.call(webhook.pk)
