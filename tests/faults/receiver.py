"""Somebody to notify who may be in any state: an HTTP server that keeps what it has said yes to."""

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

from tests.faults.proxy import ABORT, HOST

POLL_S: Final = 0.1
NO_DELIVERY: Final = 0
CANARY: Final = "canario-de-receptor-7391"
"""Stands as the password in the receivers' URLs: it must be nowhere in a log."""


class Mood(Enum):
    """How it answers."""

    FINE = auto()
    ERROR = auto()
    BUSY = auto()
    HANG = auto()
    DRIP = auto()
    RESET = auto()
    """It keeps the notification and breaks the connection instead of saying so."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notification that was taken: the delivery's id, and the Unix time."""

    delivery: int
    at: float


class Receiver:
    """Entered, it answers at `url` until left; `close` and `open` are a service that is down and back."""

    def __init__(self, name: str) -> None:
        """Take a free port."""
        self.name = name
        self.mood = Mood.FINE
        self.told: list[Told] = []
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The Apprise URL, with a secret in it."""
        return f"json://vigia:{CANARY}@{HOST}:{self._port}/"

    def open(self) -> None:
        """Listen."""
        self._server = _Server((HOST, self._port), _Handler)
        self._server.receiver = self
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name=self.name, daemon=True).start()

    def close(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, delivery: int) -> None:
        """Keep a notification."""
        with self._lock:
            self.told.append(Told(delivery, time.time()))

    def __enter__(self) -> Self:
        """Listen."""
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the port."""
        self.mood = Mood.FINE
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    receiver: Receiver

    def handle_error(self, *_: object) -> None:
        """Say nothing: broken connections are what we are here for."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """Answer as the mood is. The body of a notification is the id of its delivery and nothing else."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        first = str(body["message"]).split()[0]
        # A word about undelivered notifications is no delivery of the outbox.
        delivery = int(first) if first.isdecimal() else NO_DELIVERY
        receiver = self.server.receiver
        mood = receiver.mood
        if mood is Mood.FINE:
            receiver.take(delivery)
            self._answer(200)
        elif mood is Mood.ERROR:
            self._answer(500)
        elif mood is Mood.BUSY:
            self._answer(429, ("Retry-After", "2"))
        elif mood is Mood.RESET:
            receiver.take(delivery)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            self.connection.close()
        else:
            self._never_finish(mood)

    def _never_finish(self, mood: Mood) -> None:
        with contextlib.suppress(OSError):
            while self.server.receiver.mood is mood:
                if mood is Mood.DRIP:
                    self.connection.sendall(b"H")
                time.sleep(POLL_S)
        self.close_connection = True

    def _answer(self, status: int, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", "0")):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
