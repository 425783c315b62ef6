"""Real HTTP receivers that answer as they are told, and a notifier that sends to them."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, select

from alerts import norms
from alerts.addressee import Addressee, Duty
from alerts.clock import now_us
from alerts.courier import Address
from alerts.delivery_metrics import DeliveryMetrics
from alerts.direct import Direct
from alerts.journal import Event
from alerts.notifier import Notifier
from alerts.outbox import Outbox
from alerts.quiet_hours import QuietHours
from alerts.receiver import AppriseReceiver
from alerts.schema import deliveries
from alerts.transition import Change, Kind, Severity, Transition
from alerts.wording import Wording
from model.sample import NAMES
from tests.arranged import record

FACTS: Final = {
    "values": dict.fromkeys(NAMES, 7.0),
    "probability": 0.9,
    "threshold": 0.5,
    "contributions": [{"name": name, "value": 7.0, "log_odds": 0.1} for name in NAMES],
    "model": "m1",
}
SILENT: Final = {"period_s": 60.0, "last_us": 1, "model": "m1"}
PAGE: Final = "http://127.0.0.1:8000"
ZONE: Final = "America/Santiago"
WORDING: Final = Wording("es", ZONE, PAGE, norms.load())

HANG: Final = 0
DRIP: Final = 1
RESET: Final = 2
"""Instead of a status: no answer, a byte of it now and then, the connection broken off after the text was taken."""


class Receiver(ThreadingHTTPServer):
    """An HTTP receiver that answers as it is told; it keeps what came and what it accepted.

    `answer` is asked for each message: a status, or one of HANG, DRIP and RESET.
    """

    daemon_threads = True

    def __init__(self) -> None:
        """Listen on a free port and accept everything."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Callable[[str], int] = lambda _message: 200
        self.tried: list[str] = []
        self.arrived: list[str] = []
        self.ended = threading.Event()
        self._changed = threading.Condition()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address for Apprise."""
        return f"json://127.0.0.1:{self.server_port}/"

    def wait_for(self, number: int) -> list[str]:
        """Return what was accepted, once there are so many."""
        return self._wait(self.arrived, number)

    def wait_for_tries(self, number: int) -> list[str]:
        """Return what came, accepted or not, once there are so many."""
        return self._wait(self.tried, number)

    def note(self, messages: list[str], message: str) -> None:
        """Add a message to what was tried or what arrived."""
        with self._changed:
            messages.append(message)
            self._changed.notify_all()

    def shutdown(self) -> None:
        """Let go of whoever waits, and listen no more."""
        self.ended.set()
        super().shutdown()

    def _wait(self, messages: list[str], number: int) -> list[str]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(messages) >= number, timeout=30), messages
            return list(messages)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Answer as told."""
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["message"]
        self.server.note(self.server.tried, message)
        status = self.server.answer(message)
        if status == HANG:
            self.server.ended.wait(60)
        elif status == DRIP:
            self._drip()
        elif status == RESET:
            self.server.note(self.server.arrived, message)
            # Closed with unsent time 0, which the other side sees as a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            if status == 200:
                self.server.note(self.server.arrived, message)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.send_header("Retry-After", "1")
            self.end_headers()

    def _drip(self) -> None:
        try:
            while not self.server.ended.wait(0.05):
                self.wfile.write(b"H")
                self.wfile.flush()
        except OSError:
            return  # the other side has had enough

    def handle_one_request(self) -> None:
        """Answer one request; a connection that we have broken off ourselves is no error."""
        try:
            super().handle_one_request()
        except (OSError, ValueError):
            self.close_connection = True

    def finish(self) -> None:
        """End the connection, if it has not ended yet."""
        try:
            super().finish()
        except (OSError, ValueError):
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def address(name: str, url: str, language: str = "es", templates: str | None = None) -> Address:
    """Return where somebody is reached, to be told in the words of WORDING or in another language."""
    return Address(name, url, as_markdown=False, language=language, timezone=ZONE, page=PAGE, templates=templates)


def owe(
    engine: Engine,
    receivers: list[str],
    *sensors: str,
    kind: Kind = Kind.WATER,
    severity: Severity = Severity.PRESUNTA,
    quiet_hours: QuietHours | None = None,
) -> None:
    """Commit one raised alarm per sensor, owed to these receivers."""
    everybody = Duty(tuple(Addressee(name, quiet_hours=quiet_hours) for name in receivers))
    raised = Transition(kind, 1, Change.RAISED, severity, 1, 0.0, notify=True)
    facts = SILENT if kind is Kind.SILENCE else FACTS
    with engine.begin() as connection:
        record(connection, [Event(sensor, raised, facts) for sensor in sensors], everybody, now_us())


def notifier(  # noqa: PLR0913 - whom to send to, and what of it a test wants otherwise
    outbox: Outbox,
    receivers: dict[str, str],
    *,
    timeout: float = 10.0,
    give_up_us: int = 2**62,
    wording: Wording = WORDING,
    registry: CollectorRegistry | None = None,
) -> Notifier:
    """Return a notifier of real Apprise receivers."""
    made = [Direct(AppriseReceiver(name, url, timeout), wording) for name, url in receivers.items()]
    return Notifier(outbox, made, give_up_us, DeliveryMetrics(registry or CollectorRegistry(), list(receivers)))


def statuses(engine: Engine) -> list[str]:
    """Return where all deliveries stand, oldest first."""
    with engine.connect() as connection:
        return list(connection.execute(select(deliveries.c.status).order_by(deliveries.c.id)).scalars())


def sensors(messages: list[str]) -> list[str]:
    """Return which sensors messages are about, in order."""
    return [text.splitlines()[0].split(" · ")[1] for text in messages]
