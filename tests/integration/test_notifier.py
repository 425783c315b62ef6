"""The notifier against real HTTP receivers: in order, at least once, and nobody waits for somebody else."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from alerts import norms
from alerts.outbox import Outbox
from alerts.receiver import AppriseReceiver
from alerts.sender import ReceiverError, SendError
from alerts.text import Text
from alerts.wording import Wording
from tests.receivers import HANG, Receiver, notifier, owe, sensors, statuses
from tests.waiting import wait_until


def test_it_sends_what_an_earlier_process_left(engine: Engine, outbox: Outbox, receiver: Receiver) -> None:
    """In order, once each, then marks it."""
    owe(engine, ["turno"], "a/1", "a/2", "a/3")
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    arrived = receiver.wait_for(3)
    sender.stop(10)
    assert sensors(arrived) == ["a/1", "a/2", "a/3"]
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
    assert sensors(arrived) == ["a/1", "a/2", "a/3"]


def test_one_that_hangs_delays_nobody_else(engine: Engine, outbox: Outbox, receiver: Receiver) -> None:
    """Each receiver has a thread of its own."""
    with Receiver() as hanging:
        hanging.answer = lambda _message: HANG
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
    """After the time to give up, tried or not, and never deleted."""
    refused = threading.Event()

    def refuse(_message: str) -> int:
        refused.set()
        return 500

    receiver.answer = refuse
    owe(engine, ["turno"], "a/1", "a/2", "a/3", "a/4")
    sender = notifier(outbox, {"turno": receiver.url}, give_up_us=0)
    sender.start()
    assert refused.wait(30)
    sender.stop(10)
    assert statuses(engine) == ["dead"] * 4


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
