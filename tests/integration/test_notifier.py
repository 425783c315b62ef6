"""The notifier against real HTTP receivers: in order, at least once, and nobody waits for somebody else."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, select, update

from alerts import norms, storm
from alerts.addressee import Addressee, Duty
from alerts.clock import now_us
from alerts.delivery_metrics import DeliveryMetrics
from alerts.journal import Event
from alerts.notifier import Notifier
from alerts.outbox import Outbox
from alerts.quiet_hours import QuietHours
from alerts.receiver import AppriseReceiver, ReceiverError, SendError
from alerts.recipient import Recipient
from alerts.schema import deliveries
from alerts.transition import Change, Kind, Severity, Transition
from alerts.wording import Text, Wording
from ingest import database
from model.sample import NAMES
from tests.arranged import record
from tests.waiting import wait_until

FACTS = {
    "values": dict.fromkeys(NAMES, 7.0),
    "probability": 0.9,
    "threshold": 0.5,
    "contributions": [{"name": name, "value": 7.0, "log_odds": 0.1} for name in NAMES],
    "model": "m1",
}
SILENT = {"period_s": 60.0, "last_us": 1, "model": "m1"}
WORDING = Wording("es", "America/Santiago", "http://127.0.0.1:8000", norms.load())


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
def outbox(engine: Engine) -> Iterator[Outbox]:
    """Return its outbox, which reads while somebody writes."""
    reader = database.reader(str(engine.url))
    yield Outbox(engine, reader)
    reader.dispose()


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


def notifier(
    outbox: Outbox,
    receivers: dict[str, str],
    *,
    timeout: float = 10.0,
    give_up_us: int = 2**62,
    wording: Wording = WORDING,
) -> Notifier:
    """Return a notifier of real Apprise receivers."""
    made = [Recipient(AppriseReceiver(name, url, timeout), wording) for name, url in receivers.items()]
    return Notifier(outbox, made, give_up_us, DeliveryMetrics(CollectorRegistry(), list(receivers)))


def statuses(engine: Engine) -> list[str]:
    """Return where all deliveries stand, oldest first."""
    with engine.connect() as connection:
        return list(connection.execute(select(deliveries.c.status).order_by(deliveries.c.id)).scalars())


def test_it_sends_what_an_earlier_process_left(engine: Engine, outbox: Outbox, receiver: Receiver) -> None:
    """In order, once each, then marks it."""
    owe(engine, ["turno"], "a/1", "a/2", "a/3")
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    arrived = receiver.wait_for(3)
    sender.stop(10)
    assert [text.splitlines()[0].split(" · ")[1] for text in arrived] == ["a/1", "a/2", "a/3"]
    assert statuses(engine) == ["sent"] * 3


def test_a_receiver_that_comes_back_gets_everything_in_order(
    engine: Engine, outbox: Outbox, receiver: Receiver
) -> None:
    """It refuses three times; then it hears of all, oldest first."""
    refusals = iter([500, 429, 500])
    receiver.answer = lambda _message: next(refusals, 200)
    owe(engine, ["turno"], "a/1", "a/2", "a/3")
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    arrived = receiver.wait_for(3)
    sender.stop(10)
    assert [text.splitlines()[0].split(" · ")[1] for text in arrived] == ["a/1", "a/2", "a/3"]


def test_one_that_hangs_delays_nobody_else(engine: Engine, outbox: Outbox, receiver: Receiver) -> None:
    """Each receiver has a thread of its own."""
    with Receiver() as hanging:
        hanging.answer = lambda _message: 0
        owe(engine, ["hangs", "turno"], "a/1")
        sender = notifier(outbox, {"hangs": hanging.url, "turno": receiver.url}, timeout=0.5)
        sender.start()
        assert len(receiver.wait_for(1)) == 1
        sender.stop(10)
        hanging.shutdown()
    assert statuses(engine) == ["pending", "sent"]


def test_a_text_that_is_refused_does_not_hold_up_the_rest(engine: Engine, outbox: Outbox, receiver: Receiver) -> None:
    """The others pass it; it stays owed."""
    receiver.answer = lambda message: 400 if "a/1" in message else 200
    owe(engine, ["turno"], "a/1", "a/2", "a/3")
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    assert len(receiver.wait_for(2)) == 2
    sender.stop(10)
    assert statuses(engine) == ["pending", "sent", "sent"]


def test_what_cannot_be_delivered_is_dead_and_stays_visible(engine: Engine, outbox: Outbox, receiver: Receiver) -> None:
    """After the time to give up, and never deleted."""
    refused = threading.Event()

    def refuse(_message: str) -> int:
        refused.set()
        return 500

    receiver.answer = refuse
    owe(engine, ["turno"], "a/1")
    sender = notifier(outbox, {"turno": receiver.url}, give_up_us=0)
    sender.start()
    assert refused.wait(30)
    sender.stop(10)
    assert statuses(engine) == ["dead"]


def test_many_at_once_are_one_message_and_each_is_marked(engine: Engine, outbox: Outbox, receiver: Receiver) -> None:
    """A site without power does not ring seven times."""
    owe(engine, ["turno"], *(f"a/{number}" for number in range(1, 8)), kind=Kind.SILENCE, severity=Severity.TECNICA)
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    (arrived,) = receiver.wait_for(1)
    wait_until(lambda: statuses(engine) == ["sent"] * 7)
    sender.stop(10)
    assert arrived.splitlines()[0] == "7 × SIN DATOS · a"
    assert [line.split(" · ")[0] for line in arrived.splitlines()[2:-1]] == [f"· a/{n}" for n in range(1, 8)]
    assert len(receiver.arrived) == 1


def test_a_confirmed_alarm_is_no_part_of_a_digest(engine: Engine, outbox: Outbox, receiver: Receiver) -> None:
    """It has a message of its own."""
    owe(engine, ["turno"], *(f"a/{number}" for number in range(1, 7)))
    owe(engine, ["turno"], "a/7", severity=Severity.CONFIRMADA)
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    first, second = receiver.wait_for(2)
    sender.stop(10)
    assert first.startswith("6 × AGUA NO POTABLE (presunta) · a")
    assert second.startswith("AGUA NO POTABLE (confirmada) · a/7")


def test_a_digest_that_is_refused_holds_up_no_confirmed_alarm(
    engine: Engine, outbox: Outbox, receiver: Receiver
) -> None:
    """It is tried again later, as one message."""
    refusals = iter([400])
    receiver.answer = lambda message: next(refusals, 200) if "6 ×" in message else 200
    owe(engine, ["turno"], *(f"a/{number}" for number in range(1, 7)))
    owe(engine, ["turno"], "b/1", severity=Severity.CONFIRMADA)
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    first, second = receiver.wait_for(2)
    wait_until(lambda: statuses(engine) == ["sent"] * 7)
    sender.stop(10)
    assert first.startswith("AGUA NO POTABLE (confirmada) · b/1")
    assert second.startswith("6 × AGUA NO POTABLE (presunta) · a")


def test_the_first_of_a_storm_is_not_delayed_and_the_rest_gathers(
    engine: Engine, outbox: Outbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it does, a confirmed alarm goes out at once."""
    monkeypatch.setattr(storm, "GATHER_US", 3_000_000)
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    for sensor in ("a/1", "b/2", "c/3", "d/4", "e/5", "f/6"):
        owe(engine, ["turno"], sensor, kind=Kind.SILENCE, severity=Severity.TECNICA)
        sender.wake()
        receiver.wait_for(1)
    owe(engine, ["turno"], "a/7", severity=Severity.CONFIRMADA)
    sender.wake()
    first, second, third = receiver.wait_for(3)
    sender.stop(10)
    assert first.startswith("SIN DATOS · a/1")
    assert second.startswith("AGUA NO POTABLE (confirmada) · a/7")
    assert third.startswith("5 × SIN DATOS · 5 sitios")


def test_what_waits_for_the_morning_is_not_tried_before_and_not_dropped(
    engine: Engine, outbox: Outbox, receiver: Receiver
) -> None:
    """Not even while the receiver is down and everything else is tried again."""
    tried: list[str] = []

    def down(message: str) -> int:
        tried.append(message)
        return 500 if len(tried) < 3 else 200

    receiver.answer = down
    zone = ZoneInfo("America/Santiago")
    all_day = QuietHours(time(0, 0), time(23, 59, 59), zone)
    owe(engine, ["turno"], "a/1", kind=Kind.SILENCE, severity=Severity.TECNICA, quiet_hours=all_day)
    owe(engine, ["turno"], "a/2", quiet_hours=all_day)
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    receiver.wait_for(1)
    assert all("a/2" in message for message in tried)
    assert statuses(engine)[0] == "pending"
    with engine.begin() as connection:
        connection.execute(update(deliveries).values(next_us=now_us()))
    sender.wake()
    assert receiver.wait_for(2)[1].startswith("SIN DATOS · a/1")
    sender.stop(10)


def test_a_store_that_is_locked_does_not_repeat_what_was_sent(
    engine: Engine, outbox: Outbox, receiver: Receiver
) -> None:
    """And what follows goes out all the same; both are marked once the store is back."""
    owe(engine, ["turno"], "a/1", "a/2")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    sender = notifier(outbox, {"turno": receiver.url})
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        sender.start()
        receiver.wait_for(2)
        threading.Event().wait(2.5)  # two rounds more
        other.execute("ROLLBACK")
    wait_until(lambda: statuses(engine) == ["sent", "sent"])
    sender.stop(10)
    assert len(receiver.arrived) == 2


def test_a_text_of_its_own_that_breaks_is_sent_in_the_shipped_words(
    engine: Engine, outbox: Outbox, receiver: Receiver, tmp_path: Path
) -> None:
    """An alarm is worth more than its wording."""
    (tmp_path / "textos" / "es").mkdir(parents=True)
    (tmp_path / "textos" / "es" / "agua_no_potable.txt").write_text("{{ 1 / (delivery.alarm_id - 1) }}")
    own = Wording("es", "America/Santiago", "http://127.0.0.1:8000", norms.load(), tmp_path / "textos")
    owe(engine, ["turno"], "a/1")
    sender = notifier(outbox, {"turno": receiver.url}, wording=own)
    sender.start()
    assert receiver.wait_for(1)[0].startswith("AGUA NO POTABLE (presunta) · a/1")
    sender.stop(10)


def test_a_receiver_of_markdown_gets_markdown(receiver: Receiver) -> None:
    """With nothing in it that an id could turn into a mark."""
    AppriseReceiver("turno", receiver.url, 5.0, as_markdown=True).send(Text("t", "SIN DATOS · a_b/c_d\nhttp://x/1"))
    assert receiver.wait_for(1) == ["**SIN DATOS · a\\_b/c\\_d**\n<http://x/1>"]


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
