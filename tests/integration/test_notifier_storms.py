"""Many notices at once, and notices that wait for the morning; sent to real HTTP receivers."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, update

from alerts import notifier as notifying
from alerts import storm
from alerts.clock import now_us
from alerts.outbox import Outbox
from alerts.quiet_hours import QuietHours
from alerts.schema import deliveries
from alerts.transition import Kind, Severity
from tests.receivers import Receiver, notifier, owe, sensors, statuses
from tests.waiting import wait_until

ALL_DAY = QuietHours(time(0, 0), time(23, 59, 59), ZoneInfo("America/Santiago"))


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
    owe(engine, ["turno"], "a/1", kind=Kind.SILENCE, severity=Severity.TECNICA, quiet_hours=ALL_DAY)
    owe(engine, ["turno"], "a/2", quiet_hours=ALL_DAY)
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


def test_those_that_wait_for_the_morning_hide_nobody(
    engine: Engine, outbox: Outbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are, and whichever alarm came last."""
    monkeypatch.setattr(notifying, "LOOK", 3)
    asleep = [f"a/{number}" for number in range(5)]
    owe(engine, ["turno"], *asleep, kind=Kind.SILENCE, severity=Severity.TECNICA, quiet_hours=ALL_DAY)
    owe(engine, ["turno"], "b/1", severity=Severity.CONFIRMADA)
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    assert sensors(receiver.wait_for(1)) == ["b/1"]
    wait_until(lambda: statuses(engine) == [*["pending"] * 5, "sent"])
    sender.stop(10)


def test_those_that_gather_hide_nobody(
    engine: Engine, outbox: Outbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lost broker silences a thousand sensors, and then the water of one turns bad."""
    monkeypatch.setattr(notifying, "LOOK", 3)
    silent = [f"a/{number}" for number in range(1, 6)]
    sender = notifier(outbox, {"turno": receiver.url})
    sender.start()
    owe(engine, ["turno"], "a/0", kind=Kind.SILENCE, severity=Severity.TECNICA)
    sender.wake()
    receiver.wait_for(1)
    owe(engine, ["turno"], *silent, kind=Kind.SILENCE, severity=Severity.TECNICA)
    owe(engine, ["turno"], "b/1", severity=Severity.CONFIRMADA)
    sender.wake()
    assert sensors(receiver.wait_for(2)) == ["a/0", "b/1"]
    sender.stop(10)
