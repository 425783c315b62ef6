"""The notifier against real HTTP receivers: in order, at least once, and nobody waits for somebody else."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, select

from alerts import norms
from alerts.delivery_metrics import DeliveryMetrics
from alerts.journal import Addressee, Event, load, record
from alerts.notifier import Notifier
from alerts.outbox import Outbox
from alerts.policy import Change, Severity, Transition
from alerts.receiver import AppriseReceiver, ReceiverError, SendError
from alerts.schema import deliveries
from alerts.wording import Text, Wording
from ingest import database
from model.sample import NAMES

FACTS = {
    "values": dict.fromkeys(NAMES, 7.0),
    "probability": 0.9,
    "threshold": 0.5,
    "contributions": [{"name": name, "value": 7.0, "log_odds": 0.1} for name in NAMES],
    "model": "m1",
}


class Receiver(ThreadingHTTPServer):
    """An HTTP receiver that answers as it is told, and keeps what it accepted."""

    daemon_threads = True

    def __init__(self) -> None:
        """Listen on a free port and accept everything."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Callable[[str], int] = lambda _message: 200
        self.arrived: list[str] = []
        self.changed = threading.Condition()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address for Apprise."""
        return f"json://127.0.0.1:{self.server_port}/"

    def wait_for(self, number: int) -> list[str]:
        """Return what was accepted, once there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.arrived) >= number, timeout=30)
            return list(self.arrived)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        """Answer as told; a status of 0 keeps the client waiting for ever."""
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["message"]
        status = self.server.answer(message)
        if status == 0:
            threading.Event().wait(60)
            return
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if status == 200:
            with self.server.changed:
                self.server.arrived.append(message)
                self.server.changed.notify_all()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver that accepts everything."""
    with Receiver() as made:
        yield made
        made.shutdown()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return the writing engine of a new store."""
    made = database.writer(f"sqlite:///{tmp_path}/store.db")
    database.migrate(made)
    yield made
    made.dispose()


def owe(engine: Engine, receivers: list[str], *sensors: str) -> None:
    """Commit one raised alarm per sensor, owed to these receivers."""
    everybody = [Addressee(name, Severity.PRESUNTA) for name in receivers]
    with engine.begin() as connection:
        for sensor in sensors:
            known = load(connection, {sensor})
            raised = Transition(1, Change.RAISED, Severity.PRESUNTA, 1, 0.0, notify=True)
            record(connection, [Event(sensor, raised, FACTS)], {sensor: known[sensor].id}, everybody, 1_000_000)


def notifier(engine: Engine, receivers: dict[str, str], *, timeout: float = 10.0, give_up_us: int = 2**62) -> Notifier:
    """Return a notifier of real Apprise receivers."""
    made = [AppriseReceiver(name, url, timeout) for name, url in receivers.items()]
    wording = Wording("es", "America/Santiago", "http://127.0.0.1:8000", norms.load())
    metrics = DeliveryMetrics(CollectorRegistry(), list(receivers))
    return Notifier(Outbox(engine, engine), made, wording, give_up_us, metrics)


def statuses(engine: Engine) -> list[str]:
    """Return where all deliveries stand, oldest first."""
    with engine.connect() as connection:
        return list(connection.execute(select(deliveries.c.status).order_by(deliveries.c.id)).scalars())


def test_it_sends_what_an_earlier_process_left(engine: Engine, receiver: Receiver) -> None:
    """In order, once each, then marks it."""
    owe(engine, ["turno"], "a/1", "a/2", "a/3")
    sender = notifier(engine, {"turno": receiver.url})
    sender.start()
    arrived = receiver.wait_for(3)
    sender.stop(10)
    assert [text.splitlines()[0].split(" · ")[1] for text in arrived] == ["a/1", "a/2", "a/3"]
    assert statuses(engine) == ["sent"] * 3


def test_a_receiver_that_comes_back_gets_everything_in_order(engine: Engine, receiver: Receiver) -> None:
    """It refuses three times; then it hears of all, oldest first."""
    refusals = iter([500, 429, 500])
    receiver.answer = lambda _message: next(refusals, 200)
    owe(engine, ["turno"], "a/1", "a/2", "a/3")
    sender = notifier(engine, {"turno": receiver.url})
    sender.start()
    arrived = receiver.wait_for(3)
    sender.stop(10)
    assert [text.splitlines()[0].split(" · ")[1] for text in arrived] == ["a/1", "a/2", "a/3"]


def test_one_that_hangs_delays_nobody_else(engine: Engine, receiver: Receiver) -> None:
    """Each receiver has a thread of its own."""
    with Receiver() as hanging:
        hanging.answer = lambda _message: 0
        owe(engine, ["hangs", "turno"], "a/1")
        sender = notifier(engine, {"hangs": hanging.url, "turno": receiver.url}, timeout=0.5)
        sender.start()
        assert len(receiver.wait_for(1)) == 1
        sender.stop(10)
        hanging.shutdown()
    assert statuses(engine) == ["pending", "sent"]


def test_a_text_that_is_refused_does_not_hold_up_the_rest(engine: Engine, receiver: Receiver) -> None:
    """The others pass it; it stays owed."""
    receiver.answer = lambda message: 400 if "a/1" in message else 200
    owe(engine, ["turno"], "a/1", "a/2", "a/3")
    sender = notifier(engine, {"turno": receiver.url})
    sender.start()
    assert len(receiver.wait_for(2)) == 2
    sender.stop(10)
    assert statuses(engine) == ["pending", "sent", "sent"]


def test_what_cannot_be_delivered_is_dead_and_stays_visible(engine: Engine, receiver: Receiver) -> None:
    """After the time to give up, and never deleted."""
    refused = threading.Event()

    def refuse(_message: str) -> int:
        refused.set()
        return 500

    receiver.answer = refuse
    owe(engine, ["turno"], "a/1")
    sender = notifier(engine, {"turno": receiver.url}, give_up_us=0)
    sender.start()
    assert refused.wait(30)
    sender.stop(10)
    assert statuses(engine) == ["dead"]


def test_a_url_that_apprise_does_not_know_is_refused_without_saying_it() -> None:
    """The URL holds tokens."""
    with pytest.raises(ReceiverError) as caught:
        AppriseReceiver("turno", "nosuch://token@host", 1.0)
    assert "token" not in str(caught.value)


def test_a_send_error_says_why_and_not_where() -> None:
    """Nobody listens there."""
    with pytest.raises(SendError) as caught:
        AppriseReceiver("turno", "json://token@127.0.0.1:1/", 5.0).send(Text("t", "b"))
    assert "token" not in str(caught.value)
