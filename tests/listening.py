"""A server on this machine that answers what a test tells it to, and notes what it was asked."""

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Listener:
    """A server on this machine that notes every request; `answers` is path -> (status, headers, body)."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener until the block ends."""
    listener = Listener()

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.asked.append(f"{self.command} {self.path}")
            if self.path == "/drip":
                self.connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
                try:
                    for _ in range(40):
                        self.connection.sendall(b".")
                        time.sleep(0.05)
                except OSError:
                    return
                return
            status, headers, body = listener.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    listener.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield listener
    server.shutdown()
    server.server_close()
