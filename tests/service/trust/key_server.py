"""A client's own web server that publishes its keys, in a thread: it can rotate them, dawdle, break and be counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATH = "/.well-known/jwks.json"


class KeyServer(ThreadingHTTPServer):
    """Answers every GET with what it was told last."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.body, self.status, self.delay, self.headers = b"", 200, 0.0, {"Content-Type": "application/json"}
        self.asked = 0

    @property
    def url(self) -> str:
        """Where the keys are."""
        return f"http://127.0.0.1:{self.server_address[1]}{PATH}"


class _Answering(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.asked += 1
        time.sleep(self.server.delay)
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        try:
            self.wfile.write(self.server.body)
        except ConnectionError:
            return

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def publishing(body: bytes) -> Iterator[KeyServer]:
    """A server that publishes this."""
    with KeyServer() as server:
        server.body = body
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)
