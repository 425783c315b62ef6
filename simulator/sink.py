"""Somebody to notify: a local HTTP server that an Apprise `json://` URL posts to."""

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from simulator.broker import HOST


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification as it arrived; `at` is on the clock of time.monotonic."""

    at: float
    title: str
    body: str


class Sink:
    """Collects notifications, on a free loopback port unless told otherwise, while it is entered."""

    def __init__(self, host: str = HOST, port: int = 0) -> None:
        """Take a port; nothing is answered before it is entered."""
        self._lock = threading.Lock()
        self._received: list[Notification] = []
        self._server = _Server((host, port), _Handler)
        self._server.sink = self
        self._thread = threading.Thread(target=self._server.serve_forever, name="sink", daemon=True)

    @property
    def url(self) -> str:
        """The Apprise URL of this receiver."""
        return f"json://{HOST}:{self._server.server_port}/"

    def received(self) -> list[Notification]:
        """Return all notifications so far, in the order of their arrival."""
        with self._lock:
            return list(self._received)

    def take(self, notification: Notification) -> None:
        """Keep a notification."""
        with self._lock:
            self._received.append(notification)

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    sink: Sink


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """Keep what Apprise posts: `{"title": …, "message": …}`; 400 for anything else."""
        try:
            posted = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            notification = Notification(time.monotonic(), str(posted["title"]), str(posted["message"]))
        except (ValueError, KeyError, TypeError):
            self.send_response(400)
        else:
            self.server.sink.take(notification)
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal belongs to the demo."""
