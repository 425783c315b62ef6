"""Receivers that are down, slow, dripping, busy or broken: nobody else waits for them, and nothing is lost on them."""

import itertools
import subprocess
import sys
import threading

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, select, update

from alerts.clock import now_us
from alerts.outbox import Outbox
from alerts.receiver import HUNG, AppriseReceiver
from alerts.schema import deliveries
from alerts.sender import SendError
from alerts.text import Text
from alerts.transition import Severity
from ingest import queries
from simulator.broker import free_port
from tests.receivers import DRIP, HANG, RESET, Receiver, notifier, owe, sensors, statuses
from tests.waiting import wait_until

SENSORS = [f"a/{number}" for number in range(1, 9)]


def of(engine: Engine, receiver: str) -> list[str]:
    """Return where the deliveries of one receiver stand, oldest first."""
    query = select(deliveries.c.status).where(deliveries.c.receiver == receiver).order_by(deliveries.c.id)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


@pytest.mark.parametrize("trouble", [HANG, DRIP, 429, 500], ids=["hangs", "drips", "429", "500"])
def test_one_in_trouble_delays_nobody_and_hears_all_in_order_once_it_is_back(
    engine: Engine, outbox: Outbox, receiver: Receiver, trouble: int
) -> None:
    """The others have everything while it has nothing; its texts stay owed, and come oldest first."""
    back = threading.Event()
    with Receiver() as bad:
        bad.answer = lambda _message: 200 if back.is_set() else trouble
        owe(engine, ["bad", "turno"], *SENSORS, severity=Severity.CONFIRMADA)
        sender = notifier(outbox, {"bad": bad.url, "turno": receiver.url}, timeout=1.0)
        sender.start()
        bad.wait_for_tries(1)
        assert sensors(receiver.wait_for(len(SENSORS))) == SENSORS
        assert bad.arrived == []
        assert set(of(engine, "bad")) == {"pending"}
        back.set()
        assert sensors(bad.wait_for(len(SENSORS))) == SENSORS
        wait_until(lambda: of(engine, "bad") == ["sent"] * len(SENSORS))
        sender.stop(10)
        bad.shutdown()
    assert len(receiver.arrived) == len(SENSORS)


def test_one_that_was_not_there_hears_all_in_order(engine: Engine, outbox: Outbox, receiver: Receiver) -> None:
    """Nobody listens on its port; the others hear of everything in the meantime."""
    owe(engine, ["gone", "turno"], *SENSORS, severity=Severity.CONFIRMADA)
    sender = notifier(outbox, {"gone": f"json://127.0.0.1:{free_port()}/", "turno": receiver.url})
    sender.start()
    receiver.wait_for(len(SENSORS))
    wait_until(lambda: _attempts(engine, "gone") > 0)
    sender.stop(10)
    assert set(of(engine, "gone")) == {"pending"}
    with Receiver() as back:
        again = notifier(outbox, {"gone": back.url})
        _all_due(engine)
        again.start()
        assert sensors(back.wait_for(len(SENSORS))) == SENSORS
        again.stop(10)
        back.shutdown()


def test_one_that_breaks_off_after_it_took_the_text_hears_it_again(
    engine: Engine, outbox: Outbox, receiver: Receiver
) -> None:
    """Whether it was taken cannot be known: twice is better than not at all."""
    answers = itertools.chain([RESET], itertools.repeat(200))
    with Receiver() as bad:
        bad.answer = lambda _message: next(answers)
        owe(engine, ["bad", "turno"], "a/1", "a/2")
        sender = notifier(outbox, {"bad": bad.url, "turno": receiver.url})
        sender.start()
        assert sensors(bad.wait_for(3)) == ["a/1", "a/1", "a/2"]
        assert sensors(receiver.wait_for(2)) == ["a/1", "a/2"]
        wait_until(lambda: statuses(engine) == ["sent"] * 4)
        sender.stop(10)
        bad.shutdown()


def test_what_was_given_up_is_dead_counted_and_shown_for_ever(
    engine: Engine, outbox: Outbox, receiver: Receiver
) -> None:
    """Nothing is deleted; whoever works has heard of it, and the page shows both."""
    registry = CollectorRegistry()
    with Receiver() as bad:
        bad.answer = lambda _message: 503
        owe(engine, ["bad", "turno"], "a/1")
        sender = notifier(outbox, {"bad": bad.url, "turno": receiver.url}, give_up_us=0, registry=registry)
        sender.start()
        wait_until(lambda: of(engine, "bad") == ["dead"] and of(engine, "turno") == ["sent"])
        sender.stop(10)
        bad.answer = lambda _message: 200
        later = notifier(outbox, {"bad": bad.url}, give_up_us=0)
        later.start()
        owe(engine, ["bad"], "a/2")
        later.wake()
        assert sensors(bad.wait_for(1)) == ["a/2"]
        later.stop(10)
        bad.shutdown()
    assert of(engine, "bad") == ["dead", "sent"]
    labels = {"receiver": "bad", "outcome": "dead"}
    assert registry.get_sample_value("vigia_deliveries_total", labels) == 1
    with engine.connect() as connection:
        shown = queries.story(connection, 1)
    assert shown is not None
    assert [notice.status for step in shown.steps for notice in step.notices] == ["dead", "sent"]


SEND = """
from alerts.receiver import AppriseReceiver
from alerts.sender import SendError
from alerts.text import Text
try:
    AppriseReceiver("turno", "{url}", 0.2).send(Text("t", "b"))
except SendError as error:
    print(error)
"""


@pytest.mark.parametrize("trouble", [HANG, DRIP], ids=["hangs", "drips"])
def test_one_that_never_answers_keeps_no_process_from_ending(receiver: Receiver, trouble: int) -> None:
    """At SIGTERM somebody may be half-way through an answer that never ends."""
    receiver.answer = lambda _message: trouble
    command = [sys.executable, "-c", SEND.format(url=receiver.url)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "no answer within 0.2 s\n"


def test_one_that_never_answers_is_not_called_without_end(receiver: Receiver) -> None:
    """Each call that hangs holds a thread and a connection; once they end it is called again."""
    receiver.answer = lambda _message: DRIP
    sender = AppriseReceiver("turno", receiver.url, 0.2)
    for number in range(HUNG):
        with pytest.raises(SendError, match="no answer"):
            sender.send(Text("t", str(number)))
    with pytest.raises(SendError, match="have not been answered"):
        sender.send(Text("t", "one more"))
    assert receiver.wait_for_tries(HUNG) == [str(number) for number in range(HUNG)]
    receiver.answer = lambda _message: 200
    receiver.ended.set()  # the dripping ends
    wait_until(lambda: _taken(sender), "the next call")


def _taken(sender: AppriseReceiver) -> bool:
    try:
        sender.send(Text("t", "again"))
    except SendError:
        return False
    return True


def _attempts(engine: Engine, receiver: str) -> int:
    query = select(deliveries.c.attempts).where(deliveries.c.receiver == receiver)
    with engine.connect() as connection:
        return sum(connection.execute(query).scalars())


def _all_due(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(deliveries).values(next_us=now_us()))
