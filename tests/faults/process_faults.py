"""Faults of processes: ingest, broker and page killed, ended and stopped."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from typing import Final

from tests.faults.fault import LASTS_S, Fault, unnoticed
from tests.faults.process import PATIENCE_S, POLL_S, until
from tests.faults.rig import Rig, Window
from tests.faults.store_faults import locked

AUTOSAVE_S: Final = 6.0
"""Mosquitto 2.0 writes its queues every 5 s (mosquitto/dev.conf): a kill may lose what came since."""
KEEPALIVE_S: Final = 10.0
"""After this long without a word ingest asks the broker, and waits as long again for an answer (settings)."""


def ingest_killed(rig: Rig) -> None:
    """Kill without a warning."""
    rig.consumer.kill()
    rig.consumer.start()


def ingest_ended(rig: Rig) -> None:
    """Expect a clean end within 5 s of SIGTERM."""
    code, seconds = rig.consumer.terminate()
    assert code == 0, f"SIGTERM: exit code {code}"
    assert seconds <= 5.0, f"SIGTERM: took {seconds:.1f} s"
    rig.consumer.start()


def ingest_frozen(seconds: float) -> Fault:
    """Return the fault that stops ingest for so long."""

    def fault(rig: Rig) -> None:
        rig.consumer.signal(signal.SIGSTOP)
        time.sleep(seconds)
        rig.consumer.signal(signal.SIGCONT)

    return fault


def sender_killed(rig: Rig) -> None:
    """Kill the process that sends: the stream goes on, and what is owed is sent by the next one."""
    os.kill(rig.consumer.sender(), signal.SIGKILL)
    unnoticed(rig, LASTS_S)


def sender_frozen(rig: Rig) -> None:
    """Stop the process that sends: ingest ends it once it has waited for long enough, and starts another."""
    sender = rig.consumer.sender()
    os.kill(sender, signal.SIGSTOP)
    unnoticed(rig, 3 * LASTS_S)
    with contextlib.suppress(ProcessLookupError):  # nothing was owed in the meantime
        os.kill(sender, signal.SIGCONT)


def broker_restarted(rig: Rig) -> None:
    """End the broker in order, and start it after a while."""
    rig.broker.stop()
    time.sleep(LASTS_S)
    rig.broker.start()


def broker_killed(rig: Rig) -> None:
    """Kill the broker, which forgets what it had not saved."""
    rig.caught_up()
    now = time.time()
    rig.excused.append(Window(now - AUTOSAVE_S, now + 1.0))
    rig.broker.kill()
    time.sleep(1.0)
    rig.broker.start()


def broker_frozen_shortly(rig: Rig) -> None:
    """Stop the broker for less than ingest's keep-alive: its connection lasts."""
    rig.broker.signal(signal.SIGSTOP)
    time.sleep(KEEPALIVE_S - 2.0)
    rig.broker.signal(signal.SIGCONT)


def broker_frozen(rig: Rig) -> None:
    """Stop the broker until ingest has noticed that it says nothing, and for a while longer."""
    rig.broker.signal(signal.SIGSTOP)
    try:
        until(lambda: not rig.consumer.ready(), 3 * KEEPALIVE_S, "/readyz says 503 while the broker is silent")
        time.sleep(LASTS_S)
    finally:
        rig.broker.signal(signal.SIGCONT)


def session_lost(rig: Rig) -> None:
    """Bring the broker back without any session, while ingest holds a batch that it cannot commit."""
    rig.caught_up()
    began = time.time()
    with locked(rig):
        time.sleep(1.0)
        rig.broker.stop()
        for file in (rig.folder / "broker").glob("mosquitto.db*"):
            file.unlink()
        rig.broker.start()
        time.sleep(LASTS_S)
    rig.recovered()
    rig.excused.append(Window(began - 1.0, time.time()))


def page_killed(rig: Rig) -> None:
    """Kill the page in the middle of a read transaction: the stream goes on, and the next page judges and reads."""
    with _page_stopped_reading(rig):
        rig.page.kill()
        unnoticed(rig, LASTS_S)
    rig.page.start()
    _page_works(rig)


def page_frozen(rig: Rig) -> None:
    """Stop the page in the middle of a read transaction: the stream goes on, and so does the page afterwards."""
    with _page_stopped_reading(rig):
        unnoticed(rig, 2 * LASTS_S)
        assert rig.page.is_reading(rig.consumer.store), "the page's read transaction has ended by itself"
        rig.page.signal(signal.SIGCONT)
    _page_works(rig)


@contextlib.contextmanager
def _page_stopped_reading(rig: Rig) -> Iterator[None]:
    rig.page.start()
    try:
        with rig.page.visited():
            until(lambda: _stopped_reading(rig), PATIENCE_S, "the page stopped while it reads the store")
            yield
    except BaseException:
        rig.page.end()
        raise


def _stopped_reading(rig: Rig) -> bool:
    rig.page.signal(signal.SIGSTOP)
    time.sleep(POLL_S)  # a thread on another core may end its transaction before the signal is there
    if rig.page.is_reading(rig.consumer.store):
        return True
    rig.page.signal(signal.SIGCONT)
    return False


def _page_works(rig: Rig) -> None:
    until(rig.page.judges, PATIENCE_S, "a verdict of the page")
    assert rig.page.ready(), "the page judges, and says that it is not ready"
    code, _ = rig.page.terminate()
    assert code == 0, f"the page ended with exit code {code}"
